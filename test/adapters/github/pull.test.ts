import { describe, expect, test } from 'vitest';
import { committersOn, pullIn } from '../../../src/adapters/github/pull.ts';
import type { JsonObject } from '../../../src/release/json.ts';
import { troubleOf } from './scripted.ts';

const user = (login: string, databaseId: number) => ({ __typename: 'User', login, databaseId });
const queue = { __typename: 'Bot', login: 'github-merge-queue', databaseId: 118344674 };
const [ada, bob, cid] = [user('ada', 1), user('bob', 2), user('cid', 3)];
const person = ({ login, databaseId: id }: { login: string; databaseId: number }) => ({ id, login, is: 'person' });

function pull(more: JsonObject): JsonObject {
  return {
    number: 7,
    url: 'https://github.com/acme/shop/pull/7',
    title: 'Change it',
    body: '',
    state: 'MERGED',
    baseRefName: 'main',
    headRefName: 'change',
    headRefOid: 'a'.repeat(40),
    isCrossRepository: false,
    mergedAt: '2026-11-27T15:00:00Z',
    author: ada,
    mergedBy: bob,
    mergeCommit: { oid: 'b'.repeat(40) },
    timelineItems: { nodes: [] },
    ...more,
  };
}

const queued = (...events: readonly (readonly [string, JsonObject | null])[]) => ({
  timelineItems: { nodes: events.map(([createdAt, actor]) => ({ createdAt, actor })) },
});

describe('who merged it', () => {
  test.each([
    ['a person', {}, person(bob)],
    ['nobody that is still there', { mergedBy: null }, null],
    ['the queue, for whoever queued it', { mergedBy: queue, ...queued(['2026-11-27T14:50:00Z', cid]) }, person(cid)],
    [
      'the queue, for whoever queued it last before it was merged',
      {
        mergedBy: queue,
        ...queued(['2026-11-27T14:58:00Z', cid], ['2026-11-27T14:50:00Z', ada], ['2026-11-27T15:01:00Z', bob]),
      },
      person(cid),
    ],
    [
      'the queue, for whoever queued it last in the same second',
      { mergedBy: queue, ...queued(['2026-11-27T14:58:00Z', ada], ['2026-11-27T14:58:00Z', cid]) },
      person(cid),
    ],
    [
      'the queue, for an account that was deleted',
      { mergedBy: queue, ...queued(['2026-11-27T14:50:00Z', ada], ['2026-11-27T14:58:00Z', null]) },
      null,
    ],
    [
      'the queue, for nobody that is told',
      { mergedBy: queue },
      { id: 118344674, login: 'github-merge-queue[bot]', is: 'bot' },
    ],
    ['a person, past the queue', queued(['2026-11-27T14:50:00Z', cid]), person(bob)],
    [
      'an account that calls itself like the queue',
      { mergedBy: user('github-merge-queue', 9), ...queued(['2026-11-27T14:50:00Z', cid]) },
      person(user('github-merge-queue', 9)),
    ],
  ])('%s', (_, more, by) => {
    expect(pullIn(pull(more), []).mergedBy).toEqual(by);
  });

  test('nobody, while it is open', () => {
    const open = {
      state: 'OPEN',
      mergedAt: null,
      mergedBy: null,
      mergeCommit: null,
      ...queued(['2026-11-27T14:50:00Z', cid]),
    };
    const found = pullIn(pull(open), []);
    expect(found).toMatchObject({ state: 'open', closed: null, mergedBy: null, mergedAs: null, mergedAt: null });
  });
});

test.each([
  ['a person', user('ada', 1), person(ada)],
  ['an App', { __typename: 'Bot', login: 'renovate', databaseId: 5 }, { id: 5, login: 'renovate[bot]', is: 'bot' }],
  [
    'an App with its whole name',
    { __typename: 'Bot', login: 'x[bot]', databaseId: 5 },
    { id: 5, login: 'x[bot]', is: 'bot' },
  ],
  ['a user that is called like an App', user('x[bot]', 5), { id: 5, login: 'x[bot]', is: 'bot' }],
  ['an organization', { __typename: 'Organization', login: 'acme' }, null],
  ['nobody', null, null],
])('the author is %s', (_, author, account) => {
  expect(pullIn(pull({ author }), []).author).toEqual(account);
});

test('the committers are the authors and committers of all pages, each once', () => {
  const page = (authors: readonly (JsonObject | null)[], committer: JsonObject | null) => ({
    nodes: [{ commit: { authors: { nodes: authors.map((one) => ({ user: one })) }, committer: { user: committer } } }],
  });
  const found = committersOn([page([ada, bob], null), page([bob, null], cid)]);
  expect(found.map(({ login }) => login)).toEqual(['ada', 'bob', 'cid']);
});

test.each([
  ['number', { number: '7' }],
  ['headRefOid', { headRefOid: 'main' }],
  ['isCrossRepository', { isCrossRepository: null }],
  ['mergedAt', { mergedAt: 'yesterday' }],
  ['mergeCommit.oid', { mergeCommit: { oid: 'x' } }],
])('without a readable %s it is no answer', async (field, more) => {
  const error = await troubleOf((async () => pullIn(pull(more), []))());
  expect(error).toMatchObject({
    trouble: 'away',
    message: `an answer of GitHub has no ${field}, or one that cannot be read`,
  });
});
