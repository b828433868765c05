import { asError, environmentError, refusal, StepgateError } from '../release/error.ts';
import type { Repo } from '../release/ports.ts';
import type { Work } from './work.ts';

type Asking = Pick<Work, 'context' | 'policy' | 'delivery'>;

/** Whether this clone has a commit or can fetch it: with the rest of a shallow history, or from the remote by its id. */
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
 * Throws COMMIT_NOT_ALLOWED when a commit that is rendered for a write is neither on the policy branch nor allowed by
 * `commits`. Throws GIT_SHALLOW or GIT_FAILED when the clone or the remote can't tell. A rollback does not check this.
 */
export async function checkCommit(work: Asking, commit: string): Promise<void> {
  const { context, policy, delivery } = work;
  const { repo } = context;
  const rule = policy.commits;
  if (rule.allow === 'any') return;
  if (await isBelow(work, policy.commit, commit)) return;
  // The policy was read some seconds ago. Another run may have requested a commit that was merged since.
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
    'merge and push it first, or allow other commits in stepgate.yaml: commits: { branches: [release/*] }',
  );
}

/**
 * Whether a commit has another in its history. A shallow history is fetched first; `unknown` when that does not answer
 * it.
 */
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

/** The tip of the policy's branch in this clone; null without a remote. */
export async function tipOf({ context, policy: { branch } }: Asking): Promise<string | null> {
  return branch === null ? null : context.repo.resolve(`refs/remotes/${branch.remote}/${branch.branch}`);
}

/**
 * Fetches the policy's branch. Null when that worked or there is no remote. Otherwise logs and returns the error: the
 * last fetched tip is then used.
 */
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
      `${delivery.name}: ${branch.remote} does not answer, so the last fetched ${branch.branch} is used: ${known.message}`,
    );
    return known;
  }
}
