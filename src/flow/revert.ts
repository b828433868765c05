import type { Delivery } from '../release/delivery.ts';
import { asError, environmentError, inputError, refusal, type StepgateError } from '../release/error.ts';
import type { Rollback } from '../release/record.ts';
import { type BranchState, branchState, type Commit } from './branch-state.ts';
import { fetchTip, obtain, tipOf } from './commits.ts';
import { writeRecord } from './execute.ts';
import type { RemoteBranch } from './load.ts';
import {
  noneTouched,
  prove,
  type Revertable,
  refuseForOthers,
  renders,
  type Touched,
  touchedBy,
} from './revert-effects.ts';
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

/** How often a revert is pushed in one run when the branch moves meanwhile. */
const PUSHES = 3;

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
  return noteTrouble(work, observed, rollback, async () => {
    if (policy.missing !== null) throw policy.missing;
    const revert = await pushOnTip(work, rollback);
    const next = { ...rollback, git: 'done' as const, revert: revert.commit, trouble: null, troubleCode: null };
    const why = `Git is back on stable too${revert.commit === null ? ' (it was already)' : ''}`;
    await writeRecord(work, observed, { ...observed.record, rollback: next }, why);
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
    // The same failure is recorded once. Its text may differ at every tick, for example by a number of milliseconds.
    if (rollback.trouble !== null && rollback.troubleCode === known.code) return false;
    const next = { ...rollback, trouble: known.message.slice(0, 1000), troubleCode: known.code };
    await writeRecord(work, observed, { ...observed.record, rollback: next }, 'the revert is still to be pushed');
    return true;
  }
}

/**
 * Makes and pushes the revert. Makes it again when somebody pushed meanwhile, or when another run pushed the same revert.
 */
async function pushOnTip(work: Work, rollback: Rollback): Promise<Revert> {
  const { branch } = work.policy;
  for (let attempt = 1; ; attempt += 1) {
    const revert = await makeRevert(work, rollback);
    // The last fetched branch may lack the bad release, so its content does not show what the remote has.
    if (revert.commit === null && revert.stale !== null) throw revert.stale;
    if (revert.commit === null || branch === null) return revert;
    if (!rollback.also) await refuseForOthers(work, rollback, revert);
    const told =
      revert.siblings.length === 0
        ? ''
        : `; ${revert.siblings.map((one) => one.name).join(', ')} then renders differently`;
    try {
      await push(work, branch, { commit: revert.commit, restores: rollback.to.commit, more: told });
      return revert;
    } catch (error) {
      if (asError(error).code !== 'GIT_PUSH_FAILED' || attempt === PUSHES) throw error;
      await fetchTip(work);
      if ((await tipOf(work)) === revert.onto) throw error;
    }
  }
}

/** Pushes a commit that restores the content of an earlier one, and logs that first. Throws GIT_PUSH_FAILED. */
export async function push(
  { context, delivery }: Revertable,
  { remote, branch }: RemoteBranch,
  { commit, restores, more = '' }: { readonly commit: string; readonly restores: string; readonly more?: string },
): Promise<void> {
  context.log(
    `write: push ${commit.slice(0, 10)} to ${remote}/${branch}: restore ${restores.slice(0, 10)} for ${delivery.name}${more}`,
  );
  await context.repo.push(remote, commit, branch);
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
  const commit = await repo.revert({ onto, paths, from: to.commit, message: message(delivery, rollback, undone) });
  await prove(work, commit ?? onto, to);
  const touched = commit === null ? noneTouched : await touchedBy(work, onto, commit, paths);
  context.log(
    `${delivery.name}: the revert of ${from.id} undoes ${undone.length} commit${undone.length === 1 ? '' : 's'} since ${to.commit.slice(0, 10)}`,
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

/** The text as one line of a commit message. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function message(delivery: Delivery, { from, to, by, reason }: Rollback, undone: Revert['undone']): string {
  return [
    `Roll back ${delivery.name} to ${to.commit.slice(0, 10)}`,
    '',
    oneLine(reason),
    '',
    ...(undone.length === 0
      ? []
      : ['Undone:', ...undone.map((one) => `  ${one.commit.slice(0, 10)} ${oneLine(one.subject)}`), '']),
    `Stepgate-Delivery: ${delivery.name}`,
    `Stepgate-Rolled-Back: ${from.id} ${from.commit}`,
    `Stepgate-Restored: ${to.id} ${to.commit}`,
    `Stepgate-By: ${oneLine(by)}`,
  ].join('\n');
}
