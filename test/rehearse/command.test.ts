import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute } from '../../src/command-line.ts';
import { actionCommands, actionOptions } from '../../src/commands/index.ts';
import { type Repository, repository } from '../support/repository.ts';
import { commit, shop } from './stage.ts';

const plan = `strategy: partition
steps:
  - { name: one, replicas: 1 }
  - { name: all, replicas: 100% }
rollback: { on: [stuck], stuckAfter: 5m }`;

let repo: Repository;
let remote: Repository;

beforeAll(async () => {
  remote = await repository();
  await remote.git('config', 'receive.denyCurrentBranch', 'ignore');
  repo = await repository({ files: shop(plan) });
  await repo.git('remote', 'add', 'origin', join(remote.folder, '.git'));
  await repo.git('push', '--quiet', '--force', 'origin', 'main');
  await repo.git('fetch', '--quiet', 'origin');
  await repo.git('remote', 'set-head', 'origin', 'main');
});

afterAll(async () => {
  await repo[Symbol.asyncDispose]();
  await remote[Symbol.asyncDispose]();
});

/** Types it in the repository. There is no kubeconfig, and no clock that could be waited by. */
async function typed(...argv: readonly string[]) {
  const said = { out: '', err: '' };
  const screen = (name: keyof typeof said) => ({
    size: null,
    canvas: () => ({ color: false, width: 100, unicode: false }),
    write: (text: string) => {
      said[name] += text;
    },
  });
  const code = await execute(argv, {
    folder: repo.folder,
    env: { ...repo.env, KUBECONFIG: '/nowhere/kubeconfig' },
    signal: new AbortController().signal,
    clock: {
      now: () => new Date('2026-11-25T10:00:00.500Z'),
      sleep: async () => {
        throw new Error('nobody waits for the real time');
      },
    },
    out: screen('out'),
    err: screen('err'),
    isPersons: false,
  });
  return { code, ...said };
}

/** Everything in a folder, by content. */
async function contentOf(folder: string): Promise<string> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
  const paths = files.map((one) => join(one.parentPath, one.name)).sort();
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path).update(await readFile(path));
  return hash.digest('hex');
}

describe('stepgate rehearse', { timeout: 60_000 }, () => {
  test('reads a repository, and leaves it and its remote as they were, also where policy takes a release back', async () => {
    const before = [await contentOf(repo.folder), await contentOf(remote.folder)];
    const { code, out, err } = await typed('rehearse', '--with', 'broken-pods', '--json', '--detailed-exit-code');
    expect(err).toBe('');
    expect(code).toBe(11);
    const said: unknown = JSON.parse(out);
    expect(said).toMatchObject({
      version: 1,
      command: 'rehearse',
      scenario: 'broken-pods',
      commit: await repo.head(),
      start: '2026-11-25T10:00:00.000Z',
      every: 600,
      deliveries: [{ name: 'shop', ending: { is: 'rolledBack', code: 'ROLLED_BACK' } }],
    });
    expect([await contentOf(repo.folder), await contentOf(remote.folder)]).toEqual(before);
  });

  const forms: readonly (readonly [string, readonly string[], RegExp])[] = [
    [
      'a timeline',
      ['--start', '2026-11-27T16:50+01:00'],
      /^\[x\] shop {2}would be delivered Fri 2026-11-27 \d\d:\d\d:\d\d [\s\S]*^ {2}\* waits for person 1 \(approval\) from Fri /m,
    ],
    ['an SVG', ['--picture', 'svg'], /^<svg [\s\S]*<\/svg>\n$/],
    ['a chart for mermaid', ['--picture', 'mermaid'], /^gantt\n[\s\S]* {2}section 1 one\n/],
    ['an SVG as its output', ['--output', 'svg'], /^<svg [\s\S]*<\/svg>\n$/],
    ['a page', ['--output', 'html'], /^<!DOCTYPE html>\n[\s\S]*<\/html>\n$/],
    ['Markdown', ['--output', 'markdown'], /^Rehearsal: [\s\S]*```mermaid\ngantt\n/],
  ];
  test.each(forms)('prints %s', async (_, argv, form) => {
    const { code, out, err } = await typed('rehearse', ...argv);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(form);
  });

  const refusals: readonly (readonly [string, readonly string[], number, string])[] = [
    ['a commit that is not there', ['--at', commit], 2, 'REF_UNKNOWN'],
    ['a delivery that is not there', ['--delivery', 'cart'], 2, 'DELIVERY_UNKNOWN'],
    ['bad metrics where there are none', ['--with', 'bad-metric'], 2, 'USAGE'],
    ['a runner that comes by all the time', ['--every', '1s'], 2, 'USAGE'],
    ['a picture of another kind', ['--picture', 'png'], 2, 'USAGE'],
    ['what only goes with a cluster', ['--context', 'prod'], 2, 'USAGE'],
  ];
  test.each(refusals)('refuses %s', async (_, argv, code, reason) => {
    const said = await typed('rehearse', ...argv, '--json');
    expect(said.code).toBe(code);
    expect(JSON.parse(said.out)).toMatchObject({ command: 'rehearse', error: { code: reason } });
  });

  test('is no command of the Action, and gives it no inputs', () => {
    expect(actionCommands).not.toContain('rehearse');
    expect(actionOptions).not.toContain('with');
    expect(actionOptions).toContain('at');
  });
});
