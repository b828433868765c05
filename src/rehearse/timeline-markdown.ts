import { codeFence, codeSpan, inMarkdown } from '../views/neutral.ts';
import { roundedDuration } from '../views/times.ts';
import type { Rehearsal, RehearsedDelivery } from './timeline.ts';
import { timelineMermaid } from './timeline-diagrams.ts';
import { endWords } from './timeline-phases.ts';

const dots = { delivered: '🟢', rolledBack: '🟠', refused: '🔴', never: '🔴' } as const;
/** A rehearsal as Markdown: the result of each delivery, a chart, and the events, in UTC. */
export function renderRehearsalMarkdown(rehearsal: Rehearsal): string {
  const { start, scenario, every, answerAfter, readyAfter, notes, deliveries } = rehearsal;
  const settings = [
    `requested ${start}`,
    ...(scenario === null ? [] : [`with ${inMarkdown(scenario)}`]),
    `tick every ${roundedDuration(every)}`,
    `people approve ${answerAfter === 0 ? 'at once' : `after ${roundedDuration(answerAfter)}`}`,
    `pods are ready after ${roundedDuration(readyAfter)}`,
  ];
  const blocks = [
    `Rehearsal: ${settings.join(', ')}`,
    ...notes.map((note) => `- ${inMarkdown(note)}`),
    codeFence(timelineMermaid(rehearsal), 'mermaid'),
    ...deliveries.flatMap((delivery) => deliveryBlocks(delivery, start)),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function deliveryBlocks({ name, ending, people, events }: RehearsedDelivery, start: string): string[] {
  const took = roundedDuration((Date.parse(ending.at) - Date.parse(start)) / 1000);
  const when = ending.is === 'delivered' || ending.is === 'rolledBack' ? ` ${took} after the request` : '';
  const rows = events.map(({ at, text }) => `| ${at.slice(0, 19)} | ${inMarkdown(text)} |`);
  return [
    `## ${dots[ending.is]} ${inMarkdown(name)} ${endWords[ending.is]}${when}`,
    ...('why' in ending ? [`${codeSpan(ending.code)} ${inMarkdown(ending.why)}`] : []),
    ...people.map(
      ({ who, gate, from }) => `- waits for **${inMarkdown(who)}** (${inMarkdown(gate)}) from ${from.slice(0, 19)}`,
    ),
    ['| UTC | |', '| --- | --- |', ...rows].join('\n'),
  ];
}
