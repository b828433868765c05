import type { NumbersReport } from '../release/report.ts';
import { type Canvas, clip, columns, type Line, pad, type Span, span, type Tone } from './lines.ts';
import { comparedOf, type Side } from './metric-compared.ts';
import { type Scale, scaleOf } from './metric-scale.ts';
import { boundsOf, endTimes, outWords, type Sampled, type Series, sample } from './metric-series.ts';
import { labelsOf } from './metric-words.ts';

export interface PlotOptions extends Pick<Canvas, 'width' | 'unicode'> {
  /** Rows of a series; a bound needs one on each side. The rows of a comparison are always the same. */
  readonly height: number;
}

/** The usual height, in a log and in Markdown. */
export const PLOT_HEIGHT = 4;

/**
 * The numbers of a metric as a picture of characters: a series as bars over time with its bounds, a comparison as two ranges on
 * one scale. No line is longer than the width. There are no lines where nothing can be drawn. All text in it is ours.
 */
export function plotLines(numbers: NumbersReport, options: PlotOptions): Line[] {
  const lines = numbers.is === 'series' ? seriesLines(numbers, options) : comparedLines(numbers, options);
  return lines.map((line) => clip(line, options.width, options.unicode));
}

/** A slot of the time axis is not drawn wider than this. */
const WIDEST = 4;

function seriesLines(numbers: Series, { width, height, unicode }: PlotOptions): Line[] {
  const scaled = sample(numbers, 1);
  if (scaled === null) return [];
  const scale = scaleOf(scaled, height);
  const labels = rowLabels(scaled, scale);
  const gutter = Math.max(...[...labels.values()].map(columns));
  const room = Math.max(1, width - gutter - ' |'.length - 1);
  const sampled = sample(numbers, room) ?? scaled;
  const each = Math.max(1, Math.min(WIDEST, Math.floor(room / sampled.slots.length)));
  const bounds = boundRows(sampled, scale);
  const rows = Array.from({ length: scale.rows }, (_, index) => scale.rows - 1 - index).map((row): Line => {
    const label = labels.get(row);
    const isBound = bounds.includes(row);
    const axis = unicode ? (label === undefined ? '│' : '┤') : '|';
    return [
      span(`${' '.repeat(gutter - columns(label ?? ''))}${label ?? ''} ${axis}`, 'dim'),
      ...barSpans(sampled, { scale, row, each, rest: isBound ? (unicode ? '┄' : '-') : ' ', unicode }),
      span(isBound ? (unicode ? '┄' : '-') : '', 'dim'),
    ];
  });
  return [
    ...rows,
    ...(sampled.times === null
      ? []
      : [timeLine(sampled.times, { from: gutter + 2, columns: sampled.slots.length * each, width })]),
    ...(sampled.out === 0 ? [] : [[span(outWords(sampled), 'bad')]]),
  ];
}

/** The rows that a bound is drawn in: that of a maximum is reached by values above it alone, that of a minimum filled by all others. */
function boundRows({ min, max }: Sampled, scale: Scale): number[] {
  return [...(min === null ? [] : [scale.rowsBelow(min) - 1]), ...(max === null ? [] : [scale.rowsBelow(max)])];
}

/** What stands before each row: the bounds, and the ends of the scale where they have no bound. */
function rowLabels(sampled: Sampled, scale: Scale): Map<number, string> {
  const [from = '', to = ''] = labelsOf([scale.from, scale.to]);
  const labels = new Map([
    [scale.rows - 1, to],
    [0, from],
  ]);
  const rows = boundRows(sampled, scale);
  for (const [index, { words }] of boundsOf(sampled).entries()) labels.set(rows[index] ?? 0, words);
  return labels;
}

interface Row {
  readonly scale: Scale;
  readonly row: number;
  /** Columns of one slot. */
  readonly each: number;
  /** What stands where no bar is. */
  readonly rest: string;
  readonly unicode: boolean;
}

/** The part of the bars that lies in one row. */
function barSpans({ slots }: Sampled, { scale, row, each, rest, unicode }: Row): Span[] {
  const signs = unicode ? '▁▂▃▄▅▆▇█' : '...::::#';
  return joined(
    slots.map((slot) => {
      const filled = slot === null ? 0 : Math.min(8, scale.eighths(slot.value) - row * 8);
      if (slot === null || filled <= 0) return span(rest.repeat(each), 'dim');
      return span((signs[filled - 1] ?? '').repeat(each), slot.isOut ? 'bad' : 'plain');
    }),
  );
}

/** Neighbours of one tone as one span. */
function joined(spans: readonly Span[]): Span[] {
  const all: Span[] = [];
  for (const one of spans) {
    const last = all.at(-1);
    if (last?.tone === one.tone) all[all.length - 1] = span(last.text + one.text, one.tone);
    else all.push(one);
  }
  return all;
}

/** The first and the last time, below the ends of the plot as far as there is room. */
function timeLine(
  times: NonNullable<Sampled['times']>,
  at: { readonly from: number; readonly columns: number; readonly width: number },
): Line {
  const { from, to } = endTimes(times);
  if (times.first === times.last) return [span(' '.repeat(leftOf(at.from, to, at.width)) + to, 'dim')];
  const text = pad(from, Math.max(columns(from) + 2, at.columns - columns(to))) + to;
  return [span(' '.repeat(leftOf(at.from, text, at.width)) + text, 'dim')];
}

/** The column at which a text begins, if possible this one, so that it ends within the width. */
function leftOf(from: number, text: string, width: number): number {
  return Math.max(0, Math.min(from, width - columns(text)));
}

/** A comparison is not drawn wider than this, and not beside its words where less is left than the other. */
const WIDEST_RANGE = 60;
const NARROWEST_RANGE = 16;

function comparedLines(numbers: Extract<NumbersReport, { is: 'compared' }>, options: PlotOptions): Line[] {
  const { width, unicode } = options;
  const { sides, from, to } = comparedOf(numbers);
  const heads = sides.map(({ name, words }) => `${name}  ${words}`);
  const beside = Math.max(...heads.map(columns)) + 2;
  const isBeside = width - beside >= NARROWEST_RANGE;
  const indent = isBeside ? beside : Math.min(5, Math.max(0, width - 1));
  const room = Math.max(1, Math.min(WIDEST_RANGE, width - indent));
  const lines = sides.flatMap((side, index): Line[] => {
    const head = span(heads[index] ?? '', 'plain');
    const range = rangeSpan(side, room, unicode);
    if (isBeside) return [[span(pad(head.text, indent)), range]];
    return [[head], ...(range.text === '' ? [] : [[span(' '.repeat(indent)), range]])];
  });
  const ends = pad(from, Math.max(columns(from) + 2, room - columns(to))) + to;
  const isDrawn = sides.some(({ range }) => range !== null);
  return isDrawn ? [...lines, [span(' '.repeat(leftOf(indent, ends, width)) + ends, 'dim')]] : lines;
}

/** `├──●──┤` at its place in so many columns. */
function rangeSpan({ range, name }: Side, room: number, unicode: boolean): Span {
  const tone: Tone = name === 'new' ? 'busy' : 'plain';
  if (range === null) return span('', tone);
  const at = (share: number) => Math.round(share * (room - 1));
  const [low, high] = [at(range.low), at(range.high)];
  const [rail = '', left = '', right = '', middle = ''] = unicode ? '─├┤●' : '-||o';
  const signs = [...`${' '.repeat(low)}${rail.repeat(high - low + 1)}`];
  signs[low] = left;
  signs[high] = right;
  if (range.middle !== null) signs[at(range.middle)] = middle;
  return span(signs.join(''), tone);
}
