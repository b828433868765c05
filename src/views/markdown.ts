import type { Finding } from '../release/finding.ts';
import type { ForecastStep } from '../release/forecast.ts';
import type { PodTrouble } from '../release/observation.ts';
import type {
  ChangeReport,
  DeliveryReport,
  ErrorReport,
  GateReport,
  ReleaseReport,
  Report,
} from '../release/report.ts';
import { batchWords } from './batches.ts';
import { diagnosisBlocks } from './diagnosis.ts';
import { stepsMermaid } from './diagrams.ts';
import { codeFence, codeSpan, inMarkdown } from './neutral.ts';
import { podsWords } from './picture.ts';
import { formatPlace, groupTrouble, podsOf } from './problems.ts';
import { formatMoment, formatOpening, fromNow, roundedDuration } from './times.ts';
import {
  forecastNotes,
  isMoving,
  isUnseen,
  sharesWords,
  shortCommit,
  stateDots,
  stateSigns,
  stepSign,
  worstFirst,
} from './words.ts';

export interface MarkdownOptions {
  readonly now: Date;
  /** IANA time zone of the readers. Times are shown in UTC and in this zone. */
  readonly zone?: string;
  /** Maximum size in bytes of UTF-8; by default GitHub's limit for the summary of one step. */
  readonly limit?: number;
}

const SUMMARY_LIMIT = 1024 * 1024;

/**
 * A report as Markdown for a job summary, worst delivery first. When the text would be longer than `limit`, whole blocks
 * are dropped from the end, and a note says so. A block never mixes our markup with foreign markup.
 */
export function renderMarkdown(report: Report, options: MarkdownOptions): string {
  const deliveries = worstFirst(report.deliveries);
  const blocks = [
    headline(report, deliveries),
    ...(report.error === null ? [] : [errorBlock(report.error)]),
    ...(deliveries.length < 2 ? [] : [deliveryTable(deliveries)]),
    ...deliveries.flatMap((delivery) => deliveryBlocks(delivery, deliveries.length > 1, options)),
  ];
  return joinUpTo(blocks, options.limit ?? SUMMARY_LIMIT);
}

/** The blocks that fit, with empty lines between them, and a note when some do not. */
function joinUpTo(blocks: readonly string[], limit: number): string {
  const bytes = (text: string) => Buffer.byteLength(text);
  const whole = `${blocks.join('\n\n')}\n`;
  if (bytes(whole) <= limit) return whole;
  const note = (left: number) =>
    `> **${left} more ${left === 1 ? 'part' : 'parts'} left out**: the summary would be too long. The log has the whole report.\n`;
  const room = limit - bytes(note(blocks.length));
  const kept: string[] = [];
  let size = 0;
  for (const block of blocks) {
    size += bytes(block) + 2;
    if (size > room) break;
    kept.push(block);
  }
  const text = [...kept, note(blocks.length - kept.length)].join('\n\n');
  return bytes(text) <= limit ? text : '';
}

function headline({ command, error }: Report, deliveries: readonly DeliveryReport[]): string {
  const [first, second] = deliveries;
  if (first === undefined)
    return `## ${error === null ? '⚪' : '🔴'} stepgate ${inMarkdown(command)}${error === null ? ': no deliveries' : ' failed'}`;
  if (second === undefined) return `## ${titleOf(first)}`;
  return `## ${titleOf(first)}, and ${deliveries.length - 1} more`;
}

/** `🟡 shop@prod waiting at step 1/3 smoke`. */
function titleOf({ name, state, step, error }: DeliveryReport): string {
  const dot = error === null ? stateDots[state] : '🔴';
  const where = step === null ? '' : ` at step ${step.index}/${step.of} ${inMarkdown(step.name)}`;
  return `${dot} ${inMarkdown(name)} ${stateSigns[state].word.toLowerCase()}${where}`;
}

function deliveryTable(deliveries: readonly DeliveryReport[]): string {
  return table(
    ['', 'delivery', 'state', 'step', 'pods', 'release'],
    deliveries.map(({ name, state, step, pods, release, error }) => [
      error === null ? stateDots[state] : '🔴',
      inMarkdown(name),
      stateSigns[state].word.toLowerCase(),
      step === null ? '' : `${step.index}/${step.of} ${inMarkdown(step.name)}`,
      podsText(pods, state),
      release === null ? '' : codeSpan(release.id),
    ]),
  );
}

function deliveryBlocks(delivery: DeliveryReport, several: boolean, { now, zone }: MarkdownOptions): string[] {
  const { release, stable, hold, error, todo, next, steps, gates } = delivery;
  const named = ({ id, commit }: ReleaseReport) => `${codeSpan(id)} of commit ${codeSpan(shortCommit(commit))}`;
  const facts = [
    ...(isUnseen(delivery) ? [] : [`**pods** ${podsText(delivery.pods, delivery.state)}`]),
    ...(release === null ? [] : [`**release** ${named(release)}`]),
    ...(stable === null ? [] : [`**stable** ${named(stable)}`]),
    ...(next === null ? [] : [`**next event** ${inMarkdown(formatMoment(next, now, zone))}`]),
  ];
  const heldBy = (by: string, at: string, why: string) =>
    `> 🟠 **Held** by ${inMarkdown(by)}, ${inMarkdown(formatMoment(at, now, zone))}: ${inMarkdown(why)}`;
  return [
    ...(several ? [`### ${titleOf(delivery)}`] : []),
    ...(error?.message === delivery.message ? [] : [`${inMarkdown(delivery.message)} (${codeSpan(delivery.reason)})`]),
    ...(error === null ? [] : [errorBlock(error)]),
    ...(hold === null ? [] : [heldBy(hold.by, hold.at, hold.reason)]),
    ...(steps.length === 0 || delivery.state === 'rolledBack'
      ? []
      : [stepsLine(delivery), codeFence(stepsMermaid(steps, delivery.state), 'mermaid')]),
    ...(facts.length === 0 ? [] : [facts.join('<br>\n')]),
    ...batchBlocks(delivery),
    ...(gates.length === 0 ? [] : [gateTable(gates, now, zone)]),
    ...troubleBlocks(delivery.trouble, now),
    ...diagnosisBlocks(delivery.diagnosis, now),
    ...delivery.findings.map(findingBlock),
    ...changeBlocks(delivery.changes),
    ...forecastBlocks(delivery.forecast, now),
    ...(todo === null ? [] : [`**Next:**\n\n${codeFence(todo, 'sh')}`]),
  ];
}

/** The picture as text, for readers and places without pictures: `● smoke → ◆ half (waiting) → ○ full`. */
function stepsLine({ steps, state }: DeliveryReport): string {
  return steps
    .map((step) => {
      const sign = stepSign(step.is, state);
      const here = step.is === 'moving' || step.is === 'waiting';
      return here
        ? `${sign.sign} **${inMarkdown(step.name)}** (${sign.word})`
        : `${sign.sign} ${inMarkdown(step.name)}`;
    })
    .join(' → ');
}

/** The pods of each step; nothing when there is one step and its pods are all ready, which the counts above say too. */
function batchBlocks(delivery: DeliveryReport): string[] {
  const batches = isMoving(delivery.state) ? batchWords(delivery) : [];
  if (batches.length < 2 && batches.every(({ whole }) => whole)) return [];
  const rows = batches.map(({ name, count, whole, pods }) => [
    `${whole ? '🟢' : '🔴'} ${inMarkdown(name)}`,
    inMarkdown(count),
    inMarkdown(pods),
  ]);
  return [table(['batch', 'pods', 'names'], rows)];
}

function gateTable(gates: readonly GateReport[], now: Date, zone: string | undefined): string {
  const dots = { open: '🟢', shut: '🟡', failed: '🔴', skipped: '⚪' } satisfies Record<GateReport['is'], string>;
  return table(
    ['', 'gate', 'why', 'missing', 'opens', 'seen'],
    gates.map((gate) => [
      `${dots[gate.is]} ${gate.is}`,
      gate.name === gate.kind ? inMarkdown(gate.name) : `${inMarkdown(gate.name)} (${gate.kind})`,
      inMarkdown(gate.why),
      gate.missing.map(inMarkdown).join(', '),
      gate.until === null || gate.is !== 'shut'
        ? ''
        : inMarkdown(formatOpening(gate.until, now, zone).replace(/^opens /u, '')),
      `${inMarkdown(gate.source)}, ${fromNow(new Date(gate.observedAt), now)}`,
    ]),
  );
}

function troubleBlocks(trouble: readonly PodTrouble[], now: Date): string[] {
  if (trouble.length === 0) return [];
  const rows = groupTrouble(trouble).map(({ first, pods, since }) => [
    `${first.hopeless ? '🔴' : '🟡'} ${inMarkdown(first.reason)}`,
    `${podsOf(first, pods.length)}: ${pods.slice(0, 3).map(codeSpan).join(', ')}${pods.length > 3 ? ' …' : ''}`,
    since === null ? '' : roundedDuration((now.getTime() - since.getTime()) / 1000),
    inMarkdown(first.message),
  ]);
  return ['**Pods that are not ready**', table(['reason', 'pods', 'for', 'message'], rows)];
}

function findingBlock(finding: Finding): string {
  const dots = { error: '🔴', warning: '🟡', note: '⚪' } satisfies Record<Finding['severity'], string>;
  return [
    `${dots[finding.severity]} **${finding.severity}** ${codeSpan(finding.code)}: ${inMarkdown(finding.message)}`,
    // Without this entry, an empty fact would turn the message into a heading.
    '',
    ...finding.facts.map((fact) => `- ${inMarkdown(fact)}`),
    `- **what to do:** ${inMarkdown(finding.wayOut)}`,
  ].join('\n');
}

/** A table of the writes, then the diffs, folded. */
function changeBlocks(changes: readonly ChangeReport[]): string[] {
  if (changes.length === 0) return [];
  const rows = changes.map((change) => [change.what, inMarkdown(change.object), inMarkdown(change.why)]);
  const diffs = changes.flatMap(({ object, diff }) =>
    diff === null || diff.length === 0
      ? []
      : [`<details><summary>${inMarkdown(object)}</summary>\n\n${codeFence(diff.join('\n'), 'diff')}\n\n</details>`],
  );
  return [table(['', 'object', 'why'], rows), ...diffs];
}

function forecastBlocks(forecast: readonly ForecastStep[], now: Date): string[] {
  if (forecast.length === 0) return [];
  const rows = forecast.map((step, index) => [
    `${index + 1} ${inMarkdown(step.name)}`,
    String(step.stablePods),
    String(step.canaryPods),
    String(step.mostPods),
    inMarkdown(sharesWords(step) ?? 'as the pods'),
    step.notBefore === null ? 'never' : fromNow(step.notBefore, now),
    step.waitsFor.length === 0 ? 'ready pods' : step.waitsFor.map(inMarkdown).join(', '),
  ]);
  const header = ['step', 'old pods', 'new pods', 'most pods', 'traffic', 'not before', 'waits for'];
  return [table(header, rows), ...forecastNotes(forecast).map(inMarkdown)];
}

function errorBlock(error: ErrorReport): string {
  const place = error.at === null ? '' : ` in ${codeSpan(formatPlace(error.at))}`;
  const hint = error.hint === null ? [] : ['>', `> **What to do:** ${inMarkdown(error.hint)}`];
  return [`> 🔴 **${error.family}** ${codeSpan(error.code)}${place}: ${inMarkdown(error.message)}`, ...hint].join('\n');
}

function podsText(pods: DeliveryReport['pods'], state: DeliveryReport['state']): string {
  return podsWords(pods, isMoving(state), true)
    .map((one) => one.text)
    .join('');
}

/** Cells are Markdown already. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
