import type { Share } from '../release/measured.ts';
import type { MetricReport } from '../release/report.ts';
import type { Sign } from './words.ts';

export const metricSigns = {
  good: { word: 'good', sign: '✔', plain: '[x]', tone: 'good' },
  notYet: { word: 'not yet', sign: '◆', plain: '[*]', tone: 'wait' },
  bad: { word: 'bad', sign: '✖', plain: '[!]', tone: 'bad' },
} satisfies Record<MetricReport['is'], Sign>;

/** A longer number is written with an exponent. */
const LONGEST = 8;

/** A number for the label of a plot: at most as many digits as given, and few characters. `?` for what is no number. */
export function shortNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return '?';
  const plain = String(Number(value.toPrecision(digits)));
  if (!/e|Infinity/.test(plain) && plain.length <= LONGEST + Math.max(0, digits - 3)) return plain;
  // The largest numbers, rounded, are Infinity.
  const [mantissa = '', exponent = ''] = value.toExponential(digits - 1).split('e');
  return `${Number(mantissa)}e${Number(exponent)}`;
}

/** Labels of numbers: numbers that differ have labels that differ. */
export function labelsOf(values: readonly number[], most = 15): string[] {
  const different = new Set(values).size;
  for (let digits = 3; digits < most; digits += 1) {
    const labels = values.map((value) => shortNumber(value, digits));
    if (new Set(labels).size === different) return labels;
  }
  return values.map((value) => shortNumber(value, most));
}

/** `12 of 340 (3.53%)`; without the percentage where it is no number. */
export function shareWords({ failures, total }: Pick<Share, 'failures' | 'total'>): string {
  const share = shareOf({ failures, total });
  return `${count(failures)} of ${count(total)}${share === null ? '' : ` (${shortNumber(share * 100)}%)`}`;
}

/** The share of failures in the sample; null where it is no number. */
export function shareOf({ failures, total }: Pick<Share, 'failures' | 'total'>): number | null {
  const share = failures / total;
  return Number.isFinite(share) && Number.isFinite(share * 100) ? share : null;
}

/** Counts are of a server that extrapolates, so they need not be whole. */
function count(value: number): string {
  return Math.abs(value) < 1e9 ? String(Math.round(value) + 0) : shortNumber(value);
}
