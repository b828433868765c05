import { isAsWritten } from './as-written.ts';
import type { Situation } from './decision.ts';
import type { Condition, Delivery } from './delivery.ts';
import { judge } from './gate.ts';
import { stableOf } from './record.ts';
import type { Grounds, Verdict } from './verdict.ts';

/**
 * The conditions that matter for the next decision: to start the release, to leave its present step (and the steps that a
 * jump skips), or to call it delivered. Empty in every other state.
 */
export function conditionsAhead({
  delivery: { startWhen, steps, doneWhen },
  record,
  observation: { engine, workload },
  to,
}: Pick<Situation, 'delivery' | 'record' | 'observation' | 'to'>): readonly Condition[] {
  const { release, before } = record;
  if (release === null) return [];
  if (workload?.id !== release.id) {
    // The release before it may be delivered first.
    return before !== null && before.id === workload?.id ? [...startWhen, ...doneWhen] : startWhen;
  }
  if (engine.at === 'waiting') {
    const last = Math.max(engine.step, (to ?? 0) - 1);
    return steps.slice(engine.step - 1, last).flatMap((step) => step.leaveWhen);
  }
  return engine.at === 'idle' && stableOf(record)?.id !== release.id ? doneWhen : [];
}

/** The place whose gates matter for a release: 0 is the start, the number of steps plus one the end. */
export function placeAhead(
  { steps }: Pick<Delivery, 'steps'>,
  { observation: { engine, workload }, record }: Pick<Situation, 'observation' | 'record'>,
): number {
  if (workload?.id !== record.release?.id) return 0;
  return engine.at === 'waiting' ? engine.step : steps.length + 1;
}

/**
 * The conditions whose failure takes the release back now, at whatever place of the plan they stand after the start: the policy
 * watches them in every step, and until the release is delivered.
 */
export function conditionsWatched({
  gates,
  delivery: { steps, doneWhen, rollback },
  record,
  observation: { engine, workload },
}: Pick<Grounds, 'gates' | 'delivery' | 'record' | 'observation'>): readonly Condition[] {
  const { release } = record;
  if (release === null || workload?.id !== release.id || !isAsWritten(release, workload)) return [];
  const isAtStep =
    (engine.at === 'moving' || engine.at === 'waiting' || engine.at === 'frozen') && engine.id === release.id;
  const isAtEnd = engine.at === 'idle' && !workload.gated && stableOf(record)?.id !== release.id;
  if (!isAtStep && !isAtEnd) return [];
  const found = [...steps.flatMap(({ leaveWhen }) => leaveWhen), ...doneWhen].filter(({ kind }) => {
    const { trigger } = gates[kind];
    return trigger !== null && rollback.on.includes(trigger);
  });
  return [...new Map(found.map((one) => [`${one.kind} ${one.name}`, one])).values()];
}

/** Verdicts on the conditions that are watched. No approval opens any of them. */
export function judgeWatched(grounds: Grounds): readonly Verdict[] {
  return judge(grounds, conditionsWatched(grounds), -1);
}
