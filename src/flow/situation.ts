import { gates } from '../gates/index.ts';
import { planDigest } from '../policy/plan-digest.ts';
import type { Situation } from '../release/decision.ts';
import type { Delivery } from '../release/delivery.ts';
import type { Observation } from '../release/observation.ts';
import type { Target } from '../release/target.ts';
import type { Evidence } from '../release/verdict.ts';
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
    keepsToFirstStep: keepsToFirstStep(target, delivery, observation),
    // Steps that differ from the plan have no pauses of the plan to restore.
    pausesLeft: rollout === null || planDiffers.length > 0 ? [] : target.pausesLeft(wanted, rollout),
    to: jumpTo,
    advance,
    retryGit,
  };
}

/** Whether another version that begins now reaches no more pods than its own first step says. */
export function keepsToFirstStep(target: Target, delivery: Delivery, { engine }: Observation): boolean {
  return (engine.at !== 'waiting' && engine.at !== 'moving') || target.keepsToFirstStep(delivery, engine);
}
