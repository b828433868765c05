import { untilRendered } from './carried.ts';
import {
  blockedWait,
  type Decision,
  deadEnd,
  hopeless,
  onlyStable,
  openedByPlan,
  podToRemove,
  type Situation,
  targetsMissing,
  type Wait,
  type Wake,
  wait,
} from './decision.ts';
import { enoughReady } from './gate.ts';
import { viaStable } from './identity.ts';
import type { WorkloadView } from './observation.ts';
import { type Rollback, stableOf } from './record.ts';

/**
 * Decides about a wedged workload. It is unpaused only when it has the template of stable, because any other template
 * would reach every pod ungated. Otherwise it is rolled back.
 */
export function setFree({ record, advance }: Situation): Decision {
  const why = 'the engine left the workload paused and half updated';
  const stable = stableOf(record);
  if (stable !== null && record.release?.id === stable.id) return { do: 'repair', stable, why };
  if (stable !== null && advance) return { do: 'rollBack', reason: why, code: 'WEDGED', to: stable.id };
  return wait('rest', 'stuck', 'WEDGED', why);
}

/**
 * Decides the next write of a rollback in the cluster. Every gate but readiness is skipped. During a release, blueGreen
 * accepts only its own stable version: that version is restored first, under an id of its own, and then the target.
 */
export function decideRollback(situation: Situation, rollback: Rollback): Decision {
  const { observation } = situation;
  const { engine, workload, carrier } = observation;
  if (workload === null)
    return wait('rest', 'stuck', 'WORKLOAD_MISSING', 'the workload does not exist: there is nothing to roll back');
  const back = workload.id === rollback.to.id && (carrier === null || isTarget(rollback, workload));
  if (carrier !== null && !carrier.isRendered) {
    // Nothing of the release is out that a revert could meet. Where it is made after all, the engine cancels it.
    if (!back) return { do: 'revertWorkload', rollback, why: 'the workload of the release is not made yet' };
    const made = untilRendered(carrier, { back: true });
    return made.do === 'wait' ? { ...made, state: 'reverting' } : made;
  }
  const restored = back || workload.id === viaStable(rollback.to.id);
  switch (engine.at) {
    case 'idle':
      if (workload.gated) return rollingBack('brief', 'the engine has not begun yet');
      if (!back)
        return {
          do: 'revertWorkload',
          rollback,
          why: 'no release is under way: stable is released again',
        };
      // `wedged` looks for the engine's marks. A rollback before its batch controller acted leaves only the webhook's pause.
      if (workload.paused)
        return { do: 'repair', stable: rollback.to, why: 'the engine left the workload paused during the rollback' };
      if (!workload.whole || !onlyStable(observation, workload))
        return (
          podToRemove(situation) ??
          rollingBack('engine', hopeless(observation) ?? 'the last pods of stable are not ready yet')
        );
      return { do: 'settleRollback', rollback, why: 'only stable serves again' };
    case 'waiting':
      // A restart by hand keeps the id. Only the generation shows that this step belongs to the previous release (E32, E34).
      if (!restored && !workload.seen) return rollingBack('engine', 'the engine has not seen the newest template yet');
      if (!restored)
        return {
          do: 'revertWorkload',
          rollback,
          why: `the release waits at step ${engine.step}, so its template may be replaced`,
        };
      if (engine.id !== workload.id || !workload.seen)
        return rollingBack('brief', 'the engine has not seen the restored template yet');
      if (!enoughReady(observation))
        return walked(situation, rollback, 'the stable pods of this step are not ready yet');
      // The engine takes an approval in a timed pause too, and rests there: stable does not wait for the timer of a release.
      if (!engine.asks && !engine.timed) return rollingBack('brief', `step ${engine.step} is about to wait`);
      if (situation.pausesLeft.includes(engine.step)) return { ...openedByPlan(engine.step), state: 'reverting' };
      return {
        do: 'advance',
        release: workload.id,
        step: engine.step,
        why: 'a rollback skips every gate but readiness',
      };
    case 'moving':
      if (restored)
        return podToRemove(situation) ?? blockedWait(situation) ?? walked(situation, rollback, engine.detail);
      // Before the new batch has taken the workload, a revert wedges it (E32).
      if (workload.taken && workload.seen)
        return { do: 'revertWorkload', rollback, why: 'the engine is upgrading this release' };
      return (
        targetsMissing(situation) ??
        blockedWait(situation) ??
        rollingBack('engine', 'the engine has not taken the workload yet: a write now would wedge it')
      );
    case 'frozen':
      if (!restored)
        return {
          do: 'revertWorkload',
          rollback,
          why: 'the Rollout is paused: the template is restored first, then the Rollout is unpaused',
        };
      return { do: 'unpauseRollout', why: 'a paused Rollout does not roll back' };
    case 'refusing':
      return restored && !back
        ? rollingBack('engine', 'the engine has not seen the restored template yet')
        : {
            do: 'revertWorkload',
            rollback,
            why: 'the engine refuses a third version until an accepted template is restored',
          };
    case 'starting':
      return (
        targetsMissing(situation) ??
        rollingBack(
          'engine',
          'the release has just begun: the engine recognises a rollback only from the first step on',
        )
      );
    case 'finishing':
      return rollingBack('engine', 'the engine is closing the release');
    case 'cancelling': {
      // Where stable is moved back by batches of its own, a broken pod keeps its controller from ending one.
      const blocking = carrier !== null && restored ? podToRemove(situation) : null;
      return blocking ?? blockedWait(situation) ?? rollingBack('engine', 'the engine is closing the release');
    }
    case 'noWorkload':
      return rollingBack('brief', 'the engine has not seen the workload yet');
    case 'absent':
    case 'unseen':
    case 'off':
      return deadEnd(observation) ?? rollingBack('brief', 'the engine has not looked yet');
  }
}

/**
 * Whether a carrier that has the id of a rollback's target is still its target. Somebody may have edited it before anything was made of
 * it, or what was made: then it goes back once more, and no step is left for it.
 */
function isTarget({ to }: Rollback, { template, remade = false }: WorkloadView): boolean {
  return (to.template === null || to.template === template) && !remade;
}

function rollingBack(wake: Wake, message: string): Wait {
  return wait(wake, 'reverting', 'ROLLING_BACK', message);
}

/** Stable is released step by step. This is expected after a delivered release; during a release the engine should cancel. */
function walked({ record, delivery }: Situation, rollback: Rollback, message: string): Wait {
  if (delivery.settings.rollbackInSteps === true) return rollingBack('engine', `back through the steps: ${message}`);
  if (record.history.some((one) => one.id === rollback.from.id)) return rollingBack('engine', message);
  const why = 'the engine took the restored template for a new release, so stepgate advances it step by step';
  return wait('engine', 'reverting', 'REVERT_NOT_RECOGNISED', `${why}: ${message}`);
}
