import { formatDuration } from '../release/delivery.ts';
import type { Comparison, Numbers } from '../release/measured.ts';
import type { MetricsAnswer } from '../release/metrics.ts';
import type { Measure } from './metric-threshold.ts';
import { percent, rounded } from './metric-words.ts';
import { type Counted, compareProportions } from './proportions.ts';

/** The shortest time to count over, in seconds. A server scrapes every 15 to 60 s, so a shorter count has too few samples. */
export const SHORTEST_COUNT = 30;

/** The four answers of a comparison. */
export interface Counts {
  readonly canary: { readonly failures: MetricsAnswer; readonly total: MetricsAnswer };
  readonly stable: { readonly failures: MetricsAnswer; readonly total: MetricsAnswer };
}

/** Judges the counts of both versions. `seconds`: how long they were counted. */
export function judgeComparison(asks: Comparison, counts: Counts, seconds: number): Measure {
  const notYet = (why: string, numbers: Numbers | null = null): Measure => {
    return { is: 'notYet', why, numbers, inSeconds: null };
  };
  const canary = sideOf(counts.canary, 'new');
  const stable = sideOf(counts.stable, 'old');
  if ('why' in canary) return notYet(canary.why);
  if ('why' in stable) return notYet(stable.why);
  const { falseAlarms: alpha, worse, atLeast } = asks;
  const found = compareProportions(canary, stable, { alpha, worse, atLeast });
  if (found === null) return notYet('the counts can not be: failures have to be from 0 to the total');
  const numbers: Numbers = {
    is: 'compared',
    worse,
    canary: { ...canary, ...found.canary },
    stable: { ...stable, ...found.stable },
  };
  const seen = `${countWords(canary)} of the new version failed, ${countWords(stable)} of the old one`;
  const during = `in ${formatDuration(Math.round(seconds))}`;
  const { low, high } = found.difference;
  const apart = `the difference is between ${percent(low)} and ${percent(high)}`;
  switch (found.is) {
    case 'worse':
      return { is: 'bad', why: `${seen}, ${during}: worse by more than ${percent(worse)} (${apart})`, numbers };
    case 'notWorse':
      return { is: 'good', why: `${seen}, ${during}: not worse by more than ${percent(worse)} (${apart})`, numbers };
    case 'tooFew':
      return notYet(`${seen}, ${during}: too few to compare, ${atLeast} of each are needed`, numbers);
    case 'undecided':
      return notYet(
        `${seen}, ${during}: too few to tell whether it is worse by more than ${percent(worse)} (${apart})`,
        numbers,
      );
  }
}

/** The counts of one version, added up over the series; or why there are none. */
function sideOf({ failures, total }: Counts['canary'], version: 'new' | 'old'): Counted | { readonly why: string } {
  const all = sumOf(total);
  if (all === null) return { why: `the total of the ${version} version has no result` };
  const failed = sumOf(failures);
  if (failed === null) {
    return {
      why: `the failures of the ${version} version have no result: where there may be none, end the query with "or vector(0)"`,
    };
  }
  return { failures: failed, total: all };
}

/** The sum of all series; null if there is none, NaN if one of them is NaN. */
function sumOf({ series }: MetricsAnswer): number | null {
  if (series.length === 0) return null;
  return series.reduce((sum, { points }) => sum + (points.at(-1)?.value ?? Number.NaN), 0);
}

function countWords({ failures, total }: Counted): string {
  const share = total > 0 ? ` (${percent(failures / total)})` : '';
  return `${rounded(Math.round(failures))} of ${rounded(Math.round(total))}${share}`;
}
