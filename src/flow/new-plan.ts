import { planDigest } from '../policy/plan-digest.ts';
import { refusal } from '../release/error.ts';
import { stableOf } from '../release/record.ts';
import type { Rendered, Surroundings } from '../release/target.ts';
import { observe, there, type Work, writeRecord } from './work.ts';
import { withVersion } from './write.ts';

/**
 * Somebody deploys again what is under way, and the plan has changed since: the release takes today's plan on, and its
 * approvals, which were given for the other one, are dropped. Throws PLAN_DIFFERS where the engine takes no such
 * change in mid-release.
 */
export async function takeNewPlan(
  work: Work,
  { rendered, around }: { readonly rendered: Rendered; readonly around: Surroundings },
): Promise<void> {
  const { target, writer, following, today } = work;
  const observed = observe(work);
  const { release } = observed.record;
  if (release === null || release.plan === planDigest(today)) return;
  // What was delivered, or brought by a rollback, goes by no plan any more.
  if (release.plan === null || stableOf(observed.record)?.id === release.id) return;
  const midway = observed.observation.engine.at !== 'idle' && observed.observation.workload?.id === release.id;
  const wanted = target.rolloutOf(today);
  const live = there(observed.rollout);
  const differs = target.planDifferences(wanted, live);
  // What was rendered has the plan in force: the engine is asked about today's.
  const findings = target.traps(today, { ...rendered, rollout: wanted }, observed.observation, around);
  const denied = findings.find((one) => one.code === 'PLAN_CHANGED_MIDWAY' && one.severity === 'error');
  if (midway && denied !== undefined) {
    throw refusal(
      'PLAN_DIFFERS',
      `${today.name}: ${release.id} can't take the new plan on: ${denied.message}`,
      'it ends under the plan that it started with; the new one counts from the next release',
    );
  }
  // First the record: with the new plan named and the old steps live, nothing is promoted.
  const plan = { policy: work.policy.commit, plan: planDigest(today) };
  await writeRecord(
    work,
    observed,
    { ...observed.record, release: { ...release, ...plan }, approvals: [] },
    `${release.id} takes the new plan on: approvals start anew`,
  );
  if (!midway || differs.length === 0) return;
  const why = `the new plan: ${differs.join('; ')}`;
  following.wrote(
    await writer.apply(withVersion(wanted, there(observe(work).rollout)), { manager: target.managers.apply, why }),
  );
}
