import type { EventsAbout, SeenEvent } from '../release/diagnosis.ts';
import { ClusterError, type KubeObject } from '../release/ports.ts';
import type { DeliveryReport, DiagnosisReport, LogReport } from '../release/report.ts';
import type { Work } from './work.ts';

/** Pods whose logs and events are fetched. */
const PODS = 3;
/** Lines of a log, and characters of a line. */
const LINES = 20;
const LINE = 400;
/** Bytes of a log that the server sends. */
const BYTES = 32_768;
/** Events that are listed of an object, and told in all. */
const LISTED = 100;
const EVENTS = 12;

/**
 * Fetches the logs and events of new pods that are not ready or have restarted: the end of one log for each pod, and the last
 * events of the pods, their controllers and the workload. `missing` lists what could not be read. `hide` removes secrets
 * from foreign text.
 */
export async function diagnose(
  work: Work,
  report: DeliveryReport,
  hide: (text: string) => string,
): Promise<DiagnosisReport> {
  const { target, delivery, context } = work;
  const missing: string[] = [];
  const pods: KubeObject[] = [];
  const logs: LogReport[] = [];
  const names = podsToAsk(report);
  for (const name of names) {
    const pod = await tried(missing, `pod ${name}`, () => podNamed(work, name));
    if (pod === null) continue;
    pods.push(pod);
    const log = await tried(missing, `the log of ${name}`, () => logOf(work, name, pod, hide));
    if (log !== null) logs.push(log);
  }
  if (report.trouble.length + report.restarts.length === 0) return { logs, events: [], missing };
  const events: SeenEvent[] = [];
  for (const about of target.diagnosis.eventsAbout(delivery, pods)) {
    context.signal.throwIfAborted();
    const found = await tried(missing, `events of ${about.object}`, () => eventsOf(work, about));
    events.push(...(found ?? []));
  }
  const sorted = events.toSorted((left, right) => (left.at?.getTime() ?? 0) - (right.at?.getTime() ?? 0));
  const told = sorted.slice(-EVENTS).map((event) => ({ ...event, message: shortened(hide(event.message)) }));
  return { logs, events: told, missing: [...new Set(missing)] };
}

/** The pods to read, the hopeless ones first: the new pods, or every pod when no release is under way. */
function podsToAsk({ trouble, restarts, pods }: DeliveryReport): readonly string[] {
  const isUnderWay = pods.canary.total > 0;
  const down = trouble.filter(({ version }) => version === 'canary' || !isUnderWay);
  const first = [...down.filter(({ hopeless }) => hopeless), ...down.filter(({ hopeless }) => !hopeless)];
  return [...new Set([...first, ...restarts].map(({ pod }) => pod))].slice(0, PODS);
}

/** Reads a pod by a list, like every other read of pods, so that no further right is needed. Null when it is missing. */
async function podNamed({ target, delivery, cluster, context }: Work, name: string): Promise<KubeObject | null> {
  const query = { kind: target.kinds.pod, namespace: delivery.namespace, fieldSelector: `metadata.name=${name}` };
  return (await cluster.list(query, context.signal)).items[0] ?? null;
}

async function logOf(
  { target, delivery, cluster, context }: Work,
  pod: string,
  object: KubeObject,
  hide: (text: string) => string,
): Promise<LogReport | null> {
  const asked = target.diagnosis.logOf(object);
  if (asked === null) return null;
  const query = { namespace: delivery.namespace, pod, ...asked, lines: LINES, bytes: BYTES };
  const text = await cluster.logs(query, context.signal);
  // Secrets are removed before long lines are cut, because a token that was cut is not recognised.
  const lines = hide(text)
    .split(/\r?\n/u)
    .filter((line) => line.trim() !== '');
  return { pod, ...asked, lines: lines.slice(-LINES).map(shortened) };
}

async function eventsOf(
  { target, cluster, context }: Work,
  { object, query }: EventsAbout,
): Promise<readonly SeenEvent[]> {
  const { items } = await cluster.list({ ...query, limit: LISTED }, context.signal);
  return items.map((event) => target.diagnosis.eventIn(object, event));
}

/** The answer; null when the server refuses. The refusal is added to `missing`, with the right to grant. */
async function tried<T>(missing: string[], what: string, read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    missing.push(`${what}: ${error.message}${wayOut(error, what)}`);
    return null;
  }
}

function wayOut({ status }: ClusterError, what: string): string {
  if (status !== 403) return '';
  const rule = what.startsWith('events')
    ? "{ apiGroups: [''], resources: [events], verbs: [list] }"
    : what.startsWith('the log')
      ? "{ apiGroups: [''], resources: [pods/log], verbs: [get] }"
      : "{ apiGroups: [''], resources: [pods], verbs: [list] }";
  return `; grant it to the Role: ${rule}`;
}

function shortened(line: string): string {
  return line.length <= LINE ? line : `${line.slice(0, LINE)}...`;
}
