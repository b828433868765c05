import { type Commit, readCommit } from '../git/commits.ts';
import { mergeTrees } from '../git/merge.ts';
import type { Actor } from './accounts.ts';
import { hasPassed } from './checks.ts';
import { commitTree } from './commit.ts';
import { GitHubError } from './github-error.ts';
import { mayPush, type Protection, protectionOf } from './protection.ts';
import { markMerged } from './pull-heads.ts';
import { commitsOf, headLabel, mergedTree, openPull, type PullRequest } from './pulls.ts';
import { moveRef } from './refs.ts';
import type { Repository } from './repository.ts';
import { latestOpinions } from './reviews.ts';
import type { World } from './world.ts';

export const mergeMethods = ['merge', 'rebase', 'squash'] as const;
export type MergeMethod = (typeof mergeMethods)[number];

export interface MergeOptions {
  readonly method: MergeMethod;
  /** The expected head commit; any other head is refused. */
  readonly sha?: string;
  readonly title?: string;
  readonly message?: string;
}

/** Merges a pull request. Returns the new tip of the base branch. */
export function mergePull(world: World, issue: PullRequest, by: Actor, options: MergeOptions): string {
  const { repository, pull } = issue;
  if (issue.state === 'closed' || pull.draft) throw notMergeable();
  if (options.sha !== undefined && options.sha !== pull.head.sha) {
    throw new GitHubError(409, 'Head branch was modified. Review and try the merge again.');
  }
  const rule = protectionOf(repository, pull.base.branch);
  const why = rule === null || rule.bypass.includes(by.account) ? null : notYet(issue, rule, by);
  if (why !== null) throw new GitHubError(405, why);
  const ref = `refs/heads/${pull.base.branch}`;
  const before = repository.bare.tip(ref);
  if (before === null) throw notMergeable();
  const commit = mergeOnto(world, issue, by, before, options);
  markMerged(world, issue, by, { commit, onto: before });
  moveRef(world, repository, { ref, before, after: commit, by });
  return commit;
}

/** Writes the commits of a merge on top of `onto`; moves no branch. Returns the last one. */
export function mergeOnto(
  world: World,
  issue: PullRequest,
  by: Actor,
  onto: string,
  { method, title, message }: MergeOptions,
): string {
  const { repository, number, pull } = issue;
  if (method === 'rebase') return rebase(world, issue, by, onto);
  const tree = mergedTree(repository, onto, pull.head.sha);
  if (tree === null) throw notMergeable();
  const squash = method === 'squash';
  const subject = squash
    ? `${title ?? issue.title} (#${number})`
    : (title ?? `Merge pull request #${number} from ${headLabel(pull).replace(':', '/')}`);
  const bodies = commitsOf(issue).map((commit) => `* ${commit.message}`);
  const text = message ?? (squash ? (bodies.length > 1 ? bodies.join('\n\n') : '') : issue.title);
  return commitTree(world, repository, {
    tree,
    parents: squash ? [onto] : [onto, pull.head.sha],
    message: text === '' ? subject : `${subject}\n\n${text}`,
    by: squash ? { ...by, account: issue.author } : by,
    signed: true,
  });
}

function rebase(world: World, issue: PullRequest, by: Actor, onto: string): string {
  const { repository } = issue;
  let tip = onto;
  for (const commit of commitsOf(issue)) {
    if (commit.parents.length > 1) throw notMergeable();
    const tree = applied(repository, commit, tip);
    // GitHub does not sign rebased commits.
    const { author, message } = commit;
    tip = commitTree(world, repository, { tree, parents: [tip], message, by, author, signed: false });
  }
  return tip;
}

/** The tree of `onto` with the changes of a commit. */
function applied({ bare: { store } }: Repository, commit: Commit, onto: string): string {
  const before = readCommit(store, commit.parents[0] ?? '');
  const merged = mergeTrees(store, before?.tree ?? null, readCommit(store, onto)?.tree ?? '', commit.tree);
  if (merged.is === 'conflict') throw notMergeable();
  return merged.tree;
}

/** Opens a pull request that reverts a merged one. */
export function revertPull(
  world: World,
  issue: PullRequest,
  by: Actor,
  of: { readonly title?: string; readonly body?: string; readonly draft: boolean },
): PullRequest {
  const { repository, number, pull } = issue;
  const { bare } = repository;
  if (pull.merged === null) throw new GitHubError(422, 'Pull request is not merged');
  const base = bare.tip(`refs/heads/${pull.base.branch}`);
  const merge = readCommit(bare.store, pull.merged.commit);
  const before = readCommit(bare.store, pull.merged.onto);
  const onto = base === null ? null : readCommit(bare.store, base);
  const reverted =
    merge === null || before === null || onto === null
      ? null
      : mergeTrees(bare.store, merge.tree, onto.tree, before.tree);
  if (reverted?.is !== 'merged' || reverted.tree === onto?.tree || base === null) {
    throw new GitHubError(422, 'This pull request could not be reverted');
  }
  const message = `Revert "${issue.title} (#${number})"\n\nThis reverts commit ${pull.merged.commit}.`;
  const commit = commitTree(world, repository, { tree: reverted.tree, parents: [base], message, by, signed: true });
  const branch = `revert-${number}-${pull.head.branch}`;
  moveRef(world, repository, { ref: `refs/heads/${branch}`, before: null, after: commit, by });
  return openPull(world, repository, by, {
    title: of.title ?? `Revert "${issue.title}"`,
    body: of.body ?? `Reverts ${repository.fullName}#${number}`,
    head: { repository, branch },
    base: pull.base.branch,
    draft: of.draft,
  });
}

/** Why the protection refuses a merge; null when it allows it. */
function notYet(issue: PullRequest, rule: Protection, by: Actor): string | null {
  return rule.queue ? 'Changes must be made through the merge queue' : notQueueable(issue, rule, by);
}

/** Why the protection refuses to queue it; null when it allows it. The checks run in the queue. */
export function notQueueable(issue: PullRequest, rule: Protection, by: Actor): string | null {
  const { repository, pull } = issue;
  const why = notApproved(issue, rule);
  if (why !== null) return why;
  if (!mayPush(rule, by.account)) return "You're not authorized to push to this branch.";
  const open = rule.queue ? [] : rule.checks.filter((name) => !hasPassed(repository, pull.head.sha, name));
  return open.length === 0 ? null : `Required status check "${open[0]}" is expected.`;
}

/** What the reviews lack for a protection; null when they are enough. */
export function notApproved(issue: PullRequest, { reviews }: Protection): string | null {
  const opinions = latestOpinions(issue, { writersOnly: true });
  if (reviews > 0 && opinions.some(({ state }) => state === 'CHANGES_REQUESTED')) {
    return 'Changes have been requested by reviewers with write access.';
  }
  if (opinions.filter(({ state }) => state === 'APPROVED').length >= reviews) return null;
  const missing = reviews === 1 ? '1 approving review is' : `${reviews} approving reviews are`;
  return `At least ${missing} required by reviewers with write access.`;
}

function notMergeable(): GitHubError {
  return new GitHubError(405, 'Pull Request is not mergeable');
}
