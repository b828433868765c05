import { type Markup, markup, nothing } from './markup.ts';

/** A line over time with the bounds of its range. Places are shares of the plot: 0 is at the left and at the bottom. */
export interface Curve {
  /** From left to right. `isLinked`: the place before it has a point too, so that a line leads here. */
  readonly points: readonly Point[];
  readonly bounds: readonly { readonly y: number; readonly words: string; readonly is: 'min' | 'max' }[];
  /** The numbers at the ends of the scale. */
  readonly low: string;
  readonly high: string;
  /** The curve in words. */
  readonly words: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly isLinked: boolean;
  readonly isOut: boolean;
}

/** Above and below the plot is room for the numbers at its ends. */
const EDGE = 16;
const PLOT = 72;
export const curveHeight = PLOT + 2 * EDGE;

/** What is out of its range differs by a mark too, not by colour alone. A text has the ground around it, so that a line behind it does not matter. */
export const curveStyle = `.curve { stroke: var(--busy); stroke-width: 2; stroke-linecap: round; }
.alone { fill: var(--busy); }
.out { fill: var(--bad); stroke: var(--ground); }
.bound { stroke: var(--bad); stroke-dasharray: 4 3; }
.edge { stroke: var(--edge); }
.strip text { font: 12px system-ui, sans-serif; fill: var(--dim); paint-order: stroke; stroke: var(--ground); stroke-width: 3; }
.strip .right { text-anchor: end; }
`;

/** The content of a curve's element. */
export function curveSvg({ points, bounds, low, high, words }: Curve): Markup {
  const ends = [0, 1].map((y) => markup`<line class="edge" x1="0" x2="100%" y1="${place(y)}" y2="${place(y)}"/>`);
  const limits = bounds.map(
    ({ y }) => markup`<line class="bound" x1="0" x2="100%" y1="${place(y)}" y2="${place(y)}"/>`,
  );
  const lines = points.map((point, index) => {
    const before = points[index - 1];
    if (!point.isLinked || before === undefined) return nothing;
    return markup`<line class="curve" x1="${percent(before.x)}" y1="${place(before.y)}" x2="${percent(point.x)}" y2="${place(point.y)}"/>`;
  });
  const dots = points.map(({ x, y, isOut, isLinked }, index) => {
    if (!isOut && (isLinked || points[index + 1]?.isLinked === true)) return nothing;
    return markup`<circle class="${isOut ? 'out' : 'alone'}" cx="${percent(x)}" cy="${place(y)}" r="${isOut ? 4 : 3}"/>`;
  });
  const labels = bounds.map(({ y, words: label, is }) => {
    const beside = place(y) + (is === 'max' ? -4 : 12);
    return markup`<text class="right" x="100%" y="${beside}">${label}</text>`;
  });
  const numbers = markup`<text x="0" y="${EDGE - 4}">${high}</text><text x="0" y="${EDGE + PLOT + 12}">${low}</text>`;
  return markup`<desc>${words}</desc>${ends}${limits}${lines}${dots}${numbers}${labels}`;
}

/** The distance from the top. */
function place(y: number): number {
  return Math.round((EDGE + PLOT * (1 - y)) * 10) / 10;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`;
}
