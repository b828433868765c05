import { type Apply, withVersion } from '../change.ts';
import type { Delivery } from '../delivery.ts';
import { refusal } from '../error.ts';
import type { Surroundings } from '../finding.ts';
import { at, same } from '../json.ts';
import { stableOf } from '../record.ts';
import type { Rendered } from '../target.ts';
import { type Changes, done, writing } from './changes.ts';
import type { Compared, Survey } from './compared.ts';
import { type Facts, ours, recordChanges } from './facts.ts';

/** Creates the Rollout if it is missing, because it has the record. The release updates an existing one. */
export function ensureChanges(facts: Facts): Changes {
  const { target, delivery, observed } = facts;
  if (observed.observation.rollout?.delivery != null) return done;
  return writing([ours(facts, target.rolloutOf(delivery), 'the Rollout is applied before the workload')]);
}

/**
 * A deploy without a release: writes the objects that differ; those that the engine changes only while it is idle. Each
 * write tests the compared version, so that it can't undo a rollback that began meanwhile. `adopted`: stepgate takes the
 * workload over, and applies it even without a difference.
 */
export function sameChanges(
  { target, observed }: Facts,
  { before, idleOnly, workload }: Survey,
  adopted: boolean,
): Changes {
  const isIdle = observed.observation.engine.at === 'idle';
  const beside = [...before, ...(isIdle ? idleOnly : [])].filter(({ change }) => change !== 'none');
  const writes = beside.map((compared) => over(compared, 'differs, but there is nothing to release'));
  const { live, answer } = workload;
  const differs = adopted || !same(at(live, 'spec'), at(answer, 'spec'));
  const isSame = live !== null && same(target.templateOf(live), target.templateOf(answer));
  return writing(differs && isSame ? [...writes, over(workload, 'differs outside the template')] : writes);
}

/** The apply, bound to the version that was compared. */
function over({ apply, live }: Compared, why: string): Apply {
  return { ...apply, object: live === null ? apply.object : withVersion(apply.object, live), why };
}

/** A release under way, its live Rollout, and its new plan. */
export interface NewPlan {
  readonly today: Delivery;
  /** The digest of today's plan. */
  readonly plan: string;
  readonly rendered: Rendered;
  readonly around: Surroundings;
}

/** Whether a deploy of the same release takes on another plan. `plan`: the digest of today's. */
export function takesNewPlan({ record }: Facts['observed'], plan: string): boolean {
  const { release } = record;
  // A delivered release, or one that a rollback restored, follows no plan any more.
  return release !== null && release.plan !== null && release.plan !== plan && stableOf(record)?.id !== release.id;
}

/**
 * A deploy of the release that is under way, after the plan has changed: the release continues under today's plan, and its
 * approvals, which were for the old plan, are dropped. Throws PLAN_DIFFERS when the engine does not accept the change
 * during a release.
 */
export function newPlanChanges(facts: Facts, { today, plan, rendered, around }: NewPlan): Changes {
  const { target, observed, policy, act } = facts;
  const { record, observation, rollout } = observed;
  const { release } = record;
  if (rollout === null || release === null || !takesNewPlan(observed, plan)) return done;
  const midway = observation.engine.at !== 'idle' && observation.workload?.id === release.id;
  const wanted = target.rolloutOf(today);
  const differs = target.planDifferences(wanted, rollout);
  // `rendered` has the plan in force, but the findings have to be about today's plan.
  const findings = target.traps(today, { ...rendered, rollout: wanted }, observation, around);
  const denied = findings.find((one) => one.code === 'PLAN_CHANGED_MIDWAY' && one.severity === 'error');
  if (midway && denied !== undefined) {
    throw refusal(
      'PLAN_DIFFERS',
      `${today.name}: ${release.id} can't continue under the new plan: ${denied.message}: ${denied.facts.join(', ')}`,
      'it ends under the plan that it started with; the new plan applies to the next release',
    );
  }
  // The record is written first: while it names the new plan and the old steps are live, nothing is promoted.
  const taken = { ...record, release: { ...release, policy: policy.commit, plan, planAt: act.at }, approvals: [] };
  const why = `${release.id} continues under the new plan, and its approvals are dropped`;
  return recordChanges(facts, taken, why, (written) => {
    if (!midway || differs.length === 0) return done;
    const object = withVersion(wanted, written ?? rollout);
    return writing([ours(facts, object, `the new plan: ${differs.join('; ')}`)]);
  });
}
