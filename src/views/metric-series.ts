import type { NumbersReport } from '../release/report.ts';
import { labelsOf } from './metric-words.ts';

export type Series = Extract<NumbersReport, { is: 'series' }>;

/** Null for an end that is open. */
interface Range {
  readonly min: number | null;
  readonly max: number | null;
}

/** What is drawn at one place of the time axis. */
export interface Slot {
  readonly value: number;
  readonly isOut: boolean;
}

/** The points of a series at even distances. */
export interface Sampled extends Range {
  /** Oldest first; null where there is no point. At least one has a point. */
  readonly slots: readonly (Slot | null)[];
  /** ISO times of the first and of the last point; null where the times are not known. */
  readonly times: { readonly first: string; readonly last: string } | null;
  /** How many points there are, and how many of them are out of the range. */
  readonly points: number;
  readonly out: number;
  readonly newest: number;
  /** The smallest and the largest of the values and bounds. */
  readonly low: number;
  readonly high: number;
}

/**
 * The series in at most `most` slots. Of several points in one slot, the one that is the furthest out of its range is taken,
 * so that none of these is lost. Values that are no number are left out; null when no other is there.
 */
export function sample({ points, min: least, max: greatest }: Series, most: number): Sampled | null {
  const range: Range = { min: finite(least), max: finite(greatest) };
  const given = points.filter(({ value }) => Number.isFinite(value));
  const known = given.every(({ at }) => Number.isFinite(Date.parse(at)));
  const timed = given
    .map(({ at, value }, index) => ({ time: known ? Date.parse(at) : index, value }))
    .toSorted((one, other) => one.time - other.time);
  const first = timed[0];
  const last = timed.at(-1);
  if (first === undefined || last === undefined) return null;

  const span = last.time - first.time;
  const wanted = span === 0 ? 1 : Math.round(span / usualDistance(timed)) + 1;
  const count = Math.max(1, Math.min(Math.floor(most), wanted));
  const slots = Array.from({ length: count }, (): Slot | null => null);
  let [low, high] = [first.value, first.value];
  let out = 0;
  for (const { time, value } of timed) {
    const index = span === 0 ? 0 : Math.round(((time - first.time) / span) * (count - 1));
    const here = slots[index] ?? null;
    const point = { value, isOut: isOut(range, value) };
    if (point.isOut) out += 1;
    if (here === null || badness(range, value) > badness(range, here.value)) slots[index] = point;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  for (const bound of [range.min, range.max]) {
    if (bound === null) continue;
    low = Math.min(low, bound);
    high = Math.max(high, bound);
  }
  const iso = (time: number) => new Date(time).toISOString();
  const times = known ? { first: iso(first.time), last: iso(last.time) } : null;
  return { slots, times, points: timed.length, out, newest: last.value, low, high, ...range };
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** The middle one of the distances between neighbours, so that a gap, or a point that is a little late, changes nothing. */
function usualDistance(timed: readonly { readonly time: number }[]): number {
  const distances = timed
    .slice(1)
    .map(({ time }, index) => time - (timed[index]?.time ?? time))
    .filter((distance) => distance > 0)
    .toSorted((one, other) => one - other);
  return distances[Math.floor(distances.length / 2)] ?? 1;
}

function isOut({ min, max }: Range, value: number): boolean {
  return (min !== null && value < min) || (max !== null && value > max);
}

/** Larger for what is further out of its range, or nearer to its end. Without a range, larger for larger values. */
function badness({ min, max }: Range, value: number): number {
  if (min === null) return max === null ? value : value - max;
  return max === null ? min - value : Math.max(value - max, min - value);
}

/** An end of the range. */
export interface Bound {
  readonly is: 'min' | 'max';
  readonly value: number;
  /** `max 0.01`. */
  readonly words: string;
}

export function boundsOf({ min, max }: Range): readonly Bound[] {
  const bounds = [
    ...(min === null ? [] : [{ is: 'min' as const, value: min }]),
    ...(max === null ? [] : [{ is: 'max' as const, value: max }]),
  ];
  const labels = labelsOf(bounds.map(({ value }) => value));
  return bounds.map(({ is, value }, index) => ({ is, value, words: `${is} ${labels[index] ?? ''}` }));
}

/** `3 of 21 out of range`. */
export function outWords({ out, points }: Pick<Sampled, 'out' | 'points'>): string {
  return `${out} of ${points} out of range`;
}

/** The times at the ends of a plot in UTC, as short as they can be told: with seconds below five minutes, with days if they differ. */
export function endTimes({ first, last }: { readonly first: string; readonly last: string }): {
  readonly from: string;
  readonly to: string;
} {
  const isShort = Date.parse(last) - Date.parse(first) < 300_000;
  const isOneDay = first.slice(0, -14) === last.slice(0, -14);
  const words = (iso: string) => {
    const time = iso.slice(-13, isShort ? -5 : -8);
    return isOneDay ? time : `${iso.slice(0, -14)} ${time}`;
  };
  return { from: words(first), to: `${words(last)} UTC` };
}
