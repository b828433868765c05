import type { Decision } from '../decision.ts';
import { withNote } from '../policy-note.ts';
import { delivered } from '../record-after.ts';
import { type Changes, writing } from './changes.ts';
import { type Facts, from, recordChanges } from './facts.ts';
import { besideChanges, repairChanges, revertChanges, settleChanges } from './rollback.ts';
import { startChanges } from './start.ts';

/** The decisions with writes in the cluster. The others wait, request a rollback, start a workflow, or change Git. */
export type InCluster = Exclude<Decision, { do: 'wait' | 'rollBack' | 'pushRevert' | 'undoRevert' | 'startJob' }>;

/** The changes of a decision. Each write tests the state it was decided on, and changes nothing when that has changed. */
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
    case 'noteMade': {
      const { release, made, why } = decision;
      const record = { ...observed.record, release: { ...release, made } };
      return recordChanges(facts, record, `the pod template of ${release.id} is known: ${why}`);
    }
    case 'note':
      return recordChanges(facts, withNote(observed.record, decision.note, act), decision.why);
    case 'revertWorkload':
      return revertChanges(facts, decision.rollback, decision.why);
    case 'settleRollback':
      return settleChanges(facts, decision.rollback);
    case 'restoreBeside':
      return besideChanges(facts, decision.rollback);
    case 'repair':
      return repairChanges(facts, decision);
    case 'advance':
    case 'aim':
    case 'restorePauses':
    case 'unpauseRollout':
    case 'removePod':
      return from(observed.rollout, (rollout) =>
        writing([target.change(decision, { delivery, rollout, written: observed.written, method, jumpTo })]),
      );
  }
}
