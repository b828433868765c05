import { describe, expect, test } from 'vitest';
import { json, serve } from '../kubernetes/server.ts';
import { everything, shop } from './live.ts';
import { forgeAt, never, start, troubleOf } from './scripted.ts';

const files = (text: string) => ({ 'deploy/shop.yaml': `${text}\n` });

describe('the pull requests of commits', () => {
  test('are those that were merged with each of them', async () => {
    await using at = await shop();
    const { hub, repo, ada, bob, forge } = at;
    const one = repo.openPullRequest({ by: ada, files: { 'a.txt': 'a' }, title: 'One', body: 'the *first*' });
    const two = repo.openPullRequest({ by: bob, files: { 'b.txt': 'b' }, title: 'Two' });
    const open = repo.openPullRequest({ by: ada, files: { 'c.txt': 'c' }, title: 'Open' });
    await at.later();
    const squashed = ada.merges(two, { method: 'squash' });
    await at.later();
    const merged = bob.merges(one);
    const direct = ada.pushes(repo, { files: { 'd.txt': 'd' } });
    const asked = [squashed, merged, one.pull.head.sha, open.pull.head.sha, direct, 'f'.repeat(40)];
    const found = await forge.pullRequestsOf([...asked, merged], 'main', never);
    const person = (login: string) => expect.objectContaining({ login, is: 'person', id: expect.any(Number) });
    const numbers = [...found].map(([commit, pulls]) => [commit, pulls.map(({ number }) => number)]);
    expect(numbers).toEqual([
      [squashed, [two.number]],
      [merged, [one.number]],
      [one.pull.head.sha, [one.number]],
      [open.pull.head.sha, []],
      [direct, []],
      ['f'.repeat(40), []],
    ]);
    expect(found.get(merged)).toEqual([
      {
        number: one.number,
        url: `${hub.url}/acme/shop/pull/${one.number}`,
        title: 'One',
        body: 'the *first*',
        state: 'merged',
        author: person('ada'),
        committers: [person('ada')],
        base: 'main',
        head: { branch: one.pull.head.branch, commit: one.pull.head.sha, isOwn: true },
        closed: null,
        mergedBy: person('bob'),
        mergedAs: merged,
        mergedAt: new Date('2026-11-27T15:02:00Z'),
      },
    ]);
    expect(found.get(squashed)).toEqual([expect.objectContaining({ mergedAs: squashed, body: '' })]);
    expect(forge.requests).toBe(2);
    expect(await forge.pullRequestsOf([merged], 'release', never)).toEqual(new Map([[merged, []]]));
    expect(await forge.pullRequestsOf([], 'main', never)).toEqual(new Map());
    expect(forge.requests).toBe(3);
  });

  test('are none of another repository, of another branch, or not merged', async () => {
    const pull = (number: number, more: object = {}) => ({
      ...{ number, state: 'MERGED', baseRefName: 'main', repository: { id: 'R_1' } },
      ...more,
    });
    const nodes = [
      pull(1, { repository: { id: 'R_2' } }),
      pull(2, { baseRefName: 'x' }),
      pull(3, { state: 'OPEN' }),
      pull(4, { state: 'CLOSED' }),
    ];
    const commit = 'a'.repeat(40);
    const repository = { id: 'R_1', [`c${commit}`]: { associatedPullRequests: { nodes } } };
    await using server = await serve([json(200, { data: { repository } })]);
    const { forge } = forgeAt(server.address);
    expect(await forge.pullRequestsOf([commit], 'main', never)).toEqual(new Map([[commit, []]]));
    expect(forge.requests).toBe(1);
  });

  test('of a thousand commits are eleven requests', async () => {
    await using at = await shop();
    const { repo, ada, bob, forge } = at;
    const merged = [];
    for (let index = 0; index < 18; index += 1) {
      merged.push(bob.merges(repo.openPullRequest({ by: ada, files: { [`${index}.txt`]: 'x' } })));
    }
    const others = Array.from({ length: 1000 - merged.length }, (_, index) => index.toString(16).padStart(40, '0'));
    const found = await forge.pullRequestsOf([...others, ...merged], 'main', never);
    expect(found.size).toBe(1000);
    expect([...found.values()].filter((pulls) => pulls.length === 1)).toHaveLength(18);
    expect(forge.requests).toBe(11);
  });

  test('name everybody who has a part in one of the commits', async () => {
    await using at = await shop();
    const { repo, ada, bob, cid, forge } = at;
    const message = `Together\n\nCo-authored-by: Cid <${cid.account.email}>\nCo-authored-by: Nobody <no@where>`;
    const pull = repo.openPullRequest({ by: ada, files: files('1'), branch: 'x' });
    bob.pushes(repo, { branch: 'x', files: files('2'), message });
    const found = await forge.pullRequest(pull.number, never);
    expect(found?.committers.map(({ login }) => login).sort()).toEqual(['ada', 'bob', 'cid']);
    expect(forge.requests).toBe(1);
  });

  test('read all pages of commits', async () => {
    const person = (login: string, databaseId: number) => ({ __typename: 'User', login, databaseId });
    const page = (user: object, next: string | null) => ({
      pageInfo: { hasNextPage: next !== null, endCursor: next },
      nodes: [{ commit: { authors: { nodes: [{ user }] }, committer: { user: null } } }],
    });
    const more = (commits: object) => json(200, { data: { repository: { pullRequest: { commits } } } });
    const p7 = { ...unmerged, commits: page(person('ada', 1), 'one') };
    await using server = await serve([
      json(200, { data: { repository: { p7 } } }),
      more(page(person('bob', 2), 'two')),
      more(page(person('cid', 3), null)),
    ]);
    const found = await forgeAt(server.address).forge.pullRequest(7, never);
    expect(found?.committers.map(({ login }) => login)).toEqual(['ada', 'bob', 'cid']);
    const asked = server.seen.map(
      ({ body }) => (JSON.parse(body) as { variables: { after?: string } }).variables.after,
    );
    expect(asked).toEqual([undefined, 'one', 'two']);
  });

  test('of a pull request that has no end of commits are an error', async () => {
    const commits = { pageInfo: { hasNextPage: true, endCursor: 'next' }, nodes: [] };
    const p7 = { ...unmerged, commits };
    await using server = await serve([json(200, { data: { repository: { p7, pullRequest: { commits } } } })]);
    const { forge } = forgeAt(server.address);
    expect((await troubleOf(forge.pullRequest(7, never))).message).toBe(
      `${forge.title}: cannot read a pull request: #7 has more than 2000 commits`,
    );
    expect(forge.requests).toBe(20);
  });
});

/** The answer to what is asked for of an open pull request. */
const unmerged = {
  number: 7,
  url: 'https://github.com/acme/shop/pull/7',
  title: 'x',
  body: '',
  state: 'OPEN',
  baseRefName: 'main',
  headRefName: 'x',
  headRefOid: 'a'.repeat(40),
  isCrossRepository: false,
  mergedAt: null,
  author: null,
  mergedBy: null,
  mergeCommit: null,
};

describe('a pull request', () => {
  test('is merged by whoever queued it', async () => {
    await using at = await shop();
    const { repo, ada, bob, forge } = at;
    repo.protect('main', { queue: true });
    const pull = repo.openPullRequest({ by: ada, files: files('1') });
    ada.enqueues(pull);
    await at.later();
    ada.dequeues(pull);
    await at.later();
    bob.enqueues(pull);
    await at.later();
    repo.queueChecks(pull, 'success');
    const found = await forge.pullRequest(pull.number, never);
    expect(found).toMatchObject({ state: 'merged', mergedBy: { login: 'bob', is: 'person' } });
  });

  test('of a fork says so, and a closed one that it is not merged', async () => {
    await using at = await shop();
    const { repo, cid, forge } = at;
    const pull = repo.openPullRequest({ by: cid, from: repo.fork(cid), files: files('1') });
    cid.closes(pull);
    const found = await forge.pullRequest(pull.number, never);
    expect(found).toMatchObject({
      state: 'closed',
      head: { isOwn: false },
      closed: { by: { login: 'cid', is: 'person' }, at: start },
      mergedBy: null,
      mergedAs: null,
      mergedAt: null,
    });
  });

  test.each([0, -1, 1.5, 2 ** 31, Number.NaN])('of number %d is asked for nowhere', async (number) => {
    const { forge } = forgeAt('http://127.0.0.1:1');
    expect(await forge.pullRequest(number, never)).toBe(null);
    expect(forge.requests).toBe(0);
  });

  test('is neither what is not there nor an issue', async () => {
    await using at = await shop();
    const issue = at.ada.opensIssue(at.repo, 'An issue');
    for (const number of [4711, issue.number]) expect(await at.forge.pullRequest(number, never)).toBe(null);
  });

  test('of a repository that is not there for the token is an error', async () => {
    await using at = await shop();
    const stranger = at.hub.person('mallory');
    const error = await troubleOf(at.as(stranger.token).pullRequest(1, never));
    expect(error).toMatchObject({ trouble: 'missing', needs: null });
  });
});

test('the pull requests from branches of a prefix, the newest first', async () => {
  await using at = await shop();
  const { hub, repo, ada, cid, forge } = at;
  const bot = hub.app('stepgate', everything).bot;
  const branch = (name: string) => `stepgate/promote/${name}`;
  const old = repo.openPullRequest({ by: bot, branch: branch('a'), files: files('1'), title: 'Old' });
  const merged = repo.openPullRequest({ by: bot, branch: branch('b'), files: files('2') });
  ada.merges(merged);
  ada.deletesBranch(repo, branch('b'));
  repo.openPullRequest({ by: cid, from: repo.fork(cid), branch: branch('c'), files: files('3') });
  repo.openPullRequest({ by: ada, branch: `x/${branch('d')}`, files: files('4') });
  const closed = repo.openPullRequest({ by: bot, branch: branch('e'), files: files('5') });
  bot.closes(closed);
  const found = await forge.pullRequestsFrom('stepgate/promote/', never);
  for (const prefix of ['stepgate/promote', 'stepgate/', 'step']) {
    expect([prefix, await forge.pullRequestsFrom(prefix, never)]).toEqual([prefix, found]);
  }
  expect(await forge.pullRequestsFrom('stepgate/promote/x', never)).toEqual([]);
  expect(found.map(({ number, state }) => [number, state])).toEqual([
    [closed.number, 'closed'],
    [merged.number, 'merged'],
    [old.number, 'open'],
  ]);
  expect(found.at(-1)?.author).toMatchObject({ login: 'stepgate[bot]', is: 'bot' });
  expect(forge.requests).toBe(9);
});
