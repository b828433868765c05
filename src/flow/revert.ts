import { asError, environmentError, inputError, refusal, type StepgateError } from '../release/error.ts';
import type { Rollback } from '../release/record.ts';
import { revertMessage } from '../release/revert.ts';
import { contentId } from '../release/whole.ts';
import { revertBody } from '../views/revert-body.ts';
import { type BranchState, branchState, type Commit } from './branch-state.ts';
import { bring, noteProposed, wayOf } from './bring.ts';
import { fetchTip, obtain, tipOf } from './commits.ts';
import { writeRecord } from './execute.ts';
import {
  noneTouched,
  prove,
  type Revertable,
  refuseForOthers,
  renders,
  type Touched,
  touchedBy,
} from './revert-effects.ts';
import type { Wanted } from './revert-pull.ts';
import { renderAt, sourceMoved, sourcePaths } from './source.ts';
import type { Observed, Work } from './work.ts';

/** A revert that was made locally and proven; nothing is pushed yet. */
export interface Revert extends Touched {
  /** Null when the branch has stable's content already, or had it after the bad release. */
  readonly commit: string | null;
  readonly onto: string;
  /** The commits that it undoes: those since stable that changed the paths, newest first. */
  readonly undone: readonly Commit[];
  readonly paths: readonly string[];
  /** The error when the remote did not answer, so that the revert is based on the last fetched branch; otherwise null. */
  readonly stale: StepgateError | null;
}

/**
 * Pushes the revert and records it. A failure is recorded too, and the next tick tries again. Returns whether the failure
 * is new.
 */
export async function pushRevert(work: Work, observed: Observed, rollback: Rollback): Promise<boolean> {
  const { policy } = work;
  if (policy.missing === null && policy.branch === null) {
    const next = {
      ...rollback,
      git: 'none' as const,
      trouble: 'there is no remote to push a revert to',
      troubleCode: null,
    };
    await writeRecord(
      work,
      observed,
      { ...observed.record, rollback: next },
      'Git has no remote, so the revert has to be made by hand',
    );
    return false;
  }
  const { record } = observed;
  return noteTrouble(work, observed, rollback, async () => {
    if (policy.missing !== null) throw policy.missing;
    const brought = await bring(work, wayOf(work, record, rollback, 'revert'), () => revertWanted(work, rollback));
    if (brought.is === 'proposed') return noteProposed(work, observed, rollback, brought.pull);
    const { commit } = brought;
    const next = { ...rollback, git: 'done' as const, revert: commit, trouble: null, troubleCode: null };
    const why = `Git is back on stable too${commit === null ? ' (it was already)' : ''}`;
    return writeRecord(work, observed, { ...record, rollback: next }, why);
  });
}

/** Runs a part of a rollback that a later tick can repeat. A failure is recorded. Returns whether it is new. */
export async function noteTrouble(
  work: Work,
  observed: Observed,
  rollback: Rollback,
  body: () => Promise<void>,
): Promise<boolean> {
  const { context, delivery } = work;
  try {
    await body();
    return false;
  } catch (error) {
    const known = asError(error);
    if (known.family === 'bug' || context.signal.aborted) throw error;
    context.log(`${delivery.name}: the cluster is back on stable, but Git is not: ${known.message}`);
    // It waits there all the same when the forge or the remote does not answer now.
    const isAway = known.code === 'FORGE_UNREACHABLE' || known.code === 'GIT_FAILED';
    if (rollback.troubleCode === 'REVERT_PROPOSED' && isAway) return false;
    // The same failure is recorded once. Its text may differ at every tick, for example by a number of milliseconds.
    if (rollback.trouble !== null && rollback.troubleCode === known.code) return false;
    const next = { ...rollback, trouble: known.message.slice(0, 1000), troubleCode: known.code };
    await writeRecord(work, observed, { ...observed.record, rollback: next }, 'the revert is still to be pushed');
    return true;
  }
}

/** The revert to bring to the branch; null when the branch has stable's content. */
async function revertWanted(work: Work, rollback: Rollback): Promise<Wanted | null> {
  const { delivery, policy } = work;
  const { from, to } = rollback;
  const { commit, undone, ...revert } = await makeRevert(work, rollback);
  // The last fetched branch may lack the bad release, so its content does not show what the remote has.
  if (commit === null && revert.stale !== null) throw revert.stale;
  if (commit === null) return null;
  if (!rollback.also) await refuseForOthers(work, rollback, revert);
  const too = revert.siblings.map((one) => one.name).join(', ');
  return {
    is: 'revert',
    release: contentId(from),
    commit,
    onto: revert.onto,
    stale: revert.stale,
    restores: to.commit,
    more: too === '' ? '' : `; ${too} then renders differently`,
    message: revertMessage(delivery.name, rollback, undone),
    body: revertBody(delivery.name, rollback, undone, policy.branch?.branch ?? ''),
  };
}

/**
 * Makes the revert on the tip of the policy branch, and proves that it renders stable. Finds the other deliveries that it
 * changes. Throws GIT_AHEAD when newer commits changed these paths: what somebody merged meanwhile is not undone.
 */
export async function makeRevert(work: Revertable, rollback: Rollback): Promise<Revert> {
  const { context, policy, delivery } = work;
  const { repo } = context;
  const { branch } = policy;
  if (branch === null) throw environmentError('GIT_FAILED', 'there is no remote to push a revert to');
  const stale = await fetchTip(work);
  const onto = (await tipOf(work)) ?? policy.commit;
  const { from, to, bad } = rollback;
  const there = { commit: null, onto, undone: [], paths: [], ...noneTouched, stale };
  if (!(await obtain(work, to.commit))) {
    if (await renders(work, onto, to)) return there;
    throw inputError(
      'REF_UNKNOWN',
      `stable's commit ${to.commit.slice(0, 10)} is no longer in this clone or on the remote, so no revert can be made`,
      { hint: 'commit the wanted content by hand: the next tick sees it' },
    );
  }
  const moved = await sourceMoved(context, delivery, { from: to.commit, to: onto });
  if (moved !== 'no' && (await renders(work, onto, to))) return there;
  const sources = await sourcePaths(context, delivery, [to.commit, onto]);
  // When the config differs only in the paths of this source, the revert restores the config too.
  const paths = moved === 'alone' ? [...sources, context.config.file] : sources;
  const state = await branchState(repo, { bad, to: to.commit, tip: onto, paths });
  if (state.is === 'reverted') return { ...there, paths };
  if (state.is === 'ahead') throw await ahead(work, state, onto);
  const { undone } = state;
  const commit = await repo.revert({
    onto,
    paths,
    from: to.commit,
    message: revertMessage(delivery.name, rollback, undone),
  });
  await prove(work, commit ?? onto, to);
  const touched = commit === null ? noneTouched : await touchedBy(work, onto, commit, paths);
  context.log(
    `${delivery.name}: the revert of ${contentId(from)} undoes ${undone.length} commit${undone.length === 1 ? '' : 's'} since ${to.commit.slice(0, 10)}`,
  );
  return { commit, onto, undone, paths, ...touched, stale };
}

/** The error that Git is ahead. It names the newer commits, and the release that a deploy of the branch would start. */
async function ahead(
  { context, delivery, policy: { branch } }: Revertable,
  { newer }: Extract<BranchState, { is: 'ahead' }>,
  tip: string,
): Promise<StepgateError> {
  const list = newer.slice(0, 5).map((one) => `${one.commit.slice(0, 10)} ${one.subject.slice(0, 80)}`);
  const more = newer.length > list.length ? ` and ${newer.length - list.length} more` : '';
  const next = await renderAt(context, delivery, tip, 1).then(
    ({ release }) => `a deploy of ${branch?.branch ?? 'it'} would release ${release.id}`,
    () => 'the branch does not render now',
  );
  return refusal(
    'GIT_AHEAD',
    `Git is ahead of the bad release, so nothing was pushed: ${list.join('; ')}${more}; ${next}`,
    `to accept the newer commits: stepgate resume --delivery ${delivery.name} --release ID; otherwise revert by hand`,
  );
}
