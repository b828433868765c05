import { commentsOf } from '../../state/issues.ts';
import { notApproved } from '../../state/merging.ts';
import { protectionOf } from '../../state/protection.ts';
import { commitsOf, type PullRequest, trialMerge } from '../../state/pulls.ts';
import type { Repository } from '../../state/repository.ts';
import type { Review } from '../../state/reviews.ts';
import { stamp } from '../../state/stamp.ts';
import type { World } from '../../state/world.ts';
import { userShape } from './account.ts';
import { associationOf, labelShape } from './issue.ts';
import { apiUrl, repositoryShape, webUrl } from './repository.ts';

/** The size of a change. */
export interface Extent {
  readonly additions: number;
  readonly deletions: number;
  readonly files: number;
}

/** A pull request in a list. */
export function simplePullShape(world: World, issue: PullRequest) {
  const { repository, number, pull, closed } = issue;
  const api = `${apiUrl(world, repository)}/pulls/${number}`;
  const asIssue = `${apiUrl(world, repository)}/issues/${number}`;
  const web = `${webUrl(world, repository)}/pull/${number}`;
  const addresses = {
    url: api,
    html_url: web,
    issue_url: asIssue,
    comments_url: `${asIssue}/comments`,
    review_comments_url: `${api}/comments`,
    review_comment_url: `${apiUrl(world, repository)}/pulls/comments{/number}`,
    commits_url: `${api}/commits`,
    statuses_url: `${apiUrl(world, repository)}/statuses/${pull.head.sha}`,
  };
  return {
    id: issue.id,
    node_id: issue.nodeId,
    ...addresses,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: userShape(world, issue.author),
    body: issue.body,
    created_at: stamp(issue.createdAt),
    updated_at: stamp(issue.updatedAt),
    closed_at: closed === null ? null : stamp(closed.at),
    merged_at: pull.merged === null ? null : stamp(pull.merged.at),
    merge_commit_sha: pull.merged?.commit ?? (issue.state === 'open' ? trialMerge(world, issue) : null),
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: issue.labels.map((label) => labelShape(world, repository, label)),
    milestone: null,
    draft: pull.draft,
    head: sideShape(world, pull.head.repository, pull.head.branch, pull.head.sha),
    base: sideShape(world, repository, pull.base.branch, pull.base.sha),
    _links: Object.fromEntries(
      [
        ['self', api],
        ['html', web],
        ['issue', asIssue],
        ['comments', addresses.comments_url],
        ['review_comments', addresses.review_comments_url],
        ['review_comment', addresses.review_comment_url],
        ['commits', addresses.commits_url],
        ['statuses', addresses.statuses_url],
      ].map(([name, href]) => [name, { href }]),
    ),
    author_association: associationOf(repository, issue.author),
    auto_merge: null,
    active_lock_reason: null,
  };
}

/** A pull request that was asked for alone: it has more fields. */
export function pullShape(world: World, issue: PullRequest, extent: Extent) {
  const { pull } = issue;
  const open = issue.state === 'open';
  const mergeable = open ? trialMerge(world, issue) !== null : null;
  return {
    ...simplePullShape(world, issue),
    merged: pull.merged !== null,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: mergeable === null ? 'unknown' : mergeable ? readiness(issue) : 'dirty',
    merged_by: pull.merged === null ? null : userShape(world, pull.merged.by),
    comments: commentsOf(issue).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: commitsOf(issue).length,
    additions: extent.additions,
    deletions: extent.deletions,
    changed_files: extent.files,
  };
}

function readiness(issue: PullRequest): 'blocked' | 'clean' | 'draft' {
  if (issue.pull.draft) return 'draft';
  const rule = protectionOf(issue.repository, issue.pull.base.branch);
  return rule === null || notApproved(issue, rule) === null ? 'clean' : 'blocked';
}

export function reviewShape(world: World, { repository, number }: PullRequest, review: Review) {
  const api = `${apiUrl(world, repository)}/pulls/${number}`;
  const web = `${webUrl(world, repository)}/pull/${number}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: review.nodeId,
    user: userShape(world, review.author),
    body: review.body,
    state: review.state,
    html_url: web,
    pull_request_url: api,
    _links: { html: { href: web }, pull_request: { href: api } },
    submitted_at: stamp(review.at),
    commit_id: review.commit,
    author_association: associationOf(repository, review.author),
  };
}

function sideShape(world: World, repository: Repository, branch: string, sha: string) {
  const { owner } = repository;
  return {
    label: `${owner.login}:${branch}`,
    ref: branch,
    sha,
    user: userShape(world, owner),
    repo: repositoryShape(world, repository),
  };
}
