import { getOctokit } from '@actions/github';
import { describe, expect, test } from 'vitest';
import { startGitHub } from './github.ts';
import { queueOf } from './state/queue.ts';

const at = { owner: 'acme', repo: 'shop' };

async function setUp() {
  const hub = await startGitHub();
  const [ada, bob, eve] = [hub.person('ada'), hub.person('bob'), hub.person('eve')];
  const repo = hub.repository('acme/shop', {
    collaborators: { ada: 'write', bob: 'write', eve: 'triage' },
    files: { a: 'one\ntwo\nthree\nfour\nfive\n' },
  });
  return { hub, ada, bob, eve, repo, [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() };
}

describe('a merge', () => {
  test.each([
    ['merge', ['Merge pull request #1 from acme/topic\n\nTwo', 'second', 'Two', 'other', 'first']],
    ['squash', ['Two (#1)\n\n* Two\n\n* second', 'other', 'first']],
    ['rebase', ['second', 'Two', 'other', 'first']],
  ] as const)('by %s joins what both sides changed, and is told everywhere', async (method, messages) => {
    await using here = await setUp();
    const { ada, bob, repo } = here;
    const pr = repo.openPullRequest({
      by: ada,
      files: { a: 'ONE\ntwo\nthree\nfour\nfive\n' },
      title: 'Two',
      branch: 'topic',
    });
    ada.pushes(repo, { branch: 'topic', files: { b: 'b' }, message: 'second' });
    ada.pushes(repo, { files: { a: 'one\ntwo\nthree\nfour\nFIVE\n' }, message: 'other' });
    const sha = bob.merges(pr, { method });
    expect(repo.tip()).toBe(sha);
    expect([repo.read('a'), repo.read('b')]).toEqual(['ONE\ntwo\nthree\nfour\nFIVE\n', 'b']);
    expect(repo.messages().toSorted()).toEqual(messages.toSorted());
    expect(repo.madeByGitHub(sha)).toBe(method !== 'rebase');
    expect(repo.event('push').payload).toMatchObject({ after: sha, sender: { login: 'bob' } });
    expect(pr).toMatchObject({ state: 'closed', pull: { merged: { by: { login: 'bob' }, commit: sha } } });
  });

  test('of what conflicts, or of another head than was meant, is refused', async () => {
    await using here = await setUp();
    const { hub, ada, bob, repo } = here;
    const pr = repo.openPullRequest({ by: ada, files: { a: 'mine\n' } });
    const seen = pr.pull.head.sha;
    const { rest } = getOctokit(bob.token, { baseUrl: hub.url });
    expect((await rest.pulls.get({ ...at, pull_number: 1 })).data).toMatchObject({
      mergeable: true,
      mergeable_state: 'clean',
    });
    ada.pushes(repo, { branch: pr.pull.head.branch, files: { b: 'more' } });
    await expect(rest.pulls.merge({ ...at, pull_number: 1, sha: seen })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('Head branch was modified. Review and try the merge again.'),
    });
    ada.pushes(repo, { files: { a: 'theirs\n' } });
    expect((await rest.pulls.get({ ...at, pull_number: 1 })).data).toMatchObject({
      mergeable: false,
      mergeable_state: 'dirty',
    });
    await expect(rest.pulls.merge({ ...at, pull_number: 1 })).rejects.toMatchObject({
      status: 405,
      message: expect.stringContaining('Pull Request is not mergeable'),
    });
  });

  test('is also a push that brings all of it; a branch that goes closes, and comes no more', async () => {
    await using here = await setUp();
    const { ada, repo } = here;
    const one = repo.openPullRequest({ by: ada, files: { b: '1' } });
    const two = repo.openPullRequest({ by: ada, files: { c: '1' }, branch: 'two' });
    repo.state.bare.set('refs/heads/copy', one.pull.head.sha, null);
    ada.pushes(repo, { files: { d: '1' }, onto: one.pull.head.sha });
    expect(one.pull.merged).toMatchObject({ by: { login: 'ada' }, commit: one.pull.head.sha });
    ada.deletesBranch(repo, 'two');
    expect([two.state, two.pull.merged]).toEqual(['closed', null]);
    expect(() => ada.reopens(two)).toThrow('Validation Failed');
  });

  test('waits for the reviews of those who may write, of the head that is there', async () => {
    await using here = await setUp();
    const { ada, bob, eve, repo } = here;
    repo.protect('main', { reviews: 1, dismissStale: true });
    const pr = repo.openPullRequest({ by: ada, files: { b: '1' } });
    const needed = 'At least 1 approving review is required by reviewers with write access.';
    expect(() => ada.approves(pr)).toThrow('Can not approve your own pull request');
    eve.approves(pr);
    expect(() => ada.merges(pr)).toThrow(needed);
    const review = bob.approves(pr);
    ada.forcePushes(pr, { b: '2' });
    expect(review.state).toBe('DISMISSED');
    expect(() => ada.merges(pr)).toThrow(needed);
    bob.approves(pr);
    ada.merges(pr);
  });
});

describe('the merge queue', () => {
  test('merges in order what passes, and builds anew what is behind one that fails', async () => {
    await using here = await setUp();
    const { hub, ada, bob, repo } = here;
    repo.protect('main', { queue: true, checks: ['plan'] });
    const pulls = ['x', 'y', 'z'].map((name) => repo.openPullRequest({ by: ada, files: { [name]: '1' }, title: name }));
    const [x, y, z] = pulls;
    if (x === undefined || y === undefined || z === undefined) throw new Error('three were opened');
    expect(() => bob.merges(x)).toThrow('Changes must be made through the merge queue');
    for (const pull of pulls) bob.enqueues(pull);
    const first = z.pull.queued?.group;
    expect(repo.event('merge_group').payload).toMatchObject({
      action: 'checks_requested',
      merge_group: { head_sha: first?.head, base_sha: y.pull.queued?.group.head, base_ref: 'refs/heads/main' },
    });
    const job = hub.runFor(repo.event('merge_group'), { permissions: { statuses: 'write', checks: 'write' } });
    expect(job.context['ref']).toMatch(/^refs\/heads\/gh-readonly-queue\/main\/pr-3-[0-9a-f]{40}$/);

    // The last one passes first, and waits for those before it.
    const { rest } = getOctokit(job.token, { baseUrl: hub.url });
    const pass = (sha: string) => rest.repos.createCommitStatus({ ...at, sha, state: 'success', context: 'plan' });
    await pass(first?.head ?? '');
    expect(z.pull.merged).toBeNull();
    repo.queueChecks(x, 'failure');
    expect(queueOf(repo.state, 'main').map(({ issue }) => issue.title)).toEqual(['y', 'z']);
    const rebuilt = [y, z].map(({ pull }) => pull.queued?.group.head ?? '');
    expect(rebuilt).not.toContain(first?.head);
    for (const sha of rebuilt) await rest.checks.create({ ...at, name: 'plan', head_sha: sha, conclusion: 'success' });
    expect(repo.tip()).toBe(rebuilt[1]);
    expect([x, y, z].map(({ pull }) => pull.merged?.by.login ?? null)).toEqual([
      null,
      'github-merge-queue[bot]',
      'github-merge-queue[bot]',
    ]);
    const { graphql } = getOctokit(bob.token, { baseUrl: hub.url });
    const asked = await graphql(`{ repository(owner: "acme", name: "shop") { pullRequest(number: 2) {
      mergedBy { login } timelineItems(first: 5, itemTypes: [ADDED_TO_MERGE_QUEUE_EVENT]) {
        nodes { ... on AddedToMergeQueueEvent { enqueuer { login } } }
      }
    } } }`);
    expect(asked).toEqual({
      repository: {
        pullRequest: {
          mergedBy: { login: 'github-merge-queue' },
          timelineItems: { nodes: [{ enqueuer: { login: 'bob' } }] },
        },
      },
    });
  });

  test.each(['merge', 'squash', 'rebase'] as const)(
    'lands what has passed together with one push, by %s',
    async (method) => {
      await using here = await setUp();
      const { ada, bob, repo } = here;
      repo.protect('main', { queue: true });
      repo.settings.queueMerges = method;
      const before = repo.tip();
      const pulls = ['x', 'y', 'z'].map((name) =>
        repo.openPullRequest({ by: ada, files: { [name]: '1' }, title: name }),
      );
      for (const pull of pulls) bob.enqueues(pull);
      const pushes = () => repo.events.filter(({ name, ref }) => name === 'push' && ref === 'refs/heads/main');
      expect(pushes()).toEqual([]);
      repo.lands(...pulls);
      expect(pushes().map(({ payload }) => payload)).toMatchObject([{ before, after: repo.tip() }]);
      expect(['x', 'y', 'z'].map((name) => repo.read(name))).toEqual(['1', '1', '1']);
      expect(new Set(pulls.map(({ pull }) => pull.merged?.commit)).size).toBe(3);
    },
  );
});
