import { type Delivery, placeWords } from '../release/delivery.ts';
import { type Promotion, promotionPlaces } from '../release/promotion.ts';
import type { DeliveryReport } from '../release/report.ts';
import { renderMarkdown } from './markdown.ts';
import { codeSpan, inMarkdown } from './neutral.ts';

/** GitHub takes 65,536 characters in the text of a pull request. */
const LONGEST = 60_000;

/** The text of a promotion pull request: what merging and closing it do, and the picture of the release. Markdown. */
export function promotionBody(report: DeliveryReport, delivery: Delivery, promotion: Promotion): string {
  const { release, place } = promotion;
  const { branch, file } = promotionPlaces(delivery, promotion);
  const next = delivery.steps[place];
  const moves =
    next === undefined
      ? 'the release is called delivered'
      : `step ${place + 1} (${inMarkdown(next.name)}) brings the new version to ${next.replicas.value}${next.replicas.unit === 'percent' ? '%' : ''} of the pods`;
  const lines = [
    `**Merging this lets ${codeSpan(release)} leave ${placeWords(delivery, place)} of ${inMarkdown(delivery.name)}.** Then ${moves}.`,
    'An approving review counts where the gate takes reviews. Closing this without merging it holds the release, if you may promote it.',
    `It counts only as long as ${codeSpan(branch)} changes nothing but ${codeSpan(file)}. The other gates are judged as ever.`,
  ];
  const picture = renderMarkdown(
    {
      version: 1,
      command: 'promotion',
      changed: false,
      error: null,
      deliveries: [{ ...report, changes: [], todo: null }],
    },
    { now: new Date(0), limit: LONGEST },
  );
  return `${lines.join('\n\n')}\n\n${picture}`;
}
