import { formatCommand } from '../release/comment-command.ts';
import type { Severity } from '../release/finding.ts';
import { firstOf } from '../release/first-of.ts';
import type {
  ApprovalReport,
  ChangeReport,
  DeliveryReport,
  PullRequestReport,
  ReleaseReport,
} from '../release/report.ts';
import { stepsMermaid } from './diagrams.ts';
import { type Part, part, type Section, section } from './living-comment.ts';
import {
  batchBlocks,
  changeTable,
  diffBlocks,
  errorBlock,
  findingBlock,
  folded,
  forecastBlocks,
  gateTable,
  holdBlock,
  momentText,
  nextBlock,
  podsText,
  releaseSpans,
  releaseText,
  stepsLine,
  titleOf,
  troubleBlocks,
  type When,
} from './markdown-blocks.ts';
import { measuredWords, metricLine, metricPlot } from './metric-blocks.ts';
import { codeFence, codeSpan, inMarkdown, link } from './neutral.ts';
import { worstFindings } from './problems.ts';
import { withoutNumbers } from './steady.ts';
import { isMoving, promotionWays, shortCommit, stateSigns } from './words.ts';

/** What a comment says about one delivery: first where it stands and why, then what a person may do, then the rest. */

export interface SectionOptions {
  readonly now: Date;
  /** The page of the run that writes; null for none. */
  readonly url: string | null;
}

/** A release: of the release that was rolled back where there is one. Null for a delivery without a release. */
export function releaseSection(delivery: DeliveryReport, options: SectionOptions): Section | null {
  const release = delivery.rolledBack ?? delivery.release;
  if (release === null) return null;
  const given = {
    is: 'release',
    delivery: delivery.name,
    of: release.id,
    state: hasEnded(delivery) === null ? 'open' : 'rests',
    parts: releaseParts(delivery, release, options),
  } as const;
  return section(given, releaseParts(withoutNumbers(delivery), release, options));
}

function releaseParts(delivery: DeliveryReport, release: ReleaseReport, options: SectionOptions): readonly Part[] {
  const when: When = { now: options.now, read: 'later' };
  const { approval, error, hold, gates, metrics, steps, state, trouble, todo } = delivery;
  const ended = hasEnded(delivery);
  const moving = isMoving(state);
  // The table of the gates has the others.
  const watched = metrics.filter(
    ({ name, kind }) => !moving || !gates.some((gate) => gate.kind === kind && gate.name === name),
  );
  const core = [
    `### ${titleOf(delivery)}`,
    ...(error?.message === delivery.message ? [] : [`${inMarkdown(delivery.message)} (${codeSpan(delivery.reason)})`]),
    ...(moving && steps.length > 0 ? [`${stepsLine(delivery)}<br>\n**pods** ${podsText(delivery.pods, state)}`] : []),
    ...(error === null ? [] : [errorBlock(error)]),
    ...(hold === null ? [] : [holdBlock(hold, when)]),
    ...(moving && gates.length > 0 ? [gateTable(gates, when)] : []),
    ...(watched.length === 0 ? [] : [watched.map((metric) => metricLine(metric, when)).join('<br>\n')]),
    ...troubleBlocks(trouble, when),
    ...(approval !== null ? approvalBlocks(delivery, approval) : todo === null ? [] : [nextBlock(todo)]),
    ...(moving && state !== 'reverting' ? [stopBlock(delivery, release.id)] : []),
    ...(ended === null ? [] : [ended]),
  ];
  const facts = [
    `**release** ${releaseText(release)}`,
    ...(delivery.stable === null ? [] : [`**stable** ${releaseText(delivery.stable)}`]),
    ...(delivery.next === null ? [] : [`**next event** ${momentText(delivery.next, when)}`]),
  ];
  const details = [
    facts.join('<br>\n'),
    ...batchBlocks(delivery),
    ...worstFindings(delivery.findings).map(findingBlock),
  ];
  const plots = metrics.flatMap((metric) => {
    const plot = metricPlot(metric);
    return plot.length === 0 ? [] : [`**${inMarkdown(metric.name)}**, ${measuredWords(metric, when)}`, ...plot];
  });
  return [
    part('core', ...core),
    part('plot', ...plots, ...(plots.length === 0 ? [] : ['The summary of the newest run has newer numbers.'])),
    ...(moving && steps.length > 1 ? [part('picture', codeFence(stepsMermaid(steps, state), 'mermaid'))] : []),
    part('details', folded('Release, pods and findings', ...details)),
    footer(`written ${momentText(options.now.toISOString(), when)}`, options.url),
  ];
}

/** That a release has ended, in words; null while it goes on or needs a person. */
function hasEnded({ state, reason, release, rolledBack }: DeliveryReport): string | null {
  switch (state) {
    case 'done':
      return '**The release has ended**: it is delivered.';
    case 'rolledBack':
      if (reason === 'ROLLED_BACK_GIT_TODO') return null;
      return `**The release has ended**: ${rolledBack === null ? 'it' : codeSpan(rolledBack.settings ?? rolledBack.id)} is rolled back, and ${release === null ? 'stable' : releaseSpans(release)} serves.`;
    case 'superseded':
      return '**The release has ended**: a newer one goes out in its place.';
    case 'absent':
    case 'idle':
    case 'rolling':
    case 'waiting':
    case 'finishing':
    case 'reverting':
    case 'held':
    case 'stuck':
    case 'failed':
    case 'ungated':
      return null;
  }
}

/** Who has to approve, and how: the comment to copy, or else the command. */
function approvalBlocks(
  { name, release, todo }: DeliveryReport,
  { step, missing, ways, pullRequest }: ApprovalReport,
): string[] {
  const who = missing.length === 0 ? '' : ` (missing: ${missing.map(inMarkdown).join(', ')})`;
  const place = inMarkdown(step);
  if (ways.includes('comment') && release !== null) {
    return [
      `**To approve ${place}**${who}, post this line as a new comment:`,
      codeFence(formatCommand({ is: 'promote', delivery: name, release: release.id, step })),
    ];
  }
  if (todo === null) return [];
  if (!ways.includes('command') && pullRequest !== null) {
    const { number, url } = pullRequest;
    return [`**To approve ${place}**${who}: ${promotionWays(ways)} ${link(`pull request ${number}`, url)}`];
  }
  if (!ways.includes('command')) return [`**To approve ${place}**${who}: ${inMarkdown(todo)}`];
  return [`**To approve ${place}**${who}, run:`, codeFence(todo, 'sh')];
}

/** In the place of the section of a release that was not delivered before the next one was requested. */
export function supersededSection(
  { delivery, of }: Pick<Section, 'delivery' | 'of'>,
  { id, pullRequest }: { readonly id: string; readonly pullRequest: PullRequestReport },
): Section {
  const core = [
    `### ⚪ ${inMarkdown(delivery)} superseded`,
    `${codeSpan(of)} was not delivered on its own. What it changed goes out with ${codeSpan(id)}, which ${link(`pull request ${pullRequest.number}`, pullRequest.url)} tells about.`,
  ];
  return section({ is: 'release', delivery, of, state: 'rests', parts: [part('core', ...core)] });
}

/** How to stop a release that goes on. */
function stopBlock({ name, approval, hold }: DeliveryReport, id: string): string {
  const byComment = approval?.ways.includes('comment') ?? false;
  const line = (is: 'hold' | 'rollback') =>
    byComment
      ? formatCommand({ is, delivery: name, release: id, reason: '' })
      : `stepgate ${is} --delivery ${name} --release ${id}`;
  const lines = [
    ...(hold === null ? [['Keep it where it is:', line('hold')]] : []),
    ['Take it back:', line('rollback')],
  ].flatMap(([what = '', text = '']) => [what, codeFence(text, byComment ? 'text' : 'sh')]);
  return folded(byComment ? 'Hold or roll back by a comment' : 'Hold or roll back', ...lines);
}

/** Where the delivery stands before the pull request; with `--offline` nothing is known of it. */
function standsNow({ reason, state, message }: DeliveryReport): string {
  const words = inMarkdown(message);
  return reason === 'OFFLINE' ? words : `**Now:** ${stateSigns[state].word.toLowerCase()}; ${words}`;
}

/** What a deploy of a pull request would change. `head`: its newest commit. */
export function planSection(
  delivery: DeliveryReport,
  { now, head, url }: SectionOptions & { readonly head: string },
): Section {
  const { name, error, findings, changes, forecast, message } = delivery;
  const worst = worstFindings(findings)[0]?.severity ?? 'note';
  const dots = { error: '🔴', warning: '🟡', note: '🟢' } satisfies Record<Severity, string>;
  const dot = error === null ? dots[worst] : dots.error;
  const core = [
    `### ${dot} Plan of ${inMarkdown(name)}: ${error === null ? changeWords(changes) : 'a deploy would stop'}`,
    ...(error === null ? [] : [errorBlock(error)]),
    ...(error?.message === message ? [] : [standsNow(delivery)]),
    ...worstFindings(findings).map(findingBlock),
  ];
  const steps = forecastBlocks(forecast, now);
  return section({
    is: 'plan',
    delivery: name,
    of: head,
    state: 'open',
    parts: [
      part('core', ...core),
      ...changeTable(changes).map((text) => part('details', text)),
      ...diffBlocks(changes).map((text) => part('diff', text)),
      ...(steps.length === 0 ? [] : [part('forecast', '**Forecast**', ...steps)]),
      footer(`plan of commit ${codeSpan(shortCommit(head))}`, url),
    ],
  });
}

function changeWords(changes: readonly ChangeReport[]): string {
  const writes = changes.filter(({ what }) => what !== 'none');
  if (writes.length === 0) return 'nothing would change';
  return `would write ${firstOf(writes.map(({ object }) => inMarkdown(object)))}`;
}

/** The last line of a section: when, and by which run. It is not compared, so that it alone is no reason to write. */
function footer(words: string, url: string | null): Part {
  return part('footer', `<sub>${words}${url === null ? '' : ` · ${link('run', url)}`}</sub>`);
}
