import { describe, expect, test } from 'vitest';
import { reactions } from '../../../src/release/forge.ts';
import { json, serve } from '../kubernetes/server.ts';
import { everything, shop } from './live.ts';
import { forgeAt, never, start, troubleOf } from './scripted.ts';

const files = { 'a.txt': 'a' };

describe('comments', () => {
  test('are all of them, oldest first, with who wrote and changed them', async () => {
    await using at = await shop();
    const { hub, repo, ada, bob, forge } = at;
    const pull = repo.openPullRequest({ by: ada, files });
    const first = ada.comments(pull, 'first');
    await at.later();
    const second = bob.comments(pull, '/stepgate promote');
    const third = hub.app('renovate', everything).bot.comments(pull, 'third');
    bob.reacts(first, 'eyes');
    // Within the second in which it was written.
    bob.edits(second, '/stepgate hold');
    const found = await forge.comments(pull.number, never);
    expect(found).toEqual([
      {
        id: first.id,
        url: `${hub.url}/acme/shop/pull/${pull.number}#issuecomment-${first.id}`,
        author: { id: ada.account.id, login: 'ada', is: 'person' },
        body: 'first',
        at: start,
        isEdited: false,
      },
      expect.objectContaining({ id: second.id, body: '/stepgate hold', isEdited: true }),
      expect.objectContaining({ id: third.id, author: expect.objectContaining({ login: 'renovate[bot]', is: 'bot' }) }),
    ]);
    expect(forge.requests).toBe(1);
  });

  test('of an issue are read too', async () => {
    await using at = await shop();
    const issue = at.ada.opensIssue(at.repo, 'Freeze');
    at.ada.comments(issue, 'thaw');
    expect((await at.forge.comments(issue.number, never)).map(({ body }) => body)).toEqual(['thaw']);
  });

  test.each([
    [250, 3],
    [2000, 20],
  ])('%d are %d requests', async (count, requests) => {
    await using at = await shop();
    const issue = at.ada.opensIssue(at.repo, 'Long');
    for (let index = 0; index < count; index += 1) at.ada.comments(issue, `${index}`);
    const found = await at.forge.comments(issue.number, never);
    expect(found.map(({ body }) => body)).toEqual(Array.from({ length: count }, (_, index) => `${index}`));
    expect(at.forge.requests).toBe(requests);
  });

  test('are too much above two thousand, which one request tells', async () => {
    await using at = await shop();
    const issue = at.ada.opensIssue(at.repo, 'Longer');
    for (let index = 0; index <= 2000; index += 1) at.ada.comments(issue, `${index}`);
    const error = await troubleOf(at.forge.comments(issue.number, never));
    expect(error).toMatchObject({
      trouble: 'tooMuch',
      message: `${at.forge.title}: cannot read comments: there are 2001, and at most 2000 are read`,
    });
    expect(at.forge.requests).toBe(1);
  });

  test.each<[string, readonly object[]]>([
    ['without any on them', []],
    ['that come again', [{ fullDatabaseId: '1' }]],
  ])('on pages %s do not go on for ever', async (_, nodes) => {
    const page = { totalCount: 1, pageInfo: { hasNextPage: true, endCursor: 'same' }, nodes };
    await using server = await serve([json(200, { data: { repository: { issues: page } } })]);
    const { forge } = forgeAt(server.address);
    expect(await troubleOf(forge.issuesLabelled('freeze', never))).toMatchObject({
      trouble: 'away',
      message: `${forge.title}: cannot read issues: its pages have no end`,
    });
    expect(forge.requests).toBeLessThan(3);
  });

  test('of what is not there are an error', async () => {
    await using at = await shop();
    const error = await troubleOf(at.forge.comments(4711, never));
    expect(error).toMatchObject({ trouble: 'missing', message: expect.stringContaining('there is no #4711') });
  });
});

test('what is written is read back, changed, and reacted to once', async () => {
  await using at = await shop();
  const { repo, ada, forge } = at;
  const pull = repo.openPullRequest({ by: ada, files });
  const written = await forge.comment(pull.number, 'hello\n\nworld', never);
  expect(written).toMatchObject({
    author: { login: 'github-actions[bot]', is: 'bot' },
    body: 'hello\n\nworld',
    isEdited: false,
  });
  expect(await forge.comments(pull.number, never)).toEqual([written]);
  await forge.editComment(written.id, 'bye', never);
  expect(await forge.comments(pull.number, never)).toEqual([{ ...written, body: 'bye', isEdited: true }]);
  const there = [...repo.state.comments.values()][0];
  for (const reaction of [...reactions, ...reactions]) await forge.react(written.id, reaction, never);
  expect(there?.reactions.map(({ content }) => content)).toEqual([...reactions]);
});

test('reviews are told with their state, what they are about, and what became of them', async () => {
  await using at = await shop();
  const { repo, ada, bob, cid, forge } = at;
  const pull = repo.openPullRequest({ by: ada, files });
  const before = pull.pull.head.sha;
  const dismissed = bob.approves(pull);
  await at.later();
  cid.requestsChanges(pull);
  await at.later();
  ada.forcePushes(pull, { 'a.txt': 'b' });
  bob.dismisses(pull, dismissed);
  cid.reviewsWithComment(pull, 'hm');
  await at.later();
  bob.approves(pull);
  const found = await forge.reviews(pull.number, never);
  expect(found.map(({ author, is, commit }) => [author?.login, is, commit])).toEqual([
    ['bob', 'dismissed', before],
    ['cid', 'refusing', before],
    ['cid', 'neither', pull.pull.head.sha],
    ['bob', 'approving', pull.pull.head.sha],
  ]);
  expect(found[0]).toMatchObject({ at: start, url: expect.stringMatching(/#pullrequestreview-\d+$/) });
  expect(await troubleOf(forge.reviews(4711, never))).toMatchObject({ trouble: 'missing' });
});

test('issues of a label are the open ones, and no pull requests', async () => {
  await using at = await shop();
  const { hub, repo, ada, forge } = at;
  const [open, closed, other] = ['Freeze', 'Closed', 'Other'].map((title) => ada.opensIssue(repo, title, 'why'));
  const pull = repo.openPullRequest({ by: ada, files });
  if (open === undefined || closed === undefined || other === undefined) throw new Error('there are three');
  for (const issue of [open, closed, pull]) ada.labels(issue, 'freeze, all');
  ada.closes(closed);
  ada.labels(other, 'freeze');
  expect(await forge.issuesLabelled('freeze, all', never)).toEqual([
    {
      number: open.number,
      url: `${hub.url}/acme/shop/issues/${open.number}`,
      title: 'Freeze',
      body: 'why',
      author: { id: ada.account.id, login: 'ada', is: 'person' },
      at: start,
    },
  ]);
});
