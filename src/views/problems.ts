import { formatPlace } from '../release/error.ts';
import type { Finding, Severity } from '../release/finding.ts';
import { firstOf } from '../release/first-of.ts';
import type { PodTrouble } from '../release/observation.ts';
import type { ErrorReport } from '../release/report.ts';
import { type Canvas, columns, flow, type Line, span, type TextOptions, type Tone, wrap } from './lines.ts';
import { logLine } from './neutral.ts';
import { roundedDuration } from './times.ts';

export const toneOf = { error: 'bad', warning: 'wait', note: 'dim' } satisfies Record<Severity, Tone>;

/** An error: family, code, place, message and hint. */
export function errorLines(error: ErrorReport, { width, unicode }: Canvas): Line[] {
  const who = whose(error);
  const place = error.at === null ? '' : formatPlace(error.at);
  return [
    ...flow(
      [
        span(unicode ? '✖ ' : '[!] ', 'bad'),
        span(who, 'bad'),
        span(` ${error.code}`, 'dim'),
        span(place === '' ? '' : ` ${place}`, 'strong'),
      ],
      width,
    ),
    ...wrap(error.message, width - 2).map((text): Line => [span('  '), span(text)]),
    ...(error.hint === null
      ? []
      : arrowLines(error.hint, width - 2, unicode).map((line): Line => [span('  '), ...line])),
  ];
}

export function whose({ family, code }: ErrorReport): string {
  if (code === 'CANCELLED') return 'cancelled';
  if (code === 'TIMEOUT') return 'timeout';
  return family === 'refused' || family === 'bug' ? family : `${family} error`;
}

/** An error as one line of a log: code, place, message and hint. */
export function errorSentence({ code, message, hint, at }: Omit<ErrorReport, 'family'>): string {
  const where = at === null ? '' : `${formatPlace(at)}: `;
  return logLine(`${code}: ${where}${message}${hint === null ? '' : `; ${hint}`}`);
}

/** The hint, after an arrow. */
function arrowLines(text: string, width: number, unicode: boolean): Line[] {
  const arrow = unicode ? '→ ' : '-> ';
  const room = columns(arrow);
  return wrap(text, width - room).map(
    (part, index): Line => [span(index === 0 ? arrow : ' '.repeat(room), 'busy'), span(part)],
  );
}

/** Findings, worst first. */
export function worstFindings(findings: readonly Finding[]): Finding[] {
  const order: readonly Severity[] = ['error', 'warning', 'note'];
  return findings.toSorted((left, right) => order.indexOf(left.severity) - order.indexOf(right.severity));
}

/** Findings, worst first: message, facts, remedy. */
export function findingLines(findings: readonly Finding[], { width, unicode }: Canvas): Line[] {
  return worstFindings(findings).flatMap((finding): Line[] => [
    ...flow([span(finding.severity, toneOf[finding.severity]), span(` ${finding.code}`, 'dim')], width),
    ...wrap(finding.message, width - 2).map((text): Line => [span('  '), span(text)]),
    ...finding.facts.flatMap((fact) =>
      wrap(fact, width - 4).map((text, index): Line => [span(index === 0 ? '  - ' : '    '), span(text, 'dim')]),
    ),
    ...arrowLines(finding.wayOut, width - 2, unicode).map((line): Line => [span('  '), ...line]),
  ]);
}

/** Pods that are not ready, grouped by reason, so that a hundred broken pods are one line. */
export function troubleLines(trouble: readonly PodTrouble[], { width, now }: TextOptions): Line[] {
  return groupTrouble(trouble).flatMap(({ first, pods, since }): Line[] => {
    const names = firstOf(pods);
    const age = since === null ? '' : ` for ${roundedDuration((now.getTime() - since.getTime()) / 1000)}`;
    const which = podsOf(first, pods.length);
    return [
      ...flow(
        [
          span(first.reason, first.hopeless ? 'bad' : 'wait'),
          span(`  ${which}${age}${first.hopeless ? ', ' : ''}`),
          span(first.hopeless ? 'waiting will not help' : '', 'bad'),
        ],
        width,
      ),
      ...wrap(names, width - 2).map((text): Line => [span('  '), span(text, 'dim')]),
      ...(first.message === '' ? [] : wrap(first.message, width - 2).map((text): Line => [span('  '), span(text)])),
    ];
  });
}

/** `2 new pods of step 2`, `1 old pod`. */
export function podsOf({ version, step }: PodTrouble, count: number): string {
  const pods = `${count} ${version === 'canary' ? 'new' : 'old'} pod${count === 1 ? '' : 's'}`;
  return version === 'canary' && step !== null ? `${pods} of step ${step}` : pods;
}

/** Groups pods by version, step, reason and whether waiting helps; groups for which it does not come first. */
export function groupTrouble(
  trouble: readonly PodTrouble[],
): { readonly first: PodTrouble; readonly pods: readonly string[]; readonly since: Date | null }[] {
  const groups = new Map<string, PodTrouble[]>();
  for (const one of trouble) {
    const key = JSON.stringify([one.version, one.reason, one.hopeless, one.version === 'canary' ? one.step : null]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()]
    .flatMap((group) =>
      group[0] === undefined ? [] : [{ first: group[0], pods: group.map((one) => one.pod), since: oldest(group) }],
    )
    .toSorted((left, right) => Number(right.first.hopeless) - Number(left.first.hopeless));
}

function oldest(trouble: readonly PodTrouble[]): Date | null {
  const times = trouble.flatMap((one) => (one.since === null ? [] : [one.since.getTime()]));
  return times.length === 0 ? null : new Date(Math.min(...times));
}
