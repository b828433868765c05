import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';

import { demo, type Parts } from '../../src/demo/demo.ts';
import { story } from '../../src/demo/story.ts';
import type { Screen } from '../../src/terminal.ts';
import { git, machineClock } from '../../src/wire.ts';
import { dist } from '../action/runner.ts';

/** A machine with git and nothing else: an empty home, no kubectl, no kubeconfig, and a temporary folder to look into. */
async function machine() {
  const top = await realpath(await mkdtemp(join(tmpdir(), 'stepgate-machine-')));
  const [bin, home, temporary] = [join(top, 'bin'), join(top, 'home'), join(top, 'tmp')];
  for (const folder of [bin, home, temporary]) await mkdir(folder);
  await symlink(await pathOf('git'), join(bin, 'git'));
  return {
    env: { PATH: bin, HOME: home, TMPDIR: temporary },
    /** What is in the home and in the temporary folder. */
    left: async () => [...(await readdir(home)), ...(await readdir(temporary))],
    play(more: Readonly<Record<string, string>> = {}) {
      // What is kept of the program itself is not the demo's.
      const env = { PATH: bin, HOME: home, TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1', ...more };
      const child = spawn(process.execPath, [`${dist}/cli.js`, 'demo'], {
        cwd: home,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const said = { stdout: '', stderr: '' };
      child.stdout.on('data', (chunk: Buffer) => {
        said.stdout += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        said.stderr += chunk.toString();
      });
      return { child, said, ended: once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]> };
    },
    [Symbol.asyncDispose]: () => rm(top, { recursive: true, force: true }),
  };
}

async function pathOf(program: string): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if ((await readdir(folder).catch((): string[] => [])).includes(program)) return join(folder, program);
  }
  throw new Error(`there is no ${program}`);
}

async function shows(running: { readonly said: { readonly stdout: string } }, words: string): Promise<void> {
  while (!running.said.stdout.includes(words)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The story as its commands tell it, in order. */
const states = [
  '$ cat stepgate.yaml',
  '$ stepgate deploy --until done',
  /done .*\n.*FIRST_DEPLOY/,
  "$ git commit -qam 'shop v2' && git push -q",
  /waiting at step 1\/3 one .*\n.* approval {2}GATE_SHUT/,
  '7 old, 1 new',
  '$ stepgate promote --step one',
  'step 2/3 half',
  '$ stepgate status',
  '$ stepgate tick --until done',
  /done .*\n.*DELIVERED/,
  '8 ready',
  /STUCK at step 1\/3 one .*\n.*ImagePullBackOff {2}POD_NOT_STARTING/,
  "$ stepgate rollback --reason 'the image cannot be pulled'",
  /rolled back .*\n.*by ada: the image cannot be pulled/,
  '$ git pull -q && git log --oneline',
  /^\w{7} Roll back shop to \w{10}\n\w{7} shop v3\n\w{7} shop v2\n\w{7} shop v1$/m,
  '$ stepgate deploy --at HEAD~1',
  'refused HELD',
];

test.concurrent('the story is told twice at once, where there is nothing but git, and nothing is left of it', {
  timeout: 180_000,
}, async () => {
  await using here = await machine();
  const both = [here.play({ CI: 'true', NO_COLOR: '1' }), here.play({ LANG: 'C.UTF-8', FORCE_COLOR: '1' })];
  for (const { said, ended } of both) {
    const [code] = await ended;
    expect([code, said.stderr.split('\n').filter((line) => !/^(write: .*|shop: .*|)$/.test(line))]).toEqual([0, []]);
    let rest = said.stdout;
    for (const state of states) {
      const found = typeof state === 'string' ? rest.indexOf(state) : rest.search(state);
      expect(found, `${state} in:\n${rest}`).toBeGreaterThanOrEqual(0);
      rest = rest.slice(found + 1);
    }
    expect(said.stdout).not.toContain('\u001b');
  }
  expect(await here.left()).toEqual([]);
});

test.concurrent.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s ends it with 130, without a word, and nothing is left',
  {
    timeout: 120_000,
  },
  async (signal) => {
    await using here = await machine();
    const running = here.play();
    // The commands of both are under way for a while.
    await shows(running, signal === 'SIGINT' ? '$ stepgate tick' : '$ stepgate deploy');
    const { stdout, stderr } = running.said;
    running.child.kill(signal);
    expect(await running.ended).toEqual([130, null]);
    expect([running.said.stdout.slice(stdout.length), running.said.stderr.slice(stderr.length)]).toEqual(['', '']);
    expect(await here.left()).toEqual([]);
  },
);

test.concurrent('it ends when nobody reads on, and nothing is left', { timeout: 120_000 }, async () => {
  await using here = await machine();
  const running = here.play();
  await shows(running, '$ cat');
  running.child.stdout.destroy();
  const [code] = await running.ended;
  expect([code, running.said.stderr.includes('Error')]).toEqual([130, false]);
  expect(await here.left()).toEqual([]);
});

test('what is told fits a line of a terminal', () => {
  expect(story.flatMap((act) => (act.is === 'told' && act.text.length > 77 ? [act.text] : []))).toEqual([]);
});

test('a command that ends in another way than the story has it ends the story', async () => {
  await using here = await machine();
  const parts: Parts = {
    git,
    execute: async (argv) => (argv.includes('promote') ? 1 : 0),
    startCluster: async () => ({ kubeconfig: '', clock: machineClock, [Symbol.asyncDispose]: async () => {} }),
  };
  let told = '';
  const screen: Screen = {
    size: null,
    canvas: () => ({ color: true, width: 60, unicode: true }),
    write(text) {
      told += text;
    },
  };
  const signal = new AbortController().signal;
  const terminal = {
    folder: '/',
    env: here.env,
    signal,
    clock: machineClock,
    out: screen,
    err: screen,
    isPersons: false,
  };
  await expect(demo(terminal, parts)).rejects.toThrow('stepgate promote --step one ended with exit code 1, not 0');
  expect(told).toContain('\u001b[36m── \u001b[0m\u001b[1mAda has checked');
  const wide = told
    .replace(/\u001b\[\d+m/g, '')
    .split('\n')
    .filter((line) => line.length > 60 && !/^\$|^ +(repository|- )/.test(line));
  expect(wide).toEqual([]);
});
