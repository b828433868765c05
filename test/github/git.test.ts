import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startGitHub } from './github.ts';
import { checkoutWith } from './hub/checkout.ts';
import type { Repo } from './hub/repo.ts';

const run = promisify(execFile);

/** A clone by git itself, over HTTP. */
async function clone(repo: Repo, token: string | null, ...options: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'stepgate-clone-'));
  const identity = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'Somebody'],
      [`GIT_${who}_EMAIL`, 'somebody@example.com'],
    ]),
  );
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    ...identity,
  };
  const git = async (...args: readonly string[]) => (await run('git', [...args], { cwd: folder, env })).stdout.trim();
  const url = token === null ? repo.url : repo.urlWith(token);
  await git('clone', '--quiet', ...options, url, '.').catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  return {
    git,
    /** Commits a file; the commit. */
    async commit(name: string, text: string): Promise<string> {
      writeFileSync(join(folder, name), text);
      await git('add', '--all');
      await git('commit', '--quiet', '--message', `change ${name}`);
      return git('rev-parse', 'HEAD');
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What git printed when it failed, without the trailing blanks of remote lines. */
async function refusal(pushed: Promise<unknown>): Promise<string> {
  const error = await pushed.then(
    () => null,
    (failed: unknown) => failed,
  );
  if (!(error instanceof Error) || !('stderr' in error)) throw new Error('git did not fail');
  return String(error.stderr).replace(/ +$/gm, '');
}

describe('git over HTTP', () => {
  test('clones and pushes, and the push is an event of its token', async () => {
    await using hub = await startGitHub();
    const ada = hub.person('ada');
    const repo = hub.repository('acme/shop', { private: true, collaborators: { ada: 'write' } });
    const before = repo.tip();
    using here = await clone(repo, ada.token);
    const pushed = await here.commit('new.txt', 'new\n');
    await here.git('push', '--quiet');
    expect(repo.tip()).toBe(pushed);
    expect(repo.read('new.txt')).toBe('new\n');
    expect(repo.event('push')).toMatchObject({ ref: 'refs/heads/main', sha: pushed, starts: 'workflows' });
    expect(repo.event('push').payload).toMatchObject({ before, after: pushed, pusher: { name: 'ada' }, forced: false });
    expect(hub.requests.counts()).toMatchObject({ 'smart-http/upload-pack': 2, 'smart-http/receive-pack': 1 });
  });

  test.each([
    ['without a token', null, /could not read Username/],
    ['with a wrong one', 'ghs_wrong', /Authentication failed/],
  ])('a private repository is closed %s', async (_, token, says) => {
    await using hub = await startGitHub();
    const repo = hub.repository('acme/shop', { private: true });
    expect(await refusal(clone(repo, token))).toMatch(says);
  });

  test("a job's token pushes with contents: write only, and starts nothing", async () => {
    await using hub = await startGitHub();
    const ada = hub.person('ada');
    const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' } });
    const reading = hub.runFor(repo.schedule('0 * * * *', ada), { permissions: { contents: 'read' } });
    using one = await clone(repo, reading.token);
    await one.commit('a', 'a');
    expect(await refusal(one.git('push'))).toContain('The requested URL returned error: 403');
    const writing = hub.runFor(repo.schedule('0 * * * *', ada), { permissions: { contents: 'write' } });
    await one.git('push', '--quiet', repo.urlWith(writing.token), 'main');
    expect(repo.event('push')).toMatchObject({ starts: 'nothing', actor: { login: 'github-actions[bot]' } });
    expect(() => hub.runFor(repo.event('push'))).toThrow('GitHub starts no workflow for push');
    await one.git('checkout', '--quiet', '-b', 'workflows');
    await run('mkdir', ['-p', join(await one.git('rev-parse', '--show-toplevel'), '.github/workflows')]);
    await one.commit('.github/workflows/x.yml', 'on: push\n');
    expect(await refusal(one.git('push', repo.urlWith(writing.token), 'workflows'))).toContain(
      'refusing to allow a GitHub App to create or update workflow `.github/workflows/x.yml` without `workflows` permission',
    );
  });

  test('a shallow clone gets what it asks for later, and a pull request is a ref', async () => {
    await using hub = await startGitHub();
    const ada = hub.person('ada');
    const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' } });
    const old = ada.pushes(repo, { files: { a: '1' } });
    ada.pushes(repo, { files: { a: '2' } });
    const pr = repo.openPullRequest({ by: ada, files: { a: '3' } });
    using here = await clone(repo, ada.token, '--depth=1');
    expect(await here.git('rev-list', '--count', 'HEAD')).toBe('1');
    await here.git('fetch', '--quiet', 'origin', old, 'refs/pull/1/head:pr');
    expect(await here.git('rev-parse', 'pr')).toBe(pr.pull.head.sha);
    expect(await here.git('show', `${old}:a`)).toBe('1');
    await here.git('fsck', '--strict');
  });
});

test('the workspace of a job fetches and pushes with its token', async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const repo = hub.repository('acme/shop', { private: true, collaborators: { ada: 'write' } });
  const old = repo.tip() ?? '';
  ada.pushes(repo, { files: { a: '1' } });
  const job = hub.runFor(repo.event('push'), { permissions: { contents: 'write' } });
  await using here = await checkoutWith(repo, job.token);
  expect(await here.git('rev-list', '--count', 'HEAD')).toBe('1');
  expect(hub.requests.all).toEqual([]);
  await here.git('fetch', '--quiet', 'origin', old);
  const pushed = await here.commit({ b: '1' });
  await here.git('push', '--quiet', 'origin', 'HEAD:main');
  expect(repo.state.pushes.at(-1)).toMatchObject({ after: pushed, pusher: { login: 'github-actions[bot]' } });
});

test('a connection that is dropped after a push leaves the push done', async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' } });
  using here = await clone(repo, ada.token);
  const pushed = await here.commit('a', 'a');
  hub.faults.next({ is: 'dropped', after: true }, { operation: 'smart-http/receive-pack' });
  expect(await refusal(here.git('push'))).toMatch(/RPC failed|hung up|Empty reply/);
  expect(repo.tip()).toBe(pushed);
});

describe('protected branches', () => {
  test.each([
    {
      by: 'protection',
      lines: ['remote: error: GH006: Protected branch update failed for refs/heads/main.'],
      declined: '(protected branch hook declined)',
    },
    {
      by: 'ruleset',
      lines: [
        'remote: error: GH013: Repository rule violations found for refs/heads/main.',
        'remote: Review all repository rules at ',
      ],
      declined: '(push declined due to repository rule violations)',
    },
  ] as const)('a $by refuses in its own words, and lets other refs through', async ({ by, lines, declined }) => {
    await using hub = await startGitHub();
    const ada = hub.person('ada');
    const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' } });
    repo.protect('main', { by, pullRequest: true, checks: ['ci'] });
    const before = repo.tip();
    using here = await clone(repo, ada.token);
    const pushed = await here.commit('a', 'a');
    const said = await refusal(here.git('push', 'origin', 'main', 'main:side'));
    for (const line of [...lines, 'remote: - Changes must be made through a pull request.'])
      expect(said).toContain(line);
    expect(said).toContain('remote: - Required status check "ci" is expected.');
    expect(said).toContain(`! [remote rejected] main -> main ${declined}`);
    expect([repo.tip(), repo.tip('side')]).toEqual([before, pushed]);
    await refusal(here.git('push', '--atomic', 'origin', 'main', 'main:other'));
    expect(repo.tip('other')).toBeNull();
  });

  test('signatures: what GitHub commits has one, what git pushes needs one that is trusted', async () => {
    await using hub = await startGitHub();
    const ada = hub.person('ada');
    const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' } });
    repo.protect('main', { signatures: true });
    using here = await clone(repo, ada.token);
    await here.commit('a', 'a');
    expect(await refusal(here.git('push'))).toContain('Commits must have verified signatures.');
    const signed = ada.pushes(repo, { files: { b: 'b' }, signed: true });
    expect(repo.tip()).toBe(signed);
  });

  test('nobody forces or deletes, and only those who may push do', async () => {
    await using hub = await startGitHub();
    const [ada, bob] = [hub.person('ada'), hub.person('bob')];
    const repo = hub.repository('acme/shop', { collaborators: { ada: 'write', bob: 'write' } });
    ada.pushes(repo, { files: { a: '1' } });
    repo.protect('main', { pushers: [ada] });
    using here = await clone(repo, ada.token);
    await here.git('checkout', '--quiet', '--orphan', 'other');
    await here.commit('z', 'z');
    expect(await refusal(here.git('push', '--force', 'origin', 'other:main'))).toContain(
      'Cannot force-push to this branch',
    );
    expect(await refusal(here.git('push', 'origin', ':main'))).toContain('Cannot delete this branch');
    expect(() => bob.pushes(repo, { files: { b: '1' } })).toThrow("You're not authorized to push to this branch.");
    ada.pushes(repo, { files: { b: '1' } });
  });
});
