import { type Account, type Actor, reaches } from './accounts.ts';
import { GitHubError, invalid } from './github-error.ts';
import type { PullRequest } from './pulls.ts';
import { roleOf } from './repository.ts';
import type { World } from './world.ts';

export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';

export interface Review {
  readonly id: number;
  readonly nodeId: string;
  readonly author: Account;
  readonly body: string;
  /** The head commit that was reviewed. */
  readonly commit: string;
  readonly at: Date;
  state: ReviewState;
}

export function addReview(
  world: World,
  issue: PullRequest,
  by: Actor,
  { state, body }: { readonly state: Exclude<ReviewState, 'DISMISSED'>; readonly body: string },
): Review {
  if (by.account === issue.author && state !== 'COMMENTED') {
    const verb = state === 'APPROVED' ? 'approve' : 'request changes on';
    throw new GitHubError(422, `Can not ${verb} your own pull request`);
  }
  if (by.job && state === 'APPROVED' && !issue.repository.settings.actionsMayOpenPullRequests) {
    throw new GitHubError(422, 'GitHub Actions is not permitted to approve pull requests.');
  }
  const id = world.nextId();
  const review: Review = {
    id,
    nodeId: `PRR_${id}`,
    author: by.account,
    body,
    commit: issue.pull.head.sha,
    at: world.now(),
    state,
  };
  issue.pull.reviews.push(review);
  issue.updatedAt = review.at;
  world.emit({ name: 'pull_request_review', action: 'submitted', repository: issue.repository, by, issue, review });
  return review;
}

export function dismissReview(world: World, issue: PullRequest, by: Actor, review: Review): void {
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED') {
    throw invalid([], `Can not dismiss a ${review.state.toLowerCase()} pull request review`);
  }
  review.state = 'DISMISSED';
  issue.updatedAt = world.now();
  world.emit({ name: 'pull_request_review', action: 'dismissed', repository: issue.repository, by, issue, review });
}

/** The newest review of each person that is not a mere comment. */
export function latestOpinions(
  issue: PullRequest,
  { writersOnly }: { readonly writersOnly: boolean },
): readonly Review[] {
  const byAuthor = new Map<number, Review>();
  for (const review of issue.pull.reviews) {
    if (review.state === 'COMMENTED') continue;
    if (writersOnly && !reaches(roleOf(issue.repository, review.author), 'write')) continue;
    byAuthor.set(review.author.id, review);
  }
  return [...byAuthor.values()];
}
