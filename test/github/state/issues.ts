import type { Account, Actor, App } from './accounts.ts';
import { invalid, notFound } from './github-error.ts';
import type { Pull } from './pulls.ts';
import type { Repository } from './repository.ts';
import type { World } from './world.ts';

export interface Issue {
  readonly id: number;
  readonly nodeId: string;
  readonly repository: Repository;
  readonly number: number;
  readonly author: Account;
  /** The App that opened it through its bot; null for a person. */
  readonly app: App | null;
  readonly createdAt: Date;
  title: string;
  body: string | null;
  state: 'closed' | 'open';
  updatedAt: Date;
  closed: { readonly at: Date; readonly by: Account } | null;
  readonly labels: Label[];
  /** The pull request's part; null for a plain issue. */
  readonly pull: Pull | null;
}

export interface Label {
  readonly id: number;
  readonly name: string;
  readonly by: Account;
  readonly at: Date;
}

export const reactionContents = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'] as const;
export type ReactionContent = (typeof reactionContents)[number];

export interface Reaction {
  readonly id: number;
  readonly content: ReactionContent;
  readonly by: Account;
  readonly at: Date;
}

export interface Comment {
  readonly id: number;
  readonly nodeId: string;
  readonly issue: Issue;
  readonly author: Account;
  readonly app: App | null;
  readonly createdAt: Date;
  body: string;
  updatedAt: Date;
  edited: { readonly at: Date; readonly by: Account } | null;
  /** The reason it is hidden, such as `outdated`; null when it is shown. */
  minimized: string | null;
  readonly reactions: Reaction[];
}

/** The longest comment, in characters. */
const LONGEST = 65_536;

export function newNumber(repository: Repository): number {
  return Math.max(0, ...repository.issues.keys()) + 1;
}

export function openIssue(
  world: World,
  repository: Repository,
  by: Actor,
  { title, body }: { title: string; body: string | null },
): Issue {
  const id = world.nextId();
  const now = world.now();
  const issue: Issue = {
    id,
    nodeId: `I_${id}`,
    repository,
    number: newNumber(repository),
    author: by.account,
    app: by.app,
    createdAt: now,
    updatedAt: now,
    title,
    body,
    state: 'open',
    closed: null,
    labels: [],
    pull: null,
  };
  repository.issues.set(issue.number, issue);
  world.emit({ name: 'issues', action: 'opened', repository, by, issue });
  return issue;
}

export function issueOf(repository: Repository, number: number): Issue {
  const found = repository.issues.get(number);
  if (found === undefined) throw notFound();
  return found;
}

/** Closes or reopens a plain issue. */
export function setIssueState(world: World, issue: Issue, by: Actor, state: Issue['state']): void {
  if (issue.state === state) return;
  issue.state = state;
  issue.updatedAt = world.now();
  issue.closed = state === 'open' ? null : { at: world.now(), by: by.account };
  const action = state === 'open' ? 'reopened' : 'closed';
  world.emit({ name: 'issues', action, repository: issue.repository, by, issue });
}

export function addComment(world: World, issue: Issue, by: Actor, body: string): Comment {
  checkBody(body);
  const id = world.nextId();
  const now = world.now();
  const comment: Comment = {
    id,
    nodeId: `IC_${id}`,
    issue,
    author: by.account,
    app: by.app,
    createdAt: now,
    updatedAt: now,
    body,
    edited: null,
    minimized: null,
    reactions: [],
  };
  issue.repository.comments.set(id, comment);
  issue.updatedAt = now;
  world.emit({ name: 'issue_comment', action: 'created', repository: issue.repository, by, issue, comment });
  return comment;
}

/** Changes a comment. The same text again is no edit, but changes `updated_at` and emits the event. */
export function editComment(world: World, comment: Comment, by: Actor, body: string): void {
  checkBody(body);
  const now = world.now();
  const from = comment.body;
  if (from !== body) comment.edited = { at: now, by: by.account };
  comment.body = body;
  comment.updatedAt = now;
  const { issue } = comment;
  world.emit({ name: 'issue_comment', action: 'edited', repository: issue.repository, by, issue, comment, from });
}

export function deleteComment(world: World, comment: Comment, by: Actor): void {
  const { issue } = comment;
  issue.repository.comments.delete(comment.id);
  world.emit({ name: 'issue_comment', action: 'deleted', repository: issue.repository, by, issue, comment });
}

export function commentOf(repository: Repository, id: number): Comment {
  const found = repository.comments.get(id);
  if (found === undefined) throw notFound();
  return found;
}

export function commentsOf(issue: Issue): readonly Comment[] {
  return [...issue.repository.comments.values()].filter((comment) => comment.issue === issue);
}

/** Adds a reaction. An account has at most one of each kind. */
export function react(
  world: World,
  comment: Comment,
  by: Actor,
  content: ReactionContent,
): { readonly reaction: Reaction; readonly made: boolean } {
  const there = comment.reactions.find((one) => one.content === content && one.by === by.account);
  if (there !== undefined) return { reaction: there, made: false };
  const reaction = { id: world.nextId(), content, by: by.account, at: world.now() };
  comment.reactions.push(reaction);
  return { reaction, made: true };
}

export function addLabels(world: World, issue: Issue, by: Actor, names: readonly string[]): void {
  for (const name of names) {
    if (issue.labels.some((label) => label.name.toLowerCase() === name.toLowerCase())) continue;
    issue.labels.push({ id: world.nextId(), name, by: by.account, at: world.now() });
    issue.updatedAt = world.now();
    world.emit({ name: 'issues', action: 'labeled', repository: issue.repository, by, issue, label: name });
  }
}

export function removeLabel(world: World, issue: Issue, by: Actor, name: string): void {
  const at = issue.labels.findIndex((label) => label.name.toLowerCase() === name.toLowerCase());
  if (at < 0) throw notFound('Label does not exist');
  issue.labels.splice(at, 1);
  issue.updatedAt = world.now();
  world.emit({ name: 'issues', action: 'unlabeled', repository: issue.repository, by, issue, label: name });
}

function checkBody(body: string): void {
  if (body.trim() === '') {
    throw invalid([{ resource: 'IssueComment', code: 'missing_field', field: 'body' }]);
  }
  if (body.length > LONGEST) {
    const message = `body is too long (maximum is ${LONGEST} characters)`;
    throw invalid([{ resource: 'IssueComment', code: 'unprocessable', field: 'data', message }]);
  }
}
