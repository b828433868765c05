import type { DeliveryReport, Report } from '../release/report.ts';
import { diagnosisBlocks } from './diagnosis.ts';
import { stepsMermaid } from './diagrams.ts';
import {
  batchBlocks,
  changeTable,
  diffBlocks,
  errorBlock,
  findingBlock,
  forecastBlocks,
  gateTable,
  holdBlock,
  momentText,
  nextBlock,
  podsText,
  releaseSpans,
  releaseText,
  stepsLine,
  table,
  titleOf,
  troubleBlocks,
  type When,
} from './markdown-blocks.ts';
import { metricBlocks } from './metric-blocks.ts';
import { codeFence, codeSpan, inMarkdown } from './neutral.ts';
import { lastTickText } from './times.ts';
import { isUnseen, stateDots, stateSigns, worstFirst } from './words.ts';

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
  const tick = lastTickText(report, options.now);
  const blocks = [
    headline(report, deliveries),
    ...(report.error === null ? [] : [errorBlock(report.error)]),
    ...(deliveries.length < 2 ? [] : [deliveryTable(deliveries)]),
    ...deliveries.flatMap((delivery) => deliveryBlocks(delivery, deliveries.length > 1, options)),
    ...(tick === null ? [] : [inMarkdown(tick)]),
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
    return `## ${error === null ? '⚪' : '🔴'} stepgate ${inMarkdown(command)}${error === null ? ': nothing to say about a delivery' : ' failed'}`;
  if (second === undefined) return `## ${titleOf(first)}`;
  return `## ${titleOf(first)}, and ${deliveries.length - 1} more`;
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
      release === null ? '' : releaseSpans(release),
    ]),
  );
}

function deliveryBlocks(delivery: DeliveryReport, several: boolean, options: MarkdownOptions): string[] {
  const { release, stable, hold, error, todo, next, steps, gates } = delivery;
  const when: When = { ...options, read: 'now' };
  const facts = [
    ...(isUnseen(delivery) ? [] : [`**pods** ${podsText(delivery.pods, delivery.state)}`]),
    ...(release === null ? [] : [`**release** ${releaseText(release)}`]),
    ...(stable === null ? [] : [`**stable** ${releaseText(stable)}`]),
    ...(next === null ? [] : [`**next event** ${momentText(next, when)}`]),
  ];
  return [
    ...(several ? [`### ${titleOf(delivery)}`] : []),
    ...(error?.message === delivery.message ? [] : [`${inMarkdown(delivery.message)} (${codeSpan(delivery.reason)})`]),
    ...(error === null ? [] : [errorBlock(error)]),
    ...(hold === null ? [] : [holdBlock(hold, when)]),
    ...(steps.length === 0 || delivery.state === 'rolledBack'
      ? []
      : [stepsLine(delivery), codeFence(stepsMermaid(steps, delivery.state), 'mermaid')]),
    ...(facts.length === 0 ? [] : [facts.join('<br>\n')]),
    ...batchBlocks(delivery),
    ...(gates.length === 0 ? [] : [gateTable(gates, when)]),
    ...metricBlocks(delivery.metrics, when),
    ...troubleBlocks(delivery.trouble, when),
    ...diagnosisBlocks(delivery.diagnosis, options.now),
    ...delivery.findings.map(findingBlock),
    ...changeTable(delivery.changes),
    ...diffBlocks(delivery.changes),
    ...forecastBlocks(delivery.forecast, options.now),
    ...(todo === null ? [] : [nextBlock(todo)]),
  ];
}
