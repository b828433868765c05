import { factsOf } from '../flow/act.ts';
import { checkCommit } from '../flow/commits.ts';
import { presentEvidence } from '../flow/evidence.ts';
import { execute } from '../flow/execute.ts';
import { finishPending, finishRollback } from '../flow/finish-pending.ts';
import { appliesOf, planRelease } from '../flow/plan-release.ts';
import { requestRelease } from '../flow/request-release.ts';
import { seenByEngine } from '../flow/seen-by-engine.ts';
import { survey } from '../flow/survey.ts';
import { type Extras, noExtras } from '../flow/tick.ts';
import { refuseTooNew } from '../flow/too-new.ts';
import { observe, type Work } from '../flow/work.ts';
import { Moved } from '../flow/write.ts';
import { planDigest } from '../policy/plan-digest.ts';
import { changesOf } from '../release/changes/compared.ts';
import { ensureChanges, newPlanChanges, sameChanges, takesNewPlan } from '../release/changes/deploy.ts';
import { isIdle } from '../release/changes/facts.ts';
import { refusal, type StepgateError } from '../release/error.ts';
import type { Finding } from '../release/finding.ts';
import { judgeFreezes } from '../release/gate.ts';
import type { AskedFor } from '../release/record.ts';
import { findingsError, located } from './findings.ts';

/** What became of a commit: it is asked for, or its findings refuse it. */
export type Released =
  | { readonly is: 'requested'; readonly follows: AskedFor | null; readonly extras: Extras }
  | { readonly is: 'refused'; readonly findings: readonly Finding[]; readonly error: StepgateError };

/**
 * Writes what a commit wants, up to its record: the release starts once its gates are open. `live` is the commit that is live
 * where no record says it; `until` ends the wait for the engine to see a new plan. Throws the refusal of a commit that may not
 * be released.
 */
export async function releaseCommit(
  work: Work,
  commit: string,
  { live, until }: { readonly live: string | null; readonly until: Date },
): Promise<Released> {
  refuseTooNew(observe(work).record, 'deploy', work.delivery.name);
  await checkCommit(work, commit);
  await finishPending(work);
  await finishRollback(work);
  const judged = observe(work);
  const asked = await planRelease(work, judged, commit, live);
  const surveyed = await survey(work, observe(work), appliesOf(work, asked), asked);
  const findings = located(
    work.today,
    work.target.traps(work.today, asked.rendered, observe(work).observation, surveyed.around),
  );
  const error = findingsError(findings, ([first]) => `${work.delivery.name}: ${first?.message ?? ''}`);
  const { denied } = surveyed;
  if (error !== null && (asked.is !== 'same' || denied !== null)) return { is: 'refused', findings, error };
  if (denied !== null) throw denied;
  // Without diffs: `plan` shows them, and the log has a line for each write.
  const changes = changesOf(surveyed, isIdle(observe(work)), null);
  const facts = () => factsOf(work, observe(work));
  const { today } = work;
  const { rendered } = asked;
  const newPlan = { today, plan: planDigest(today), rendered, around: surveyed.around };
  const besideRelease =
    asked.is === 'adopt' ||
    (asked.is === 'same' &&
      (sameChanges(facts(), surveyed, false).is !== 'done' || takesNewPlan(facts().observed, newPlan.plan)));
  const isLive = facts().observed.observation.workload?.template === asked.template;
  const stopped = besideRelease && (await isStopped(work, isLive));
  await execute(work, ensureChanges(facts()));
  await seenByEngine(work, until);
  await requestRelease(work, judged, asked, live);
  if ((asked.is === 'same' || asked.is === 'adopt') && !stopped)
    await execute(work, sameChanges(facts(), surveyed, asked.is === 'adopt'));
  if (asked.is === 'same' && !stopped) await execute(work, newPlanChanges(facts(), newPlan));
  return { is: 'requested', follows: observe(work).record.release, extras: { ...noExtras, findings, changes } };
}

/**
 * Whether a freeze stops what a deploy writes beside a release. Throws FROZEN where the wanted template is live already: nothing
 * is requested then that would write it when the freeze ends.
 */
async function isStopped(work: Work, isLive: boolean): Promise<boolean> {
  if (await work.renew()) throw new Moved('the policy has changed');
  const [freeze] = judgeFreezes(work.today, presentEvidence(work));
  if (freeze === undefined) return false;
  if (!isLive) return true;
  throw refusal(
    'FROZEN',
    `${work.today.name}: nothing was written: ${freeze.why}`,
    'deploy again when the freeze ends',
  );
}
