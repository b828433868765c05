import type { ForecastStep } from '../release/forecast.ts';
import type { ChangeReport } from '../release/report.ts';
import {
  type Canvas,
  clip,
  columns,
  flow,
  type Line,
  lineColumns,
  pad,
  span,
  type TextOptions,
  type Tone,
  table,
  wrap,
} from './lines.ts';
import { fromNow } from './times.ts';
import { forecastNotes, sharesWords } from './words.ts';

export const changeSigns = {
  apply: { sign: '>', tone: 'plain' },
  create: { sign: '+', tone: 'good' },
  change: { sign: '~', tone: 'wait' },
  leave: { sign: '.', tone: 'dim' },
  none: { sign: '=', tone: 'dim' },
} satisfies Record<ChangeReport['what'], { readonly sign: string; readonly tone: Tone }>;

/** When the reason would have fewer columns than this, it goes below its object instead of beside it. */
const READABLE = 24;
/** A cell of a table is cut rather than wrapped into fewer columns than this. */
const NARROWEST = 12;

/** The writes, one object each, with the reason and the diff. Diffs are never wrapped. */
export function changeLines(changes: readonly ChangeReport[], { width }: Canvas): Line[] {
  const nameWidth = Math.min(36, Math.max(0, ...changes.map((change) => columns(change.object))));
  return changes.flatMap((change) => {
    const { sign, tone } = changeSigns[change.what];
    const beside = nameWidth + 12;
    const fits = columns(change.object) <= nameWidth && width - beside >= READABLE;
    const room = fits ? beside : 4;
    const head: Line = [
      span(`${sign} `, tone),
      span(pad(change.object, nameWidth + 2), tone === 'dim' ? 'dim' : 'strong'),
      span(pad(change.what, 8), tone),
    ];
    const why = wrap(change.why, width - room);
    return [
      ...(fits ? [[...head, span(why[0] ?? '')]] : flow(head, width)),
      ...(fits ? why.slice(1) : why).map((text): Line => [span(' '.repeat(room)), span(text)]),
      ...(change.diff ?? []).map((text): Line => [span('  '), span(text, diffTone(text))]),
    ];
  });
}

export function diffTone(line: string): Tone {
  if (line.startsWith('+')) return 'good';
  if (line.startsWith('-')) return 'bad';
  return line.startsWith('@@') ? 'busy' : 'dim';
}

/** The expected state at the end of each step, then the room that the release takes. */
export function forecastLines(forecast: readonly ForecastStep[], { width, unicode, now }: TextOptions): Line[] {
  if (forecast.length === 0) return [];
  const routed = forecast.some((step) => step.traffic !== null);
  const header = ['step', 'old', 'new', 'most', ...(routed ? ['traffic'] : []), 'not before', 'waits for'];
  const rows = forecast.map((step, index) => [
    `${index + 1} ${step.name}`,
    String(step.stablePods),
    String(step.canaryPods),
    String(step.mostPods),
    ...(routed ? [sharesWords(step) ?? ''] : []),
    step.notBefore === null ? 'never' : fromNow(step.notBefore, now),
    step.waitsFor.length === 0 ? 'ready pods' : step.waitsFor.join(', '),
  ]);
  const lines = table([header.map((text) => span(text, 'dim')), ...rows.map((row) => row.map((text) => span(text)))]);
  return [
    ...lines.flatMap((line) => wrapLast(line, width)).map((line) => clip(line, width, unicode)),
    ...forecastNotes(forecast)
      .flatMap((note) => wrap(note, width))
      .map((text): Line => [span(text, 'dim')]),
  ];
}

/** A line of a table whose last cell goes on below itself where it is too long. */
function wrapLast(line: Line, width: number): Line[] {
  const [before, last] = [line.slice(0, -1), line.at(-1)];
  const room = width - lineColumns(before);
  if (last === undefined || room < NARROWEST) return [line];
  return wrap(last.text, room).map((text, index) => [
    ...(index === 0 ? before : [span(' '.repeat(lineColumns(before)))]),
    span(text, last.tone),
  ]);
}
