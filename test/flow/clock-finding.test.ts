import { expect, test } from 'vitest';
import { clockFinding } from '../../src/flow/clock-finding.ts';

const there = Date.parse('2026-11-25T10:00:00Z');

function told(seconds: number, at = there) {
  const [finding] = clockFinding({
    cluster: { now: () => new Date(at) },
    context: { clock: { now: () => new Date(at + seconds * 1000) } },
  });
  return finding;
}

test.each([
  [-45, "this machine's clock is about 1 min behind the cluster's"],
  [-31, "this machine's clock is about 1 min behind the cluster's"],
  [29.9, undefined],
  [400, "this machine's clock is about 7 min ahead of the cluster's"],
])('a clock that is %d s ahead is told as %s', (seconds, words) => {
  expect(told(seconds)?.message.split(';')[0]).toBe(words);
});

test('the same difference is told in the same words at another time, so that no comment is written anew for it', () => {
  expect(told(301, there + 3_600_000)).toEqual(told(299));
});
