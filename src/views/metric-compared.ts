import type { Share } from '../release/measured.ts';
import type { NumbersReport } from '../release/report.ts';
import { labelsOf, shareOf, shareWords } from './metric-words.ts';

export type Compared = Extract<NumbersReport, { is: 'compared' }>;

/** One version of a comparison. */
export interface Side {
  readonly name: 'new' | 'old';
  /** `12 of 340 (3.53%)`. */
  readonly words: string;
  /** The range in which the true share lies, and the share of the sample, as places on the scale from 0 to 1; null where it is not known. */
  readonly range: { readonly low: number; readonly middle: number | null; readonly high: number } | null;
  /** `between 1.5% and 7%`; empty without a range. */
  readonly between: string;
}

/** Two versions on one scale, with the percentages at its ends. */
export interface ComparedPlot {
  readonly sides: readonly [Side, Side];
  readonly from: string;
  readonly to: string;
}

/** Puts the ranges of both versions on one scale. */
export function comparedOf({ canary, stable }: Compared): ComparedPlot {
  const known = [canary, stable].filter(isKnown).flatMap(({ low, high }) => [low, high]);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const from = low > 0 && low / 2 <= high - low ? 0 : low;
  const labels = percents([from, high]);
  return {
    sides: [sideOf('new', canary, { from, to: high }), sideOf('old', stable, { from, to: high })],
    from: labels[0] ?? '',
    to: labels[1] ?? '',
  };
}

function sideOf(name: Side['name'], share: Share, scale: { readonly from: number; readonly to: number }): Side {
  const words = shareWords(share);
  if (!isKnown(share)) return { name, words, range: null, between: '' };
  const low = placeIn(scale, Math.min(share.low, share.high));
  const high = placeIn(scale, Math.max(share.low, share.high));
  const middle = shareOf(share);
  const [least = '', most = ''] = percents([share.low, share.high]);
  return {
    name,
    words,
    range: { low, high, middle: middle === null ? null : Math.min(high, Math.max(low, placeIn(scale, middle))) },
    between: `between ${least} and ${most}`,
  };
}

/** A number beyond this is no share, and its percentage would not be a number. */
const MOST = 1e300;

function isKnown({ low, high }: Share): boolean {
  return Math.abs(low) <= MOST && Math.abs(high) <= MOST;
}

function placeIn({ from, to }: { readonly from: number; readonly to: number }, value: number): number {
  return to > from ? Math.min(1, Math.max(0, (value - from) / (to - from))) : 0;
}

function percents(shares: readonly number[]): string[] {
  return labelsOf(
    shares.map((share) => share * 100),
    8,
  ).map((label) => `${label}%`);
}
