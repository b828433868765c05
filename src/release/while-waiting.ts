import type { Finding } from './finding.ts';
import type { Engine, Observation, PodRestart } from './observation.ts';

/** Pods that a message or a finding names. */
const NAMED = 3;

/** When the present step began to wait; null when no step waits. */
function waitsSince(engine: Engine): Date | null {
  return engine.at === 'waiting' ? engine.since : null;
}

/**
 * The new pods that became unready or restarted after the step began to wait, in words; empty when there is none. The
 * engine does not check the pods of a step that waits again.
 */
export function changedWhileWaiting({ engine, trouble, restarts }: Observation): string {
  const began = waitsSince(engine);
  if (began === null) return '';
  const down = trouble.flatMap(({ version, since, pod }) =>
    version === 'canary' && since !== null && since > began ? [{ pod, since }] : [],
  );
  const first = down.toSorted((left, right) => left.since.getTime() - right.since.getTime())[0];
  const restarted = restarts.filter(({ at }) => at !== null && at > began).map(restartWords);
  const words = [
    ...(first === undefined ? [] : [`not ready since ${moment(first.since)}: ${listed(down.map(({ pod }) => pod))}`]),
    ...(restarted.length === 0 ? [] : [listed(restarted)]),
  ];
  return words.length === 0 ? '' : `after the step began to wait, ${words.join('; ')}`;
}

/** The finding about restarts of new pods during a release; null when there is none. A restart refuses nothing by itself. */
export function restartFinding({ engine, restarts }: Observation, delivery: string): Finding | null {
  if (restarts.length === 0) return null;
  const began = waitsSince(engine);
  const isNews = began === null || restarts.some(({ at }) => at === null || at > began);
  const pods = new Set(restarts.map(({ pod }) => pod)).size;
  return {
    code: 'PODS_RESTARTED',
    severity: isNews ? 'warning' : 'note',
    message: `${pods === 1 ? 'a new pod has' : `${pods} new pods have`} restarted${began !== null && !isNews ? ' before the step began to wait' : ''}`,
    facts: [
      ...restarts.slice(0, NAMED).map((one) => `${restartWords(one)}, ${one.count} in all`),
      ...(restarts.length > NAMED ? [`${restarts.length - NAMED} more containers`] : []),
    ],
    wayOut: `stepgate status --delivery ${delivery} --logs shows the log of the run that ended; the gate noRestarts keeps a step from being left`,
  };
}

function restartWords({ pod, container, at, reason }: PodRestart): string {
  const how = reason === '' ? '' : ` (${reason})`;
  return `${pod} restarted ${container} ${at === null ? 'at a time that is not known' : `at ${moment(at)}`}${how}`;
}

function listed(words: readonly string[]): string {
  const more = words.length > NAMED ? [`and ${words.length - NAMED} more`] : [];
  return [...words.slice(0, NAMED), ...more].join(', ');
}

function moment(time: Date | null): string {
  return time === null ? 'an unknown time' : `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
