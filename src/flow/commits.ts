import { asError, environmentError, refusal, StepgateError } from '../release/error.ts';
import type { Repo } from '../release/ports.ts';
import type { Work } from './work.ts';

type Asking = Pick<Work, 'context' | 'policy' | 'delivery'>;

/** Whether this clone has a commit, or could get it: from the rest of a cut history, else from the remote by its id. */
export async function obtain({ context: { repo, log, signal }, policy }: Asking, commit: string): Promise<boolean> {
  if (await repo.has(commit)) return true;
  try {
    if ((await repo.ensureHistory()) && (await repo.has(commit))) return true;
    const remote = remoteOf(policy);
    return remote === undefined ? false : await repo.fetchCommit(remote, commit);
  } catch (error) {
    if (!(error instanceof StepgateError) || error.family === 'bug' || signal.aborted) throw error;
    log(`commit ${commit.slice(0, 10)} could not be fetched: ${error.message}`);
    return false;
  }
}

function remoteOf({ branch, fetchable }: Work['policy']): string | undefined {
  return (branch ?? fetchable)?.remote;
}

/**
 * What is rendered for a write is on the policy branch, or where `commits` allows it, whoever named the commit.
 * Throws COMMIT_NOT_ALLOWED, or where the clone or the remote can't tell GIT_SHALLOW or GIT_FAILED. A rollback never asks.
 */
export async function checkCommit(work: Asking, commit: string): Promise<void> {
  const { context, policy, delivery } = work;
  const { repo } = context;
  const rule = policy.commits;
  if (rule.allow === 'any') return;
  if (await isBelow(work, policy.commit, commit)) return;
  // The policy is some seconds old by now: another run may have asked for what was merged since.
  const { fetchable } = policy;
  if (fetchable !== null) {
    await repo.fetch(fetchable.remote, fetchable.branch);
    const tip = await repo.resolve(`refs/remotes/${fetchable.remote}/${fetchable.branch}`);
    if (tip !== policy.commit && (await isBelow(work, tip, commit))) return;
  }
  if (rule.allow === 'refs') {
    const remote = remoteOf(policy);
    if (remote !== undefined) await repo.fetchRefs(remote, rule);
    for (const ref of await repo.refs(rule)) if (await isBelow(work, ref.commit, commit)) return;
  }
  const also = rule.allow === 'refs' ? ` or on ${[...rule.branches, ...rule.tags].join(', ')}` : '';
  throw refusal(
    'COMMIT_NOT_ALLOWED',
    `${delivery.name}: ${commit.slice(0, 10)} is not on ${policy.ref}${also}: nobody has merged it`,
    'merge and push it first; to release other commits, say so in stepgate.yaml: commits: { branches: [release/*] }',
  );
}

/** Whether a commit has another in its history; a history that was cut is fetched first. `unknown` where that does not tell. */
export async function containsAfterFetch(repo: Repo, commit: string, ancestor: string): Promise<boolean | 'unknown'> {
  const found = await repo.contains(commit, ancestor);
  return found === 'unknown' && (await repo.ensureHistory()) ? repo.contains(commit, ancestor) : found;
}

async function isBelow({ context: { repo }, delivery }: Asking, tip: string, commit: string): Promise<boolean> {
  const below = await containsAfterFetch(repo, tip, commit);
  if (below === 'unknown') {
    throw environmentError(
      'GIT_SHALLOW',
      `${delivery.name}: this clone is too shallow to tell whether ${commit.slice(0, 10)} was merged`,
      { hint: 'check out with fetch-depth: 0' },
    );
  }
  return below;
}

/** The tip of the policy's branch as this clone has it; null without a remote. */
export async function tipOf({ context, policy: { branch } }: Asking): Promise<string | null> {
  return branch === null ? null : context.repo.resolve(`refs/remotes/${branch.remote}/${branch.branch}`);
}

/** The newest tip where the remote answers, else the last one fetched, and said so: the answer is then why. */
export async function fetchTip({ context, policy, delivery }: Asking): Promise<StepgateError | null> {
  const { branch } = policy;
  if (branch === null) return null;
  try {
    await context.repo.fetch(branch.remote, branch.branch);
    return null;
  } catch (error) {
    const known = asError(error);
    if (known.family === 'bug') throw error;
    context.log(
      `${delivery.name}: ${branch.remote} does not answer, the last fetched ${branch.branch} is used: ${known.message}`,
    );
    return known;
  }
}
