import type { SeenEvent } from '../release/diagnosis.ts';
import type { DiagnosisReport, LogReport } from '../release/report.ts';
import { flow, type Line, span, type TextOptions, wrap } from './lines.ts';
import { codeFence, inMarkdown } from './neutral.ts';
import { fromNow } from './times.ts';

/** The ends of the logs, a block a container. */
export function logLines({ logs }: DiagnosisReport, { width }: TextOptions): Line[] {
  return logs.flatMap((log): Line[] => [
    ...flow([span(logTitle(log), 'strong')], width),
    ...(log.lines.length === 0 ? [[span('  nothing was logged', 'dim')]] : []),
    ...log.lines.flatMap((line) => wrap(line, width - 2).map((text): Line => [span('  '), span(text)])),
  ]);
}

/** The events, the newest last. */
export function eventLines({ events }: DiagnosisReport, { width, now }: TextOptions): Line[] {
  return events.flatMap((event): Line[] => [
    ...flow(
      [
        span(event.reason, event.type === 'Warning' ? 'bad' : 'plain'),
        span(`  ${event.object}${often(event)}${event.at === null ? '' : `, ${fromNow(event.at, now)}`}`, 'dim'),
      ],
      width,
    ),
    ...wrap(event.message, width - 2).map((text): Line => [span('  '), span(text)]),
  ]);
}

/** What could not be read. */
export function missingLines({ missing }: DiagnosisReport, { width }: TextOptions): Line[] {
  return missing.flatMap((what) => wrap(what, width).map((text): Line => [span(text, 'wait')]));
}

/** Logs, events and what could not be read as Markdown blocks. */
export function diagnosisBlocks(diagnosis: DiagnosisReport | null, now: Date): string[] {
  if (diagnosis === null) return [];
  const { logs, events, missing } = diagnosis;
  return [
    ...logs.map(
      (log) => `**${inMarkdown(logTitle(log))}**\n\n${codeFence(log.lines.join('\n') || 'nothing was logged')}`,
    ),
    ...(events.length === 0
      ? []
      : [
          '**Events**',
          [
            '| | object | last | message |',
            '| --- | --- | --- | --- |',
            ...events.map((event) => {
              const dot = event.type === 'Warning' ? '🟡' : '⚪';
              const last = event.at === null ? '' : fromNow(event.at, now);
              return `| ${dot} ${inMarkdown(event.reason)} | ${inMarkdown(`${event.object}${often(event)}`)} | ${last} | ${inMarkdown(event.message)} |`;
            }),
          ].join('\n'),
        ]),
    ...missing.map((what) => `> 🟡 **not read** ${inMarkdown(what)}`),
  ];
}

export function logTitle({ pod, container, previous }: LogReport): string {
  return `${pod}, container ${container}${previous ? ', the run before' : ''}`;
}

export function often({ count }: SeenEvent): string {
  return count > 1 ? `, ${count} times` : '';
}
