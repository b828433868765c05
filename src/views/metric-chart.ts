import type { MetricReport } from '../release/report.ts';
import type { Curve, Point } from './curve-svg.ts';
import { type Compared, comparedOf } from './metric-compared.ts';
import { endsOf, placeOn } from './metric-scale.ts';
import { boundsOf, endTimes, outWords, type Sampled, type Series, sample } from './metric-series.ts';
import { labelsOf, metricSigns } from './metric-words.ts';
import type { Bar, Chart, ChartRow, Legend } from './svg.ts';

export const metricLegend: Legend = { marks: [{ mark: 'range', words: 'range of failures' }], note: '' };

/** The numbers of a metric as a chart; one without rows where there is nothing to draw. */
export function metricChart({ name, is, numbers }: MetricReport): Chart {
  const title = `metric ${name}: ${metricSigns[is].word}`;
  const drawn = numbers === null ? null : numbers.is === 'series' ? seriesParts(name, numbers) : comparedParts(numbers);
  return { title, lines: [], ...(drawn ?? { rows: [], axis: null }) };
}

/** A line has no more points than a reader can tell apart. */
const MOST_POINTS = 200;

function seriesParts(name: string, series: Series): Pick<Chart, 'rows' | 'axis'> | null {
  const sampled = sample(series, MOST_POINTS);
  if (sampled === null) return null;
  const label = boundsOf(sampled)
    .map(({ words }) => words)
    .join(', ');
  const bar: Bar = { title: `${name} over time`, pieces: [], curve: curveOf(sampled) };
  const row: ChartRow = { sign: null, label: label === '' ? name : label, bars: [bar], note: '' };
  return { rows: [row], axis: sampled.times === null ? null : endTimes(sampled.times) };
}

function curveOf(sampled: Sampled): Curve {
  const { slots, newest, points } = sampled;
  const ends = endsOf(sampled);
  const drawn = slots.flatMap((slot, index): Point[] => {
    if (slot === null) return [];
    const x = slots.length === 1 ? 0.5 : index / (slots.length - 1);
    const before = slots[index - 1] ?? null;
    return [{ x, y: placeOn(ends, slot.value), isLinked: before !== null, isOut: slot.isOut }];
  });
  const bounds = boundsOf(sampled).map(({ value, words, is }) => ({ y: placeOn(ends, value), words, is }));
  const [from = '', to = '', last = ''] = labelsOf([ends.from, ends.to, newest]);
  const words = [
    `${points} ${points === 1 ? 'value' : 'values'}, the newest ${last}`,
    ...(bounds.length === 0 ? [] : [...bounds.map((bound) => bound.words), outWords(sampled)]),
  ].join(', ');
  return { points: drawn, bounds, low: from, high: to, words };
}

/** Half the width of the mark of a sample's share. */
const SAMPLE = 0.003;

function comparedParts(numbers: Compared): Pick<Chart, 'rows' | 'axis'> {
  const { sides, from, to } = comparedOf(numbers);
  const rows = sides.map(({ name, words, between, range }): ChartRow => {
    const note = between === '' ? words : `${words}, ${between}`;
    if (range === null) return { sign: null, label: name, bars: [], note };
    const { low, middle, high } = range;
    const pieces: Bar['pieces'] = [
      { mark: 'range', from: Math.min(low, 1 - SAMPLE), to: Math.max(high, low + SAMPLE) },
      ...(middle === null
        ? []
        : [{ mark: 'sample' as const, from: Math.max(0, middle - SAMPLE), to: Math.min(1, middle + SAMPLE) }]),
    ];
    return { sign: null, label: name, bars: [{ title: `${name} version: ${note}`, pieces }], note };
  });
  return { rows, axis: sides.some(({ range }) => range !== null) ? { from, to } : null };
}
