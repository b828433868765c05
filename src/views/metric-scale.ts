import type { Sampled } from './metric-series.ts';

/** The numbers at the ends of a scale. */
export interface Ends {
  readonly from: number;
  readonly to: number;
}

/**
 * The vertical scale of a plot of rows. Bounds lie between two rows, so that a value is out of its range exactly where its bar
 * ends beyond that place. Between two bounds the scale is linear. Where values are far out of the range, a row outside stands for
 * more than a row inside.
 */
export interface Scale extends Ends {
  readonly rows: number;
  /** The rows below a bound. */
  rowsBelow(bound: number): number;
  /** The height of the bar of a value, in eighths of a row: at least 1. */
  eighths(value: number): number;
}

/** A stretch of the scale between two bounds, or between one and an end. */
interface Segment {
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

const EIGHTHS = 8;
const MOST_ROWS = 100;

/** A scale of `height` rows, or more where each side of each bound needs one. */
export function scaleOf({ low, high, min, max }: Sampled, height: number): Scale {
  const { from, to } = endsOf({ low, high });
  const sizeOf = (start: number, end: number) => distance(start, end, { from, to });
  const bounds = [...new Set([min, max].filter((bound) => bound !== null))].toSorted((one, other) => one - other);
  const segments = [...bounds, to].map((end, index): Segment => {
    const start = bounds[index - 1] ?? from;
    return { from: start, to: end, size: sizeOf(start, end) };
  });
  const rows = shareRows(segments, Math.min(height, MOST_ROWS));
  const below = (segment: number) => rows.slice(0, segment).reduce((sum, one) => sum + one, 0);

  return {
    rows: below(segments.length),
    from,
    to,
    rowsBelow: (bound) => below(bounds.indexOf(bound) + 1),
    eighths(value) {
      const found = segments.findIndex((segment) => value <= segment.to);
      const segment = segments[found];
      if (segment === undefined) return below(segments.length) * EIGHTHS;
      const { size, from: start, to: end } = segment;
      const [bottom, top] = [below(found) * EIGHTHS, below(found + 1) * EIGHTHS];
      const part = size > 0 ? sizeOf(start, value) / size : 1;
      const rounded = bottom + Math.round(part * (top - bottom));
      // Rounded, a value beside a bound would stand on it.
      const lowest = found > 0 && value > start ? bottom + 1 : bottom;
      const highest = found < segments.length - 1 && value < end ? top - 1 : top;
      return Math.max(1, Math.min(highest, Math.max(lowest, rounded)));
    },
  };
}

/** The place of a value on a linear scale between the ends: from 0 to 1. */
export function placeOn(ends: Ends, value: number): number {
  return distance(ends.from, value, ends) / distance(ends.from, ends.to, ends);
}

/** The distance of two numbers of a scale, compared with its largest number, so that it is finite. */
function distance(start: number, end: number, { from, to }: Ends): number {
  const largest = Math.max(Math.abs(from), Math.abs(to));
  return end / largest - start / largest;
}

/** The ends of a scale. They differ. Bars begin at 0, unless the values are so far from it that their differences could not be seen. */
export function endsOf({ low, high }: Pick<Sampled, 'low' | 'high'>): Ends {
  if (low === high) return { from: Math.min(0, low), to: low === 0 ? 1 : Math.max(0, high) };
  return { from: low > 0 && low / 2 <= high - low ? 0 : low, to: high };
}

/** The rows of each segment: at least one, and as far as that goes in proportion. */
function shareRows(segments: readonly Segment[], height: number): readonly number[] {
  const rows = segments.map(() => 1);
  for (let left = Math.floor(height) - rows.length; left > 0; left -= 1) {
    const each = segments.map(({ size }, index) => size / (rows[index] ?? 1));
    const widest = each.indexOf(Math.max(...each));
    rows[widest] = (rows[widest] ?? 1) + 1;
  }
  return rows;
}
