import type { Situation } from './decision.ts';
import type { Condition } from './delivery.ts';
import { stableOf } from './record.ts';

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
