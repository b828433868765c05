import { inputError, refusal } from '../release/error.ts';
import type { Rollback } from '../release/record.ts';
import { closed } from '../release/record-after.ts';
import { undoMessage } from '../release/revert.ts';
import { contentId } from '../release/whole.ts';
import { undoBody } from '../views/revert-body.ts';
import { branchState } from './branch-state.ts';
import { bring, noteProposed, wayOf } from './bring.ts';
import { fetchTip, obtain, tipOf } from './commits.ts';
import { writeRecord } from './execute.ts';
import { noteTrouble } from './revert.ts';
import type { Wanted } from './revert-pull.ts';
import { sourcePaths } from './source.ts';
import type { Observed, Work } from './work.ts';

/**
 * Restores a version in Git after a person has lifted its rollback. When the revert is on the branch and nothing newer
 * follows it, one commit undoes it. Returns whether a failure is new.
 */
export async function undoRevert(
  work: Work,
  observed: Observed,
  rollback: Rollback,
  undo: NonNullable<Rollback['undo']>,
): Promise<boolean> {
  const { policy } = work;
  const { from } = rollback;
  const settled = closed(observed.record);
  const told = `the rollback of ${contentId(from)} is lifted`;
  return noteTrouble(work, observed, rollback, async () => {
    if (policy.missing !== null) throw policy.missing;
    const way = wayOf(work, observed.record, rollback, 'undo');
    const brought = await bring(work, way, () => undoWanted(work, rollback, undo));
    if (brought.is === 'proposed') return noteProposed(work, observed, rollback, brought.pull);
    const { commit } = brought;
    const why = commit === null ? told : `${told}: Git has it again (${commit.slice(0, 10)})`;
    return writeRecord(work, observed, settled, why);
  });
}

/** The commit that restores the version; null when the branch has it already, or had it after the revert. */
async function undoWanted(
  work: Work,
  { from, to, bad }: Rollback,
  undo: NonNullable<Rollback['undo']>,
): Promise<Wanted | null> {
  const { context, policy, delivery } = work;
  const { repo } = context;
  const { branch } = policy;
  if (branch === null) return null;
  const stale = await fetchTip(work);
  const onto = (await tipOf(work)) ?? policy.commit;
  if (!(await obtain(work, from.commit)) || !(await obtain(work, to.commit))) {
    throw inputError(
      'REF_UNKNOWN',
      `${from.commit.slice(0, 10)} is no longer in this clone or on the remote: commit its content again by hand`,
    );
  }
  const paths = await sourcePaths(context, delivery, [from.commit, to.commit, onto]);
  const state = await branchState(repo, { bad, to: to.commit, tip: onto, paths });
  // The last fetched branch may lack a revert that is on the remote.
  if (state.is !== 'reverted' && stale !== null) throw stale;
  if (state.is !== 'reverted') return null;
  if (!(await repo.sameAt(to.commit, onto, paths))) {
    throw refusal(
      'GIT_AHEAD',
      `newer commits follow the revert of ${contentId(from)}, so it was not undone`,
      'commit the wanted content by hand',
    );
  }
  const message = undoMessage(delivery.name, from, undo);
  const commit = await repo.revert({ onto, paths, from: from.commit, message });
  if (commit === null) return null;
  return {
    is: 'undo',
    release: contentId(from),
    commit,
    onto,
    stale,
    restores: from.commit,
    more: '',
    message,
    body: undoBody(delivery.name, from, undo, branch.branch),
  };
}
