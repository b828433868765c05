import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ObjectLimits, objectsOf } from '../../../src/adapters/git/object-process.ts';
import { programOf } from '../../../src/adapters/git/run.ts';
import { programsFor } from '../../../src/adapters/programs.ts';

const nothing = { settings: [], set: {}, ignored: [], refused: [] };
const env = { PATH: process.env['PATH'] };
let folder = '';
const git = async (...args: string[]) =>
  (await promisify(execFile)('git', args, { cwd: folder, env: { ...env, HOME: folder } })).stdout.trim();

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'stepgate-objects-'));
  await git('init', '--quiet');
  await git('config', 'user.name', 'a');
  await git('config', 'user.email', 'a@example.com');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Counts how often git is started. */
function counted(limits: Partial<ObjectLimits> = {}) {
  let starts = 0;
  const program = programOf(env, programsFor({ env, folder }), nothing);
  const objects = objectsOf(
    folder,
    () => {
      starts += 1;
      return program();
    },
    limits,
  );
  return { objects, starts: () => starts };
}

async function stored(content: string | Buffer): Promise<string> {
  await writeFile(path.join(folder, 'file'), content);
  return git('hash-object', '-w', 'file');
}

/** In place of git, a program that prints what the test says. */
async function scripted(script: string, limits: Partial<ObjectLimits> = {}) {
  const file = path.join(folder, 'stand-in');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return objectsOf(folder, async () => ({ file, args: [], env: { PATH: env.PATH ?? '' } }), limits);
}

describe('objects of a repository', () => {
  test('are read as they are, with one process', async () => {
    const contents = ['', '\n', 'a\nb', 'no\0text\r\n', `${'f'.repeat(40)} blob 3\nabc\n`, 'x'.repeat(300_000)];
    const ids: string[] = [];
    for (const content of contents) ids.push(await stored(content));
    const { objects, starts } = counted();
    const found = await Promise.all(ids.map((id) => objects.ask(id)));
    expect(found.map((one) => one?.content.toString())).toEqual(contents);
    expect(found.map((one) => one?.id)).toEqual(ids);
    expect((await objects.ask(ids[2] ?? ''))?.content.toString()).toBe('a\nb');
    expect(starts()).toBe(1);
  });

  test('have names as git has', async () => {
    const blob = await stored('one');
    await git('add', 'file');
    await git('commit', '--quiet', '--message', 'first');
    const commit = await git('rev-parse', 'HEAD');
    const { objects } = counted();
    expect(await objects.ask('HEAD^{commit}')).toMatchObject({ id: commit, type: 'commit' });
    expect(await objects.ask('HEAD^{tree}')).toMatchObject({ type: 'tree' });
    expect(await objects.ask('HEAD:file')).toMatchObject({ id: blob, type: 'blob' });
  });

  test.each([
    ['an id that git has not', '0123456789012345678901234567890123456789'],
    ['a branch that git has not', 'nobody^{commit}'],
    ['a name that looks like an answer', `${'a'.repeat(40)} commit 5`],
    ['an option', '--batch-all-objects'],
    ['two lines', 'HEAD\nHEAD'],
    ['nothing', ''],
  ])('are null for %s', async (_, name) => {
    const { objects } = counted();
    const blob = await stored('after');
    const [found, next] = await Promise.all([objects.ask(name), objects.ask(blob)]);
    expect(found).toBeNull();
    expect(next?.content.toString()).toBe('after');
  });

  test('end their process when nothing is asked, and start another one', async () => {
    const blob = await stored('again');
    const { objects, starts } = counted({ idleMs: 1 });
    await objects.ask(blob);
    await sleep(50);
    expect((await objects.ask(blob))?.content.toString()).toBe('again');
    expect(starts()).toBe(2);
  });

  test('that are too large are an error, and the next one is read', async () => {
    const large = await stored('x'.repeat(2_000));
    const small = await stored('y');
    const { objects } = counted({ bytes: 1_024 });
    await expect(objects.ask(large)).rejects.toMatchObject({
      problems: [{ code: 'GIT_FAILED', message: expect.stringContaining(`object ${large} is larger than`) }],
    });
    expect((await objects.ask(small))?.content.toString()).toBe('y');
  });

  test.each([
    ['ends', 'echo "fatal: broken" >&2; exit 3', {}, 'fatal: broken'],
    ['ends without a word', 'exit 3', {}, 'it ended with exit code 3'],
    ['prints nothing', 'exec sleep 30', { silenceMs: 50 }, 'it printed nothing for 0.05 seconds'],
    ['answers something else', 'read line; echo hello', {}, 'its answer was "hello"'],
    ['ends in the middle', `read line; echo "${'a'.repeat(40)} blob 100"; echo half`, {}, 'it ended with exit code 0'],
  ])('are an error for each question when git %s', async (_, script, limits, words) => {
    const objects = await scripted(script, limits);
    const asked = await Promise.allSettled([objects.ask('a'), objects.ask('b')]);
    for (const one of asked) {
      expect(one).toMatchObject({ status: 'rejected', reason: { problems: [{ code: 'GIT_FAILED' }] } });
      expect(one.status === 'rejected' && one.reason.problems[0].message).toContain(words);
    }
  });
});
