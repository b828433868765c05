import { isAsWritten } from './as-written.ts';
import { untilRendered } from './carried.ts';
import {
  atShutGates,
  blockedWait,
  type Decision,
  deadEnd,
  HOPELESS_AFTER,
  heldWait,
  hopeless,
  onlyStable,
  planDiffers,
  refused,
  type Situation,
  secondsSince,
  takenOver,
  tooFar,
  type Wait,
  wait,
} from './decision.ts';
import { judgeDone, judgeStart } from './gate.ts';
import { type AskedFor, holdOn, type ReleaseRecord } from './record.ts';
import { isOpen } from './verdict.ts';

/** Decides for a requested release that is not live yet. */
export function startOn(situation: Situation, release: AskedFor): Decision {
  const { delivery, record, observation, takesThird, keepsToFirstStep } = situation;
  const { engine, workload, carrier } = observation;
  const hold = holdOn(record, release);
  if (hold !== null) return heldWait(hold);
  if (engine.at !== 'refusing' && takenOver(record, release, workload)) {
    const what = `release ${workload?.id} took over in the cluster, and stepgate did not start it`;
    return wait('rest', 'stuck', 'FOREIGN_RELEASE', `${what}: deploy again to replace it step by step, or roll back`);
  }
  const shut = judgeStart(situation).filter((verdict) => !isOpen(verdict));
  const lead = release.over === undefined ? 'the start' : 'only settings differ, and their start';
  if (shut.length > 0) return atShutGates(situation, { place: 0, code: 'START_GATE_SHUT', lead, shut });
  // Settings wait until the engine is idle: some of their objects are written only then.
  if (release.over !== undefined && engine.at !== 'idle')
    return wait('engine', 'waiting', 'WAITING_FOR_WINDOW', 'the settings are written when the engine is idle');
  switch (engine.at) {
    case 'noWorkload':
      if (carrier?.id === release.id) return untilRendered(carrier, { back: false });
      if (record.history.length > 0 && !mayBeCreated(record, release)) return workloadGone(release);
      return { do: 'start', release, why: 'there is no workload yet' };
    case 'idle':
      if (workload === null || workload.settled || record.history.length === 0) {
        return { do: 'start', release, why: 'the engine is idle' };
      }
      return wait(
        'engine',
        'waiting',
        'WAITING_FOR_WINDOW',
        'the previous update is not finished: its pods are still being replaced',
      );
    case 'waiting':
      if (!takesThird) return refused(delivery, engine);
      if (situation.planDiffers.length > 0) return planDiffers(situation.planDiffers);
      if (!keepsToFirstStep) return tooFar(delivery, engine.step);
      // A last step that passes by itself also shows as waiting for a moment (E13): the previous release may still finish.
      if (!engine.asks && !engine.timed) {
        return wait(
          'brief',
          'waiting',
          'WAITING_FOR_WINDOW',
          `the previous release is about to wait at step ${engine.step}`,
        );
      }
      return { do: 'start', release, why: `supersedes the release that waits at step ${engine.step}` };
    case 'refusing':
      return refused(delivery, engine);
    case 'frozen':
      return wait('rest', 'waiting', 'PAUSED', 'somebody paused the Rollout: unpause it to go on');
    case 'moving':
    case 'starting':
    case 'finishing':
    case 'cancelling':
      // A fix may replace a release whose pods cannot start: its step would never wait, and the engine accepts the fix (T34).
      if (
        engine.at === 'moving' &&
        takesThird &&
        hopeless(observation, 'canary') !== null &&
        workload?.taken &&
        workload.seen
      ) {
        if (situation.planDiffers.length > 0) return planDiffers(situation.planDiffers);
        if (!keepsToFirstStep) return tooFar(delivery, engine.step);
        return { do: 'start', release, why: `supersedes a release whose pods do not start (step ${engine.step})` };
      }
      if (!takesThird && engine.at !== 'finishing' && engine.at !== 'cancelling') return refused(delivery, engine);
      return (
        blockedWait(situation) ??
        wait(
          'engine',
          'waiting',
          'WAITING_FOR_WINDOW',
          'a write now would not be gated: the release starts when the engine is idle or waits at a step',
        )
      );
    case 'absent':
    case 'unseen':
    case 'off':
      return deadEnd(observation) ?? wait('brief', 'rolling', 'STARTING', 'the engine has not looked yet');
  }
}

/**
 * Records the previous release as delivered when it finished after the next one was requested. It is then stable, and the
 * target of a rollback of the next one.
 */
export function finishBefore(situation: Situation): Decision | null {
  const { record, observation } = situation;
  const { before } = record;
  const { engine, workload } = observation;
  if (before === null || workload?.id !== before.id || !isAsWritten(before, workload)) return null;
  if (engine.at !== 'idle' || engine.outcome === 'cancelled' || workload.gated || !workload.settled) return null;
  if (engine.id !== workload.id && record.history.length > 0) return null;
  if (judgeDone({ ...situation, record: { ...record, release: before } }).some((one) => !isOpen(one))) return null;
  if (workload.whole && onlyStable(observation, workload)) {
    return { do: 'finish', release: before, why: 'every pod has its version, and the next release has not begun' };
  }
  const { trouble, takenAt } = observation;
  const starting = trouble.some((one) => one.since !== null && secondsSince(one.since, takenAt) < HOPELESS_AFTER);
  if (!starting && onlyStable(observation, workload)) return null;
  return wait('engine', 'waiting', 'WAITING_FOR_WINDOW', `the last pods of ${before.id} are not ready yet`);
}

/** The engine gates no pods of a workload that is created (T51), so a person has to agree. */
function workloadGone({ id }: AskedFor): Wait {
  const message = `the workload was deleted after a version was delivered; created now, ${id} would reach every pod without the steps: apply stable by hand and tick, or force the start`;
  return wait('rest', 'stuck', 'WORKLOAD_MISSING', message);
}

/** Whether a person agreed that the release starts without its steps, because its workload has to be created. */
export function mayBeCreated({ approvals }: ReleaseRecord, release: AskedFor): boolean {
  return approvals.some((one) => one.release === release.id && one.step === 0 && one.forced);
}
