import type { Delivery, Release } from '../release/delivery.ts';
import { asError, environmentError, inputError, refusal, StepgateError } from '../release/error.ts';
import type { Rollback } from '../release/record.ts';
import { type BranchState, branchState, type Commit } from './branch-state.ts';
import { fetchTip, obtain, tipOf } from './commits.ts';
import { writeRecord } from './execute.ts';
import type { RemoteBranch } from './load.ts';
import { runningSiblings, serviceOf } from './siblings.ts';
import { renderAt, sourceMoved, sourcePaths } from './source.ts';
import type { Observed, Work } from './work.ts';

/** A revert that was made locally and proven; nothing is pushed yet. */
export interface Revert {
  /** Null where the branch already has stable's content, or had it after the bad release. */
  readonly commit: string | null;
  readonly onto: string;
  /** What goes: commits since stable that touched the paths, newest first. */
  readonly undone: readonly Commit[];
  readonly paths: readonly string[];
  /** Other deliveries whose rendering it changes. */
  readonly others: readonly string[];
  /** Other environments of the same service whose rendering it changes. */
  readonly siblings: readonly Delivery[];
  /** Why the remote was not asked: it rests on the branch as it was fetched last. Null where it was. */
  readonly stale: StepgateError | null;
}

/** A revert is made without a cluster. */
export type Revertable = Pick<Work, 'context' | 'policy' | 'delivery'>;

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
    const told = revert.siblings.length === 0 ? '' : `; ${names(revert.siblings)} then renders differently`;
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

async function refuseForOthers(work: Work, { bad }: Rollback, { others, siblings }: Revert): Promise<void> {
  if (others.length > 0) {
    throw refusal(
      'REVERT_TOUCHES_OTHERS',
      `the revert would change ${others.join(', ')} too, so it was not pushed`,
      'run stepgate rollback --also to push it all the same, or revert by hand',
    );
  }
  const running = await runningSiblings(work, siblings, bad);
  if (running.length > 0) {
    throw refusal(
      'SIBLING_RUNS_IT',
      `${running.join(', ')}: the revert would take it back there too, so it was not pushed`,
      'run stepgate rollback --also to push it all the same, or roll those back first',
    );
  }
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
  const there = { commit: null, onto, undone: [], paths: [], others: [], siblings: [], stale };
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
  const changed = commit === null ? [] : await changedOthers(work, onto, commit, paths);
  const siblings = changed.filter((other) => serviceOf(other) === serviceOf(delivery));
  const others = changed.filter((other) => !siblings.includes(other)).map((other) => other.name);
  context.log(
    `${delivery.name}: reverts ${undone.length} commit${undone.length === 1 ? '' : 's'} since ${to.commit.slice(0, 10)}, from ${from.id}`,
  );
  return { commit, onto, undone, paths, others, siblings, stale };
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

/** Whether a commit renders that version, however its content came there. */
async function renders({ context, delivery }: Revertable, commit: string, to: Release): Promise<boolean> {
  return (await digestAt(context, delivery, commit)) === to.digest;
}

async function prove({ context, delivery }: Revertable, commit: string, to: Release): Promise<void> {
  const rendered = await renderAt(context, delivery, commit, 1);
  if (rendered.release.digest !== to.digest) {
    throw refusal(
      'REVERT_NOT_PROVEN',
      `restoring ${delivery.name}'s paths to ${to.commit.slice(0, 10)} renders ${rendered.release.digest.slice(0, 8)}, not ${to.digest.slice(0, 8)}`,
      'the source reads files outside its own paths: revert by hand',
    );
  }
}

async function changedOthers(
  { context, policy, delivery }: Revertable,
  before: string,
  after: string,
  paths: readonly string[],
): Promise<readonly Delivery[]> {
  const touched = new Set<string>();
  for (const path of paths) {
    const [left, right] = await Promise.all([context.repo.read(before, path), context.repo.read(after, path)]);
    if (left !== right) touched.add(path);
  }
  const changed: Delivery[] = [];
  for (const other of policy.deliveries) {
    if (other.name === delivery.name) continue;
    // Rendering costs: a fleet of hundreds is asked only where it reads what changes.
    const reads = await sourcePaths(context, other, [before, after]);
    if (!reads.some((path) => touched.has(path))) continue;
    const [left, right] = await Promise.all([digestAt(context, other, before), digestAt(context, other, after)]);
    if (left !== right) changed.push(other);
  }
  return changed;
}

async function digestAt(context: Work['context'], delivery: Delivery, commit: string): Promise<string> {
  try {
    return (await renderAt(context, delivery, commit, 1)).release.digest;
  } catch (error) {
    if (error instanceof StepgateError && error.family === 'input') return `broken: ${error.message}`;
    throw error;
  }
}

function names(deliveries: readonly Delivery[]): string {
  return deliveries.map((one) => one.name).join(', ');
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
