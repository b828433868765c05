import type { DeliveryReport, ErrorReport, Report } from '../release/report.ts';
import { deliveryLines } from './detail.ts';
import { type Canvas, clip, cut, type Line, paint, span, type TextOptions, table } from './lines.ts';
import { ascii, cleanLines, mapStrings } from './neutral.ts';
import { podsShort } from './picture.ts';
import { errorLines } from './problems.ts';
import { fromNow, lastTickText } from './times.ts';
import { isMoving, stateSigns, worstFirst } from './words.ts';

export type { TextOptions } from './lines.ts';

/** Keys whose text may have several lines; every other text becomes one line. */
const prose: readonly string[] = ['message', 'hint', 'why', 'wayOut'];

/**
 * A report as lines for a terminal or a log, each safe to print. One delivery is shown in full. Several are shown as a
 * table, worst first, followed by those that need attention.
 */
export function renderText(report: Report, options: TextOptions): string[] {
  const safe = harmless(report, options);
  const deliveries = worstFirst(safe.deliveries);
  const [only, second] = deliveries;
  const lines: string[] = [];
  // Each block is painted at once: the spans of thousands of deliveries take far more than their text.
  const add = (block: readonly Line[]) => {
    if (lines.length > 0) lines.push('');
    for (const line of block) lines.push(paint(line, options.color));
  };
  if (safe.error !== null) add(errorLines(safe.error, options));
  if (second !== undefined) add(overview(deliveries, options));
  const tick = lastTickText(safe, options.now);
  const told = second === undefined ? deliveries : deliveries.filter(needsAttention);
  for (const delivery of told) add(deliveryLines(delivery, options));
  if (only === undefined && safe.error === null) add([[span('nothing to say about a delivery', 'dim')]]);
  if (tick !== null) add([[span(tick, 'dim')]]);
  return lines;
}

/** One error as `renderText` shows it, for a run that has no report yet. */
export function renderError(error: ErrorReport, options: Canvas): string[] {
  return errorLines(harmless(error, options), options).map((line) => paint(line, options.color));
}

/** Neutralises every foreign text in one place, before anything is drawn. */
export function harmless<T>(value: T, { unicode, scripts = unicode }: Pick<Canvas, 'unicode' | 'scripts'>): T {
  return mapStrings(value, (text, key) => {
    const clean = cleanLines(text).join(prose.includes(key) ? '\n' : ' ');
    return scripts ? clean : clean.split('\n').map(ascii).join('\n');
  });
}

/** Whether a delivery needs attention, now or when its gate opens. */
export function needsAttention(delivery: DeliveryReport): boolean {
  if (delivery.error !== null || delivery.trouble.length > 0 || delivery.hold !== null || delivery.todo !== null)
    return true;
  if (delivery.changes.some((change) => change.what === 'create' || change.what === 'change')) return true;
  if (delivery.findings.some((finding) => finding.severity !== 'note')) return true;
  switch (delivery.state) {
    case 'waiting':
    case 'reverting':
    case 'rolledBack':
    case 'held':
    case 'stuck':
    case 'failed':
    case 'ungated':
      return true;
    case 'absent':
    case 'idle':
    case 'rolling':
    case 'finishing':
    case 'done':
    case 'superseded':
      return false;
  }
}

function overview(deliveries: readonly DeliveryReport[], options: TextOptions): Line[] {
  const { unicode, width, now } = options;
  const looking = deliveries.filter(needsAttention).length;
  const head: Line = [
    span(`${deliveries.length} deliveries`, 'strong'),
    span(
      looking === 0 ? ', none needs attention' : `, ${looking} ${looking === 1 ? 'needs' : 'need'} attention`,
      looking === 0 ? 'good' : 'wait',
    ),
  ];
  const nameWidth = Math.max(12, Math.floor(width * 0.3));
  const rows = deliveries.map((delivery) => {
    const { state, step, pods, error } = delivery;
    const sign = stateSigns[state];
    const tone = error === null ? sign.tone : 'bad';
    const counts = podsShort(pods, isMoving(state), unicode);
    return [
      span(unicode ? (error === null ? sign.sign : '✖') : error === null ? sign.plain : '[!]', tone),
      span(cut(delivery.name, nameWidth, unicode), 'strong'),
      span(sign.word, tone),
      span(step === null ? '' : cut(`${step.index}/${step.of} ${step.name}`, 16, unicode)),
      span(counts, counts.includes('/') ? 'bad' : 'dim'),
      span(waitsFor(delivery, now)),
    ];
  });
  return [head, ...table(rows, 2).map((row) => clip([span('  '), ...row], width, unicode))];
}

/** The shut gates, with the time until those open that open by themselves. */
function waitsFor(delivery: DeliveryReport, now: Date): string {
  const shut = delivery.gates.filter((gate) => gate.is === 'shut' || gate.is === 'failed');
  return shut
    .map((gate) => (gate.until === null ? gate.name : `${gate.name} ${fromNow(new Date(gate.until), now)}`))
    .join(', ');
}
