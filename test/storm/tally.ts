import type { Counts } from './counts.ts';

export { noCounts } from './counts.ts';

/** What many cases came to. */
export interface Tally {
  readonly cases: number;
  readonly counts: Counts;
  readonly failures: readonly Failure[];
}

/** A case that broke a law: its seed is enough to play it again. */
export interface Failure {
  readonly seed: number;
  readonly law: string;
  readonly what: string;
}

export function together(one: Tally, two: Tally): Tally {
  return {
    cases: one.cases + two.cases,
    counts: sum(one.counts, two.counts),
    failures: [...one.failures, ...two.failures],
  };
}

export function sum(one: Counts, two: Counts): Counts {
  const both = { ...one };
  for (const key of Object.keys(both) as (keyof Counts)[]) both[key] += two[key];
  return both;
}

/** What a storm has to have met to have tried anything; empty where it has met all of it. */
export function notMet({ counts }: Tally): readonly string[] {
  return Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [name] : []));
}
