import {
  type Decision,
  deadEnd,
  gateWait,
  HOPELESS_AFTER,
  heldWait,
  hopeless,
  onlyStable,
  planDiffers,
  refused,
  type Situation,
  secondsSince,
  wait,
} from './decision.ts';
import { isOpen, judgeDone, judgeStart } from './gate.ts';
import { type AskedFor, holdOn } from './record.ts';

/** The asked-for release is not live yet. */
export function startOn(situation: Situation, release: AskedFor): Decision {
  const { gates, delivery, record, observation, takesThird } = situation;
  const { engine, workload } = observation;
  const hold = holdOn(record, release.digest);
  if (hold !== null) return heldWait(hold);
  const shut = judgeStart(situation).filter((verdict) => !isOpen(verdict));
  if (shut.length > 0) return gateWait(gates, { code: 'START_GATE_SHUT', lead: 'the start', shut });
  switch (engine.at) {
    case 'noWorkload':
      return { do: 'start', release, why: 'first deploy: there is no workload yet' };
    case 'idle':
      if (workload === null || workload.settled || record.history.length === 0) {
        return { do: 'start', release, why: 'the engine is idle' };
      }
      return wait(
        'engine',
        'waiting',
        'WAITING_FOR_WINDOW',
        'the update before is not finished: its pods are still being replaced',
      );
    case 'waiting':
      if (!takesThird) return refused(delivery);
      if (situation.planDiffers.length > 0) return planDiffers(situation.planDiffers);
      // A last step that passes by itself shows as waiting for a moment too (E13): what is through is let through.
      if (!engine.asks && !engine.timed) {
        return wait(
          'brief',
          'waiting',
          'WAITING_FOR_WINDOW',
          `the release before is about to wait at step ${engine.step}`,
        );
      }
      return { do: 'start', release, why: `supersedes the release that waits at step ${engine.step}` };
    case 'refusing':
      return refused(delivery);
    case 'frozen':
      return wait('rest', 'waiting', 'PAUSED', 'somebody paused the Rollout: unpause it to go on');
    case 'moving':
    case 'starting':
    case 'finishing':
    case 'cancelling':
      // Fix forward: pods that will never start keep the step from ever waiting, and the engine takes the next version (T34).
      if (
        engine.at === 'moving' &&
        takesThird &&
        hopeless(observation, 'canary') !== null &&
        workload?.taken &&
        workload.seen
      ) {
        if (situation.planDiffers.length > 0) return planDiffers(situation.planDiffers);
        return { do: 'start', release, why: `supersedes a release whose pods do not start (step ${engine.step})` };
      }
      if (!takesThird && engine.at !== 'finishing' && engine.at !== 'cancelling') return refused(delivery);
      return wait(
        'engine',
        'waiting',
        'WAITING_FOR_WINDOW',
        'written now, it would go out ungated: waits until the engine is idle or waits at a step',
      );
    case 'absent':
    case 'unseen':
    case 'off':
      return deadEnd(engine) ?? wait('brief', 'rolling', 'STARTING', 'the engine has not looked yet');
  }
}

/**
 * Another release was asked for while this one was on its way through the last step: what came to its end is stable all
 * the same, and where a rollback of the next one goes.
 */
export function finishBefore(situation: Situation): Decision | null {
  const { record, observation } = situation;
  const { before } = record;
  const { engine, workload } = observation;
  if (before === null || workload?.id !== before.id || workload.template !== before.template) return null;
  if (engine.at !== 'idle' || engine.outcome === 'cancelled' || workload.gated || !workload.settled) return null;
  if (engine.id !== workload.id && record.history.length > 0) return null;
  if (judgeDone({ ...situation, record: { ...record, release: before } }).some((one) => !isOpen(one))) return null;
  if (workload.whole && onlyStable(observation, workload)) {
    return { do: 'finish', release: before, why: 'every pod is its version, before the next one begins' };
  }
  const { trouble, takenAt } = observation;
  const starting = trouble.some((one) => one.since !== null && secondsSince(one.since, takenAt) < HOPELESS_AFTER);
  if (!starting && onlyStable(observation, workload)) return null;
  return wait('engine', 'waiting', 'WAITING_FOR_WINDOW', `the last pods of ${before.id} are not ready yet`);
}
