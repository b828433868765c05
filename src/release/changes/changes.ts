import type { Change } from '../change.ts';
import type { StepgateError } from '../error.ts';

import type { KubeObject } from '../ports.ts';
import type { Rendered } from '../target.ts';

/**
 * What an act comes to, part by part: a fact that is still missing, or writes. It is a value. flow/execute asks for the
 * facts, sends the writes, and decides nothing.
 */
export type Changes =
  | { readonly is: 'done' }
  /** What it was decided on is gone, or something has to be seen first: it is observed and decided anew. */
  | { readonly is: 'again'; readonly why: string }
  /** `next` gets the server's answers, one a write; null for what was left as it is, or deleted. */
  | {
      readonly is: 'write';
      readonly changes: readonly Change[];
      readonly next: (answers: readonly (KubeObject | null)[]) => Changes;
    }
  /** A line for the log. The same line is told once in a run. */
  | { readonly is: 'tell'; readonly text: string; readonly next: () => Changes }
  | Need;

/** A fact that is fetched before the next part. */
export type Need =
  /** That the policy allows this commit. Where it does not, the run ends with the refusal. */
  | { readonly is: 'allowed'; readonly commit: string; readonly next: () => Changes }
  /** What a commit renders to, or why it can't be rendered. */
  | {
      readonly is: 'rendered';
      readonly commit: string;
      readonly attempt: number;
      /** `beforehand`: the commit is fetched first where the clone lacks it. */
      readonly obtained: 'as it is' | 'beforehand';
      readonly next: (rendered: Rendered | StepgateError) => Changes;
    }
  /** What the tip of the policy's branch renders to; null where there is none, or it can't be rendered. */
  | { readonly is: 'tip'; readonly next: (rendered: Rendered | null) => Changes }
  /** What the server would make of an apply, or the conflict with another manager in which it would end. */
  | {
      readonly is: 'dryRun';
      readonly object: KubeObject;
      readonly manager: string;
      readonly next: (answer: KubeObject | StepgateError) => Changes;
    }
  /** The Rollout as the server has it this moment. */
  | { readonly is: 'rollout'; readonly next: (rollout: KubeObject | null) => Changes }
  /** The objects that keep the workload's earlier templates. */
  | { readonly is: 'revisions'; readonly next: (revisions: readonly KubeObject[]) => Changes };

export const done: Changes = { is: 'done' };

export function again(why: string): Changes {
  return { is: 'again', why };
}

/** Writes, and what is made of the answers. Without a write it goes on at once. */
export function writing(
  changes: readonly Change[],
  next: (answers: readonly (KubeObject | null)[]) => Changes = () => done,
): Changes {
  return changes.length === 0 ? next([]) : { is: 'write', changes, next };
}
