import type { Delivery, Release } from '../release/delivery.ts';
import { asError, refusal, StepgateError } from '../release/error.ts';
import type { Rollback } from '../release/record.ts';
import { renderAt, sourcePaths } from './load.ts';
import { type Seen, type Work, writeRecord } from './work.ts';

/** A revert that was made locally and proven; nothing is pushed yet. */
export interface Revert {
  /** Null where the branch already has stable's content. */
  readonly commit: string | null;
  readonly onto: string;
  /** What goes: commits since stable that touched the paths, newest first. */
  readonly undone: readonly { readonly commit: string; readonly subject: string }[];
  readonly paths: readonly string[];
  /** Other deliveries whose rendering it changes. */
  readonly others: readonly string[];
}

/** A revert is made without a cluster. */
export type Revertable = Pick<Work, 'context' | 'policy' | 'delivery'>;

/** So many moves of the branch under a push are followed in one run. */
const TIPS = 3;

/** Pushes the revert and records it. Whatever stands in the way is recorded too: the next tick tries again. */
export async function pushRevert(work: Work, seen: Seen, rollback: Rollback): Promise<void> {
  const { context, policy, delivery } = work;
  if (policy.branch === null) return;
  try {
    const revert = await pushOnTip(work, rollback);
    const next = {
      ...seen.record,
      rollback: { ...rollback, git: 'done' as const, revert: revert.commit, trouble: null, troubleCode: null },
    };
    await writeRecord(work, seen, next, `Git is back too${revert.commit === null ? ': it named stable already' : ''}`);
  } catch (error) {
    const known = asError(error);
    if (known.family === 'bug' || context.signal.aborted) throw error;
    context.log(`${delivery.name}: the cluster is back on stable, Git is not: ${known.message}`);
    // Noted once: the same trouble at every tick, in words that differ by a millisecond, is no news.
    if (rollback.trouble !== null && rollback.troubleCode === known.code) return;
    const next = { ...rollback, trouble: known.message, troubleCode: known.code };
    await writeRecord(work, seen, { ...seen.record, rollback: next }, 'the revert is still to be pushed');
  }
}

/** Makes the revert anew where somebody pushed in between, or another run of ours pushed the same. */
async function pushOnTip(work: Work, rollback: Rollback): Promise<Revert> {
  const { context, policy } = work;
  const { branch } = policy;
  for (let attempt = 1; ; attempt += 1) {
    const revert = await makeRevert(work, rollback);
    if (revert.others.length > 0 && !rollback.also) {
      throw refusal(
        'REVERT_TOUCHES_OTHERS',
        `the revert would change ${revert.others.join(', ')} too, so it was not pushed`,
        'run stepgate rollback --also to push it all the same, or revert by hand',
      );
    }
    if (revert.commit === null || branch === null) return revert;
    context.log(
      `write: push ${revert.commit.slice(0, 10)} to ${branch.remote}/${branch.branch}: Git names ${rollback.to.commit.slice(0, 10)} again`,
    );
    try {
      await context.repo.push(branch.remote, revert.commit, branch.branch);
      return revert;
    } catch (error) {
      if (asError(error).code !== 'GIT_PUSH_FAILED' || attempt === TIPS) throw error;
      await fetchTip(work);
      if ((await tipOf(work)) === revert.onto) throw error;
    }
  }
}

/** Makes the revert on the tip of the policy branch and proves that it renders stable, and nothing else of others. */
export async function makeRevert(work: Revertable, rollback: Rollback): Promise<Revert> {
  const { context, policy, delivery } = work;
  const { repo } = context;
  const { branch } = policy;
  if (branch === null) throw refusal('GIT_FAILED', 'there is no remote to push a revert to');
  await fetchTip(work);
  const onto = (await tipOf(work)) ?? policy.commit;
  const { from, to } = rollback;
  const paths = await sourcePaths(context, delivery, [to.commit, onto]);
  const undone = await repo.log(to.commit, onto, paths);
  const commit = await repo.revert({ onto, paths, from: to.commit, message: message(delivery, rollback, undone) });
  await prove(work, commit ?? onto, to);
  const others = commit === null ? [] : await changedOthers(work, onto, commit, paths);
  context.log(
    `${delivery.name}: revert of ${undone.length} commit(s) since ${to.commit.slice(0, 10)}, from ${from.id}`,
  );
  return { commit, onto, undone, paths, others };
}

async function tipOf({ context, policy: { branch } }: Revertable): Promise<string | null> {
  return branch === null ? null : context.repo.resolve(`refs/remotes/${branch.remote}/${branch.branch}`);
}

/** The newest tip where the remote answers, else the last one fetched, and said so. */
async function fetchTip({ context, policy, delivery }: Revertable): Promise<void> {
  const { branch } = policy;
  if (branch === null) return;
  try {
    await context.repo.fetch(branch.remote, branch.branch);
  } catch (error) {
    const known = asError(error);
    if (known.family === 'bug') throw error;
    context.log(
      `${delivery.name}: ${branch.remote} does not answer, the last fetched ${branch.branch} is used: ${known.message}`,
    );
  }
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
): Promise<readonly string[]> {
  const touched = new Set<string>();
  for (const path of paths) {
    const [left, right] = await Promise.all([context.repo.read(before, path), context.repo.read(after, path)]);
    if (left !== right) touched.add(path);
  }
  const changed: string[] = [];
  for (const other of policy.deliveries) {
    // One service's environments read the same files: a revert of its content takes them all back, and says so.
    if (other.name === delivery.name || serviceOf(other) === serviceOf(delivery)) continue;
    // Rendering costs: a fleet of hundreds is asked only where it reads what changes.
    const reads = await sourcePaths(context, other, [before, after]);
    if (!reads.some((path) => touched.has(path))) continue;
    const [left, right] = await Promise.all([digestAt(context, other, before), digestAt(context, other, after)]);
    if (left !== right) changed.push(other.name);
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

function serviceOf({ name, environment }: Delivery): string {
  return environment !== null && name.endsWith(`@${environment}`) ? name.slice(0, -environment.length - 1) : name;
}

function message(delivery: Delivery, { from, to, by, reason }: Rollback, undone: Revert['undone']): string {
  const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();
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
