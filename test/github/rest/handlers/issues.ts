import type { Actor } from '../../state/accounts.ts';
import { GitHubError, notFound } from '../../state/github-error.ts';
import {
  addComment,
  addLabels,
  type Comment,
  commentOf,
  commentsOf,
  deleteComment,
  editComment,
  type Issue,
  issueOf,
  openIssue,
  react,
  reactionContents,
  removeLabel,
  setIssueState,
} from '../../state/issues.ts';
import { closePull, editPull, isPull, reopenPull } from '../../state/pulls.ts';
import { may } from '../../state/repository.ts';
import { type Call, created, type Handler, noContent, ok, page } from '../call.ts';
import type { OperationId } from '../permissions.ts';
import { commentShape, issueShape, labelShape, reactionShape } from '../shapes/issue.ts';
import { requireIssueGrant } from './numbered.ts';

/** GitHub's message when a person's role is too low. */
const ADMIN = 'Must have admin rights to Repository.';

export const issues = {
  'issues/list-for-repo': (call) => {
    const { world, repository, query } = call;
    const state = query.get('state') ?? 'open';
    const labels = (query.get('labels') ?? '').split(',').filter((name) => name !== '');
    const found = [...repository.issues.values()]
      .filter((issue) => state === 'all' || issue.state === state)
      .filter((issue) => labels.every((name) => issue.labels.some((label) => label.name === name)))
      .toReversed();
    return page(call, found, (issue) => issueShape(world, issue));
  },

  'issues/get': (call) => ok(issueShape(call.world, issueIn(call))),

  'issues/create': ({ world, repository, by, body }) => {
    const issue = openIssue(world, repository, by, {
      title: String(body.raw('title') ?? ''),
      body: body.text('body') ?? null,
    });
    addLabels(world, issue, by, body.texts('labels'));
    return created(issueShape(world, issue));
  },

  'issues/update': (call) => {
    const { world, by, body } = call;
    const issue = issueIn(call);
    if (by.account !== issue.author) call.requireRole('triage', ADMIN);
    const title = body.raw('title');
    editPull(world, issue, by, {
      ...(typeof title === 'string' ? { title } : {}),
      ...(body.has('body') ? { body: body.text('body') ?? null } : {}),
    });
    const state = body.oneOf('state', ['open', 'closed']);
    if (state !== undefined) setState(call, issue, state);
    return ok(issueShape(world, issue));
  },

  'issues/list-comments': (call) => {
    const { world, query } = call;
    const since = query.get('since');
    const after = since === null ? 0 : Date.parse(since);
    const found = commentsOf(issueIn(call)).filter(({ updatedAt }) => updatedAt.getTime() >= after);
    return page(call, found, (comment) => commentShape(world, comment));
  },

  'issues/get-comment': (call) => ok(commentShape(call.world, commentIn(call))),

  'issues/create-comment': (call) => {
    const { world, by, body } = call;
    return created(commentShape(world, addComment(world, issueIn(call), by, body.text('body') ?? '')));
  },

  'issues/update-comment': (call) => {
    const comment = commentIn(call);
    requireAuthor(call.by, comment);
    editComment(call.world, comment, call.by, call.body.text('body') ?? '');
    return ok(commentShape(call.world, comment));
  },

  'issues/delete-comment': (call) => {
    const comment = commentIn(call);
    requireAuthor(call.by, comment);
    deleteComment(call.world, comment, call.by);
    return noContent;
  },

  'issues/list-labels-on-issue': (call) => labelsOf(call, issueIn(call)),

  'issues/add-labels': (call) => {
    const issue = issueIn(call);
    call.requireRole('triage', ADMIN);
    addLabels(call.world, issue, call.by, call.body.texts('labels'));
    return labelsOf(call, issue);
  },

  'issues/remove-label': (call) => {
    const issue = issueIn(call);
    call.requireRole('triage', ADMIN);
    removeLabel(call.world, issue, call.by, call.text('name'));
    return labelsOf(call, issue);
  },

  'reactions/create-for-issue-comment': (call) => {
    const content = call.body.oneOf('content', reactionContents) ?? '+1';
    const { reaction, made } = react(call.world, commentIn(call), call.by, content);
    return { status: made ? 201 : 200, body: reactionShape(call.world, reaction) };
  },

  'reactions/list-for-issue-comment': (call) => {
    const content = call.query.get('content');
    const found = commentIn(call).reactions.filter((one) => content === null || one.content === content);
    return page(call, found, (reaction) => reactionShape(call.world, reaction));
  },

  'reactions/delete-for-issue-comment': (call) => {
    const { reactions } = commentIn(call);
    const at = reactions.findIndex(({ id, by }) => id === call.number('reaction_id') && by === call.by.account);
    if (at < 0) throw notFound();
    reactions.splice(at, 1);
    return noContent;
  },
} satisfies Partial<Record<OperationId, Handler>>;

function issueIn(call: Call): Issue {
  const issue = issueOf(call.repository, call.number('issue_number'));
  requireIssueGrant(call, issue);
  return issue;
}

function commentIn(call: Call): Comment {
  const comment = commentOf(call.repository, call.number('comment_id'));
  requireIssueGrant(call, comment.issue);
  return comment;
}

/** Someone else's comment may be edited and deleted only with write access. */
function requireAuthor(by: Actor, { author, issue }: Comment): void {
  if (by.account === author || may(issue.repository, by, 'write')) return;
  throw new GitHubError(403, ADMIN);
}

function setState({ world, by }: Call, issue: Issue, state: Issue['state']): void {
  if (!isPull(issue)) setIssueState(world, issue, by, state);
  else if (state === 'closed') closePull(world, issue, by);
  else reopenPull(world, issue, by);
}

function labelsOf(call: Call, issue: Issue) {
  return page(call, issue.labels, (label) => labelShape(call.world, call.repository, label));
}
