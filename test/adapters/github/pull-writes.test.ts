import { describe, expect, test } from 'vitest';
import { json, serve } from '../kubernetes/server.ts';
import { everything, type Shop, shop } from './live.ts';
import { forgeAt, never, troubleOf } from './scripted.ts';

/** A branch with one commit of the forge. */
async function branchOf({ forge, first }: Shop, branch = 'stepgate/x'): Promise<string> {
  await forge.createBranch(branch, first, never);
  return forge.commitFiles({ branch, onto: first, message: 'x', files: new Map([['a', 'a']]) }, never);
}

describe('opening a pull request', () => {
  test('gives it as it is read', async () => {
    await using at = await shop();
    at.repo.settings.actionsMayOpenPullRequests = true;
    const head = await branchOf(at);
    const request = { title: 'Promote', body: 'the **body**', head: 'stepgate/x', base: 'main' };
    const opened = await at.forge.openPullRequest(request, never);
    expect(opened).toMatchObject({
      title: 'Promote',
      body: 'the **body**',
      state: 'open',
      author: { login: 'github-actions[bot]', is: 'bot' },
      base: 'main',
      head: { branch: 'stepgate/x', commit: head, isOwn: true },
    });
    expect(await at.forge.pullRequest(opened.number, never)).toEqual(opened);
    const again = await troubleOf(at.forge.openPullRequest(request, never));
    expect(again).toMatchObject({ trouble: 'conflict', message: expect.stringContaining('already exists') });
  });

  test('says which setting is in the way', async () => {
    await using at = await shop();
    await branchOf(at);
    const request = { title: 'Promote', body: '', head: 'stepgate/x', base: 'main' };
    const error = await troubleOf(at.forge.openPullRequest(request, never));
    expect(error).toMatchObject({ trouble: 'refused', needs: null });
    expect(error.message).toContain('switch on "Allow GitHub Actions to create and approve pull requests"');
    const app = at.as(at.hub.app('stepgate', everything).token());
    expect(await app.openPullRequest(request, never)).toMatchObject({ author: { login: 'stepgate[bot]' } });
  });

  test('of a branch without commits is refused', async () => {
    await using at = await shop();
    at.repo.settings.actionsMayOpenPullRequests = true;
    await at.forge.createBranch('x', at.first, never);
    const error = await troubleOf(at.forge.openPullRequest({ title: 't', body: '', head: 'x', base: 'main' }, never));
    expect(error).toMatchObject({ trouble: 'refused', message: expect.stringContaining('No commits between') });
  });
});

test('a pull request is changed, closed and opened again', async () => {
  await using at = await shop();
  const { repo, ada, forge } = at;
  const { number } = repo.openPullRequest({ by: ada, files: { a: 'a' }, title: 'before', body: 'before' });
  await forge.editPullRequest(number, { title: 'after' }, never);
  expect(await forge.pullRequest(number, never)).toMatchObject({ title: 'after', body: 'before', state: 'open' });
  await forge.editPullRequest(number, { body: 'after', state: 'closed' }, never);
  expect(await forge.pullRequest(number, never)).toMatchObject({ body: 'after', state: 'closed' });
  await forge.editPullRequest(number, { state: 'open' }, never);
  expect(await forge.pullRequest(number, never)).toMatchObject({ state: 'open' });
});

describe('merging a pull request', () => {
  test('takes another way where the repository does not allow the first', async () => {
    const head = 'a'.repeat(40);
    const p7 = {
      ...{ number: 7, url: 'https://github.com/acme/shop/pull/7', title: 'x', body: '', state: 'OPEN' },
      ...{ baseRefName: 'main', headRefName: 'x', headRefOid: head, isCrossRepository: false, mergedAt: null },
    };
    const notAllowed = (what: string) => json(405, { message: `${what} are not allowed on this repository.` });
    await using server = await serve([
      json(200, { data: { repository: { p7 } } }),
      notAllowed('Squash merges'),
      notAllowed('Merge commits'),
      json(200, { merged: true, sha: head, message: 'Pull Request successfully merged' }),
    ]);
    expect(await forgeAt(server.address).forge.mergePullRequest(7, head, never)).toBe(true);
    const bodies = server.seen.slice(1).map(({ body }) => JSON.parse(body) as unknown);
    expect(bodies).toEqual(['squash', 'merge', 'rebase'].map((method) => ({ sha: head, merge_method: method })));
  });

  test('of this head merges it, and twice is once', async () => {
    await using at = await shop();
    const { repo, ada, forge } = at;
    const pull = repo.openPullRequest({ by: ada, files: { a: 'a' } });
    expect(await forge.mergePullRequest(pull.number, pull.pull.head.sha, never)).toBe(true);
    expect(await forge.pullRequest(pull.number, never)).toMatchObject({ state: 'merged', mergedAs: repo.tip() });
    const messages = repo.messages();
    expect(await forge.mergePullRequest(pull.number, pull.pull.head.sha, never)).toBe(true);
    expect(repo.messages()).toEqual(messages);
    expect(await troubleOf(forge.mergePullRequest(pull.number, at.first, never))).toMatchObject({
      trouble: 'conflict',
    });
    expect(await troubleOf(forge.mergePullRequest(4711, at.first, never))).toMatchObject({ trouble: 'missing' });
  });

  test('of another head is a conflict', async () => {
    await using at = await shop();
    const { repo, ada, first, forge } = at;
    const pull = repo.openPullRequest({ by: ada, files: { a: 'a' } });
    expect(await troubleOf(forge.mergePullRequest(pull.number, first, never))).toMatchObject({ trouble: 'conflict' });
    expect(repo.tip()).toBe(first);
  });

  test.each([{ reviews: 1 }, { checks: ['test'] }, { queue: true }])('waits for the rule %j', async (rule) => {
    await using at = await shop();
    const { hub, repo, ada, first, forge } = at;
    repo.protect('main', rule);
    const pull = repo.openPullRequest({ by: ada, files: { a: 'a' } });
    expect(await forge.mergePullRequest(pull.number, pull.pull.head.sha, never)).toBe(false);
    expect(repo.tip()).toBe(first);
    expect(hub.requests.of('pulls/merge')).toHaveLength(1);
  });
});
