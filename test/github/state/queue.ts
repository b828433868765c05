import type { Account, Actor } from './accounts.ts';
import { hasPassed } from './checks.ts';
import { GitHubError } from './github-error.ts';
import { mergeOnto, notQueueable } from './merging.ts';
import { protectionOf } from './protection.ts';
import { markMerged } from './pull-heads.ts';
import { type PullRequest, pullsOf } from './pulls.ts';
import { moveRef } from './refs.ts';
import type { Repository } from './repository.ts';
import type { World } from './world.ts';

/** A pull request in the merge queue of its base branch. */
export interface QueueEntry {
  readonly id: number;
  readonly nodeId: string;
  readonly issue: PullRequest;
  readonly by: Account;
  readonly at: Date;
  /** The group: a branch with this pull request merged on top of those before it. Rebuilt when one of those leaves the queue. */
  group: { readonly ref: string; readonly base: string; readonly head: string };
  passed: boolean;
}

/** The queue of a base branch, in merge order. */
export function queueOf(repository: Repository, branch: string): readonly QueueEntry[] {
  return pullsOf(repository)
    .flatMap(({ pull }) => (pull.queued !== null && pull.base.branch === branch ? [pull.queued] : []))
    .sort((one, other) => one.id - other.id);
}

export function enqueue(world: World, issue: PullRequest, by: Actor): QueueEntry {
  const { repository, pull } = issue;
  const rule = protectionOf(repository, pull.base.branch);
  if (rule?.queue !== true) throw new GitHubError(422, 'Pull request is not in a repository with a merge queue');
  const why = issue.state === 'closed' || pull.draft ? 'Pull request is not mergeable' : notQueueable(issue, rule, by);
  if (why !== null) throw new GitHubError(422, why);
  if (pull.queued !== null) throw new GitHubError(422, 'Pull request is already in the queue');
  const id = world.nextId();
  const before = queueOf(repository, pull.base.branch).at(-1) ?? null;
  const entry: QueueEntry = {
    id,
    nodeId: `MQE_${id}`,
    issue,
    by: by.account,
    at: world.now(),
    group: makeGroup(world, issue, before),
    passed: false,
  };
  pull.queued = entry;
  pull.timeline.push({ is: 'queued', by: by.account, at: entry.at });
  askForChecks(world, entry);
  return entry;
}

/**
 * Ends the checks of a group. Entries that have passed, and have no other one before them, are merged with one push. A failed entry
 * leaves the queue, and those behind it are rebuilt.
 */
export function settle(world: World, entry: QueueEntry, outcome: 'failure' | 'success'): void {
  const { repository, pull } = entry.issue;
  if (pull.queued !== entry) throw new Error(`pull request #${entry.issue.number} is not in the queue any more`);
  if (outcome === 'success') entry.passed = true;
  else dequeue(world, entry, 'failed_checks');
  const queue = queueOf(repository, pull.base.branch);
  const waiting = queue.findIndex(({ passed }) => !passed);
  mergeGroups(world, waiting < 0 ? queue : queue.slice(0, waiting));
}

/** Settles the group with this head commit, if all its required checks have passed. */
export function advanceQueues(world: World, repository: Repository, sha: string): void {
  for (const { pull } of pullsOf(repository)) {
    const entry = pull.queued;
    const checks = protectionOf(repository, pull.base.branch)?.checks ?? [];
    if (entry === null || entry.passed || entry.group.head !== sha || checks.length === 0) continue;
    if (checks.every((name) => hasPassed(repository, sha, name))) settle(world, entry, 'success');
  }
}

export function dequeue(world: World, entry: QueueEntry, why: string): void {
  const { repository, pull } = entry.issue;
  const { branch } = pull.base;
  const behind = queueOf(repository, branch).filter(({ id }) => id > entry.id);
  pull.queued = null;
  pull.timeline.push({ is: 'unqueued', by: world.queueBot.account, at: world.now(), why });
  removeGroup(world, entry);
  for (const other of behind) {
    removeGroup(world, other);
    const before =
      queueOf(repository, branch)
        .filter(({ id }) => id < other.id)
        .at(-1) ?? null;
    other.group = makeGroup(world, other.issue, before);
    other.passed = false;
    askForChecks(world, other);
  }
}

function mergeGroups(world: World, entries: readonly QueueEntry[]): void {
  const last = entries.at(-1);
  if (last === undefined) return;
  const { repository, pull } = last.issue;
  const by = world.queueBot;
  for (const { issue, group } of entries) markMerged(world, issue, by, { commit: group.head, onto: group.base });
  const ref = `refs/heads/${pull.base.branch}`;
  moveRef(world, repository, { ref, before: repository.bare.tip(ref), after: last.group.head, by });
  for (const entry of entries) removeGroup(world, entry);
}

function makeGroup(world: World, issue: PullRequest, before: QueueEntry | null): QueueEntry['group'] {
  const { repository, number, pull } = issue;
  const base = before?.group.head ?? repository.bare.tip(`refs/heads/${pull.base.branch}`);
  if (base === null) throw new GitHubError(422, 'Pull request is not mergeable');
  const head = mergeOnto(world, issue, world.queueBot, base, { method: repository.settings.queueMerges });
  return { ref: `refs/heads/gh-readonly-queue/${pull.base.branch}/pr-${number}-${base}`, base, head };
}

function askForChecks(world: World, entry: QueueEntry): void {
  const { repository } = entry.issue;
  const by = world.queueBot;
  moveRef(world, repository, { ref: entry.group.ref, before: null, after: entry.group.head, by });
  world.emit({ name: 'merge_group', action: 'checks_requested', repository, by, entry });
}

function removeGroup(world: World, { issue, group }: QueueEntry): void {
  const before = issue.repository.bare.tip(group.ref);
  moveRef(world, issue.repository, { ref: group.ref, before, after: null, by: world.queueBot });
}
