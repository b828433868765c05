import { type Curve, curveHeight, curveStyle, curveSvg, percent } from './curve-svg.ts';
import { columns, cut } from './lines.ts';
import { type Markup, markup } from './markup.ts';
import { oneLine, xmlText } from './neutral.ts';
import type { Sign } from './words.ts';

/** The meaning of a piece of a bar: pods of a version, a share of the traffic, or how time is spent. */
export type Mark = keyof typeof forms;

/** A piece of a bar between two shares of its width (0 to 1). `tip` is its tooltip. */
export interface Piece {
  readonly mark: Mark;
  readonly from: number;
  readonly to: number;
  readonly tip?: string;
}

/** One bar, or one curve, and its content in words. */
export interface Bar {
  readonly title: string;
  readonly pieces: readonly Piece[];
  /** Drawn instead of the pieces. */
  readonly curve?: Curve;
}

/** One row of a chart: a step, a station of a rehearsal, or the present pods. Texts are not escaped yet. */
export interface ChartRow {
  /** The state of the row; null without one. */
  readonly sign: Sign | null;
  readonly label: string;
  readonly bars: readonly Bar[];
  /** Facts beside the bars; empty for none. */
  readonly note: string;
}

/** A picture as data, from which the SVG document and the HTML page are made. */
export interface Chart {
  readonly title: string;
  readonly rows: readonly ChartRow[];
  /** The ends of a chart of time; null for a chart of pods. */
  readonly axis: { readonly from: string; readonly to: string } | null;
  /** Facts below the chart, one a line. */
  readonly lines: readonly string[];
}

export interface Legend {
  readonly marks: readonly { readonly mark: Mark; readonly words: string }[];
  /** A note on how to read the bars; empty for none. */
  readonly note: string;
}

/** The entries of a legend whose marks are drawn. Pods that are not ready, old or new, have one entry. */
export function marksIn(rows: readonly ChartRow[], { marks }: Legend): Legend['marks'] {
  const drawn = new Set(rows.flatMap(({ bars }) => bars.flatMap(({ pieces }) => pieces.map(({ mark }) => mark))));
  if (drawn.has('oldDown')) drawn.add('newDown');
  return marks.filter(({ mark }) => drawn.has(mark));
}

/** The height of a bar of pods or time, and of one of traffic. */
const BAR = 16;
const THIN = 6;

/**
 * The form of each mark. Marks of one chart never differ by colour alone, but also in height, in roundness, or in being
 * filled, outlined or dashed.
 */
const forms = {
  old: { top: 1, height: 14, round: 2 },
  oldDown: { top: 1, height: 14, round: 2 },
  new: { top: 1, height: 14, round: 7 },
  newDown: { top: 1, height: 14, round: 7 },
  share: { top: 0, height: THIN, round: 3 },
  rest: { top: 1, height: THIN - 2, round: 1 },
  moves: { top: 0, height: BAR, round: 2 },
  time: { top: 4, height: 8, round: 2 },
  person: { top: 1, height: 14, round: 2 },
  runner: { top: 7, height: 2, round: 0 },
  back: { top: 1, height: 14, round: 2 },
  range: { top: 3, height: 10, round: 2 },
  sample: { top: 1, height: 14, round: 1 },
} as const satisfies Record<string, { readonly top: number; readonly height: number; readonly round: number }>;

/**
 * Colours for light and dark readers, and the forms of the marks. Every text has a contrast of at least 4.5 to 1 with its
 * ground and every mark one of 3 to 1 (test/browser/page.test.ts measures the texts).
 */
export const pictureStyle = `:root { --ground: #ffffff; --text: #1f2328; --dim: #59636e; --edge: #d1d9e0; --soft: #f6f8fa;
  --good: #116329; --busy: #0550ae; --wait: #7d4e00; --bad: #a40e26; --pod: #6e7781; --idle: #818b98; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --text: #f0f6fc; --dim: #9198a1; --edge: #3d444d;
  --soft: #151b23; --good: #56d364; --busy: #79c0ff; --wait: #e3b341; --bad: #ff7b72; --pod: #8b949e; --idle: #7d8590; } }
.strip { display: block; overflow: visible; }
.old { fill: var(--pod); }
.oldDown, .newDown, .back { fill: none; stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 3 2; }
.new, .share, .moves { fill: var(--busy); }
.range { fill: none; stroke: var(--busy); stroke-width: 1.5; }
.sample { fill: var(--text); }
.rest { fill: none; stroke: var(--pod); }
.time, .runner { fill: var(--idle); }
.person { fill: none; stroke: var(--wait); stroke-width: 2; }
${curveStyle}`;

/** The place of a bar in a document. A bar without one fills its line of a page. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** A bar as an SVG element. What is in it is placed in per cent, so a bar can have any width. */
export function barSvg(bar: Bar, place: Place | null = null): Markup {
  const { title, pieces, curve } = bar;
  const drawn = curve === undefined ? pieces.map(pieceSvg) : curveSvg(curve);
  return markup`<svg class="strip" ${placed(place, '100%')} height="${heightOf(bar)}" role="img"><title>${title}</title>${drawn}</svg>`;
}

/** A mark as it stands in a legend. */
export function markSvg(mark: Mark, place: Place | null = null): Markup {
  const piece = { mark, from: 0, to: 1 };
  return markup`<svg class="strip" ${placed(place, '14')} height="${heightOf({ pieces: [piece] })}" aria-hidden="true">${pieceSvg(piece)}</svg>`;
}

function placed(place: Place | null, width: string): Markup {
  return place === null ? markup`width="${width}"` : markup`x="${place.x}" y="${place.y}" width="${place.width}"`;
}

function heightOf({ pieces, curve }: Pick<Bar, 'pieces' | 'curve'>): number {
  if (curve !== undefined) return curveHeight;
  return pieces.every(({ mark }) => mark === 'share' || mark === 'rest') ? THIN : BAR;
}

function pieceSvg({ mark, from, to, tip }: Piece): Markup {
  const { top, height, round } = forms[mark];
  const shape = markup`class="${mark}" x="${percent(from)}" y="${top}" width="${percent(to - from)}" height="${height}" rx="${round}"`;
  return tip === undefined ? markup`<rect ${shape}/>` : markup`<rect ${shape}><title>${tip}</title></rect>`;
}

const WIDTH = 960;
const LABEL = 160;
const NOTE = 450;
const ROW = 26;
/** Room of one column of text, in units of the picture. */
const COLUMN = 7;

/** Charts as an SVG document, one below the other. It follows the reader's light or dark scheme. */
export function chartsSvg(title: string, charts: readonly Chart[], legend: Legend): string {
  const body: string[] = [];
  let y = 8;
  for (const chart of charts) {
    const drawn = chartSvg(chart, y);
    body.push(...drawn.lines);
    y = drawn.bottom;
  }
  let x = 8;
  for (const { mark, words } of marksIn(
    charts.flatMap(({ rows }) => rows),
    legend,
  )) {
    const middle = y + 9 - heightOf({ pieces: [{ mark, from: 0, to: 1 }] }) / 2;
    body.push(`  ${markSvg(mark, { x, y: middle, width: 14 }).text}`, text(x + 20, y + 13, words, 40));
    x += 42 + columns(words) * COLUMN;
  }
  if (legend.note !== '') body.push(text(x, y + 13, legend.note, 60));
  const height = y + 28;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `  <title>${xmlText(title)}</title>`,
    `  <desc>${xmlText(charts.map(inWords).join('. '))}</desc>`,
    '  <style>',
    pictureStyle,
    'text { font: 12px system-ui, sans-serif; fill: var(--dim); }',
    '.name { font-weight: 600; fill: var(--text); }',
    '.end { text-anchor: end; }',
    '.ground { fill: var(--ground); }',
    '  </style>',
    `  <rect class="ground" width="${WIDTH}" height="${height}"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

function chartSvg({ title, rows, axis, lines }: Chart, top: number) {
  const noted = rows.some(({ note }) => note !== '');
  const width = WIDTH - LABEL - 10 - (noted ? NOTE : 0);
  const drawn = [text(8, top + 14, title, 110, 'name')];
  let y = top + 24;
  for (const { sign, label, bars, note } of rows) {
    drawn.push(text(8, y + 13, sign === null ? label : `${sign.sign} ${label}`, 21));
    let at = y;
    for (const bar of bars) {
      const height = heightOf(bar);
      // A thin bar alone stands beside the middle of its label.
      if (at === y && height < BAR) at += (BAR - height) / 2;
      drawn.push(`  ${barSvg(bar, { x: LABEL, y: at, width }).text}`);
      at += height + 2;
    }
    if (note !== '') drawn.push(text(LABEL + width + 14, y + 13, note, 62));
    y = Math.max(at + 6, y + ROW);
  }
  if (axis !== null) {
    drawn.push(text(LABEL, y + 12, axis.from, 60), text(LABEL + width, y + 12, axis.to, 60, 'end'));
    y += 18;
  }
  for (const line of lines) {
    drawn.push(text(8, y + 13, line, 130));
    y += 18;
  }
  return { lines: drawn, bottom: y + 12 };
}

function text(x: number, y: number, words: string, most: number, name = ''): string {
  const styled = name === '' ? '' : ` class="${name}"`;
  return `  <text${styled} x="${x}" y="${y}">${xmlText(cut(oneLine(words), most, true))}</text>`;
}

/** A chart in words, for screen readers. */
function inWords({ title, rows, axis, lines }: Chart): string {
  const said = rows.map(({ sign, label, bars, note }) =>
    [label, sign?.word ?? '', ...bars.map((bar) => bar.title), note].filter((part) => part !== '').join(': '),
  );
  const span = axis === null ? [] : [`from ${axis.from} to ${axis.to}`];
  return [title, ...said, ...span, ...lines].join('; ');
}
