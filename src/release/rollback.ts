import type { CodeOf } from './codes.ts';
import {
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
import { viaStable } from './identity.ts';
import { type Rollback, stableOf } from './record.ts';
import type { Observation } from './target.ts';

/**
 * A wedged workload is set free as it is only where it is known to have stable's template: unpaused with any other, that
 * would go to every pod ungated. Else it is taken back like a bad release.
 */
export function setFree({ record, advance }: Situation): Decision {
  const why = 'the engine left the workload paused and half updated';
  const stable = stableOf(record);
  if (stable !== null && record.release?.id === stable.id) return { do: 'repair', stable, why };
  if (stable !== null && advance) return { do: 'rollBack', reason: why, code: 'WEDGED', to: stable.id };
  return wait('rest', 'stuck', 'WEDGED', why);
}

export function policyRollback({ record, advance }: Situation, reason: string, code: CodeOf<'state'>): Decision {
  if (stableOf(record) === null || !advance) return wait('rest', 'stuck', code, reason);
  return { do: 'rollBack', reason, code, to: null };
}

/**
 * Drives the cluster half of a rollback. Every gate but readiness is skipped. Where blueGreen takes nothing but
 * its own stable version in mid-release, that is put back first, under a name of its own; what is gone back to follows.
 */
export function decideRollback(situation: Situation, rollback: Rollback): Decision {
  const { observation } = situation;
  const { engine, workload } = observation;
  if (workload === null)
    return wait('rest', 'stuck', 'WORKLOAD_MISSING', 'the workload is gone: there is nothing to roll back');
  const back = workload.id === rollback.to.id;
  const restored = back || workload.id === viaStable(rollback.to.id);
  switch (engine.at) {
    case 'idle':
      if (workload.gated) return rollingBack('brief', 'the engine has not begun yet');
      if (!back)
        return {
          do: 'revertWorkload',
          rollback,
          why: 'no release runs: stable goes out again as a release of its own',
        };
      // No mark has to be left: a rollback before the engine's batch controller came leaves nothing but the webhook's pause.
      if (workload.paused)
        return { do: 'repair', stable: rollback.to, why: 'the engine left the workload paused in mid-rollback' };
      if (!workload.whole || !onlyStable(observation, workload))
        return (
          podToRemove(situation) ??
          rollingBack('engine', hopeless(observation) ?? 'the last pods of stable are not ready yet')
        );
      return { do: 'settleRollback', rollback, why: 'only stable serves again' };
    case 'waiting':
      // A restart by hand keeps the id: only the generation tells that this step is the release before's (E32, E34).
      if (!restored && !workload.seen) return rollingBack('engine', 'the engine has not seen the newest template yet');
      if (!restored)
        return { do: 'revertWorkload', rollback, why: `step ${engine.step} waits: the template may be replaced` };
      if (engine.id !== workload.id) return rollingBack('brief', 'the engine has not seen the restored template yet');
      if (!ready(observation)) return walked(situation, rollback, 'the pods of stable in this step are not ready yet');
      if (!engine.asks) return rollingBack('brief', `step ${engine.step} is about to wait`);
      if (situation.pausesLeft.includes(engine.step)) return { ...openedByPlan(engine.step), state: 'reverting' };
      return {
        do: 'advance',
        release: workload.id,
        step: engine.step,
        why: 'a rollback skips every gate but readiness',
      };
    case 'moving':
      if (restored) return podToRemove(situation) ?? walked(situation, rollback, engine.detail);
      // Before the new batch has taken the workload, a revert wedges it (E32).
      if (workload.taken && workload.seen)
        return { do: 'revertWorkload', rollback, why: 'the engine is upgrading this release' };
      return (
        targetsMissing(situation) ??
        rollingBack('engine', 'the engine has not taken the workload yet: written now, it would wedge')
      );
    case 'frozen':
      if (!restored)
        return {
          do: 'revertWorkload',
          rollback,
          why: 'the Rollout is paused: the template goes first, then it is unpaused',
        };
      return { do: 'unpauseRollout', why: 'a paused Rollout does not roll back' };
    case 'refusing':
      return restored && !back
        ? rollingBack('engine', 'the engine has not seen the restored template yet')
        : { do: 'revertWorkload', rollback, why: 'the engine refuses a third version until the template goes back' };
    case 'starting':
      return (
        targetsMissing(situation) ??
        rollingBack('engine', 'written in the first seconds, a revert is not taken for one: waits for the first step')
      );
    case 'finishing':
    case 'cancelling':
      return rollingBack('engine', 'the engine is closing the release');
    case 'noWorkload':
      return rollingBack('brief', 'the engine has not seen the workload yet');
    case 'absent':
    case 'unseen':
    case 'off':
      return deadEnd(engine) ?? rollingBack('brief', 'the engine has not looked yet');
  }
}

export function ready({ pods }: Observation): boolean {
  return pods.canary.ready === pods.canary.total;
}

function rollingBack(wake: Wake, message: string): Wait {
  return wait(wake, 'reverting', 'ROLLING_BACK', message);
}

/** Stable goes out step by step: after a delivered release that is the way, in mid-release the engine should have cancelled. */
function walked({ record }: Situation, rollback: Rollback, message: string): Wait {
  if (record.history.some((one) => one.id === rollback.from.id)) return rollingBack('engine', message);
  const why =
    'the engine took the restored template for a new release, not for a rollback, so it is walked step by step';
  return wait('engine', 'reverting', 'REVERT_NOT_RECOGNISED', `${why}: ${message}`);
}
