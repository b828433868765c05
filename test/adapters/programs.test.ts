import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { named, programsFor } from '../../src/adapters/programs.ts';
import { runProgram } from '../../src/adapters/run-program.ts';

let top = '';
beforeEach(async () => {
  top = await realpath(await mkdtemp(join(tmpdir(), 'stepgate-programs-')));
  for (const folder of ['work/.git', 'work/sub', 'work/bin', 'workspace/bin', 'usr/bin'])
    await mkdir(join(top, folder), { recursive: true });
});
afterEach(() => rm(top, { recursive: true, force: true }));

async function program(place: string, script = 'exit 0'): Promise<string> {
  const file = join(top, place);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

const of = (entries: readonly string[], more: Readonly<Record<string, string>> = {}, folder = join(top, 'work/sub')) =>
  programsFor({ env: { PATH: entries.join(delimiter), ...more }, folder });

describe('programs', () => {
  it('are found in the order of PATH, and by an absolute path', async () => {
    const first = await program('usr/bin/tool');
    await program('workspace/bin/tool');
    const { find, path } = of([join(top, 'nowhere'), join(top, 'usr/bin'), join(top, 'workspace/bin')]);
    expect(await find('tool')).toBe(first);
    expect(await find(first)).toBe(first);
    expect(await find('other')).toBeNull();
    expect(await path()).toBe([join(top, 'nowhere'), join(top, 'usr/bin'), join(top, 'workspace/bin')].join(delimiter));
  });

  it('are none that a repository or the current folder could put in the way', async () => {
    const inside = await program('work/bin/tool');
    const workspace = await program('workspace/bin/tool');
    await symlink(join(top, 'work/bin'), join(top, 'linked'));
    await mkdir(join(top, 'links'));
    await symlink(inside, join(top, 'links/tool'));
    const entries = [
      '',
      '.',
      'bin',
      '../bin',
      join(top, 'work/bin'),
      join(top, 'work/sub/../bin'),
      join(top, 'linked'),
    ];
    const { find, path } = of([...entries, join(top, 'links'), join(top, 'workspace/bin')], {
      GITHUB_WORKSPACE: join(top, 'workspace'),
    });
    expect(await find('tool')).toBeNull();
    for (const one of [inside, workspace, join(top, 'linked/tool')]) expect(await find(one), one).toBeNull();
    expect(await path()).toBe(join(top, 'links'));
    expect(await of([join(top, 'workspace/bin')]).find('tool')).toBe(workspace);
  });

  it('are files that may be run', async () => {
    await mkdir(join(top, 'usr/bin/folder'));
    await writeFile(join(top, 'usr/bin/text'), '');
    const { find } = of([join(top, 'usr/bin')]);
    expect([await find('folder'), await find('text')]).toEqual([null, null]);
    const later = await program('usr/bin/late');
    expect(await find('late')).toBe(later);
  });

  it('are found where there is no repository, and where it is the whole disk', async () => {
    const tool = await program('usr/bin/tool');
    expect(await of([join(top, 'usr/bin')], {}, join(top, 'usr')).find('tool')).toBe(tool);
    expect(await of([join(top, 'usr/bin')], { GITHUB_WORKSPACE: '/' }).find('tool')).toBe(tool);
  });
});

it('an environment has the named variables that are set', () => {
  expect(named({ A: '1', B: '', C: undefined, D: '4' }, ['A', 'B', 'C', 'E'])).toEqual({ A: '1', B: '' });
});

describe('a run of a program', () => {
  const run = (file: string, more: object = {}) =>
    runProgram({
      file,
      args: [],
      env: {},
      timeoutMs: 60_000,
      outputBytes: 1_000,
      signal: AbortSignal.timeout(60_000),
      ...more,
    });

  it('has its output and its problem', async () => {
    expect(await run(await program('usr/bin/good', 'echo out; echo err >&2'))).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
      problem: null,
    });
    expect(await run(await program('usr/bin/bad', 'exit 3'))).toMatchObject({ problem: 'ended with exit code 3' });
    expect(await run(await program('usr/bin/long', 'exec /usr/bin/yes'))).toMatchObject({
      problem: 'wrote more than 1000 bytes',
    });
    expect(await run(await program('usr/bin/slow', 'exec /bin/sleep 60'), { timeoutMs: 200 })).toMatchObject({
      problem: 'did not end within 0.2 s',
    });
    expect(await run(join(top, 'nowhere'))).toMatchObject({ problem: expect.stringContaining('could not be started') });
  });

  it('ends with its signal', async () => {
    const stop = new AbortController();
    const running = run(await program('usr/bin/slow', 'exec /bin/sleep 60'), { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });
});
