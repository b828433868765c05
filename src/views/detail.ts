import type { DeliveryReport, GateReport, ReleaseReport } from '../release/report.ts';
import { batchWords } from './batches.ts';
import { eventLines, logLines, missingLines } from './diagnosis.ts';
import { columns, flow, type Line, lineColumns, pad, span, type TextOptions, wrap } from './lines.ts';
import { metricLines } from './metric-lines.ts';
import { podsBar, stepRows } from './picture.ts';
import { changeLines, forecastLines } from './plan-text.ts';
import { errorLines, findingLines, troubleLines } from './problems.ts';
import { formatMoment, formatOpening } from './times.ts';
import { gateSigns, isCommand, isMoving, isUnseen, shortCommit, stateSigns } from './words.ts';

const LABEL = 11;
const INDENT = 2;

/** One delivery in full: its state, what it waits for and until when, and last the next command. */
export function deliveryLines(delivery: DeliveryReport, options: TextOptions): Line[] {
  const inner = { ...options, width: options.width - INDENT - LABEL };
  const { error, hold, stable, todo, diagnosis } = delivery;
  return [
    ...headLines(delivery, options),
    ...messageLines(delivery, options),
    ...apart(pictureLines(delivery, inner)),
    ...labelled('batches', batchLines(delivery, inner)),
    ...apart([
      ...labelled('error', error === null ? [] : errorLines(error, inner)),
      ...labelled('not ready', troubleLines(delivery.trouble, inner)),
      ...labelled('held', hold === null ? [] : holdLines(hold, inner)),
      ...labelled('gates', gateLines(delivery.gates, inner)),
      ...labelled('next', nextLines(delivery, inner)),
    ]),
    ...apart(labelled('metrics', metricLines(delivery.metrics, { ...inner, tried: delivery.reason === 'GATE_TRIED' }))),
    ...apart(labelled('logs', diagnosis === null ? [] : logLines(diagnosis, inner))),
    ...apart([
      ...labelled('events', diagnosis === null ? [] : eventLines(diagnosis, inner)),
      ...labelled('not read', diagnosis === null ? [] : missingLines(diagnosis, inner)),
    ]),
    ...apart(labelled('findings', findingLines(delivery.findings, inner))),
    ...apart(labelled('changes', changeLines(delivery.changes, inner))),
    ...apart(labelled('forecast', forecastLines(delivery.forecast, inner))),
    ...apart([
      ...labelled('stable', stable === null ? [] : flow([span(formatRelease(stable), 'dim')], inner.width, 0)),
      ...(todo === null ? [] : labelled(isCommand(todo) ? 'run' : 'do', [[span(todo, 'strong')]])),
    ]),
  ];
}

/** Name, state and step, then the release; the release has its own line when the first is too narrow. */
function headLines({ name, state, step, release }: DeliveryReport, { unicode, width }: TextOptions): Line[] {
  const sign = stateSigns[state];
  const head: Line = [
    span(unicode ? sign.sign : sign.plain, sign.tone),
    span(' '),
    span(name, 'strong'),
    span('  '),
    span(sign.word, sign.tone),
    span(step === null ? '' : ` at step ${step.index}/${step.of} ${step.name}`, sign.tone),
  ];
  if (release === null) return flow(head, width);
  const what = formatRelease(release);
  if (lineColumns(head) + 3 + columns(what) <= width) return [[...head, span('   '), span(what, 'dim')]];
  return [...flow(head, width), ...flow([span('  '), span(what, 'dim')], width)];
}

function formatRelease({ id, commit, settings = null }: ReleaseReport): string {
  const taken = settings === null ? '' : `  settings ${settings}`;
  return `${id}${taken}  commit ${shortCommit(commit)}`;
}

/** The message, then the reason code if it says more than the state. */
function messageLines({ message, reason, state, error }: DeliveryReport, { width }: TextOptions): Line[] {
  if (error?.message === message) return [];
  const room = width - INDENT;
  const texts = wrap(message, room);
  if (reason.replaceAll('_', ' ').toLowerCase() === stateSigns[state].word.toLowerCase()) {
    return texts.map((text): Line => [span('  '), span(text)]);
  }
  const last = texts.at(-1) ?? '';
  const fits = columns(last) + 2 + reason.length <= room;
  return [
    ...texts.slice(0, -1).map((text): Line => [span('  '), span(text)]),
    fits ? [span('  '), span(last), span(`  ${reason}`, 'dim')] : [span('  '), span(last)],
    ...(fits ? [] : [[span('  '), span(reason, 'dim')]]),
  ];
}

function pictureLines(delivery: DeliveryReport, inner: TextOptions): Line[] {
  const { pods, steps, state } = delivery;
  if (isUnseen(delivery)) return [];
  const bar = labelled('pods', flow(podsBar(pods, isMoving(state), inner.unicode), inner.width));
  // A release that was rolled back has no steps to draw.
  if (steps.length === 0 || state === 'rolledBack') return bar;
  const { track, names, replicas, traffic, mark } = stepRows(steps, state, inner);
  return [
    ...labelled('steps', [track, names]),
    ...labelled('replicas', [replicas]),
    ...labelled('traffic', traffic === null ? [] : [traffic]),
    ...labelled('', mark === null ? [[]] : [mark]),
    ...bar,
  ];
}

/** The present step's pods, those of each step before it in brief, and the pods of no step of this release. */
function batchLines(delivery: DeliveryReport, { width }: TextOptions): Line[] {
  if (!isMoving(delivery.state)) return [];
  const [present, ...others] = batchWords(delivery);
  if (present === undefined) return [];
  const dull = others.filter(({ whole, pods }) => whole && pods === '');
  const telling = [present, ...others.filter((one) => !dull.includes(one))];
  return [
    ...telling.flatMap(({ name, count, whole, pods }): Line[] =>
      flow([span(`${name}: ${count}`, whole ? 'plain' : 'bad'), span(pods === '' ? '' : `  ${pods}`, 'dim')], width),
    ),
    ...(dull.length === 0
      ? []
      : flow([span(dull.map(({ name, count }) => `${name}: ${count}`).join('; '), 'dim')], width)),
  ];
}

function holdLines(hold: NonNullable<DeliveryReport['hold']>, { width, now, zone }: TextOptions): Line[] {
  const text = `by ${hold.by}, ${formatMoment(hold.at, now, zone)}: ${hold.reason}`;
  return wrap(text, width).map((part): Line => [span(part, 'wait')]);
}

/** The shut gates first, then the open ones. */
export function gatesInOrder(gates: readonly GateReport[]): GateReport[] {
  const order: readonly GateReport['is'][] = ['failed', 'shut', 'skipped', 'open'];
  return gates.toSorted((left, right) => order.indexOf(left.is) - order.indexOf(right.is));
}

/** The facts of a gate: why, what it still needs, when it opens, and when it was last observed if that is long ago. */
export function gateParts(gate: GateReport, now: Date, zone: string | undefined): string[] {
  return [
    gate.why,
    ...(gate.until !== null || gate.missing.length === 0 ? [] : [`needs: ${gate.missing.join(', ')}`]),
    ...(gate.until === null || gate.is !== 'shut' ? [] : [formatOpening(gate.until, now, zone)]),
    ...staleness(gate, now, zone),
  ];
}

function gateLines(gates: readonly GateReport[], { width, unicode, now, zone }: TextOptions): Line[] {
  const sorted = gatesInOrder(gates);
  const nameWidth = Math.max(0, ...sorted.map((gate) => columns(gate.name)));
  return sorted.flatMap((gate) => {
    const sign = gateSigns[gate.is];
    const head = `${unicode ? sign.sign : sign.plain} `;
    const room = columns(head) + nameWidth + 2;
    const parts = gateParts(gate, now, zone);
    const together = parts.join('; ');
    const texts =
      columns(together) <= width - room
        ? wrap(together, width - room)
        : parts.flatMap((part) => wrap(part, width - room));
    return texts.map(
      (part, index): Line =>
        index === 0
          ? [span(head, sign.tone), span(pad(gate.name, nameWidth + 2), 'strong'), span(part)]
          : [span(' '.repeat(room)), span(part)],
    );
  });
}

const STALE_SECONDS = 600;

/** The age of the evidence; empty when it is recent. */
function staleness({ observedAt, source }: GateReport, now: Date, zone: string | undefined): string[] {
  const age = (now.getTime() - new Date(observedAt).getTime()) / 1000;
  return age > STALE_SECONDS ? [`seen in ${source} ${formatMoment(observedAt, now, zone)}`] : [];
}

/** What happens by itself; empty when a gate shows it already. */
function nextLines({ next, gates }: DeliveryReport, { width, now, zone }: TextOptions): Line[] {
  if (next === null || gates.some((gate) => gate.is === 'shut' && gate.until === next)) return [];
  return wrap(formatMoment(next, now, zone), width).map((part): Line => [span(part)]);
}

/** The lines with a label before the first one. */
function labelled(label: string, lines: readonly Line[]): Line[] {
  return lines.map((line, index) => [span(pad(`  ${index === 0 ? label : ''}`, INDENT + LABEL), 'dim'), ...line]);
}

/** The lines after an empty line; nothing when there are none. */
function apart(lines: readonly Line[]): Line[] {
  return lines.length === 0 ? [] : [[], ...lines];
}
