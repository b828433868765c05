import { expect, test } from 'vitest';
import { askerOf } from '../../src/flow/forge-answers.ts';
import { type Forge, ForgeError } from '../../src/release/forge.ts';
import { memoryForge } from '../support/memory-forge.ts';

const now = new Date('2026-11-21T08:00:00Z');
const context = { clock: { now: () => now, sleep: async () => {} }, signal: new AbortController().signal };

/** Answers that each commit came by no pull request, and notes what it is asked. */
function forgeWith(answer: () => void = () => {}) {
  const asked: (readonly string[])[] = [];
  const forge: Forge = {
    ...memoryForge().forge,
    async pullRequestsOf(commits) {
      asked.push(commits);
      await Promise.resolve();
      answer();
      return new Map(commits.map((commit) => [commit, []]));
    },
  };
  return { asked, forge };
}

test('the pull requests of a commit are asked for once, also by deliveries that ask at the same time', async () => {
  const { asked, forge } = forgeWith();
  const [shop, cart] = [askerOf(context, forge, 'known'), askerOf(context, forge, 'anew')];
  const found = await Promise.all([
    shop.pullRequestsOf(['a', 'b'], 'main'),
    cart.pullRequestsOf(['b', 'c'], 'main'),
    cart.pullRequestsOf(['a', 'b'], 'main'),
  ]);
  expect(found.map((one) => [...one.keys()])).toEqual([
    ['a', 'b'],
    ['b', 'c'],
    ['a', 'b'],
  ]);
  expect(asked).toEqual([['a', 'b'], ['c']]);
  await cart.pullRequestsOf(['a'], 'next');
  expect(asked.at(-1)).toEqual(['a']);
});

test('a commit whose question failed is asked for again', async () => {
  let isAway = true;
  const { asked, forge } = forgeWith(() => {
    if (isAway) throw new ForgeError('away', 'the server is away');
  });
  const asker = askerOf(context, forge, 'known');
  await expect(Promise.all([asker.pullRequestsOf(['a'], 'main'), asker.pullRequestsOf(['a'], 'main')])).rejects.toThrow(
    'the server is away',
  );
  isAway = false;
  expect((await asker.pullRequestsOf(['a'], 'main')).get('a')).toEqual([]);
  expect(asked).toEqual([['a'], ['a']]);
});
