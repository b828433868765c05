import type { Decision } from './decision.ts';
import type { Delivery } from './delivery.ts';
import type { JsonPatch, KubeObject, ObjectRef } from './ports.ts';

/** One write as a value. Its guard is in it: the tests of a patch, the uid of what is deleted. `why` is for the log. */
export type Change =
  | {
      readonly do: 'patch';
      readonly ref: ObjectRef;
      readonly body: JsonPatch;
      readonly subresource: 'status' | null;
      readonly manager: string;
      readonly why: string;
    }
  | { readonly do: 'remove'; readonly ref: ObjectRef; readonly uid: string; readonly why: string };

/** The decisions that come to one write, made of the objects that were looked at. */
export type OneWrite = Extract<
  Decision,
  { readonly do: 'advance' | 'restorePauses' | 'unpauseRollout' | 'removePod' | 'repair' }
>;

/** What such a write is made of. */
export interface ChangeFacts {
  readonly delivery: Delivery;
  readonly rollout: KubeObject;
  readonly workload: KubeObject;
  /** How an approval reaches the engine. */
  readonly method: 'status' | 'plan';
  /** The step that the approval jumps to; null for the next one. */
  readonly jumpTo: number | null;
}
