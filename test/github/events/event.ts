import type { Account, Actor } from '../state/accounts.ts';
import type { Comment, Issue } from '../state/issues.ts';
import type { QueueEntry } from '../state/queue.ts';
import type { Repository } from '../state/repository.ts';
import type { Review } from '../state/reviews.ts';
import type { WorkflowRun } from '../state/runs.ts';
import type { Payload } from './payloads.ts';

/** A change of the state that GitHub sends an event for. */
export type Happening = { readonly repository: Repository; readonly by: Actor } & (
  | {
      readonly name: 'push';
      readonly action: null;
      readonly ref: string;
      readonly before: string | null;
      readonly after: string | null;
      readonly forced: boolean;
    }
  | {
      readonly name: 'issues' | 'pull_request';
      readonly action: 'closed' | 'edited' | 'labeled' | 'opened' | 'reopened' | 'synchronize' | 'unlabeled';
      readonly issue: Issue;
      readonly label?: string;
      readonly moved?: { readonly before: string | null; readonly after: string };
    }
  | {
      readonly name: 'pull_request_review';
      readonly action: 'dismissed' | 'submitted';
      readonly issue: Issue;
      readonly review: Review;
    }
  | {
      readonly name: 'issue_comment';
      readonly action: 'created' | 'deleted' | 'edited';
      readonly issue: Issue;
      readonly comment: Comment;
      /** The text before an edit. */
      readonly from?: string;
    }
  | { readonly name: 'merge_group'; readonly action: 'checks_requested'; readonly entry: QueueEntry }
  | { readonly name: 'schedule'; readonly action: null; readonly cron: string }
  | {
      readonly name: 'workflow_dispatch';
      readonly action: null;
      readonly ref: string;
      readonly workflow: string;
      readonly inputs: Readonly<Record<string, unknown>>;
      /** The run, when the dispatch created it. */
      readonly run: WorkflowRun | null;
    }
  /** Its action is the event_type of the sender. */
  | {
      readonly name: 'repository_dispatch';
      readonly action: string;
      readonly payload: Readonly<Record<string, unknown>>;
    }
  | { readonly name: 'workflow_run'; readonly action: 'completed'; readonly run: WorkflowRun }
);

export type EventName = Happening['name'];

/**
 * What an event starts. A change by a job's own token starts no workflow, except by the two dispatches. For a pull request that it
 * opens or updates, GitHub creates runs that wait for a person's approval.
 */
export type Starts = 'nothing' | 'workflows' | 'workflows after approval';

export interface GitHubEvent {
  readonly id: number;
  readonly name: EventName;
  readonly action: string | null;
  readonly repository: Repository;
  readonly actor: Account;
  readonly payload: Payload;
  /** GITHUB_REF. */
  readonly ref: string;
  /** GITHUB_SHA; null when there is none, as for a deleted branch or a pull request with conflicts. */
  readonly sha: string | null;
  /** The issue or pull request that the event is about. */
  readonly issue: Issue | null;
  /** The run that the dispatch has created already. */
  readonly run: WorkflowRun | null;
  readonly starts: Starts;
}
