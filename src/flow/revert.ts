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
  /** Null where the branch already has stable's content, or had it after the bad release. */
  readonly commit: string | null;
  readonly onto: string;
  /** What goes: commits since stable that touched the paths, newest first. */
  readonly undone: readonly Commit[];
  readonly paths: readonly string[];
  /** Why the remote was not asked: it rests on the branch as it was fetched last. Null where it was. */
  readonly stale: StepgateError | null;
}

/** So many moves of the branch under a push are followed in one run. */
const TIPS = 3;

/**
 * Pushes the revert and records it. Whatever stands in the way is recorded too: the next tick tries again. Whether the
 * trouble is news.
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
      'Git has no remote: its revert is yours to make',
    );
    return false;
  }
  return noteTrouble(work, observed, rollback, async () => {
    if (policy.missing !== null) throw policy.missing;
    const revert = await pushOnTip(work, rollback);
    const next = { ...rollback, git: 'done' as const, revert: revert.commit, trouble: null, troubleCode: null };
    const why = `Git is back too${revert.commit === null ? ': it named stable already' : ''}`;
    await writeRecord(work, observed, { ...observed.record, rollback: next }, why);
  });
}

/** Runs a part of a rollback that may wait: what stands in its way is recorded. Whether that is news. */
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
    context.log(`${delivery.name}: the cluster is back on stable, Git is not: ${known.message}`);
    // Noted once: the same trouble at every tick, in words that differ by a millisecond, is no news.
    if (rollback.trouble !== null && rollback.troubleCode === known.code) return false;
    const next = { ...rollback, trouble: known.message.slice(0, 1000), troubleCode: known.code };
    await writeRecord(work, observed, { ...observed.record, rollback: next }, 'the revert is still to be pushed');
    return true;
  }
}

/** Makes the revert anew where somebody pushed in between, or another run of ours pushed the same. */
async function pushOnTip(work: Work, rollback: Rollback): Promise<Revert> {
  const { branch } = work.policy;
  for (let attempt = 1; ; attempt += 1) {
    const revert = await makeRevert(work, rollback);
    // An old branch may not have the bad release yet: that it names stable says nothing about the remote's.
    if (revert.commit === null && revert.stale !== null) throw revert.stale;
    if (revert.commit === null || branch === null) return revert;
    if (!rollback.also) await refuseForOthers(work, rollback, revert);
    const told =
      revert.siblings.length === 0
        ? ''
        : `; ${revert.siblings.map((one) => one.name).join(', ')} then renders differently`;
    try {
      await push(work, branch, { commit: revert.commit, names: rollback.to.commit, more: told });
      return revert;
    } catch (error) {
      if (asError(error).code !== 'GIT_PUSH_FAILED' || attempt === TIPS) throw error;
      await fetchTip(work);
      if ((await tipOf(work)) === revert.onto) throw error;
    }
  }
}

/** Pushes a commit that makes the branch name the content of another one again, and says so first. Throws GIT_PUSH_FAILED. */
export async function push(
  { context, delivery }: Revertable,
  { remote, branch }: RemoteBranch,
  { commit, names, more = '' }: { readonly commit: string; readonly names: string; readonly more?: string },
): Promise<void> {
  context.log(
    `write: push ${commit.slice(0, 10)} to ${remote}/${branch}: Git names ${names.slice(0, 10)} again for ${delivery.name}${more}`,
  );
  await context.repo.push(remote, commit, branch);
}

/**
 * Makes the revert on the tip of the policy branch and proves that it renders stable, and nothing else of others. Throws
 * GIT_AHEAD where newer commits stand on these paths: what somebody has merged meanwhile is not undone.
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
      `stable's commit ${to.commit.slice(0, 10)} is in no clone any more, so no revert can be made of it`,
      { hint: 'commit the wanted content by hand: the next tick sees it' },
    );
  }
  const moved = await sourceMoved(context, delivery, { from: to.commit, to: onto });
  if (moved !== 'no' && (await renders(work, onto, to))) return there;
  const sources = await sourcePaths(context, delivery, [to.commit, onto]);
  // Where nothing but the paths of this source has changed in the config, it goes back with what lies there.
  const paths = moved === 'alone' ? [...sources, context.config.file] : sources;
  const state = await branchState(repo, { bad, to: to.commit, tip: onto, paths });
  if (state.is === 'reverted') return { ...there, paths };
  if (state.is === 'ahead') throw await ahead(work, state, onto);
  const { undone } = state;
  const commit = await repo.revert({ onto, paths, from: to.commit, message: message(delivery, rollback, undone) });
  await prove(work, commit ?? onto, to);
  const touched = commit === null ? noneTouched : await touchedBy(work, onto, commit, paths);
  context.log(
    `${delivery.name}: reverts ${undone.length} commit${undone.length === 1 ? '' : 's'} since ${to.commit.slice(0, 10)}, from ${from.id}`,
  );
  return { commit, onto, undone, paths, ...touched, stale };
}

/** Git is ahead: which commits, and what a deploy of the branch would release. */
async function ahead(
  { context, delivery, policy: { branch } }: Revertable,
  { newer }: Extract<BranchState, { is: 'ahead' }>,
  tip: string,
): Promise<StepgateError> {
  const list = newer.slice(0, 5).map((one) => `${one.commit.slice(0, 10)} ${one.subject.slice(0, 80)}`);
  const more = newer.length > list.length ? ` and ${newer.length - list.length} more` : '';
  const next = await renderAt(context, delivery, tip, 1).then(
    ({ release }) => `a deploy of ${branch?.branch ?? 'it'} would release ${release.id}`,
    () => 'it does not render now',
  );
  return refusal(
    'GIT_AHEAD',
    `Git is ahead of the bad release, so nothing was pushed: ${list.join('; ')}${more}; ${next}`,
    `what was merged since stands on top of it: stepgate resume --delivery ${delivery.name} --release ID lets it through, or revert by hand`,
  );
}

/** Text for a line of a commit's message. */
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
