import { factsOf } from '../flow/act.ts';
import { checkCommit } from '../flow/commits.ts';
import { execute } from '../flow/execute.ts';
import { finishPending, finishRollback } from '../flow/finish-pending.ts';
import { appliesOf, planRelease } from '../flow/plan-release.ts';
import { requestRelease } from '../flow/request-release.ts';
import { seenByEngine } from '../flow/seen-by-engine.ts';
import { survey } from '../flow/survey.ts';
import { type Extras, noExtras } from '../flow/tick.ts';
import { refuseTooNew } from '../flow/too-new.ts';
import { observe, type Work } from '../flow/work.ts';
import { planDigest } from '../policy/plan-digest.ts';
import { changesOf } from '../release/changes/compared.ts';
import { ensureChanges, newPlanChanges, sameChanges } from '../release/changes/deploy.ts';
import { isIdle } from '../release/changes/facts.ts';
import type { Finding } from '../release/finding.ts';
import type { AskedFor } from '../release/record.ts';

/** What became of a commit: it is asked for, or its findings refuse it. */
export type Released =
  | { readonly is: 'requested'; readonly follows: AskedFor | null; readonly extras: Extras }
  | { readonly is: 'refused'; readonly findings: readonly Finding[] };

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
  const findings = work.target.traps(work.today, asked.rendered, observe(work).observation, surveyed.around);
  const isRefused = findings.some((finding) => finding.severity === 'error');
  const { denied } = surveyed;
  if (isRefused && (asked.is !== 'same' || denied !== null)) return { is: 'refused', findings };
  if (denied !== null) throw denied;
  // Without diffs: `plan` shows them, and the log has a line for each write.
  const changes = changesOf(surveyed, isIdle(observe(work)), null);
  const facts = () => factsOf(work, observe(work));
  await execute(work, ensureChanges(facts()));
  await seenByEngine(work, until);
  await requestRelease(work, judged, asked, live);
  if (asked.is === 'same' || asked.is === 'adopt')
    await execute(work, sameChanges(facts(), surveyed, asked.is === 'adopt'));
  if (asked.is === 'same') {
    const { today } = work;
    const { rendered } = asked;
    const { around } = surveyed;
    await execute(work, newPlanChanges(facts(), { today, plan: planDigest(today), rendered, around }));
  }
  return { is: 'requested', follows: observe(work).record.release, extras: { ...noExtras, findings, changes } };
}
