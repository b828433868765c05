import { planDigest } from '../policy/plan-digest.ts';
import { LANDS_WITHIN } from '../release/breaker.ts';
import type { Facts } from '../release/changes/facts.ts';
import { changes } from '../release/changes/index.ts';
import type { Decision } from '../release/decision.ts';
import { environmentError } from '../release/error.ts';
import { execute } from './execute.ts';
import { rollBackByPolicy } from './policy-rollback.ts';
import { noteTrouble, pushRevert } from './revert.ts';
import { startJob } from './start-job.ts';
import { undoRevert } from './undo.ts';
import { actBy, type Observed, observe, serverTime, type Work } from './work.ts';

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
    case 'rollBack':
      await rollBackByPolicy(work, observed, decision);
      return { news: false };
    case 'note':
      await note(work, observed, decision);
      return { news: false };
    case 'startJob':
      await startJob(work, decision);
      return { news: false };
    case 'start':
    case 'noteMade':
    case 'finish':
    case 'advance':
    case 'aim':
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

/**
 * Writes a note. A claim is only seen in time when it is there soon after the time that it carries: one that took longer is
 * made again.
 */
async function note(work: Work, observed: Observed, decision: Extract<Decision, { do: 'note' }>): Promise<void> {
  let seen = observed;
  for (let left = 3; left > 0; left -= 1) {
    const begun = serverTime(work).getTime();
    await execute(work, changes(decision, factsOf(work, seen)));
    if (decision.note.is !== 'claim' || serverTime(work).getTime() - begun <= LANDS_WITHIN * 1000) return;
    seen = observe(work);
  }
  throw environmentError(
    'CLUSTER_UNREACHABLE',
    'the API server takes too long to write what the policy is about to do',
    {
      hint: 'the next tick tries again',
    },
  );
}

/** The facts from which the changes of this run are made. */
export function factsOf(work: Work, observed: Observed): Facts {
  const { target, delivery, today, policy, method, jumpTo } = work;
  return {
    target,
    delivery,
    observed,
    policy: { commit: policy.commit, ref: policy.ref, plan: planDigest(delivery), today: planDigest(today) },
    act: actBy(work),
    method,
    jumpTo,
  };
}
