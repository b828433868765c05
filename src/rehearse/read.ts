import { gates } from '../gates/index.ts';
import { type Condition, conditionsAt, type Delivery } from '../release/delivery.ts';
import { type DeliveryReport, type ErrorReport, placeIn } from '../release/report.ts';
import { waitsOn } from './gates.ts';
import type { Ending } from './timeline.ts';

/**
 * The end of a rehearsed release, read from a report; null while it continues. `release` is its id. `asks`: the report
 * answers the request, so a refusal means that the release never began.
 */
export function endingOf(
  report: DeliveryReport,
  release: string,
  { now, asks }: { readonly now: Date; readonly asks: boolean },
): Ending | null {
  const { state, reason, message, error, stable } = report;
  const at = now.toISOString();
  switch (state) {
    case 'done':
      return stable?.id === release ? { is: 'delivered', at } : null;
    case 'rolledBack':
      // The next run tries again to revert Git.
      return reason === 'ROLLED_BACK' ? { is: 'rolledBack', at, code: reason, why: message } : null;
    case 'failed':
    case 'held':
      return error === null ? null : endingByError(error, at, asks);
    case 'absent':
    case 'idle':
    case 'rolling':
    case 'waiting':
    case 'finishing':
    case 'reverting':
    case 'stuck':
    case 'superseded':
    case 'ungated':
      return null;
  }
}

function endingByError(
  { family, code, message: why, hint: todo }: ErrorReport,
  at: string,
  asks: boolean,
): Ending | null {
  switch (family) {
    case 'refused':
    case 'input':
      return asks ? { is: 'refused', at, code, why, todo } : null;
    case 'bug':
      return { is: 'never', at, code, why, todo };
    case 'environment':
      return null;
  }
}

/** The ending when nothing changes any more. */
export function nowhere({ error, reason, message, todo }: DeliveryReport, now: Date): Ending {
  return { is: 'never', at: now.toISOString(), code: error?.code ?? reason, why: error?.message ?? message, todo };
}

/**
 * When to look again at a release that waits, in milliseconds: the time at which its gate opens, Infinity when only a
 * person can open it, null when anything may change.
 */
function restsUntil({ state, reason, next, gates }: DeliveryReport): number | null {
  if (state !== 'waiting' || !['GATE_SHUT', 'START_GATE_SHUT', 'DONE_GATE_SHUT'].includes(reason)) return null;
  if (next !== null) return Date.parse(next);
  return gates.some(({ is, kind }) => is === 'shut' && waitsOn(kind) === 'person') ? Infinity : null;
}

/** The place of the gates in a report; the end where the release is at no place. */
export function stationOf({ steps }: Delivery, report: DeliveryReport): number {
  return placeIn(report) ?? steps.length + 1;
}

function conditionsBefore(delivery: Delivery, report: DeliveryReport): readonly Condition[] {
  return conditionsAt(delivery, stationOf(delivery, report));
}

/** Who has to approve so that the release can go on: named persons, or placeholders; as few as possible. */
export function approversOf(
  delivery: Delivery,
  report: DeliveryReport,
): readonly { readonly who: string; readonly gate: string }[] {
  if (report.state !== 'waiting') return [];
  const isShut = ({ kind, name }: Condition) =>
    report.gates.some((gate) => gate.kind === kind && gate.name === name && gate.is === 'shut');
  const wanted = conditionsBefore(delivery, report)
    .filter(isShut)
    .flatMap((condition) => {
      const approvers = gates[condition.kind].approvers(condition);
      return approvers === null ? [] : [{ name: condition.name, ...approvers }];
    });
  const chosen = new Map<string, string>();
  for (const { name, from, count } of wanted.toSorted((left, right) => right.from.length - left.from.length)) {
    const mayApprove = from.length === 0 ? [...chosen.keys(), ...people(count)] : from;
    const known = mayApprove.filter((who) => chosen.has(who));
    const more = mayApprove.filter((who) => !chosen.has(who));
    for (const who of [...known, ...more].slice(0, count)) {
      const gates = chosen.get(who);
      chosen.set(who, gates === undefined ? name : `${gates}, ${name}`);
    }
  }
  return [...chosen].map(([who, gate]) => ({ who, gate }));
}

function people(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `person ${index + 1}`);
}

/** A text that changes when the report has news. Messages about pods that do not start are left out, because they vary. */
export function newsIn({ state, reason, message, step, pods, gates }: DeliveryReport): string {
  const told = gates.map(({ name, is, until }) => [name, is, until]);
  return JSON.stringify([state, reason, state === 'stuck' ? '' : message, step, pods, told]);
}

/**
 * When the next tick has something to do, in milliseconds. A release that waits for a time needs no tick before that time.
 * Ticks run at multiples of `every`, like the schedule of a workflow.
 */
export function nextMark(
  parts: readonly { readonly report: DeliveryReport | null }[],
  { now, every }: { readonly now: number; readonly every: number },
): number {
  const after = (time: number) => Math.ceil(time / every) * every;
  const coming = after(now + 1);
  return Math.min(
    ...parts.map(({ report }) => {
      const until = report === null ? null : restsUntil(report);
      return until === null ? coming : Math.max(coming, after(until));
    }),
  );
}

/**
 * Whether there was no news for longer than any policy waits and any simulated failure lasts, so that none will come. A
 * delivery that was just delivered counts as news for the deliveries after it.
 */
export function isQuiet(
  { delivery, news, report }: { delivery: Delivery; news: number; report: DeliveryReport | null },
  { now, every, lasts }: { readonly now: number; readonly every: number; readonly lasts: number },
): boolean {
  const next = report?.next ?? null;
  const since = next === null ? news : Math.max(news, Date.parse(next));
  const { on, stuckAfterSeconds } = delivery.rollback;
  return now - since > (on.length === 0 ? 0 : stuckAfterSeconds * 1000) + lasts + 2 * every;
}
