import type { Account, Actor } from '../state/accounts.ts';
import type { Comment, Issue } from '../state/issues.ts';
import type { QueueEntry } from '../state/queue.ts';
import type { Repository } from '../state/repository.ts';
import type { Review } from '../state/reviews.ts';
import type { WorkflowRun } from '../state/runs.ts';
import type { Payload } from './payloads.ts';

/** What was done, as the state tells it. */
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
      /** The run, where it was made at once. */
      readonly run: WorkflowRun | null;
    }
  /** Its action is the type that the sender chose. */
  | {
      readonly name: 'repository_dispatch';
      readonly action: string;
      readonly payload: Readonly<Record<string, unknown>>;
    }
  | { readonly name: 'workflow_run'; readonly action: 'completed'; readonly run: WorkflowRun }
);

export type EventName = Happening['name'];

/**
 * What an event starts. What a job does with its own token starts no workflow, but for the two dispatches; a pull request
 * that it opens or moves has runs that wait until a person lets them.
 */
export type Starts = 'nothing' | 'workflows' | 'workflows after approval';

export interface GitHubEvent {
  readonly id: number;
  readonly name: EventName;
  readonly action: string | null;
  readonly repository: Repository;
  readonly actor: Account;
  readonly payload: Payload;
  /** What GITHUB_REF is. */
  readonly ref: string;
  /** What GITHUB_SHA is; null where there is none, as for a pull request with conflicts. */
  readonly sha: string | null;
  /** The pull request that it is about. */
  readonly issue: Issue | null;
  /** The run that it has started already. */
  readonly run: WorkflowRun | null;
  readonly starts: Starts;
}
