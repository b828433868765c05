import type { Apply, Change } from '../change.ts';
import type { StepgateError } from '../error.ts';

import type { Kind, KubeObject, ObjectRef } from '../ports.ts';
import type { LeftObject } from '../record.ts';
import type { Rendered } from '../target.ts';

/**
 * The execution of an act as a value, part by part: the next fact to fetch, or the next writes. flow/execute fetches the
 * facts and sends the writes; it decides nothing.
 */
export type Changes =
  | { readonly is: 'done' }
  /** The state has changed, or something has to happen first: observe and decide again. */
  | { readonly is: 'again'; readonly why: string }
  /**
   * `next` gets one answer of the server for each write; null for an object that was left unchanged or deleted. `refused`: why an object
   * was left unchanged, for each write; null for one that was written.
   */
  | {
      readonly is: 'write';
      readonly changes: readonly Change[];
      readonly next: Answered;
    }
  /** What stays as it is, for the log and for a preview. */
  | { readonly is: 'left'; readonly left: readonly LeftObject[]; readonly next: () => Changes }
  /** A line for the log. A run prints equal lines once. */
  | { readonly is: 'tell'; readonly text: string; readonly next: () => Changes }
  | Need;

type Answered = (answers: readonly (KubeObject | null)[], refused: readonly (string | null)[]) => Changes;

/** An object of a source as it is now, and where it is. */
export interface Live {
  readonly object: KubeObject;
  readonly ref: ObjectRef;
}

/** A fact to fetch before the next part. */
export type Need =
  /** Checks that the policy allows this commit. If not, the run ends with the refusal. */
  | { readonly is: 'allowed'; readonly commit: string; readonly next: () => Changes }
  /** The rendering of a commit, or why it can't be rendered. */
  | {
      readonly is: 'rendered';
      readonly commit: string;
      readonly attempt: number;
      /** `beforehand`: fetch the commit first if the clone lacks it. */
      readonly obtained: 'as it is' | 'beforehand';
      readonly next: (rendered: Rendered | StepgateError) => Changes;
    }
  /** The rendering of the tip of the policy's branch; null when there is none, or it can't be rendered. */
  | { readonly is: 'tip'; readonly next: (rendered: Rendered | null) => Changes }
  /** The result of an apply as a dry-run, or its conflict with another manager. */
  | {
      readonly is: 'dryRun';
      readonly object: KubeObject;
      readonly manager: string;
      readonly next: (answer: KubeObject | StepgateError) => Changes;
    }
  /** The live objects with the kinds and names of these; null for one that does not exist, or may not be read. */
  | {
      readonly is: 'live';
      readonly objects: readonly KubeObject[];
      readonly next: (lives: readonly (Live | null)[]) => Changes;
    }
  /**
   * The objects of these kinds in the namespace that have the label of a copy; `unread` are the kinds that may not be listed. `anyway`: or
   * that can't be listed, because the pods must not wait for them.
   */
  | {
      readonly is: 'copies';
      readonly kinds: readonly Kind[];
      readonly anyway: boolean;
      readonly next: (copies: readonly KubeObject[], unread: readonly Kind[]) => Changes;
    }
  /** Throws a refusal when one of the objects is another delivery's, or may not go out without a step. */
  | { readonly is: 'mayWrite'; readonly applies: readonly Apply[]; readonly next: () => Changes }
  /** The present Rollout on the server. */
  | { readonly is: 'rollout'; readonly next: (rollout: KubeObject | null) => Changes }
  /** The objects that keep the workload's earlier templates. */
  | { readonly is: 'revisions'; readonly next: (revisions: readonly KubeObject[]) => Changes };

export const done: Changes = { is: 'done' };

export function again(why: string): Changes {
  return { is: 'again', why };
}

/** Writes, and the next part, made from the answers. Without writes the next part follows at once. */
export function writing(changes: readonly Change[], next: Answered = () => done): Changes {
  return changes.length === 0 ? next([], []) : { is: 'write', changes, next };
}
