import { expect, test } from 'vitest';
import { gathered } from '../../../src/adapters/github/gathered.ts';
import { shop } from './live.ts';
import { never, troubleOf } from './scripted.ts';

/** Twelve merged pull requests, each with its comment, and the number of requests that a question took. */
async function twelve() {
  const at = await shop();
  const { repo, ada, bob, forge } = at;
  const pulls = Array.from({ length: 12 }, (_, index) => {
    const pull = repo.openPullRequest({ by: ada, files: { [`${index}.txt`]: 'a' }, branch: `stepgate/${index}/a` });
    bob.comments(pull, `about ${pull.number}`);
    bob.approves(pull);
    return pull;
  });
  const commits = pulls.map((pull) => bob.merges(pull));
  const cost = async (question: () => Promise<unknown>) => {
    const before = forge.requests;
    await question();
    return forge.requests - before;
  };
  return { ...at, pulls, commits, cost };
}

test('comments, reviews and pull requests that are asked for at the same time are asked for together', async () => {
  await using at = await twelve();
  const { forge, pulls, commits, cost } = at;
  const numbers = pulls.map(({ number }) => number);
  const all = <T>(keys: readonly T[], of: (key: T) => Promise<unknown>) => cost(() => Promise.all(keys.map(of)));
  expect(await all(numbers, (number) => forge.comments(number, never))).toBe(2);
  expect(await all(numbers, (number) => forge.reviews(number, never))).toBe(2);
  // Who merged what with which commit, and then who they are.
  expect(await all(commits, (commit) => forge.pullRequestsOf([commit], 'main', never))).toBe(2);
  expect(await all(numbers, (number) => forge.pullRequestsFrom(`stepgate/${number - 1}/`, never))).toBe(3);
  expect(await all([1, 2, 3], () => forge.viewer(never))).toBe(1);
  // Of few commits both are one request.
  expect(await all(commits.slice(0, 2), (commit) => forge.pullRequestsOf([commit], 'main', never))).toBe(1);
});

test('each gets its own answer, and one that is not there ends no other', async () => {
  await using at = await twelve();
  const { forge, pulls, commits } = at;
  const [first, second] = pulls;
  if (first === undefined || second === undefined) throw new Error('twelve were opened');
  const [one, missing, two] = await Promise.all([
    forge.comments(first.number, never),
    troubleOf(forge.comments(9999, never)),
    forge.comments(second.number, never),
  ]);
  expect([one, two].map((some) => some.map(({ body }) => body))).toEqual([['about 1'], ['about 2']]);
  expect(missing).toMatchObject({ trouble: 'missing', message: expect.stringContaining('there is no #9999') });
  const found = await Promise.all(commits.map((commit) => forge.pullRequestsOf([commit], 'main', never)));
  expect(found.map((of, index) => of.get(commits[index] ?? '')?.map(({ number }) => number))).toEqual(
    pulls.map(({ number }) => [number]),
  );
  const from = await Promise.all([0, 11].map((index) => forge.pullRequestsFrom(`stepgate/${index}/`, never)));
  expect(from.map((some) => some.map(({ number }) => number))).toEqual([[1], [12]]);
});

test('a question that fails fails for all who asked, and the next turn asks again', async () => {
  let isAway = true;
  const asked: (readonly number[])[] = [];
  const ask = gathered<number, string>(async (keys) => {
    asked.push(keys);
    if (isAway) throw new Error('away');
    return new Map(keys.map((key) => [key, `number ${key}`]));
  });
  expect(await Promise.allSettled([ask(1, never), ask(2, never), ask(1, never)])).toMatchObject([
    { status: 'rejected' },
    { status: 'rejected' },
    { status: 'rejected' },
  ]);
  isAway = false;
  expect(await Promise.all([ask(1, never), ask(2, new AbortController().signal)])).toEqual(['number 1', 'number 2']);
  expect(asked).toEqual([[1, 2], [1], [2]]);
});
