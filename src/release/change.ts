import type { Decision } from './decision.ts';
import type { Delivery } from './delivery.ts';
import { at, objectAt, stringAt } from './json.ts';
import type { JsonPatch, KubeObject, ObjectRef } from './ports.ts';

/** Server-side apply of an object. Where it carries a resourceVersion, it is written over that version alone. */
export interface Apply {
  readonly do: 'apply';
  readonly object: KubeObject;
  readonly manager: string;
  /** `leave`: the pods must not wait for it. A refusal is logged, and the object stays as it is. */
  readonly ifRefused: 'fail' | 'leave';
  readonly why: string;
}

/** One write as a value. Its guard is in it: a version, the tests of a patch, the uid of what is deleted. `why` is for the log. */
export type Change =
  | Apply
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
export type OneWrite = Extract<Decision, { readonly do: 'advance' | 'restorePauses' | 'unpauseRollout' | 'removePod' }>;

/** What such a write is made of. */
export interface ChangeFacts {
  readonly delivery: Delivery;
  readonly rollout: KubeObject;
  /** How an approval reaches the engine. */
  readonly method: 'status' | 'plan';
  /** The step that the approval jumps to; null for the next one. */
  readonly jumpTo: number | null;
}

/** The object, to be written only over this version of what is there (HTTP 409 where that has changed). */
export function withVersion(object: KubeObject, live: KubeObject): KubeObject {
  const metadata = objectAt(object, 'metadata');
  return { ...object, metadata: { ...metadata, resourceVersion: at(live, 'metadata', 'resourceVersion') ?? '' } };
}

/** The kind and name of an object, for messages. */
export function titleOf(object: KubeObject): string {
  return `${stringAt(object, 'kind') ?? 'object'} ${stringAt(object, 'metadata', 'name') ?? ''}`;
}
