import { isAncestor } from '../git/history.ts';
import type { Actor } from './accounts.ts';
import { protectionOf } from './protection.ts';
import { closePull, type PullRequest, pullsOf } from './pulls.ts';
import type { Repository } from './repository.ts';
import type { World } from './world.ts';

/** Updates the pull requests whose head or base branch was pushed to. */
export function branchMoved(
  world: World,
  repository: Repository,
  by: Actor,
  { branch, before, after }: { readonly branch: string; readonly before: string | null; readonly after: string | null },
): void {
  const networked = [...world.repositories.values()].filter(({ bare }) => bare.store === repository.bare.store);
  for (const target of networked)
    for (const issue of pullsOf(target)) {
      if (issue.state === 'closed') continue;
      const { head, base } = issue.pull;
      if (head.repository === repository && head.branch === branch) headMoved(world, issue, by, before, after);
      // A push that contains the head of a pull request merges it.
      else if (target === repository && base.branch === branch && after !== null) {
        const merged = isAncestor(repository.bare.store, head.sha, after);
        if (merged) markMerged(world, issue, by, { commit: head.sha, onto: before ?? after });
      }
    }
}

/** Marks a pull request as merged by a commit on its base branch, and closes it. */
export function markMerged(
  world: World,
  issue: PullRequest,
  by: Actor,
  { commit, onto }: { readonly commit: string; readonly onto: string },
): void {
  const at = world.now();
  issue.pull.merged = { by: by.account, at, commit, onto };
  issue.pull.queued = null;
  issue.pull.timeline.push({ is: 'merged', by: by.account, at, commit });
  closePull(world, issue, by);
}

function headMoved(world: World, issue: PullRequest, by: Actor, before: string | null, after: string | null): void {
  const { repository, pull, number } = issue;
  if (after === null) {
    closePull(world, issue, by);
    return;
  }
  const at = world.now();
  const { store } = repository.bare;
  if (before !== null && !isAncestor(store, before, after)) {
    pull.timeline.push({ is: 'forcePushed', by: by.account, at, before, after });
  }
  pull.head.sha = after;
  pull.base.sha = repository.bare.tip(`refs/heads/${pull.base.branch}`) ?? pull.base.sha;
  issue.updatedAt = at;
  const ref = `refs/pull/${number}/head`;
  repository.bare.set(ref, after, repository.bare.tip(ref));
  if (protectionOf(repository, pull.base.branch)?.dismissStale === true) {
    for (const review of pull.reviews) if (review.state === 'APPROVED') review.state = 'DISMISSED';
  }
  world.emit({ name: 'pull_request', action: 'synchronize', repository, by, issue, moved: { before, after } });
}
