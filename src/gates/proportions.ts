import {
  bendOf,
  between,
  firstBelow,
  logLikelihood,
  logMixture,
  type Prior,
  slopeOf,
  varianceOf,
} from './likelihood.ts';

/**
 * Compares a canary's share of failed requests with stable's, from the counts alone.
 *
 * Gates are looked at often, by whoever runs, and the first clear answer is acted on. A test with a fixed sample size is
 * wrong too often then. What is here holds at all looks at once, however many there are, and keeps nothing between two:
 * confidence sequences (named by Howard, Ramdas et al. 2021) by the method of mixtures (Robbins 1970).
 *
 * The principle: for the true shares, the likelihood of the counts under a mixture of all shares, divided by their
 * likelihood under the true ones, is a martingale that starts at 1. The probability that it ever reaches 1/alpha is at most
 * alpha (Ville 1939). So the shares for which this ratio is below 1/alpha hold the true ones at all looks at once, except
 * with the probability alpha.
 *
 * The requests have to be independent of each other, and their shares constant: docs/metrics.md#canary-against-stable.
 */

/** What a server of metrics counted. It extrapolates, so the numbers need not be whole. */
export interface Counted {
  readonly failures: number;
  readonly total: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export type Side = 'canary' | 'stable';

export interface Demand {
  /** The largest probability of a wrong answer, over all looks of one step. Above 0, below 1. */
  readonly alpha: number;
  /** By how much the canary's share may be larger than stable's. From 0, below 1. */
  readonly worse: number;
  /** The fewest requests of each side that are compared. */
  readonly atLeast: number;
}

/** The intervals are for people; `difference` alone decides. It is often narrower than what the other two leave open. */
export interface Compared {
  /** The share of each side: both hold the true ones at all looks, except with the probability alpha. */
  readonly canary: Interval;
  readonly stable: Interval;
  /** The canary's share less stable's: it holds the true one at all looks, except with the probability alpha. */
  readonly difference: Interval;
}

/**
 * `worse`: the canary's share is larger than stable's by more than `worse`. `notWorse`: it is not. `undecided`: the counts
 * do not say which. `tooFew`: a side has less than `atLeast` requests, and nothing is decided.
 */
export type Comparison = Compared &
  ({ readonly is: 'worse' | 'notWorse' | 'undecided' } | { readonly is: 'tooFew'; readonly short: readonly Side[] });

/**
 * What the mixture expects. It does not touch the promises, only how soon there is an answer. In n requests with a share p,
 * the ratio loses about the factor sqrt(n / (2 * successes)) * exp(successes * p). Beta(1/2, 1/2) is the common choice; it
 * treats all shares alike, and loses three to five times more at shares from 0.1% to 5%. This one loses more above 16%.
 */
const few: Prior = { failures: 0.5, successes: 10 };

/** Above it the logarithms lose their digits, and no step has so many requests. */
const most = 1e12;

/**
 * The shares of failures that agree with the counts: it holds the true share at all looks at once, except with the
 * probability alpha. It always holds failures / total. Null for counts that can't be: NaN, infinite or negative, more
 * failures than requests, more than 10^12.
 *
 * A count that is not whole is rounded to the safe side. The total is rounded down. The failures are rounded down for the
 * low end, and up for the high end.
 */
export function interval(counted: Counted, alpha: number, prior: Prior = few): Interval | null {
  const whole = wholeOf(counted);
  if (whole === null || !isShare(alpha)) return null;
  const { least, most, total } = whole;
  return { low: end(least, total, 0), high: end(most, total, 1) };

  function end(failures: number, total: number, outermost: number): number {
    if (total === 0) return outermost;
    const limit = logMixture(failures, total, prior) + Math.log(alpha);
    return firstBelow(failures / total, outermost, varianceOf(failures, total), (share) => ({
      value: logLikelihood(failures, total, share) - limit,
      slope: slopeOf(failures, total, share),
    }));
  }
}

/**
 * Compares the two sides. Over all looks of a step, a canary that is not worse is called `worse` with a probability of at
 * most alpha; a canary that is worse is called `notWorse` with a probability of at most alpha. Null for counts of a side
 * that `interval` refuses, and for a demand out of its range.
 *
 * Two intervals at alpha/2 that lie apart would do too. One region for both shares at alpha needs up to half fewer requests
 * where the sides are of equal size, and between a third fewer and a seventh more where stable has nine times as many. Half
 * the weight of its mixture lies on equal shares, which a good canary has: that half has one share to learn. The other half
 * takes each share by itself. An end of `difference` is the last at which no pair of shares is in the region. (A mixture
 * over the largest likelihood of a hypothesis is universal inference: Wasserman, Ramdas and Balakrishnan 2020.)
 */
export function compareProportions(canary: Counted, stable: Counted, demand: Demand): Comparison | null {
  const { alpha, worse, atLeast } = demand;
  const ofCanary = interval(canary, alpha / 2);
  const ofStable = interval(stable, alpha / 2);
  const [counts, base] = [wholeOf(canary), wholeOf(stable)];
  if (ofCanary === null || ofStable === null || counts === null || base === null) return null;
  if (!isShare(alpha) || !(worse >= 0 && worse < 1) || !(atLeast >= 0)) return null;
  // Each end by the whole numbers that leave it farthest out.
  const totals = { total: counts.total, baseTotal: base.total };
  const lowest = { ...totals, failures: counts.least, baseFailures: base.most };
  const highest = { ...totals, failures: counts.most, baseFailures: base.least };
  const difference = { low: endOfDifference(lowest, alpha, -1), high: endOfDifference(highest, alpha, 1) };
  const compared = { canary: ofCanary, stable: ofStable, difference };
  const short: readonly Side[] = [
    ...(counts.total < atLeast ? (['canary'] as const) : []),
    ...(base.total < atLeast ? (['stable'] as const) : []),
  ];
  if (short.length > 0) return { is: 'tooFew', short, ...compared };
  if (difference.low > worse) return { is: 'worse', ...compared };
  return { is: difference.high <= worse ? 'notWorse' : 'undecided', ...compared };
}

/** Whole numbers of both sides. */
interface Both {
  readonly failures: number;
  readonly total: number;
  readonly baseFailures: number;
  readonly baseTotal: number;
}

function endOfDifference(both: Both, alpha: number, outermost: -1 | 1): number {
  const { failures, total, baseFailures, baseTotal } = both;
  if (total === 0 || baseTotal === 0) return outermost;
  const apart = logMixture(failures, total, few) + logMixture(baseFailures, baseTotal, few);
  const equal = logMixture(failures + baseFailures, total + baseTotal, few);
  const larger = Math.max(apart, equal);
  const mixture = larger + Math.log((Math.exp(apart - larger) + Math.exp(equal - larger)) / 2);
  const limit = mixture + Math.log(alpha);
  const variance = varianceOf(failures, total) + varianceOf(baseFailures, baseTotal);
  return firstBelow(failures / total - baseFailures / baseTotal, outermost, variance, (by) => {
    const base = likeliestBase(both, by);
    const share = shifted(base, by);
    const value = logLikelihood(failures, total, share) + logLikelihood(baseFailures, baseTotal, base) - limit;
    // At the best base, both slopes cancel each other out. A share at an end of its range stays there, and the base moves.
    const isAtEnd = share === 0 || share === 1;
    return { value, slope: isAtEnd ? -slopeOf(baseFailures, baseTotal, base) : slopeOf(failures, total, share) };
  });
}

/** The canary's share where stable's is known, and the difference. */
function shifted(base: number, by: number): number {
  return base >= 1 - by ? 1 : Math.max(base + by, 0);
}

/**
 * The likeliest share of stable where the canary's is larger by a known difference. It lies between what each side says by
 * itself, and the slope of the likelihood falls from one to the other.
 */
function likeliestBase({ failures, total, baseFailures, baseTotal }: Both, by: number): number {
  const [least, most] = [Math.max(-by, 0), Math.min(1 - by, 1)];
  const own = Math.min(Math.max(baseFailures / baseTotal, least), most);
  const others = Math.min(Math.max(failures / total - by, least), most);
  const slopeAt = (base: number) =>
    slopeOf(failures, total, shifted(base, by)) + slopeOf(baseFailures, baseTotal, base);
  let [low, high] = own < others ? [own, others] : [others, own];
  if (slopeAt(low) <= 0) return low;
  if (slopeAt(high) >= 0) return high;
  const [variance, baseVariance] = [varianceOf(failures, total), varianceOf(baseFailures, baseTotal)];
  let base = between(low, high, (own * variance + others * baseVariance) / (variance + baseVariance));
  for (let steps = 0; steps < 60; steps += 1) {
    const share = shifted(base, by);
    const slope = slopeAt(base);
    if (slope > 0) low = base;
    else high = base;
    const step = slope / (bendOf(failures, total, share) + bendOf(baseFailures, baseTotal, base));
    if (Math.abs(step) <= 1e-9 * Math.min(base, share, 1 - base, 1 - share)) break;
    base = between(low, high, base + step);
  }
  return base;
}

interface Whole {
  /** The failures, rounded down and up. */
  readonly least: number;
  readonly most: number;
  readonly total: number;
}

function wholeOf({ failures, total }: Counted): Whole | null {
  // Sums of the same series in another order differ in their last digits.
  const noise = total * 1e-9;
  if (!(failures >= -noise && failures - total <= noise && total >= 0 && total <= most)) return null;
  const rounded = Math.floor(total + noise);
  const bounded = (count: number) => Math.min(Math.max(count, 0), rounded);
  return { least: bounded(Math.floor(failures + noise)), most: bounded(Math.ceil(failures - noise)), total: rounded };
}

function isShare(value: number): boolean {
  return value > 0 && value < 1;
}
