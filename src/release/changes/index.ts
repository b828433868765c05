import type { Decision } from '../decision.ts';
import { delivered } from '../record.ts';
import { type Changes, writing } from './changes.ts';
import { type Facts, from, recordChanges } from './facts.ts';
import { besideChanges, repairChanges, revertChanges, settleChanges } from './rollback.ts';
import { startChanges } from './start.ts';

/** The decisions that come to writes in the cluster. The others wait, ask for a rollback, or are Git's. */
export type InCluster = Exclude<Decision, { do: 'wait' | 'rollBack' | 'pushRevert' | 'undoRevert' }>;

/** What a decision comes to. Each write tests what it was decided on, and changes nothing where that is gone. */
export function changes(decision: InCluster, facts: Facts): Changes {
  const { target, delivery, observed, act, method, jumpTo } = facts;
  switch (decision.do) {
    case 'start':
      return startChanges(facts, decision.release, decision.why);
    case 'finish': {
      const { release, why } = decision;
      const record = delivered(observed.record, release, {
        at: act.at,
        revision: observed.observation.servingRevision,
      });
      return recordChanges(facts, record, `${release.id} is stable: ${why}`);
    }
    case 'revertWorkload':
      return revertChanges(facts, decision.rollback, decision.why);
    case 'settleRollback':
      return settleChanges(facts, decision.rollback);
    case 'restoreBeside':
      return besideChanges(facts, decision.rollback);
    case 'repair':
      return repairChanges(facts, decision);
    case 'advance':
    case 'restorePauses':
    case 'unpauseRollout':
    case 'removePod':
      return from(observed.rollout, (rollout) =>
        writing([target.change(decision, { delivery, rollout, method, jumpTo })]),
      );
  }
}
