import { type Counted, compareProportions, type Demand } from '../../src/gates/proportions.ts';
import { arrivals, binomial, geometric, type Random } from './draws.ts';

/** How the failures of a minute come about. `independent` alone is what the promises assume. */
export type Noise =
  | { readonly is: 'independent' }
  /** Failures come in rows of this mean length, in each version by itself. */
  | { readonly is: 'bursts'; readonly mean: number }
  /** The share of both goes up and down by this part of itself, once in `minutes`. */
  | { readonly is: 'drift'; readonly part: number; readonly minutes: number }
  /** In one minute of so many, a share of the requests of both fails besides. */
  | { readonly is: 'outages'; readonly oneIn: number; readonly share: number }
  /** The same, but in each version by itself: in the minute in which its pods move, for example. */
  | { readonly is: 'ownOutages'; readonly oneIn: number; readonly share: number };

export interface Row {
  readonly stable: number;
  /** The canary's share is larger by this. */
  readonly effect: number;
  readonly perSecond: number;
  /** The part of the requests that the canary gets. */
  readonly weight: number;
  readonly minutes: number;
  /** What the queries divide the counts by. */
  readonly divide: number;
  readonly demand: Demand;
  readonly noise: Noise;
}

export interface Outcome {
  /** The minute of the first such answer, or null. A release is looked at until the end, whatever was answered before. */
  readonly worse: number | null;
  readonly notWorse: number | null;
  /** What the canary had by then. */
  readonly requests: number | null;
}

/** What says how the sides compare; null where nothing can be said. */
export type Judge = (canary: Counted, stable: Counted, demand: Demand) => { readonly is: string } | null;

/** A test that is made for one look, and says 1% for it. It is here to be compared with, and to show that rows can fail. */
export function forOneLook(canary: Counted, stable: Counted, { worse, atLeast }: Demand): { readonly is: string } {
  if (Math.min(canary.total, stable.total) < atLeast) return { is: 'tooFew' };
  const [one, other] = [canary.failures / canary.total, stable.failures / stable.total];
  const variance = (one * (1 - one)) / canary.total + (other * (1 - other)) / stable.total;
  const deviations = (one - other - worse) / Math.sqrt(variance);
  return { is: deviations > 2.326 ? 'worse' : deviations < -2.326 ? 'notWorse' : 'undecided' };
}

/** One release: a look a minute. */
export function release(row: Row, random: Random, judge: Judge = compareProportions): Outcome {
  const { stable, effect, perSecond, weight, divide, demand } = row;
  let [ofCanary, ofStable] = [none, none];
  let worse: number | null = null;
  let notWorse: number | null = null;
  let requests: number | null = null;
  const phase = random();
  const parted = ({ failures, total }: Counted) => ({ failures: failures / divide, total: total / divide });
  for (let minute = 1; minute <= row.minutes; minute += 1) {
    const both = around(row.noise, minute, phase, random);
    const one = (share: number, part: number) => {
      const total = arrivals(random, perSecond * 60 * part);
      return { failures: failuresOf(row.noise, total, both(share), random), total };
    };
    ofCanary = sum(ofCanary, one(stable + effect, weight));
    ofStable = sum(ofStable, one(stable, 1 - weight));
    const answer = judge(parted(ofCanary), parted(ofStable), demand)?.is;
    if (answer === 'worse') worse ??= minute;
    if (answer === 'notWorse') notWorse ??= minute;
    if (answer === 'worse' || answer === 'notWorse') requests ??= ofCanary.total;
  }
  return { worse, notWorse, requests };
}

const none: Counted = { failures: 0, total: 0 };

function sum(one: Counted, other: Counted): Counted {
  return { failures: one.failures + other.failures, total: one.total + other.total };
}

/** What this minute makes of a share. */
function around(noise: Noise, minute: number, phase: number, random: Random): (share: number) => number {
  const outage = (share: number, more: number) => 1 - (1 - share) * (1 - more);
  switch (noise.is) {
    case 'drift': {
      const by = 1 + noise.part * Math.sin(2 * Math.PI * (phase + minute / noise.minutes));
      return (share) => Math.min(1, share * by);
    }
    case 'outages': {
      const more = random() * noise.oneIn < 1 ? noise.share : 0;
      return (share) => outage(share, more);
    }
    case 'ownOutages':
      return (share) => outage(share, random() * noise.oneIn < 1 ? noise.share : 0);
    default:
      return (share) => share;
  }
}

function failuresOf(noise: Noise, total: number, share: number, random: Random): number {
  if (noise.is !== 'bursts') return binomial(random, total, share);
  let failures = 0;
  for (let left = binomial(random, total, share / noise.mean); left > 0; left -= 1)
    failures += geometric(random, noise.mean);
  return Math.min(failures, total);
}

export interface Tally {
  readonly releases: number;
  readonly worse: number;
  readonly notWorse: number;
  readonly undecided: number;
  /** The median of the minutes until the answer, among all releases; null where fewer than half have it. */
  readonly untilWorse: number | null;
  readonly untilNotWorse: number | null;
  /** The median of the canary's requests at the first answer, whichever it was. */
  readonly requests: number | null;
}

export function tally(row: Row, releases: number, random: Random, judge: Judge = compareProportions): Tally {
  const outcomes = Array.from({ length: releases }, () => release(row, random, judge));
  return {
    releases,
    worse: outcomes.filter(({ worse }) => worse !== null).length,
    notWorse: outcomes.filter(({ notWorse }) => notWorse !== null).length,
    undecided: outcomes.filter(({ worse, notWorse }) => worse === null && notWorse === null).length,
    untilWorse: median(outcomes.map(({ worse }) => worse)),
    untilNotWorse: median(outcomes.map(({ notWorse }) => notWorse)),
    requests: median(outcomes.map(({ requests }) => requests)),
  };
}

/** Null counts as later than all others. */
function median(values: readonly (number | null)[]): number | null {
  const sorted = values.map((value) => value ?? Number.POSITIVE_INFINITY).sort((one, other) => one - other);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(middle) ? middle : null;
}

/** What was answered and is not true: the promise is that this is at most alpha of the releases. */
export function wrong(row: Row, { worse, notWorse }: Tally): number {
  return row.effect > row.demand.worse ? notWorse : worse;
}
