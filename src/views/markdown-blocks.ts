import { formatPlace } from '../release/error.ts';
import type { Finding } from '../release/finding.ts';
import type { ForecastStep } from '../release/forecast.ts';
import type { PodTrouble } from '../release/observation.ts';
import type { ChangeReport, DeliveryReport, ErrorReport, GateReport, ReleaseReport } from '../release/report.ts';
import { batchWords } from './batches.ts';
import { codeFence, codeSpan, inMarkdown } from './neutral.ts';
import { podsWords } from './picture.ts';
import { groupTrouble, podsOf } from './problems.ts';
import { formatDate, formatMoment, formatOpening, fromNow, roundedDuration } from './times.ts';
import {
  forecastNotes,
  isCommand,
  isMoving,
  sharesWords,
  shortCommit,
  stateDots,
  stateSigns,
  stepSign,
} from './words.ts';

/** The parts of a delivery in Markdown. Each mixes no markup of ours with foreign markup. */

/** How times are written. */
export interface When {
  readonly now: Date;
  /** IANA time zone of the readers. Times are shown in UTC and in this zone. */
  readonly zone?: string;
  /** `later`: in a text that stays, such as a comment. It has no distances from now, and changes only with its facts. */
  readonly read: 'now' | 'later';
}

/** A time for a person. */
export function momentText(iso: string, { now, zone, read }: When): string {
  return inMarkdown(read === 'now' ? formatMoment(iso, now, zone) : formatDate(iso, zone));
}

/** What a person should do next. */
export function nextBlock(todo: string): string {
  return `**Next:**\n\n${codeFence(todo, isCommand(todo) ? 'sh' : 'text')}`;
}

/** `0123456789-abcdef01 of commit 0123456`. */
export function releaseText({ id, commit }: ReleaseReport): string {
  return `${codeSpan(id)} of commit ${codeSpan(shortCommit(commit))}`;
}

/** The hold, as a quotation. */
export function holdBlock({ by, at, reason }: NonNullable<DeliveryReport['hold']>, when: When): string {
  return `> 🟠 **Held** by ${inMarkdown(by)}, ${momentText(at, when)}: ${inMarkdown(reason)}`;
}

/** `🟡 shop@prod waiting at step 1/3 smoke`. */
export function titleOf({ name, state, step, error }: DeliveryReport): string {
  const dot = error === null ? stateDots[state] : '🔴';
  const where = step === null ? '' : ` at step ${step.index}/${step.of} ${inMarkdown(step.name)}`;
  return `${dot} ${inMarkdown(name)} ${stateSigns[state].word.toLowerCase()}${where}`;
}

/** The picture as text, for readers and places without pictures: `● smoke → ◆ half (waiting) → ○ full`. */
export function stepsLine({ steps, state }: DeliveryReport): string {
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
export function batchBlocks(delivery: DeliveryReport): string[] {
  const batches = isMoving(delivery.state) ? batchWords(delivery) : [];
  if (batches.length < 2 && batches.every(({ whole }) => whole)) return [];
  const rows = batches.map(({ name, count, whole, pods }) => [
    `${whole ? '🟢' : '🔴'} ${inMarkdown(name)}`,
    inMarkdown(count),
    inMarkdown(pods),
  ]);
  return [table(['batch', 'pods', 'names'], rows)];
}

/** The gates: what each says, and who or what is missing until when. */
export function gateTable(gates: readonly GateReport[], when: When): string {
  const { now, zone, read } = when;
  const dots = { open: '🟢', shut: '🟡', failed: '🔴', skipped: '⚪' } satisfies Record<GateReport['is'], string>;
  const opens = ({ is, until }: GateReport) => {
    if (until === null || is !== 'shut') return '';
    if (read === 'later') return momentText(until, when);
    return inMarkdown(formatOpening(until, now, zone).replace(/^opens /u, ''));
  };
  const seen = ({ source, observedAt }: GateReport) =>
    read === 'later' ? [] : [`${inMarkdown(source)}, ${fromNow(new Date(observedAt), now)}`];
  return table(
    ['', 'gate', 'why', 'missing', 'opens', ...(read === 'later' ? [] : ['seen'])],
    gates.map((gate) => [
      `${dots[gate.is]} ${gate.is}`,
      gate.name === gate.kind ? inMarkdown(gate.name) : `${inMarkdown(gate.name)} (${gate.kind})`,
      inMarkdown(gate.why),
      gate.missing.map(inMarkdown).join(', '),
      opens(gate),
      ...seen(gate),
    ]),
  );
}

/** The pods that are not ready, grouped by reason. */
export function troubleBlocks(trouble: readonly PodTrouble[], when: When): string[] {
  if (trouble.length === 0) return [];
  const later = when.read === 'later';
  const age = (since: Date) =>
    later ? momentText(since.toISOString(), when) : roundedDuration((when.now.getTime() - since.getTime()) / 1000);
  const rows = groupTrouble(trouble).map(({ first, pods, since }) => [
    `${first.hopeless ? '🔴' : '🟡'} ${inMarkdown(first.reason)}`,
    `${podsOf(first, pods.length)}: ${pods.slice(0, 3).map(codeSpan).join(', ')}${pods.length > 3 ? ' …' : ''}`,
    since === null ? '' : age(since),
    inMarkdown(first.message),
  ]);
  return ['**Pods that are not ready**', table(['reason', 'pods', later ? 'since' : 'for', 'message'], rows)];
}

/** A problem, its facts and what to do. */
export function findingBlock(finding: Finding): string {
  const dots = { error: '🔴', warning: '🟡', note: '⚪' } satisfies Record<Finding['severity'], string>;
  return [
    `${dots[finding.severity]} **${finding.severity}** ${codeSpan(finding.code)}: ${inMarkdown(finding.message)}`,
    // Without this entry, an empty fact would turn the message into a heading.
    '',
    ...finding.facts.map((fact) => `- ${inMarkdown(fact)}`),
    `- **what to do:** ${inMarkdown(finding.wayOut)}`,
  ].join('\n');
}

/** A table of the writes. */
export function changeTable(changes: readonly ChangeReport[]): string[] {
  if (changes.length === 0) return [];
  const rows = changes.map((change) => [change.what, inMarkdown(change.object), inMarkdown(change.why)]);
  return [table(['', 'object', 'why'], rows)];
}

/** The diff of each write, folded. */
export function diffBlocks(changes: readonly ChangeReport[]): string[] {
  return changes.flatMap(({ object, diff }) =>
    diff === null || diff.length === 0 ? [] : [folded(inMarkdown(object), codeFence(diff.join('\n'), 'diff'))],
  );
}

/** Blocks behind a line that opens them. Both are Markdown already. */
export function folded(line: string, ...blocks: readonly string[]): string {
  return [`<details><summary>${line}</summary>`, ...blocks, '</details>'].join('\n\n');
}

/** What each step would come to. */
export function forecastBlocks(forecast: readonly ForecastStep[], now: Date): string[] {
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

/** An error and what to do, as a quotation. */
export function errorBlock(error: ErrorReport): string {
  const place = error.at === null ? '' : ` in ${codeSpan(formatPlace(error.at))}`;
  const hint = error.hint === null ? [] : ['>', `> **What to do:** ${inMarkdown(error.hint)}`];
  return [`> 🔴 **${error.family}** ${codeSpan(error.code)}${place}: ${inMarkdown(error.message)}`, ...hint].join('\n');
}

/** `8 old · 2 new`. */
export function podsText(pods: DeliveryReport['pods'], state: DeliveryReport['state']): string {
  return podsWords(pods, isMoving(state), true)
    .map((one) => one.text)
    .join('');
}

/** A table. Cells are Markdown already. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The id of a release, with that of the settings that it has taken on. */
export function releaseSpans({ id, settings = null }: ReleaseReport): string {
  return settings === null ? codeSpan(id) : `${codeSpan(id)} with settings ${codeSpan(settings)}`;
}
