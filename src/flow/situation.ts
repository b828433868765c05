import { gates } from '../gates/index.ts';
import { planDigest } from '../policy/plan-digest.ts';
import type { Situation } from '../release/decision.ts';
import type { Evidence } from '../release/gate.ts';
import type { Observed, Work } from './work.ts';

/** The input of a decision. */
export function situationOf(
  { target, delivery, jumpTo }: Work,
  { record, observation, rollout }: Observed,
  evidence: Evidence,
  { advance, retryGit }: { readonly advance: boolean; readonly retryGit: boolean },
): Situation {
  const wanted = target.rolloutOf(delivery);
  const planDiffers = rollout === null ? [] : target.planDifferences(wanted, rollout);
  return {
    gates,
    delivery,
    plan: planDigest(delivery),
    record,
    observation,
    evidence,
    planDiffers,
    takesThird: target.takesThird(delivery),
    // Steps that differ from the plan have no pauses of the plan to restore.
    pausesLeft: rollout === null || planDiffers.length > 0 ? [] : target.pausesLeft(wanted, rollout),
    to: jumpTo,
    advance,
    retryGit,
  };
}
