import { gates } from '../gates/index.ts';
import { type Condition, conditionsAt, type Delivery } from '../release/delivery.ts';
import type { DeliveryReport, ErrorReport } from '../release/report.ts';
import { waitsOn } from './gates.ts';
import type { Ending } from './timeline.ts';

/**
 * How a rehearsed release ended, as its report says it; null while it goes on. `release` is its id; `asks` where the
 * report is the answer to asking for it: what is refused then was never begun.
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
      // Git that could not be reverted is tried again by the next run.
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

/** Where nothing changes any more. */
export function nowhere({ error, reason, message, todo }: DeliveryReport, now: Date): Ending {
  return { is: 'never', at: now.toISOString(), code: error?.code ?? reason, why: error?.message ?? message, todo };
}

/**
 * When a release that waits is worth looking at again: at that time (milliseconds), at no time where only a person can
 * move it, null where it may be moved by anything.
 */
function restsUntil({ state, reason, next, gates }: DeliveryReport): number | null {
  if (state !== 'waiting' || !['GATE_SHUT', 'START_GATE_SHUT', 'DONE_GATE_SHUT'].includes(reason)) return null;
  if (next !== null) return Date.parse(next);
  return gates.some(({ is, kind }) => is === 'shut' && waitsOn(kind) === 'person') ? Infinity : null;
}

/** The place whose gates a report is about: 0 the start, one more than there are steps the end. */
export function stationOf({ steps }: Delivery, { reason, step }: DeliveryReport): number {
  if (reason === 'START_GATE_SHUT') return 0;
  return step?.index ?? steps.length + 1;
}

function conditionsBefore(delivery: Delivery, report: DeliveryReport): readonly Condition[] {
  return conditionsAt(delivery, stationOf(delivery, report));
}

/** Who would have to approve what a release waits for: those who may, else somebody; fewest where one may for several. */
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

/** What a report says, as far as it is news: the words for a pod that does not start change with every pod. */
export function newsIn({ state, reason, message, step, pods, gates }: DeliveryReport): string {
  const told = gates.map(({ name, is, until }) => [name, is, until]);
  return JSON.stringify([state, reason, state === 'stuck' ? '' : message, step, pods, told]);
}

/**
 * When a runner next finds anything to do, in milliseconds. A release that only waits for a time needs none before: in
 * a rehearsal nothing else moves it. Runners come by at whole multiples of `every`, as a schedule in a workflow has them.
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
 * Without news for longer than any policy waits, and than what goes wrong lasts: nothing will come any more. One that has
 * just been delivered is news to those that come after it.
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
