import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Prior } from '../../src/gates/likelihood.ts';
import { type Counted, compareProportions, type Demand, interval } from '../../src/gates/proportions.ts';

const counted = (failures: number, total: number): Counted => ({ failures, total });
const demand: Demand = { alpha: 0.01, worse: 0.01, atLeast: 1 };

/** What has to be there. */
function some<T>(value: T | null): T {
  if (value === null) throw new Error('was refused');
  return value;
}

const shares = (failures: number, total: number, alpha = 0.01, prior?: Prior) =>
  some(interval(counted(failures, total), alpha, prior));

/** Failures of a total, both whole. */
const whole = (most = 1e9) =>
  fc
    .integer({ min: 1, max: most })
    .chain((total) => fc.integer({ min: 0, max: total }).map((k) => [k, total] as const));
const level = fc.double({ min: 1e-6, max: 0.5, noNaN: true });
const equal: Prior = { failures: 1, successes: 1 };

describe('the interval of a share', () => {
  test('is what comes out by hand', () => {
    // Equal chances before: B(1, 2) / (1 - p) = 1 / alpha, and B(2, 2) / (p (1 - p)) = 1 / alpha.
    expect(shares(0, 1, 0.1, equal)).toEqual({ low: 0, high: expect.closeTo(0.95, 9) });
    const root = Math.sqrt(14 / 15);
    const both = { low: expect.closeTo((1 - root) / 2, 9), high: expect.closeTo((1 + root) / 2, 9) };
    expect(shares(1, 2, 0.1, equal)).toEqual(both);
    // Ours: B(1/2, 10 + n) / B(1/2, 10) is 10/10.5, times 11/11.5.
    expect(shares(0, 1, 0.1).high).toBeCloseTo(1 - (0.1 * 10) / 10.5, 9);
    expect(shares(0, 2, 0.1).high).toBeCloseTo(1 - Math.sqrt((0.1 * 10 * 11) / (10.5 * 11.5)), 9);
    expect(shares(1, 1, 0.1)).toEqual({ low: expect.closeTo((0.1 * 0.5) / 10.5, 9), high: 1 });
  });

  test('is everything where nothing was counted', () => {
    expect(shares(0, 0)).toEqual({ low: 0, high: 1 });
  });

  test('reaches to 0 without a failure alone, and to 1 without a success', () => {
    fc.assert(
      fc.property(whole(), level, ([failures, total], alpha) => {
        const { low, high } = shares(failures, total, alpha);
        expect(low === 0).toBe(failures === 0);
        if (failures === total) expect(high).toBe(1);
        // Nearer to 1, numbers end.
        if (2 * failures <= total) expect(high).toBeLessThan(1);
      }),
    );
  });

  test('holds the share that was counted, to a thousand million requests', () => {
    fc.assert(
      fc.property(whole(), level, ([failures, total], alpha) => {
        const { low, high } = shares(failures, total, alpha);
        expect(low).toBeLessThanOrEqual(failures / total);
        expect(high).toBeGreaterThanOrEqual(failures / total);
      }),
    );
  });

  test('moves up with every failure', () => {
    fc.assert(
      fc.property(whole(1e6), level, ([failures, total], alpha) => {
        fc.pre(failures < total);
        const [one, more] = [shares(failures, total, alpha), shares(failures + 1, total, alpha)];
        expect(more.low).toBeGreaterThan(one.low);
        expect(more.high).toBeGreaterThanOrEqual(one.high);
        if (2 * failures < total) expect(more.high).toBeGreaterThan(one.high);
      }),
    );
  });

  test('is the mirror image where failures and successes change places, those of the prior too', () => {
    const prior = { failures: 0.5, successes: 10 };
    fc.assert(
      fc.property(whole(1e6), level, ([failures, total], alpha) => {
        const { low, high } = shares(failures, total, alpha, prior);
        const mirror = shares(total - failures, total, alpha, { failures: 10, successes: 0.5 });
        expect(mirror.low).toBeCloseTo(1 - high, 9);
        expect(mirror.high).toBeCloseTo(1 - low, 9);
      }),
    );
  });

  test('shrinks with twice the requests, and grows with a smaller probability of being wrong', () => {
    fc.assert(
      fc.property(whole(1e6), level, ([failures, total], alpha) => {
        const { low, high } = shares(failures, total, alpha);
        const twice = shares(2 * failures, 2 * total, alpha);
        const surer = shares(failures, total, alpha / 2);
        expect(twice.high - twice.low).toBeLessThan(high - low);
        expect(surer.high - surer.low).toBeGreaterThan(high - low);
      }),
    );
  });

  test('keeps its digits with many requests', () => {
    // By the normal approximation: the ratio is about exp(z * z / 2) * density(p) * sd * sqrt(2 pi).
    const [n, p, alpha] = [1e9, 0.001, 0.01];
    const deviation = Math.sqrt((p * (1 - p)) / n);
    const density = 1.7203 * p ** -0.5 * (1 - p) ** 9;
    const z = Math.sqrt(-2 * Math.log(alpha * density * deviation * Math.sqrt(2 * Math.PI)));
    const { low, high } = shares(n * p, n, alpha);
    expect((high - p) / (z * deviation)).toBeCloseTo(1, 2);
    expect((p - low) / (z * deviation)).toBeCloseTo(1, 2);
  });
});

/** The probability that an answer ever comes in the first requests, exactly: by all ways that the counts can go. */
function ever(steps: readonly Share[], happens: (counts: readonly [Counted, Counted]) => boolean): number {
  let open = new Map([['0 0', 1]]);
  let happened = 0;
  const totals = [0, 0];
  for (const { side, share } of steps) {
    totals[side] = (totals[side] ?? 0) + 1;
    const [first = 0, second = 0] = totals;
    const next = new Map<string, number>();
    for (const [key, probability] of open) {
      const [one = 0, other = 0] = key.split(' ').map(Number);
      const failed = side === 0 ? `${one + 1} ${other}` : `${one} ${other + 1}`;
      next.set(failed, (next.get(failed) ?? 0) + probability * share);
      next.set(key, (next.get(key) ?? 0) + probability * (1 - share));
    }
    for (const [key, probability] of next) {
      const [one = 0, other = 0] = key.split(' ').map(Number);
      if (!happens([counted(one, first), counted(other, second)])) continue;
      happened += probability;
      next.delete(key);
    }
    open = next;
  }
  return happened;
}

interface Share {
  readonly side: 0 | 1;
  readonly share: number;
}

const alternating = (canary: number, stable: number, pairs: number): Share[] =>
  Array.from({ length: pairs }, () => [
    { side: 0, share: canary } as const,
    { side: 1, share: stable } as const,
  ]).flat();

describe('over all looks, by all ways that the counts can go', () => {
  test.each([0.01, 0.05, 0.3])('the interval hardly ever leaves out the true share %d', (share) => {
    const steps = Array.from({ length: 250 }, () => ({ side: 0, share }) as const);
    const chance = ever(steps, ([{ failures, total }]) => {
      const { low, high } = shares(failures, total, 0.1);
      return share < low || share > high;
    });
    expect(chance).toBeLessThanOrEqual(0.1);
    // Nothing is wasted: a wider interval than the promise needs has less.
    expect(chance).toBeGreaterThan(share === 0.3 ? 0.001 : 0.02);
  });

  test('a canary at the limit is hardly ever called worse, and one beyond it hardly ever not worse', () => {
    const loose: Demand = { alpha: 0.5, worse: 0.2, atLeast: 1 };
    // All walks come by the same counts.
    const answers = new Map<string, string>();
    const answer = (one: Counted, other: Counted) => {
      const key = [one.failures, one.total, other.failures, other.total].join(' ');
      const found = answers.get(key) ?? compare(one, other, loose).is;
      answers.set(key, found);
      return found;
    };
    const called = (is: 'worse' | 'notWorse', canary: number, stable: number) =>
      ever(alternating(canary, stable, 30), ([one, other]) => answer(one, other) === is);
    const wrong = [called('worse', 0.3, 0.1), called('notWorse', 0.3 + 1e-9, 0.1)];
    for (const chance of wrong) {
      expect(chance).toBeLessThanOrEqual(0.5);
      expect(chance).toBeGreaterThan(0);
    }
    expect(called('worse', 0.95, 0.02)).toBeGreaterThan(0.85);
    expect(called('notWorse', 0.02, 0.1)).toBeGreaterThan(0.9);
  });
});

const compare = (canary: Counted, stable: Counted, more: Partial<Demand> = {}) =>
  some(compareProportions(canary, stable, { ...demand, ...more }));

describe('the comparison', () => {
  test('is what comes out by hand', () => {
    // One failure of one, none of one. The mixture: half of 1/21 * 20/21, half of B(1.5, 11) / B(0.5, 10). The likelihood
    // where the shares differ by d is at most ((1 + d) / 2)^2.
    const mixture = (20 / 441 + (0.5 * 10) / (10.5 * 11.5)) / 2;
    const { difference } = compare(counted(1, 1), counted(0, 1), { alpha: 0.5 });
    expect(difference).toEqual({ low: expect.closeTo(2 * Math.sqrt(0.5 * mixture) - 1, 9), high: 1 });
  });

  test.each([
    [[100, 1000], [10, 1000], 'worse'],
    [[10, 10_000], [90, 90_000], 'notWorse'],
    [[30, 1000], [10, 1000], 'undecided'],
    [[0, 300], [0, 300], 'undecided'],
    [[200, 200], [0, 200], 'worse'],
    [[0, 200], [200, 200], 'notWorse'],
    [[11e6, 1e9], [10e6, 1e9], 'notWorse'],
    [[21e6, 1e9], [10e6, 1e9], 'worse'],
    [[20e6, 1e9], [10e6, 1e9], 'undecided'],
  ] as const)('of %j with %j is %s', ([failures, total], [baseFailures, baseTotal], is) => {
    expect(compare(counted(failures, total), counted(baseFailures, baseTotal)).is).toBe(is);
  });

  test.each([
    [[6, 120], [5, 480], 'tooFew', null],
    [[60, 1200], [48, 4800], 'worse', '1.48% to 7.50%'],
    [[12, 1200], [48, 4800], 'undecided', '-1.08% to 1.70%'],
    [[31, 3120], [125, 12_480], 'notWorse', '-0.73% to 0.98%'],
  ] as const)(
    'is that of the example in docs/metrics.md: %j with %j',
    ([failures, total], [others, all], is, range) => {
      const compared = compare(counted(failures, total), counted(others, all), { atLeast: 200 });
      expect(compared.is).toBe(is);
      const { low, high } = compared.difference;
      if (range !== null) expect(`${(low * 100).toFixed(2)}% to ${(high * 100).toFixed(2)}%`).toBe(range);
    },
  );

  test('follows from its difference, which holds the one that was counted', () => {
    fc.assert(
      fc.property(
        whole(),
        whole(),
        level,
        fc.double({ min: 0, max: 0.2, noNaN: true }),
        (canary, stable, alpha, worse) => {
          const { is, difference } = compare(counted(...canary), counted(...stable), { alpha, worse });
          const seen = canary[0] / canary[1] - stable[0] / stable[1];
          expect(difference.low).toBeLessThanOrEqual(seen);
          expect(difference.high).toBeGreaterThanOrEqual(seen);
          expect(is === 'worse').toBe(difference.low > worse);
          expect(is === 'notWorse').toBe(difference.high <= worse);
        },
      ),
    );
  });

  test('has the difference with its sign changed where the sides change places', () => {
    fc.assert(
      fc.property(whole(1e6), whole(1e6), (canary, stable) => {
        const one = compare(counted(...canary), counted(...stable));
        const other = compare(counted(...stable), counted(...canary));
        expect(other.difference.low).toBeCloseTo(-one.difference.high, 8);
        expect(other.difference.high).toBeCloseTo(-one.difference.low, 8);
        expect([other.canary, other.stable]).toEqual([one.stable, one.canary]);
      }),
    );
  });

  test('shows the intervals of both sides at half of alpha', () => {
    const { canary, stable } = compare(counted(30, 1000), counted(10, 2000), { alpha: 0.02 });
    expect([canary, stable]).toEqual([shares(30, 1000, 0.01), shares(10, 2000, 0.01)]);
  });

  test('needs about half the requests that two intervals need', () => {
    const parts = (n: number) => compare(counted(0.01 * n, n), counted(0.01 * n, n));
    expect(parts(3700).is).toBe('notWorse');
    const { canary, stable } = parts(6600);
    expect(canary.high - stable.low).toBeGreaterThan(demand.worse);
  });

  test('names the sides with too few requests, and decides nothing then', () => {
    const [bad, good] = [counted(150, 199.9), counted(0, 1e6)];
    const few = { atLeast: 200 };
    expect(compare(bad, good, few)).toMatchObject({ is: 'tooFew', short: ['canary'] });
    expect(compare(good, bad, few)).toMatchObject({ is: 'tooFew', short: ['stable'] });
    expect(compare(bad, bad, few)).toMatchObject({ is: 'tooFew', short: ['canary', 'stable'] });
    expect(compare(counted(150, 200), good, few).is).toBe('worse');
    expect(compare(counted(0, 0), counted(0, 0), { atLeast: 0 })).toEqual({
      is: 'undecided',
      canary: { low: 0, high: 1 },
      stable: { low: 0, high: 1 },
      difference: { low: -1, high: 1 },
    });
  });
});

describe('counts that are not whole', () => {
  test('leave out only what both neighbours leave out', () => {
    expect(shares(2.4, 1000.9)).toEqual({ low: shares(2, 1000).low, high: shares(3, 1000).high });
    const { difference } = compare(counted(2.4, 1000.9), counted(7.5, 900.5));
    expect(difference.low).toBe(compare(counted(2, 1000), counted(8, 900)).difference.low);
    expect(difference.high).toBe(compare(counted(3, 1000), counted(7, 900)).difference.high);
  });

  test('may be off in their last digits', () => {
    const noise = 1 + 2e-16;
    expect(shares(300 * noise, 300)).toEqual(shares(300, 300));
    expect(shares(3 + 1e-12, 300 - 1e-12)).toEqual(shares(3, 300));
    expect(shares(-1e-12, 300)).toEqual(shares(0, 300));
  });

  test('never have more failures than requests', () => {
    expect(shares(299.9, 299.9)).toEqual({ low: shares(299, 299).low, high: 1 });
    expect(shares(0.3, 0.4)).toEqual({ low: 0, high: 1 });
  });
});

describe('refused is', () => {
  test.each([
    [301, 300],
    [300.01, 300],
    [-1, 300],
    [-0.01, 300],
    [0, -1],
    [Number.NaN, 300],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [0, 1.1e12],
  ])('%d failures of %d, on either side', (failures, total) => {
    const [wrong, right] = [counted(failures, total), counted(3, 300)];
    expect(interval(wrong, 0.01)).toBeNull();
    expect(compareProportions(wrong, right, demand)).toBeNull();
    expect(compareProportions(right, wrong, demand)).toBeNull();
  });

  test.each([
    { alpha: 0 },
    { alpha: 1 },
    { alpha: 1.5 },
    { alpha: Number.NaN },
    { worse: -0.01 },
    { worse: 1 },
    { worse: Number.NaN },
    { atLeast: -1 },
    { atLeast: Number.NaN },
  ])('a demand with %j', (more) => {
    expect(compareProportions(counted(3, 300), counted(3, 300), { ...demand, ...more })).toBeNull();
  });
});
