import type { Account } from '../../state/accounts.ts';
import {
  type Comment,
  commentsOf,
  type Issue,
  type Label,
  type Reaction,
  reactionContents,
} from '../../state/issues.ts';
import { type Repository, roleOf } from '../../state/repository.ts';
import { stamp } from '../../state/stamp.ts';
import type { World } from '../../state/world.ts';
import { appShape, userShape } from './account.ts';
import { apiUrl, webUrl } from './repository.ts';

export function issueShape(world: World, issue: Issue) {
  const { repository, number, pull, closed } = issue;
  const api = apiUrl(world, repository);
  const own = `${api}/issues/${number}`;
  const web = `${webUrl(world, repository)}/${pull === null ? 'issues' : 'pull'}/${number}`;
  const addresses = {
    url: `${api}/pulls/${number}`,
    html_url: web,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
  };
  const merged = pull?.merged ?? null;
  return {
    id: issue.id,
    node_id: issue.nodeId,
    url: own,
    repository_url: api,
    labels_url: `${own}/labels{/name}`,
    comments_url: `${own}/comments`,
    events_url: `${own}/events`,
    html_url: web,
    number,
    title: issue.title,
    body: issue.body,
    user: userShape(world, issue.author),
    labels: issue.labels.map((label) => labelShape(world, repository, label)),
    state: issue.state,
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: commentsOf(issue).length,
    created_at: stamp(issue.createdAt),
    updated_at: stamp(issue.updatedAt),
    closed_at: closed === null ? null : stamp(closed.at),
    closed_by: closed === null ? null : userShape(world, closed.by),
    author_association: associationOf(repository, issue.author),
    active_lock_reason: null,
    performed_via_github_app: issue.app === null ? null : appShape(world, issue.app),
    ...(pull === null
      ? {}
      : {
          draft: pull.draft,
          pull_request: { ...addresses, merged_at: merged === null ? null : stamp(merged.at) },
        }),
  };
}

export function labelShape(world: World, repository: Repository, { id, name }: Label) {
  const url = `${apiUrl(world, repository)}/labels/${encodeURIComponent(name)}`;
  return { id, node_id: `LA_${id}`, url, name, description: null, color: 'ededed', default: false };
}

export function commentShape(world: World, comment: Comment) {
  const { id, issue, author, app, reactions } = comment;
  const { repository, number, pull } = issue;
  const api = apiUrl(world, repository);
  const web = `${webUrl(world, repository)}/${pull === null ? 'issues' : 'pull'}/${number}`;
  const counts = reactionContents.map((content) => [
    content,
    reactions.filter((one) => one.content === content).length,
  ]);
  return {
    id,
    node_id: comment.nodeId,
    url: `${api}/issues/comments/${id}`,
    html_url: `${web}#issuecomment-${id}`,
    issue_url: `${api}/issues/${number}`,
    user: userShape(world, author),
    body: comment.body,
    created_at: stamp(comment.createdAt),
    updated_at: stamp(comment.updatedAt),
    author_association: associationOf(repository, author),
    performed_via_github_app: app === null ? null : appShape(world, app),
    reactions: {
      url: `${api}/issues/comments/${id}/reactions`,
      total_count: reactions.length,
      ...Object.fromEntries(counts),
    },
  };
}

export function reactionShape(world: World, { id, by, content, at }: Reaction) {
  return { id, node_id: `REA_${id}`, user: userShape(world, by), content, created_at: stamp(at) };
}

/** `author_association`. It says nothing about permissions. */
export function associationOf(repository: Repository, account: Account): string {
  if (account === repository.owner) return 'OWNER';
  return roleOf(repository, account).base !== 'none' && repository.collaborators.has(account.id)
    ? 'COLLABORATOR'
    : 'NONE';
}
