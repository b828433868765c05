import { judgeWatched } from './ahead.ts';
import { isAsWritten } from './as-written.ts';
import { atRest } from './at-rest.ts';
import { insteadOfRollback, withBreaker } from './breaker.ts';
import { untilMade } from './carried.ts';
import {
  atShutGates,
  blockedWait,
  type Decision,
  deadEnd,
  HOPELESS_AFTER,
  heldWait,
  hopeless,
  openedByPlan,
  planDiffers,
  podToRemove,
  policyRollback,
  refused,
  type Situation,
  secondsSince,
  targetsMissing,
  type Wait,
  wait,
  wedged,
} from './decision.ts';
import { enoughReady, judgeFreezes, judgePassed, judgeStep } from './gate.ts';
import type { Engine, WorkloadView } from './observation.ts';
import { type AskedFor, holdOn, type Rollback, rollbackUnderWay } from './record.ts';
import { decideRollback, setFree } from './rollback.ts';
import { clockNote, policyClock, shortageWait } from './shortage.ts';
import { finishBefore, startOn } from './start.ts';
import { isOpen } from './verdict.ts';
import { changedWhileWaiting } from './while-waiting.ts';

/** Decides the one thing to do. Pure: the same situation always gives the same decision. */
export function decide(situation: Situation): Decision {
  const decision = decideAlone(situation);
  if (decision.do === 'rollBack') return withBreaker(situation, decision);
  return decision.do === 'wait' ? insteadOfRollback(situation, decision) : decision;
}

/** The decision as if no other delivery had been rolled back. */
function decideAlone(situation: Situation): Decision {
  const { record, observation } = situation;
  const { engine, workload } = observation;
  const dead = deadEnd(observation);
  if (dead !== null && engine.at !== 'unseen') return dead;
  const pauses = pausesToRestore(situation);
  if (pauses.length > 0) {
    return {
      do: 'restorePauses',
      steps: pauses,
      why: 'a pause that is not the plan’s would let a release through unapproved',
    };
  }
  if (dead !== null) return dead;
  const underWay = rollbackUnderWay(record);
  if (underWay !== null) return decideRollback(situation, underWay);
  const { rollback, release } = record;
  if (rollback !== null && (rollback.trouble === null || situation.retryGit)) {
    const rest = restOf(rollback);
    if (rest !== null) return rest;
  }
  if (wedged(engine, workload)) return setFree(situation);
  if (release === null) return unknownLive(engine);
  if (workload?.id !== release.id) return finishBefore(situation) ?? startOn(situation, release);
  if (!isAsWritten(release, workload))
    return engine.at === 'refusing' ? refused(situation.delivery, engine) : foreign(engine);
  return untilMade(observation, release, workload) ?? goOn(situation, release, workload);
}

/** The next part of a rollback whose pods are back; null when nothing is left. */
function restOf(rollback: Rollback): Decision | null {
  const { undo, beside, git } = rollback;
  if (undo !== null) return { do: 'undoRevert', rollback, undo, why: `${undo.by} lifted the rollback` };
  if (beside === 'todo') return { do: 'restoreBeside', rollback, why: 'stable could not be rendered earlier' };
  if (git === 'todo')
    return { do: 'pushRevert', rollback, why: 'the cluster is back on stable, and Git still has the bad release' };
  return null;
}

/** Steps whose pause has to be restored. The present step is left out when its changed pause is an approval by plan. */
function pausesToRestore(situation: Situation): readonly number[] {
  const { observation, pausesLeft } = situation;
  const { engine } = observation;
  if (engine.at !== 'waiting' && engine.at !== 'moving') return engine.at === 'starting' ? [] : pausesLeft;
  return pausesLeft.filter((step) => step !== engine.step || !maySeeItsPause(situation, engine));
}

/** Whether an open pause at the present step does no harm, because the release may leave the step or has left it. */
function maySeeItsPause(situation: Situation, engine: Extract<Engine, { at: 'waiting' | 'moving' }>): boolean {
  const { record, observation } = situation;
  const { release } = record;
  const underWay = rollbackUnderWay(record);
  if (engine.at === 'moving') {
    const approved = record.approvals.some((one) => one.step === engine.step && one.release === release?.id);
    return engine.leaving || approved;
  }
  if (underWay !== null) return observation.workload?.id === underWay.to.id && enoughReady(observation);
  const { workload } = observation;
  const isLive = release !== null && workload?.id === release.id && isAsWritten(release, workload);
  return isLive && judgeStep(situation, engine.step).every(isOpen);
}

function unknownLive(engine: Engine): Wait {
  if (engine.at === 'idle' || engine.at === 'noWorkload') {
    return wait('rest', 'idle', 'LIVE_COMMIT_UNKNOWN', 'the workload exists, but stepgate has not released it yet');
  }
  return wait('rest', 'rolling', 'FOREIGN_RELEASE', 'a release is under way that stepgate did not start');
}

function foreign(engine: Engine): Wait {
  const message =
    engine.at === 'idle'
      ? 'somebody changed the pod template in the cluster after the release: deploy or roll back'
      : 'somebody changed the pod template during the release, so it is not promoted: deploy again or roll back';
  return wait('rest', 'stuck', 'FOREIGN_RELEASE', message);
}

/** Decides for a requested release that is live: the workload's label has its id. */
function goOn(situation: Situation, release: AskedFor, workload: WorkloadView): Decision {
  const { delivery, record, observation } = situation;
  const { engine } = observation;
  const failed = failing(situation);
  if (failed !== null) return failed;
  switch (engine.at) {
    case 'idle':
      return atRest(situation, release, workload, engine.id);
    case 'starting':
      return (
        targetsMissing(situation) ??
        wait('engine', 'rolling', 'STARTING', 'the engine has seen the new version and prepares the first step')
      );
    case 'moving':
      return targetsMissing(situation) ?? replaced(situation, release) ?? moving(situation, engine);
    case 'waiting':
      return withChanges(situation, atGate(situation, release, engine));
    case 'frozen':
      return wait(
        'rest',
        'waiting',
        'PAUSED',
        `somebody paused the Rollout at step ${engine.step}: unpause it to go on`,
      );
    case 'refusing':
      return refused(situation.delivery, engine);
    case 'finishing':
      return wait('engine', 'finishing', 'FINISHING', 'the last step is done, and the engine is closing the release');
    case 'cancelling':
      return wait('engine', 'reverting', 'ROLLING_BACK', 'the engine is cancelling the release');
    case 'noWorkload':
      return wait('brief', 'rolling', 'STARTING', 'the engine has not seen the workload yet');
    case 'absent':
    case 'unseen':
    case 'off':
      return (
        deadEnd(observation) ??
        wait(
          'brief',
          'rolling',
          'STARTING',
          `the engine has not looked at ${delivery.name} yet (${record.history.length})`,
        )
      );
  }
}

/** What the policy does when something that it watches is bad; null while nothing is. It passes holds: a rollback always does. */
function failing(situation: Situation): Decision | null {
  const bad = judgeWatched(situation).find(({ is }) => is === 'failed');
  return bad === undefined ? null : policyRollback(situation, `${bad.name}: ${bad.why}`, 'METRIC_FAILED');
}

/** Removes a pod of an earlier version that blocks the controller, unless the version to release is held or frozen. */
function replaced(situation: Situation, release: AskedFor): Decision | null {
  const { record, delivery, evidence } = situation;
  const stopped = holdOn(record, release) !== null || judgeFreezes(delivery, evidence).length > 0;
  return stopped ? null : podToRemove(situation);
}

function moving(situation: Situation, { step, leaving, since, detail }: Extract<Engine, { at: 'moving' }>): Decision {
  // `leaving` is first set by our own write: only a later state written by the engine confirms it.
  if (leaving) return wait('brief', 'rolling', 'UPGRADING', detail);
  const { delivery, observation } = situation;
  const { on, stuckAfterSeconds } = delivery.rollback;
  const clock = since === null ? null : policyClock(situation, since);
  const noted = clock === null ? null : clockNote(situation, clock);
  if (noted !== null) return noted;
  const short = clock === null ? null : shortageWait(situation, clock, { wake: 'rest', state: 'stuck' });
  if (short !== null) return short;
  const stuck = clock !== null && clock.stands === null && clock.seconds >= stuckAfterSeconds;
  // Broken pods of a superseded version stay for a moment: they count only after the step has run for some time.
  const begun = since !== null && secondsSince(since, observation.takenAt) >= HOPELESS_AFTER;
  const broken = begun ? hopeless(observation, 'canary') : null;
  const message = broken ?? `step ${step} did not become ready within ${stuckAfterSeconds} s`;
  const blocked = blockedWait(situation);
  if (stuck && on.includes('stuck'))
    return policyRollback(situation, message, broken === null ? 'STUCK' : 'POD_NOT_STARTING');
  if (broken !== null) return wait('rest', 'stuck', 'POD_NOT_STARTING', broken);
  if (blocked !== null) return blocked;
  if (stuck) return wait('rest', 'stuck', 'STUCK', message);
  return wait('engine', 'rolling', 'UPGRADING', detail);
}

/** A wait that a person reads names the pods that changed meanwhile: the engine does not look at them again. */
function withChanges({ observation }: Situation, decision: Decision): Decision {
  if (decision.do !== 'wait' || decision.wake === 'brief') return decision;
  const changed = changedWhileWaiting(observation);
  return changed === '' ? decision : { ...decision, message: `${decision.message}; ${changed}` };
}

function atGate(situation: Situation, release: AskedFor, engine: Extract<Engine, { at: 'waiting' }>): Decision {
  const { id, step, asks, timed } = engine;
  const { delivery, record, observation, evidence, planDiffers: differs, to } = situation;
  if (id !== release.id) return wait('brief', 'rolling', 'STARTING', 'the engine has not taken up the new version yet');
  const hold = holdOn(record, release);
  if (hold !== null) return heldWait(hold);
  if (differs.length > 0) return planDiffers(differs);
  const blocked = blockedWait(situation);
  if (blocked !== null) return blocked;
  if (timed) return wait('engine', 'waiting', 'GATE_SHUT', `the engine's own timer ends step ${step}`);
  const jumps = to !== null && to > step + 1;
  const passed = jumps ? judgePassed(situation, { from: step, to }) : [];
  const verdicts = [...judgeStep(situation, step), ...passed];
  const shut = verdicts.filter((verdict) => !isOpen(verdict));
  if (shut.length === 0) {
    // Before the engine's message asks, half of all approvals are overwritten (E4). A last step may pass by itself (E13).
    if (!asks) return wait('brief', 'rolling', 'UPGRADING', `step ${step} is about to wait`);
    if (situation.pausesLeft.includes(step)) return openedByPlan(step);
    // Until then the engine's count of ready pods may be about another template, which somebody set and another one replaced (E34).
    if (observation.workload?.seen === false)
      return wait('brief', 'rolling', 'UPGRADING', 'the engine has not seen the newest template yet');
    if (situation.advance) {
      return {
        do: 'advance',
        release: release.id,
        step,
        why: verdicts.map((verdict) => `${verdict.name}: ${verdict.why}`).join('; '),
      };
    }
    return wait('gate', 'waiting', 'GATE_SHUT', `step ${step} may go on: every gate is open`);
  }
  const unready = shut.find((verdict) => verdict.kind === 'ready');
  if (unready !== undefined) {
    const down = observation.trouble.find((one) => one.version === 'canary');
    const clock = down === undefined || down.since === null ? null : policyClock(situation, down.since);
    const noted = clock === null ? null : clockNote(situation, clock);
    if (noted !== null) return noted;
    const long = clock !== null && clock.stands === null && clock.seconds >= delivery.rollback.stuckAfterSeconds;
    if (long && delivery.rollback.on.includes('unready'))
      return policyRollback(situation, unready.why, 'PODS_NOT_READY');
    const short = clock === null ? null : shortageWait(situation, clock, { wake: 'gate', state: 'waiting' });
    if (short !== null) return short;
    const young = down !== undefined && down.since !== null && secondsSince(down.since, evidence.now) < HOPELESS_AFTER;
    const settling = young && !down.hopeless;
    const wake = !asks ? 'brief' : settling ? 'engine' : 'gate';
    return { ...wait(wake, 'waiting', 'PODS_NOT_READY', `step ${step}: ${unready.why}`), until: null };
  }
  if (!asks) return wait('brief', 'rolling', 'UPGRADING', `step ${step} is about to wait`);
  return atShutGates(situation, {
    place: step,
    code: 'GATE_SHUT',
    lead: jumps ? `the jump from step ${step} to ${to}` : `step ${step}`,
    shut,
  });
}
