import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutIn, pageHere, pullRequestHere } from '../src/workflow.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'stepgate-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the pull request of a run', () => {
  const pull = { number: 12, head: { sha: 'a'.repeat(40) } };
  it.each<[string, string, unknown, number | null]>([
    ['of its event', 'pull_request', { pull_request: pull }, 12],
    ['of its event, with the text of the base', 'pull_request_target', { pull_request: pull }, 12],
    ['is not there for a push', 'push', { pull_request: pull }, null],
    ['is not there for a comment', 'issue_comment', { issue: { number: 12 } }, null],
    ['needs a number', 'pull_request', { pull_request: { ...pull, number: '12' } }, null],
    ['needs a number that can be one', 'pull_request', { pull_request: { ...pull, number: 0.5 } }, null],
    ['needs a head', 'pull_request', { pull_request: { number: 12 } }, null],
    ['needs a payload', 'pull_request', 'text', null],
  ])('%s', async (_, event, payload, number) => {
    const file = path.join(folder, 'event.json');
    await writeFile(file, JSON.stringify(payload));
    const found = pullRequestHere({ GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: file });
    expect(found).toEqual(number === null ? null : { number, head: pull.head.sha });
  });
});

it.each([
  [{ GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '17' }, 'https://github.com/acme/shop/actions/runs/17'],
  [
    { GITHUB_SERVER_URL: 'https://git.acme.example', GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '17' },
    'https://git.acme.example/acme/shop/actions/runs/17',
  ],
  [{ GITHUB_REPOSITORY: 'acme/shop' }, null],
  [{}, null],
])('the page of a run with %j is %j', (env, page) => expect(pageHere(env)).toBe(page));

describe('the folder of the checkout', () => {
  const made = async () => {
    const workspace = path.join(folder, 'ws');
    await mkdir(path.join(workspace, 'app'), { recursive: true });
    await rm(path.join(workspace, 'away'), { force: true });
    await symlink(folder, path.join(workspace, 'away'));
    return workspace;
  };

  it.each([
    ['', ''],
    ['.', ''],
    ['app', 'app'],
    ['./app/', 'app'],
    ['app/../app', 'app'],
    // actions/checkout failed: a rollback needs none.
    ['missing/app', 'missing/app'],
    ['..app', '..app'],
  ])('%j is %j of the workspace', async (given, expected) => {
    const workspace = await made();
    expect(checkoutIn(workspace, given)).toBe(path.join(workspace, expected));
  });

  it.each(['..', '../ws2', 'app/../../x', '/', '/etc', 'away', 'away/other', 'away/missing/deeper'])(
    '%j is refused: it is outside',
    async (given) => {
      const workspace = await made();
      expect(() => checkoutIn(workspace, given)).toThrow(`path is '${given}', which is outside of the workspace`);
    },
  );

  it('may be named by its whole path', async () => {
    const workspace = await made();
    expect(checkoutIn(workspace, path.join(workspace, 'app'))).toBe(path.join(workspace, 'app'));
  });
});
