import { describe, expect, test } from 'vitest';
import { seeded } from '../../src/simulator/random.ts';
import { binomial, bound, geometric } from './draws.ts';
import { forOneLook, type Row, tally, wrong } from './play.ts';
import { dependent, independent } from './rows.ts';

/** `npm run simulate:metrics` in small: the same rows, fewer releases. */
const releases = 30;
const find = (name: string) => {
  const row = [...independent, ...dependent].find((one) => one.name === name);
  if (row === undefined) throw new Error(`there is no row ${name}`);
  return row;
};
const played = (row: Row, seed: number) => tally(row, releases, seeded(seed));

describe('simulated releases', () => {
  test.each(
    independent.filter(({ perSecond }) => perSecond < 200).map((row, index) => [row.name, row, index] as const),
  )('keep the promises: %s', (_, row, seed) => {
    const tallied = tally({ ...row, minutes: 30 }, 12, seeded(seed));
    expect(wrong(row, tallied)).toBeLessThanOrEqual(bound(12, row.demand.alpha, 1e-5));
  });

  test('show that a test for one look does not keep the promise', () => {
    const row = find('at the limit, 5%, promised 1%');
    const tallied = tally(row, 200, seeded(9), forOneLook);
    expect(wrong(row, tallied)).toBeGreaterThan(bound(200, row.demand.alpha, 1e-5));
    expect(wrong(row, played(row, 9))).toBe(0);
  });

  test('are told apart: a healthy one is not worse, and a bad one worse', () => {
    const healthy = played(find('healthy, 1%, 20/s'), 1);
    expect(healthy).toMatchObject({ worse: 0, undecided: 0, untilWorse: null });
    expect(healthy.notWorse).toBe(releases);
    const bad = played(find('worse, 1% and 5%'), 2);
    expect(bad).toMatchObject({ notWorse: 0, undecided: 0, untilNotWorse: null });
    expect(bad.untilWorse).toBeLessThan(10);
  });

  test('in bursts raise false alarms, and fewer where both counts are divided', () => {
    const alarms = played(find('healthy, 1%: bursts of 50'), 3).worse;
    expect(alarms).toBeGreaterThan(releases / 10);
    expect(played(find('healthy, 1%: bursts of 10, both counts divided by 20'), 4).worse).toBe(0);
  });

  test('are the same with the same seed', () => {
    const three = (seed: number) => tally(find('worse, 1% and 3%'), 3, seeded(seed));
    expect(three(5)).toEqual(three(5));
    expect(three(5)).not.toEqual(three(6));
  });
});

describe('what is drawn', () => {
  test.each([0.001, 0.3, 0.97])('has the mean and the variance of independent requests: %d', (share) => {
    const random = seeded(7);
    const drawn = Array.from({ length: 4000 }, () => binomial(random, 5000, share));
    const mean = drawn.reduce((sum, one) => sum + one) / drawn.length;
    const variance = drawn.reduce((sum, one) => sum + (one - mean) ** 2, 0) / drawn.length;
    const deviation = Math.sqrt(5000 * share * (1 - share));
    expect(Math.abs(mean - 5000 * share) / deviation).toBeLessThan(0.07);
    expect(variance / deviation ** 2).toBeCloseTo(1, 0);
  });

  test('are bursts of the wanted mean', () => {
    const random = seeded(8);
    const drawn = Array.from({ length: 4000 }, () => geometric(random, 10));
    expect(drawn.reduce((sum, one) => sum + one) / drawn.length).toBeCloseTo(10, 0);
    expect(Math.min(...drawn)).toBe(1);
    expect(geometric(random, 1)).toBe(1);
  });
});

test('the bound is where the rest of a binomial distribution becomes rarer than wanted', () => {
  // Two throws, each with the probability 1/10: two in one of 100, one or more in 19 of 100.
  expect([bound(2, 0.1, 0.2), bound(2, 0.1, 0.18), bound(2, 0.1, 0.009)]).toEqual([0, 1, 2]);
});
