import { isAncestor } from '../git/history.ts';
import type { Files } from '../git/trees.ts';
import type { Account, Actor, BaseRole } from '../state/accounts.ts';
import { commitFiles } from '../state/commit.ts';
import { dispatch } from '../state/dispatch.ts';
import { GitHubError } from '../state/github-error.ts';
import {
  addComment,
  addLabels,
  type Comment,
  deleteComment,
  editComment,
  type Issue,
  openIssue,
  type ReactionContent,
  react,
  removeLabel,
  setIssueState,
} from '../state/issues.ts';
import { type MergeOptions, mergePull } from '../state/merging.ts';
import { closePull, isPull, type PullRequest, reopenPull } from '../state/pulls.ts';
import { dequeue, enqueue, type QueueEntry } from '../state/queue.ts';
import { changeRef } from '../state/refs.ts';
import { may, type Repository } from '../state/repository.ts';
import { addReview, dismissReview, type Review } from '../state/reviews.ts';
import { rerun, reviewEnvironment, type WorkflowRun } from '../state/runs.ts';
import type { World } from '../state/world.ts';
import type { Repo } from './repo.ts';

export interface PushOptions {
  readonly files: Files;
  /** The default branch by default. A branch that does not exist is created. */
  readonly branch?: string;
  readonly message?: string;
  /** The parent commit; the tip of the branch by default. With any other parent the push is forced. */
  readonly onto?: string | null;
  /** Whether GitHub considers the commit's signature valid. */
  readonly signed?: boolean;
}

export interface DispatchOptions {
  readonly ref?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/**
 * A person, or the bot of an App. Each method does what the same click or push on GitHub does, or throws GitHub's refusal. A
 * person's role is checked; an App is assumed to have the permission.
 */
export class Participant {
  readonly actor: Actor;
  readonly account: Account;
  /** A token with all permissions of its owner. */
  readonly token: string;
  readonly #world: World;

  constructor(world: World, actor: Actor, token: string) {
    this.#world = world;
    this.actor = actor;
    this.account = actor.account;
    this.token = token;
  }

  get login(): string {
    return this.account.login;
  }

  /** Pushes one commit. Returns its id. */
  pushes(
    { state }: Repo,
    { files, branch = state.defaultBranch, message = 'A change', onto, signed = false }: PushOptions,
  ): string {
    this.#need(state, 'write');
    const ref = `refs/heads/${branch}`;
    const before = state.bare.tip(ref);
    const parent = onto === undefined ? (before ?? state.bare.tip(state.bare.head)) : onto;
    const after = commitFiles(this.#world, state, { parent, files, message, by: this.actor, signed: false });
    if (signed) state.verified.add(after);
    changeRef(this.#world, state, { ref, before, after, by: this.actor });
    return after;
  }

  /** Replaces the commits of a pull request by one commit on its base. Returns its id. */
  forcePushes({ repository, pull }: PullRequest, files: Files, message = 'Another try'): string {
    const { head } = pull;
    this.#need(head.repository, 'write');
    const base = repository.bare.tip(`refs/heads/${pull.base.branch}`);
    const after = commitFiles(this.#world, head.repository, {
      parent: base,
      files,
      message,
      by: this.actor,
      signed: false,
    });
    const ref = `refs/heads/${head.branch}`;
    if (isAncestor(repository.bare.store, head.sha, after)) throw new Error('this push would not have to be forced');
    changeRef(this.#world, head.repository, { ref, before: head.sha, after, by: this.actor });
    return after;
  }

  deletesBranch({ state }: Repo, branch: string): void {
    this.#need(state, 'write');
    const ref = `refs/heads/${branch}`;
    changeRef(this.#world, state, { ref, before: state.bare.tip(ref), after: null, by: this.actor });
  }

  opensIssue({ state }: Repo, title: string, body: string | null = null): Issue {
    this.#need(state, 'read');
    return openIssue(this.#world, state, this.actor, { title, body });
  }

  comments(issue: Issue, body: string): Comment {
    this.#need(issue.repository, 'read');
    return addComment(this.#world, issue, this.actor, body);
  }

  edits(comment: Comment, body: string): void {
    if (comment.author !== this.account) this.#need(comment.issue.repository, 'write');
    editComment(this.#world, comment, this.actor, body);
  }

  deletes(comment: Comment): void {
    if (comment.author !== this.account) this.#need(comment.issue.repository, 'write');
    deleteComment(this.#world, comment, this.actor);
  }

  reacts(comment: Comment, content: ReactionContent): void {
    this.#need(comment.issue.repository, 'read');
    react(this.#world, comment, this.actor, content);
  }

  labels(issue: Issue, ...names: readonly string[]): void {
    this.#need(issue.repository, 'triage');
    addLabels(this.#world, issue, this.actor, names);
  }

  unlabels(issue: Issue, name: string): void {
    this.#need(issue.repository, 'triage');
    removeLabel(this.#world, issue, this.actor, name);
  }

  closes(issue: Issue): void {
    if (issue.author !== this.account) this.#need(issue.repository, 'triage');
    if (isPull(issue)) closePull(this.#world, issue, this.actor);
    else setIssueState(this.#world, issue, this.actor, 'closed');
  }

  reopens(issue: Issue): void {
    if (issue.author !== this.account) this.#need(issue.repository, 'triage');
    if (isPull(issue)) reopenPull(this.#world, issue, this.actor);
    else setIssueState(this.#world, issue, this.actor, 'open');
  }

  /** Merges a pull request. Returns the new tip of the base branch. */
  merges(pull: PullRequest, options: Partial<MergeOptions> = {}): string {
    this.#need(pull.repository, 'write');
    return mergePull(this.#world, pull, this.actor, { method: 'merge', ...options });
  }

  enqueues(pull: PullRequest): QueueEntry {
    this.#need(pull.repository, 'write');
    return enqueue(this.#world, pull, this.actor);
  }

  dequeues(pull: PullRequest): void {
    this.#need(pull.repository, 'write');
    if (pull.pull.queued !== null) dequeue(this.#world, pull.pull.queued, 'manual');
  }

  /** Submits an approving review. Anyone with read access may, but only reviews by writers count. */
  approves(pull: PullRequest, body = ''): Review {
    return this.#reviews(pull, 'APPROVED', body);
  }

  requestsChanges(pull: PullRequest, body = 'please change this'): Review {
    return this.#reviews(pull, 'CHANGES_REQUESTED', body);
  }

  reviewsWithComment(pull: PullRequest, body: string): Review {
    return this.#reviews(pull, 'COMMENTED', body);
  }

  dismisses(pull: PullRequest, review: Review): void {
    this.#need(pull.repository, 'write');
    dismissReview(this.#world, pull, this.actor, review);
  }

  /** Starts a workflow by `workflow_dispatch`. Its file has to be in the repository. */
  dispatches({ state }: Repo, workflow: string, { ref = state.bare.head, inputs = {} }: DispatchOptions = {}): void {
    this.#need(state, 'write');
    dispatch(this.#world, state, this.actor, { workflow, ref, inputs, withRun: false });
  }

  sendsDispatch({ state }: Repo, type: string, payload: Readonly<Record<string, unknown>> = {}): void {
    this.#need(state, 'write');
    this.#world.emit({ name: 'repository_dispatch', action: type, repository: state, by: this.actor, payload });
  }

  /** Approves the environment that a run waits for. */
  letsPass(run: WorkflowRun, environment: string, comment = ''): void {
    this.#answersFor(run, environment, 'approved', comment);
  }

  /** Rejects the environment that a run waits for. */
  stops(run: WorkflowRun, environment: string, comment = ''): void {
    this.#answersFor(run, environment, 'rejected', comment);
  }

  /** Presses "Re-run" without running the job; `GitHub.runAgain` does both. */
  reruns(run: WorkflowRun): void {
    this.#need(run.repository, 'write');
    rerun(this.#world, run, this.account);
  }

  #answersFor(run: WorkflowRun, name: string, state: 'approved' | 'rejected', comment: string): void {
    const environment = run.pending.find((one) => one.name === name);
    if (environment === undefined) throw new Error(`the run waits for no environment '${name}'`);
    reviewEnvironment(this.#world, run, { environment, state, by: this.account, comment });
  }

  #reviews(pull: PullRequest, state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED', body: string): Review {
    this.#need(pull.repository, 'read');
    return addReview(this.#world, pull, this.actor, { state, body });
  }

  #need(repository: Repository, role: BaseRole): void {
    if (may(repository, this.actor, role)) return;
    throw new GitHubError(403, `${this.login} would have to have the role ${role} in ${repository.fullName}`);
  }
}
