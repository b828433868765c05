import { type Commit, readCommit, writeCommit } from '../git/commits.ts';
import { log, mergeBase } from '../git/history.ts';
import { mergeTrees } from '../git/merge.ts';
import { type Account, type Actor, github } from './accounts.ts';
import { GitHubError, invalid, notFound } from './github-error.ts';
import { type Issue, issueOf, newNumber } from './issues.ts';
import type { QueueEntry } from './queue.ts';
import type { Repository } from './repository.ts';
import type { Review } from './reviews.ts';
import type { World } from './world.ts';

export type TimelineItem =
  | {
      readonly is: 'forcePushed';
      readonly by: Account;
      readonly at: Date;
      readonly before: string;
      readonly after: string;
    }
  | { readonly is: 'queued'; readonly by: Account; readonly at: Date }
  | { readonly is: 'unqueued'; readonly by: Account; readonly at: Date; readonly why: string }
  | { readonly is: 'merged'; readonly by: Account; readonly at: Date; readonly commit: string }
  | { readonly is: 'closed' | 'reopened'; readonly by: Account; readonly at: Date };

export interface Pull {
  readonly head: { readonly repository: Repository; readonly branch: string; sha: string };
  readonly base: { readonly branch: string; sha: string };
  draft: boolean;
  /** `onto` is the tip of the base branch before the merge. */
  merged: { readonly by: Account; readonly at: Date; readonly commit: string; readonly onto: string } | null;
  readonly reviews: Review[];
  readonly timeline: TimelineItem[];
  queued: QueueEntry | null;
  /** The last test merge, which GitHub keeps at `refs/pull/N/merge`; its commit is null for conflicts. */
  trial: { readonly head: string; readonly base: string; readonly commit: string | null } | null;
}

/** An issue that is a pull request. */
export type PullRequest = Issue & { readonly pull: Pull };

export function isPull(issue: Issue): issue is PullRequest {
  return issue.pull !== null;
}

export function pullsOf(repository: Repository): readonly PullRequest[] {
  return [...repository.issues.values()].filter(isPull);
}

export function pullOf(repository: Repository, number: number): PullRequest {
  const found = issueOf(repository, number);
  if (!isPull(found)) throw notFound();
  return found;
}

export function openPull(
  world: World,
  repository: Repository,
  by: Actor,
  of: {
    readonly title: string;
    readonly body: string | null;
    readonly head: { readonly repository: Repository; readonly branch: string };
    readonly base: string;
    readonly draft: boolean;
  },
): PullRequest {
  if (by.job && !repository.settings.actionsMayOpenPullRequests) {
    throw new GitHubError(403, 'GitHub Actions is not permitted to create or approve pull requests.');
  }
  const { bare } = repository;
  const base = bare.tip(`refs/heads/${of.base}`);
  const head = of.head.repository.bare.tip(`refs/heads/${of.head.branch}`);
  if (base === null) throw invalid([{ resource: 'PullRequest', field: 'base', code: 'invalid' }]);
  if (head === null) throw invalid([{ resource: 'PullRequest', field: 'head', code: 'invalid' }]);
  const label = `${of.head.repository.owner.login}:${of.head.branch}`;
  const refused = (message: string) => invalid([{ resource: 'PullRequest', code: 'custom', message }]);
  if (log(bare.store, head, base).length === 0) {
    throw refused(`No commits between ${of.base} and ${of.head.branch}`);
  }
  const there = pullsOf(repository).some(
    ({ state, pull }) => state === 'open' && headLabel(pull) === label && pull.base.branch === of.base,
  );
  if (there) throw refused(`A pull request already exists for ${label}.`);

  const id = world.nextId();
  const now = world.now();
  const made: PullRequest = {
    id,
    nodeId: `PR_${id}`,
    repository,
    number: newNumber(repository),
    author: by.account,
    app: by.app,
    createdAt: now,
    updatedAt: now,
    title: of.title,
    body: of.body,
    state: 'open',
    closed: null,
    labels: [],
    pull: {
      head: { ...of.head, sha: head },
      base: { branch: of.base, sha: base },
      draft: of.draft,
      merged: null,
      reviews: [],
      timeline: [],
      queued: null,
      trial: null,
    },
  };
  repository.issues.set(made.number, made);
  bare.set(`refs/pull/${made.number}/head`, head, null);
  world.emit({ name: 'pull_request', action: 'opened', repository, by, issue: made });
  return made;
}

export function headLabel({ head }: Pull): string {
  return `${head.repository.owner.login}:${head.branch}`;
}

export function closePull(world: World, issue: PullRequest, by: Actor): void {
  if (issue.state === 'closed') return;
  const now = world.now();
  issue.state = 'closed';
  issue.updatedAt = now;
  issue.closed = { at: now, by: by.account };
  if (issue.pull.merged === null) issue.pull.timeline.push({ is: 'closed', by: by.account, at: now });
  world.emit({ name: 'pull_request', action: 'closed', repository: issue.repository, by, issue });
}

export function reopenPull(world: World, issue: PullRequest, by: Actor): void {
  const { head } = issue.pull;
  const tip = head.repository.bare.tip(`refs/heads/${head.branch}`);
  if (issue.pull.merged !== null || tip === null) {
    const message = 'state cannot be changed. The repository that submitted this pull request has been deleted.';
    const why = tip === null ? message : 'state cannot be changed. The pull request cannot be reopened.';
    throw invalid([{ resource: 'PullRequest', code: 'invalid', field: 'state', message: why }]);
  }
  if (issue.state === 'open') return;
  issue.state = 'open';
  issue.closed = null;
  issue.updatedAt = world.now();
  issue.pull.timeline.push({ is: 'reopened', by: by.account, at: issue.updatedAt });
  world.emit({ name: 'pull_request', action: 'reopened', repository: issue.repository, by, issue });
}

export function editPull(
  world: World,
  issue: Issue,
  by: Actor,
  { title, body }: { readonly title?: string; readonly body?: string | null },
): void {
  const before = { title: issue.title, body: issue.body };
  if (title !== undefined) issue.title = title;
  if (body !== undefined) issue.body = body;
  if (before.title === issue.title && before.body === issue.body) return;
  issue.updatedAt = world.now();
  world.emit({ name: 'issues', action: 'edited', repository: issue.repository, by, issue });
}

/** The commits of a pull request, oldest first. */
export function commitsOf({ repository, pull }: PullRequest): readonly Commit[] {
  return log(repository.bare.store, pull.head.sha, pull.base.sha).toReversed();
}

/** The merge base: the commit that the changes are compared with. */
export function forkPoint({ repository, pull }: PullRequest): string {
  return mergeBase(repository.bare.store, pull.base.sha, pull.head.sha) ?? pull.base.sha;
}

/** Makes the test merge of an open pull request; null when it has conflicts. */
export function trialMerge(world: World, { repository, number, pull }: PullRequest): string | null {
  const { bare } = repository;
  const base = bare.tip(`refs/heads/${pull.base.branch}`);
  const { sha: head } = pull.head;
  if (base === null) return null;
  if (pull.trial?.head === head && pull.trial.base === base) return pull.trial.commit;
  const tree = mergedTree(repository, base, head);
  const by = { ...github, at: world.now() };
  const message = `Merge ${head} into ${base}`;
  const parents = [base, head];
  const commit =
    tree === null ? null : writeCommit(bare.store, { tree, parents, author: by, committer: by, message, signed: true });
  const ref = `refs/pull/${number}/merge`;
  bare.set(ref, commit, bare.tip(ref));
  pull.trial = { head, base, commit };
  return commit;
}

/** The tree of a merge of two commits; null when they conflict. */
export function mergedTree({ bare: { store } }: Repository, ours: string, theirs: string): string | null {
  const base = mergeBase(store, ours, theirs);
  const treeOf = (id: string) => readCommit(store, id)?.tree ?? '';
  const merged = mergeTrees(store, base === null ? null : treeOf(base), treeOf(ours), treeOf(theirs));
  return merged.is === 'merged' ? merged.tree : null;
}
