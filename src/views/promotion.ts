import { type Delivery, formatAmount, placeWords } from '../release/delivery.ts';
import { type Promotion, promotionPlaces } from '../release/promotion.ts';
import type { DeliveryReport } from '../release/report.ts';
import type { Way } from '../release/vote.ts';
import { stepsMermaid } from './diagrams.ts';
import {
  batchBlocks,
  findingBlock,
  folded,
  gateTable,
  podsText,
  stepsLine,
  troubleBlocks,
  type When,
} from './markdown-blocks.ts';
import { codeFence, codeSpan, inMarkdown } from './neutral.ts';
import { worstFindings } from './problems.ts';

/** GitHub takes 65,536 characters in the text of a pull request. */
const LONGEST = 60_000;

/**
 * The text of a promotion pull request: what reviewing, merging and closing it do, and the picture of the release. Markdown, which
 * changes only when its facts do.
 */
export function promotionBody(report: DeliveryReport, delivery: Delivery, promotion: Promotion): string {
  const { release, place } = promotion;
  const { branch, file } = promotionPlaces(delivery, promotion);
  const when: When = { now: new Date(0), read: 'later' };
  const { steps, state, pods, gates, trouble, findings, approval } = report;
  const blocks = [
    `**${actWords(approval?.ways ?? [])} approves that ${codeSpan(release)} leaves ${placeWords(delivery, place)} of ${inMarkdown(delivery.name)}.** When every gate is open, ${nextWords(delivery, place)}.`,
    'Closing this without merging it holds the release, if you may promote it.',
    ...(steps.length > 0 ? [`${stepsLine(report)}<br>\n**pods** ${podsText(pods, state)}`] : []),
    ...(gates.length > 0 ? [gateTable(gates, when)] : []),
    ...troubleBlocks(trouble, when),
    ...(steps.length > 1 ? [codeFence(stepsMermaid(steps, state), 'mermaid')] : []),
    folded('Pods and findings', ...batchBlocks(report), ...worstFindings(findings).map(findingBlock)),
    `This counts only as long as ${codeSpan(branch)} changes nothing but ${codeSpan(file)}.`,
  ];
  const text = blocks.join('\n\n');
  return text.length <= LONGEST ? text : [...blocks.slice(0, 4), ...blocks.slice(-1)].join('\n\n').slice(0, LONGEST);
}

/** What approves, as the start of a sentence. */
function actWords(ways: readonly Way[]): string {
  const acts = [
    ...(ways.includes('merge') ? ['merging this'] : []),
    ...(ways.includes('review') ? ['an approving review of this'] : []),
  ];
  const words = acts.length === 0 ? 'this pull request' : acts.join(', or ');
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

/** What the step after a place moves. */
function nextWords({ steps }: Delivery, place: number): string {
  const next = steps[place];
  if (next === undefined) return 'the release is called delivered';
  const traffic = next.traffic === null ? '' : `, and ${next.traffic}% of the requests to it`;
  return `step ${place + 1} (${inMarkdown(next.name)}) brings the new version to ${formatAmount(next.replicas)}${next.replicas.unit === 'pods' ? ' pods' : ' of the pods'}${traffic}`;
}
