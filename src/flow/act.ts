import { planDigest } from '../policy/plan-digest.ts';
import type { Actor } from '../release/actor.ts';
import type { Facts } from '../release/changes/facts.ts';
import { changes } from '../release/changes/index.ts';
import type { Decision } from '../release/decision.ts';
import { execute } from './execute.ts';
import { noteTrouble, pushRevert } from './revert.ts';
import { answerRollback, beginRollback } from './rollback.ts';
import { undoRevert } from './undo.ts';
import { actBy, type Observed, type Work } from './work.ts';

/**
 * Executes one decision. Every write tests the state that it was decided on. When that has changed, Moved is thrown and
 * the decision is made again. `news`: the Git part failed for a reason that is new.
 */
export async function act(
  work: Work,
  observed: Observed,
  decision: Exclude<Decision, { do: 'wait' }>,
): Promise<{ readonly news: boolean }> {
  switch (decision.do) {
    case 'pushRevert':
      return { news: await pushRevert(work, observed, decision.rollback) };
    case 'undoRevert':
      return { news: await undoRevert(work, observed, decision.rollback, decision.undo) };
    case 'restoreBeside': {
      const restore = () => execute(work, changes(decision, factsOf(work, observed)));
      return { news: await noteTrouble(work, observed, decision.rollback, restore) };
    }
    case 'rollBack': {
      const { release } = observed.record;
      const wish = { release: release?.id ?? null, to: decision.to, reason: decision.reason, also: false, way: null };
      // Whoever started the run has asked for nothing: a schedule runs in the name of the person who wrote it.
      const by: Actor = { ...work.context.actor, name: 'the policy', is: 'nobody' };
      const liveThen = observed.observation.workload?.id ?? null;
      const answer = answerRollback(work, observed, wish, { liveThen, by });
      if (answer.is === 'new') await beginRollback(work, observed, answer, 'policy', by);
      return { news: false };
    }
    case 'start':
    case 'finish':
    case 'advance':
    case 'restorePauses':
    case 'revertWorkload':
    case 'unpauseRollout':
    case 'removePod':
    case 'settleRollback':
    case 'repair':
      await execute(work, changes(decision, factsOf(work, observed)));
      return { news: false };
  }
}

/** The facts from which the changes of this run are made. */
export function factsOf(work: Work, observed: Observed): Facts {
  const { target, delivery, policy, method, jumpTo } = work;
  return {
    target,
    delivery,
    observed,
    policy: { commit: policy.commit, ref: policy.ref, plan: planDigest(delivery) },
    act: actBy(work),
    method,
    jumpTo,
  };
}
