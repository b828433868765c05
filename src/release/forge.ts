import type { CheckState } from './fact.ts';
import type { RepositorySettings } from './repository-settings.ts';

/** An account of the forge. Its number never changes; its login may. */
export interface Account {
  readonly id: number;
  readonly login: string;
  readonly is: 'person' | 'bot';
}

/** What an account may do in the repository, from the least to the most. */
export const rights = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Right = (typeof rights)[number];

/** Whether a right is at least another. */
export function atLeast(right: Right, least: Right): boolean {
  return rights.indexOf(right) >= rights.indexOf(least);
}

export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed' | 'merged';
  /** Null for an account that was deleted. */
  readonly author: Account | null;
  /** The accounts of the authors and committers of its commits, as far as the forge knows them. */
  readonly committers: readonly Account[];
  /** The branch that it is merged into. */
  readonly base: string;
  readonly head: {
    readonly branch: string;
    /** 40 hex. */
    readonly commit: string;
    /** Whether the branch is of this repository, not of a fork. */
    readonly isOwn: boolean;
  };
  /** Who closed it without merging it, and when; null while it is open, and when it was merged. */
  readonly closed: { readonly by: Account | null; readonly at: Date } | null;
  /** Who merged it; through a merge queue, who queued it. Null while it is not merged. */
  readonly mergedBy: Account | null;
  /** The commit on the base branch that it became; null while it is not merged. */
  readonly mergedAs: string | null;
  readonly mergedAt: Date | null;
}

/** A comment on a pull request or issue. */
export interface Comment {
  readonly id: number;
  readonly url: string;
  readonly author: Account | null;
  readonly body: string;
  readonly at: Date;
  /** Whether its text was changed since. */
  readonly isEdited: boolean;
}

export interface Review {
  readonly url: string;
  readonly author: Account | null;
  readonly is: 'approving' | 'refusing' | 'dismissed' | 'neither';
  /** The head of the pull request that was reviewed, 40 hex; empty when that commit is gone. */
  readonly commit: string;
  readonly at: Date;
}

/** A run of a workflow, as the forge knows it. */
export interface WorkflowRun {
  readonly id: string;
  readonly attempt: number;
  readonly url: string;
  readonly event: string;
  /** `run-name`: what the workflow's file made of the inputs. */
  readonly title: string;
  /** Path of the workflow's file. */
  readonly file: string;
  readonly branch: string;
  readonly commit: string;
  /** Who started this attempt. */
  readonly startedBy: Account | null;
  readonly createdAt: Date;
  readonly status: 'queued' | 'running' | 'completed';
  /** `success`, `failure`, ...; null until it is completed. */
  readonly conclusion: string | null;
}

/** What a reviewer said about the environment of a run. */
export interface EnvironmentVote {
  readonly environment: string;
  readonly by: Account | null;
  readonly isApproving: boolean;
}

export interface Issue {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly author: Account | null;
  readonly at: Date;
}

export const reactions = ['eyes', 'rocket', 'confused', '+1', '-1'] as const;
export type Reaction = (typeof reactions)[number];

/** A check of a release on its commit. */
export interface Check {
  /** The name that people see; the same for every check of a delivery. */
  readonly name: string;
  /** Finds the check again: ours is the one with this name and key. */
  readonly key: string;
  readonly commit: string;
  /** `waiting` is completed as neutral: a pending check would keep the branch yellow for days. */
  readonly is: 'running' | 'waiting' | 'passed' | 'failed';
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  readonly url: string | null;
}

export const deploymentStates = ['queued', 'in_progress', 'success', 'failure', 'error', 'inactive'] as const;
export type DeploymentState = (typeof deploymentStates)[number];

export interface Deployment {
  readonly id: number;
  readonly environment: string;
  readonly commit: string;
  /** Finds the deployment again. */
  readonly key: string;
  /** Null when it has no status yet. */
  readonly status: { readonly state: DeploymentState; readonly description: string } | null;
}

/** A commit on a branch by the forge's API, which signs it. */
export interface ForgeCommit {
  readonly branch: string;
  /** The head of the branch that the commit is made on; ForgeError `conflict` when it is another by now. */
  readonly onto: string;
  /** Subject, blank line, body. */
  readonly message: string;
  /** Text by path; null removes the file. */
  readonly files: ReadonlyMap<string, string | null>;
}

/**
 * The service that holds the repository, as one identity. It is asked for facts, and told what people look at. All text from
 * it is foreign. Every method throws ForgeError for an answer that is none. Nothing is cached between calls, except that an
 * unchanged answer may be repeated by the forge's own means (conditional requests).
 */
export interface Forge extends RepositorySettings {
  /** Host and repository for messages: `github.com/acme/shop`. */
  readonly title: string;
  /** The address of the repository's page in a browser, for example `https://github.com/acme/shop`. */
  readonly url: string;
  /** How many requests were sent so far, without those that cost nothing because the answer had not changed. */
  readonly requests: number;
  /** The account of this identity: whose comments, checks and pull requests are ours. Cached. */
  viewer(signal: AbortSignal): Promise<Account>;
  /** For each of these commits the merged pull requests that brought it to the branch: none for a direct push. */
  pullRequestsOf(
    commits: readonly string[],
    branch: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly PullRequest[]>>;
  /** Null when there is none of that number. */
  pullRequest(number: number, signal: AbortSignal): Promise<PullRequest | null>;
  /**
   * The pull requests of any state from branches of this repository whose names begin so, newest first; at most 100. Once a
   * branch is deleted, only those among the 100 newest pull requests of the repository.
   */
  pullRequestsFrom(branchPrefix: string, signal: AbortSignal): Promise<readonly PullRequest[]>;
  /** All comments of a pull request or issue, oldest first. Throws ForgeError `tooMuch` for more than 2,000. */
  comments(number: number, signal: AbortSignal): Promise<readonly Comment[]>;
  /** All reviews, oldest first. */
  reviews(number: number, signal: AbortSignal): Promise<readonly Review[]>;
  /** What the account with this login may do; `none` for a login that nobody has. */
  right(login: string, signal: AbortSignal): Promise<Right>;
  /** The members of a team (`acme/sre`); null when this identity may not read it. */
  members(team: string, signal: AbortSignal): Promise<readonly Account[] | null>;
  /** Null when there is no such run. */
  workflowRun(id: string, signal: AbortSignal): Promise<WorkflowRun | null>;
  /** What statuses and checks of a name say on a commit, together; null where there is none. */
  checkOf(commit: string, name: string, signal: AbortSignal): Promise<CheckState | null>;
  /** The runs of a workflow's file (`release.yml`) that an event started, newest first; the newest 100. */
  workflowRuns(file: string, event: string, signal: AbortSignal): Promise<readonly WorkflowRun[]>;
  /** What reviewers said about the environments of a run, oldest first. */
  environmentVotes(runId: string, signal: AbortSignal): Promise<readonly EnvironmentVote[]>;
  /** Open issues with a label; no pull requests. */
  issuesLabelled(label: string, signal: AbortSignal): Promise<readonly Issue[]>;

  /** Starts a workflow by workflow_dispatch. Returns the id of its run; null where the forge does not say it. */
  startWorkflow(
    start: { readonly file: string; readonly branch: string; readonly inputs: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<string | null>;
  comment(number: number, body: string, signal: AbortSignal): Promise<Comment>;
  editComment(id: number, body: string, signal: AbortSignal): Promise<void>;
  /** Adds a reaction to a comment; it is there once, however often it is added. */
  react(comment: number, reaction: Reaction, signal: AbortSignal): Promise<void>;
  /** Writes our check with this name and key on its commit, or changes it; does nothing when it is there as it is. */
  writeCheck(check: Check, signal: AbortSignal): Promise<'written' | 'same'>;
  /** Our deployments to an environment, newest first; those among its newest 30. Null: to all, those among the newest 100. */
  deployments(environment: string | null, signal: AbortSignal): Promise<readonly Deployment[]>;
  /** Never merges anything, and waits for no status. */
  createDeployment(
    deployment: Pick<Deployment, 'environment' | 'commit' | 'key'> & { readonly isProduction: boolean },
    signal: AbortSignal,
  ): Promise<Deployment>;
  writeDeploymentStatus(
    id: number,
    status: {
      readonly state: DeploymentState;
      /** Cut at 140 characters. */
      readonly description: string;
      readonly logUrl: string | null;
      readonly environment: string;
    },
    signal: AbortSignal,
  ): Promise<void>;

  /** The head of a branch, 40 hex; null when there is none. */
  branchHead(branch: string, signal: AbortSignal): Promise<string | null>;
  /** Makes a branch at a commit. ForgeError `conflict` when it exists at another commit. */
  createBranch(branch: string, commit: string, signal: AbortSignal): Promise<void>;
  /** Deletes a branch; one that is not there is no error. */
  deleteBranch(branch: string, signal: AbortSignal): Promise<void>;
  /** Makes a commit that the forge signs, and moves the branch to it. Returns its id. */
  commitFiles(commit: ForgeCommit, signal: AbortSignal): Promise<string>;
  /** ForgeError `refused` when this identity may not open pull requests, with what to switch on. */
  openPullRequest(
    request: { readonly title: string; readonly body: string; readonly head: string; readonly base: string },
    signal: AbortSignal,
  ): Promise<PullRequest>;
  editPullRequest(
    number: number,
    change: { readonly title?: string; readonly body?: string; readonly state?: 'closed' | 'open' },
    signal: AbortSignal,
  ): Promise<void>;
  /** Merges it if its head is still this commit; false when a rule of the branch keeps it from being merged now. */
  mergePullRequest(number: number, head: string, signal: AbortSignal): Promise<boolean>;
}

/** Why the forge gave no answer that can be used. */
export type ForgeTrouble =
  /** It can't be reached, or answers with an error of its own. */
  | 'away'
  /** A limit of requests; `retryAt` says until when. */
  | 'limited'
  /** The token is wrong or has expired. */
  | 'unknownToken'
  /** The token lacks a permission; `needs` names it. */
  | 'forbidden'
  /** The repository, or what was asked for in it, is not there for this token. */
  | 'missing'
  /** A setting or a rule of the repository refuses it. */
  | 'refused'
  /** What it was decided on has changed. */
  | 'conflict'
  /** More than one run may ask for. */
  | 'tooMuch';

/** `message` is one line in our words with the forge's text at its end: foreign, and neutralised when printed. */
export class ForgeError extends Error {
  readonly trouble: ForgeTrouble;
  /** The permission that is missing, as a workflow writes it: `pull-requests: write`. */
  readonly needs: string | null;
  readonly retryAt: Date | null;

  constructor(
    trouble: ForgeTrouble,
    message: string,
    more: { readonly needs?: string; readonly retryAt?: Date; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'ForgeError';
    this.trouble = trouble;
    this.needs = more.needs ?? null;
    this.retryAt = more.retryAt ?? null;
  }
}

/** No forge, and why: nothing says which token to use, or which repository it is. */
export interface NoForge {
  readonly missing: string;
}

export function isForge(found: Forge | NoForge): found is Forge {
  return !('missing' in found);
}
