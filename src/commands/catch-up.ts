import { containsAfterFetch } from '../flow/commits.ts';
import { renderAt, sourcePaths } from '../flow/source.ts';
import { observe, type Work } from '../flow/work.ts';
import { startsByPromotion } from '../gates/approval.ts';
import { asError, type StepgateError } from '../release/error.ts';
import type { Finding } from '../release/finding.ts';
import { deliveryHold, openRollback, rollbackUnderWay, versionHold } from '../release/record.ts';
import { sameContent } from '../release/whole.ts';
import { releaseCommit } from './release-commit.ts';

/** What a tick has found out about a commit that nobody has released yet. */
export interface CaughtUp {
  readonly findings: readonly Finding[];
  /** Why the commit is not released; the release that is under way goes on all the same. */
  readonly error: StepgateError | null;
}

const nothing: CaughtUp = { findings: [], error: null };

/**
 * Asks for the release that the policy branch wants where nobody has: a push by the job's own token starts no workflow, and
 * an environment that starts by a promotion pull request needs no deploy. Held versions, rollbacks and what was released
 * from elsewhere are left alone. `always`: also where the delivery does not start by a promotion pull request.
 */
export async function catchUp(
  work: Work,
  { always, until }: { readonly always: boolean; readonly until: Date },
): Promise<CaughtUp> {
  const { today, policy, context } = work;
  if (policy.branch === null || !(always || startsByPromotion(today.startWhen))) return nothing;
  try {
    if (!(await isUnreleased(work, policy.commit))) return nothing;
    context.log(
      `${today.name}: ${policy.branch.branch} wants ${policy.commit.slice(0, 10)}, which nobody has released`,
    );
    const released = await releaseCommit(work, policy.commit, { live: null, until });
    return released.is === 'refused' ? { findings: released.findings, error: released.error } : nothing;
  } catch (error) {
    const known = asError(error);
    // Somebody wrote first, or something can't be reached: as in every other write.
    if (known.family !== 'refused' && known.family !== 'input') throw error;
    context.log(`${today.name}: ${policy.commit.slice(0, 10)} is not released: ${known.message}`);
    // Somebody has stopped it, and knows: no failure of every tick until then.
    const isStopped = ['HELD', 'FROZEN', 'BAD_RELEASE_INSIDE'].includes(known.code);
    return { findings: [], error: isStopped ? null : known };
  }
}

/** Whether a commit of the policy branch renders something that was not asked for, and that may be asked for now. */
async function isUnreleased(work: Work, tip: string): Promise<boolean> {
  const { context, today } = work;
  const { record } = observe(work);
  if (deliveryHold(record) !== null || openRollback(record) !== null) return false;
  if (rollbackUnderWay(record) !== null) return false;
  const { release } = record;
  if (release === null) return true;
  if (release.commit === tip) return false;
  const { repo } = context;
  // A release from a branch or a tag is ahead of the policy branch, or beside it.
  if ((await containsAfterFetch(repo, tip, release.commit)) !== true) return false;
  const paths = await sourcePaths(context, today, [release.commit, tip]);
  if (await repo.sameAt(release.commit, tip, paths)) return false;
  const wanted = (await renderAt(context, today, tip, 1)).release;
  return !sameContent(wanted, release) && versionHold(record, wanted) === null;
}
