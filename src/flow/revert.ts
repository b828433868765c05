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

/** Pushes the revert and records it. Whatever stands in the way is recorded too: the next tick tries again. */
export async function pushRevert(work: Work, seen: Seen, rollback: Rollback): Promise<void> {
  const { context, policy, delivery } = work;
  const { branch } = policy;
  if (branch === null) return;
  try {
    const revert = await makeRevert(work, rollback);
    if (revert.others.length > 0 && !rollback.also) {
      throw refusal(
        'REVERT_TOUCHES_OTHERS',
        `the revert would change ${revert.others.join(', ')} too, so it was not pushed`,
        'run stepgate rollback --also to push it all the same, or revert by hand',
      );
    }
    if (revert.commit !== null) {
      context.log(
        `write: push ${revert.commit.slice(0, 10)} to ${branch.remote}/${branch.branch}: Git names ${rollback.to.commit.slice(0, 10)} again`,
      );
      await context.repo.push(branch.remote, revert.commit, branch.branch);
    }
    const next = {
      ...seen.record,
      rollback: { ...rollback, git: 'done' as const, revert: revert.commit, trouble: null },
    };
    await writeRecord(work, seen, next, `Git is back too${revert.commit === null ? ': it named stable already' : ''}`);
  } catch (error) {
    const known = asError(error);
    if (known.family === 'bug' || context.signal.aborted) throw error;
    context.log(`${delivery.name}: the cluster is back on stable, Git is not: ${known.message}`);
    await writeRecord(
      work,
      seen,
      { ...seen.record, rollback: { ...rollback, trouble: known.message } },
      'the revert is still to be pushed',
    );
  }
}

/** Makes the revert on the tip of the policy branch and proves that it renders stable, and nothing else of others. */
export async function makeRevert(work: Work, rollback: Rollback): Promise<Revert> {
  const { context, policy, delivery } = work;
  const { repo } = context;
  const { branch } = policy;
  if (branch === null) throw refusal('GIT_FAILED', 'there is no remote to push a revert to');
  await fetchTip(work);
  const onto = await repo.resolve(`refs/remotes/${branch.remote}/${branch.branch}`);
  const { from, to } = rollback;
  const paths = await sourcePaths(context, delivery, [to.commit, onto]);
  const undone = await repo.log(to.commit, onto, paths);
  const commit = await repo.revert({ onto, paths, from: to.commit, message: message(delivery, rollback, undone) });
  if (commit !== null) await prove(work, commit, to);
  const others = commit === null ? [] : await changedOthers(work, onto, commit);
  context.log(
    `${delivery.name}: revert of ${undone.length} commit(s) since ${to.commit.slice(0, 10)}, from ${from.id}`,
  );
  return { commit, onto, undone, paths, others };
}

/** The newest tip where the remote answers, else the last one fetched, and said so. */
async function fetchTip({ context, policy, delivery }: Work): Promise<void> {
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

async function prove({ context, delivery }: Work, commit: string, to: Release): Promise<void> {
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
  { context, policy, delivery }: Work,
  before: string,
  after: string,
): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const other of policy.deliveries) {
    // One service's environments read the same files: a revert of its content takes them all back, and says so.
    if (other.name === delivery.name || serviceOf(other) === serviceOf(delivery)) continue;
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
