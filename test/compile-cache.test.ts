import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dist } from './action/runner.ts';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'stepgate-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const helped = (env: Readonly<Record<string, string>>) =>
  promisify(execFile)(process.execPath, [`${dist}/cli.js`, '--help'], { env: { ...env } });
const below = (folder: string) => readdir(folder).catch(() => null);

describe('the cache of compiled code', () => {
  test('is in the cache folder of the person, for nobody else', async () => {
    await helped({ HOME: home });
    const folder = path.join(home, '.cache/stepgate');
    expect(await below(folder)).toHaveLength(1);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  test('is where XDG_CACHE_HOME says', async () => {
    await helped({ HOME: home, XDG_CACHE_HOME: path.join(home, 'caches') });
    expect(await readdir(home)).toEqual(['caches']);
    expect(await below(path.join(home, 'caches/stepgate'))).toHaveLength(1);
  });

  test.each([
    ['in a folder that others may write to', { mode: 0o777 }],
    ['in a folder of the group', { mode: 0o775 }],
  ])('is not kept %s', async (_, { mode }) => {
    const folder = path.join(home, '.cache/stepgate');
    await mkdir(folder, { recursive: true });
    await chmod(folder, mode);
    await helped({ HOME: home });
    expect(await below(folder)).toEqual([]);
  });

  test.each([
    ['no home', () => ({})],
    ['a relative home', () => ({ HOME: 'home' })],
    [
      'a home that is a file',
      async () => {
        await writeFile(path.join(home, 'file'), '');
        return { HOME: path.join(home, 'file') };
      },
    ],
    ['NODE_DISABLE_COMPILE_CACHE', () => ({ HOME: home, NODE_DISABLE_COMPILE_CACHE: '1' })],
  ])('is not needed: %s', async (_, environment) => {
    const { stdout } = await helped(await environment());
    expect(stdout).toContain('stepgate help COMMAND');
    expect((await below(path.join(home, '.cache/stepgate'))) ?? []).toEqual([]);
  });
});
