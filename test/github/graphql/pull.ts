import { changesOf } from '../rest/handlers/pulls.ts';
import { associationOf } from '../rest/shapes/issue.ts';
import { webUrl } from '../rest/shapes/repository.ts';
import { reaches } from '../state/accounts.ts';
import { commentsOf } from '../state/issues.ts';
import { notApproved } from '../state/merging.ts';
import { protectionOf } from '../state/protection.ts';
import { commitsOf, type PullRequest, trialMerge } from '../state/pulls.ts';
import { type QueueEntry, queueOf } from '../state/queue.ts';
import { roleOf } from '../state/repository.ts';
import { latestOpinions, type Review, type ReviewState } from '../state/reviews.ts';
import { stamp } from '../state/stamp.ts';
import { commentNode } from './comment.ts';
import { commitById, commitNode } from './commit.ts';
import { connection, type PageArguments } from './connection.ts';
import { actorNode, type Context, requireGrant } from './context.ts';
import { repositoryNode } from './repository.ts';
import { type TimelineArguments, timeline } from './timeline.ts';

export function pullNode(context: Context, issue: PullRequest) {
  const { repository, number, pull } = issue;
  const { merged, head, base } = pull;
  const { world, by } = context;
  return {
    __typename: 'PullRequest',
    id: issue.nodeId,
    fullDatabaseId: String(issue.id),
    number,
    title: issue.title,
    body: issue.body ?? '',
    url: `${webUrl(world, repository)}/pull/${number}`,
    state: merged !== null ? 'MERGED' : issue.state.toUpperCase(),
    isDraft: pull.draft,
    closed: issue.state === 'closed',
    closedAt: issue.closed === null ? null : stamp(issue.closed.at),
    createdAt: stamp(issue.createdAt),
    updatedAt: stamp(issue.updatedAt),
    author: actorNode(issue.author),
    authorAssociation: associationOf(repository, issue.author),
    viewerDidAuthor: issue.author === by.account,
    repository: () => repositoryNode(context, repository),
    headRefName: head.branch,
    headRefOid: head.sha,
    headRepository: () => repositoryNode(context, head.repository),
    headRepositoryOwner: actorNode(head.repository.owner),
    isCrossRepository: head.repository !== repository,
    baseRefName: base.branch,
    baseRefOid: base.sha,
    merged: merged !== null,
    mergedAt: merged === null ? null : stamp(merged.at),
    mergedBy: merged === null ? null : actorNode(merged.by),
    mergeCommit: () => commitById(context, repository, merged?.commit ?? null),
    mergeable: () =>
      issue.state === 'closed' ? 'UNKNOWN' : trialMerge(world, issue) === null ? 'CONFLICTING' : 'MERGEABLE',
    reviewDecision: () => decisionOf(issue),
    isInMergeQueue: pull.queued !== null,
    mergeQueueEntry: () => (pull.queued === null ? null : queueEntryNode(context, pull.queued)),
    labels: (page: PageArguments) =>
      connection('labels', issue.labels, page, ({ id, name }) => ({ id: `LA_${id}`, name })),
    commits: (page: PageArguments) =>
      connection('commits', commitsOf(issue), page, (commit) => ({
        id: `PRC_${commit.id}`,
        commit: commitNode(context, repository, commit),
      })),
    files: (page: PageArguments) =>
      connection('files', changesOf(issue), page, ({ path, additions, deletions, status }) => ({
        path,
        additions,
        deletions,
        changeType: status === 'removed' ? 'DELETED' : status.toUpperCase(),
      })),
    comments: (page: PageArguments) => {
      requireGrant(context, repository, [
        ['pull_requests', 'read'],
        ['issues', 'read'],
      ]);
      return connection('comments', commentsOf(issue), page, (comment) => commentNode(context, comment));
    },
    reviews: ({
      states,
      author,
      ...page
    }: PageArguments & { states?: ReviewState[] | null; author?: string | null }) => {
      const found = pull.reviews.filter(
        (review) => (states?.includes(review.state) ?? true) && (author ?? review.author.login) === review.author.login,
      );
      return connection('reviews', found, page, (review) => reviewNode(context, issue, review));
    },
    latestOpinionatedReviews: ({ writersOnly, ...page }: PageArguments & { writersOnly?: boolean | null }) => {
      const found = latestOpinions(issue, { writersOnly: writersOnly === true });
      return connection('latestOpinionatedReviews', found, page, (review) => reviewNode(context, issue, review));
    },
    timelineItems: (args: TimelineArguments) => timeline(context, issue, args),
  };
}

function reviewNode(context: Context, { repository, number }: PullRequest, review: Review) {
  return {
    id: review.nodeId,
    databaseId: review.id,
    fullDatabaseId: String(review.id),
    author: actorNode(review.author),
    authorAssociation: associationOf(repository, review.author),
    authorCanPushToRepository: reaches(roleOf(repository, review.author), 'write'),
    viewerDidAuthor: review.author === context.by.account,
    body: review.body,
    state: review.state,
    submittedAt: stamp(review.at),
    lastEditedAt: null,
    isMinimized: false,
    minimizedReason: null,
    commit: () => commitById(context, repository, review.commit),
    url: `${webUrl(context.world, repository)}/pull/${number}#pullrequestreview-${review.id}`,
  };
}

/** `reviewDecision`: null when no rule requires reviews. */
function decisionOf(issue: PullRequest): string | null {
  const rule = protectionOf(issue.repository, issue.pull.base.branch);
  if (rule === null || rule.reviews === 0) return null;
  const opinions = latestOpinions(issue, { writersOnly: true });
  if (opinions.some(({ state }) => state === 'CHANGES_REQUESTED')) return 'CHANGES_REQUESTED';
  return notApproved(issue, rule) === null ? 'APPROVED' : 'REVIEW_REQUIRED';
}

function queueEntryNode(context: Context, entry: QueueEntry) {
  const { repository, pull } = entry.issue;
  return {
    id: entry.nodeId,
    enqueuer: actorNode(entry.by),
    enqueuedAt: stamp(entry.at),
    position: queueOf(repository, pull.base.branch).indexOf(entry) + 1,
    headCommit: () => commitById(context, repository, entry.group.head),
    baseCommit: () => commitById(context, repository, entry.group.base),
    pullRequest: () => pullNode(context, entry.issue),
  };
}
