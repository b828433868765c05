import { asError, environmentError, refusal } from '../release/error.ts';
import type { CommitRequest } from '../release/ports.ts';
import { containsAfterFetch } from './commits.ts';
import type { Context } from './context.ts';
import type { Policy, RemoteBranch } from './load.ts';

/** What a commit on the policy's branch changes. */
export type FileChange = Omit<CommitRequest, 'onto'> & {
  /** The reason, for the log. */
  readonly why: string;
};

/** How often a commit is pushed in one run when the branch moves meanwhile. */
const PUSHES = 5;

/**
 * Commits files to the branch that the policy is read from. `change` decides on the tip, and decides again when somebody pushed
 * meanwhile; null when nothing is to be done. What counts is the branch as it is read afterwards, because the answer to a push may
 * be lost. Returns the tip then, the one that `change` decided on last, and whether this run has changed the branch. Throws GIT_FAILED
 * or GIT_PUSH_FAILED.
 */
export async function commitToPolicy(
  context: Context,
  policy: Policy,
  change: (tip: string) => Promise<FileChange | null>,
): Promise<{ readonly tip: string; readonly before: string; readonly changed: boolean }> {
  const { repo, log, signal } = context;
  const on = branchOf(policy);
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    const tip = await tipOf(context, on);
    const wanted = await change(tip);
    const commit = wanted === null ? null : await repo.commitFiles({ onto: tip, ...wanted });
    if (wanted === null || commit === null) return { tip, before: tip, changed: false };
    log(`write: push ${commit.slice(0, 10)} to ${on.remote}/${on.branch}: ${wanted.why}`);
    const trouble = await repo.push(on.remote, commit, on.branch).then(
      () => null,
      (error: unknown) => asError(error),
    );
    if (trouble !== null && trouble.code !== 'GIT_PUSH_FAILED') throw trouble;
    const after = await tipOf(context, on).catch((error: unknown) => {
      throw trouble ?? error;
    });
    if (after === commit || (await containsAfterFetch(repo, after, commit)) === true) {
      return { tip: after, before: tip, changed: true };
    }
    if (after === tip || attempt === PUSHES) throw trouble ?? lost(commit, on);
    log(`${on.remote}/${on.branch} has moved meanwhile: the commit is made again on ${after.slice(0, 10)}`);
  }
}

/** The tip of the branch that the policy is read from, fetched. Throws POLICY_NOT_A_BRANCH or GIT_FAILED. */
export async function tipToChange(context: Context, policy: Policy): Promise<string> {
  return tipOf(context, branchOf(policy));
}

async function tipOf({ repo }: Context, { remote, branch }: RemoteBranch): Promise<string> {
  await repo.fetch(remote, branch);
  return repo.resolve(`refs/remotes/${remote}/${branch}`);
}

/** The branch that the policy is read from. A commit on another one would not be part of the policy. */
function branchOf({ fetchable, ref }: Policy): RemoteBranch {
  if (fetchable !== null) return fetchable;
  throw refusal(
    'POLICY_NOT_A_BRANCH',
    `the policy is read from ${ref}, which is no branch of a remote, so nothing can be committed there`,
    'name a branch of a remote, such as --policy-ref origin/main, or commit the file by hand',
  );
}

function lost(commit: string, { remote, branch }: RemoteBranch) {
  return environmentError(
    'GIT_PUSH_FAILED',
    `${remote} accepted ${commit.slice(0, 10)}, and ${branch} does not have it`,
    { hint: 'run again: a repetition does no harm' },
  );
}
