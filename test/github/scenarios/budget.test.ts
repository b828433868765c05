import { expect, test } from 'vitest';
import { play, type Requests } from '../../bench/github.ts';

test('25 releases, each with a pull request of its own, stay within the budget of requests, and all of them are told', async () => {
  const runs: Requests[] = [];
  await play(25, 'a pull request each', (requests) => runs.push(requests));
  const over = runs.filter(({ all, budget }) => all > budget);
  expect(over).toEqual([]);
  // The deploy can't tell all of them, and says so. After a few runs nothing is left out.
  expect(runs.find(({ run }) => run.startsWith('deploy'))?.leavesOut).toBe(true);
  expect(runs.slice(-2).map(({ leavesOut }) => leavesOut)).toEqual([false, false]);
  // A run that finds nothing new does not ask for each release.
  expect(runs.at(-1)?.all).toBeLessThan(20);
}, 240_000);
