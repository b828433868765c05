import type { Decision } from './decision.ts';
import type { Delivery } from './delivery.ts';
import { at, objectAt, stringAt } from './json.ts';
import type { JsonPatch, KubeObject, ObjectRef } from './ports.ts';

/** Server-side apply of an object. When the object has a resourceVersion, the server applies it to that version only. */
export interface Apply {
  readonly do: 'apply';
  readonly object: KubeObject;
  readonly manager: string;
  /** Field managers, besides ours, whose fields it takes in a conflict. */
  readonly takes: readonly string[];
  /** `leave`: a refusal is logged and the object stays as it is, because the pods must not wait for it. */
  readonly ifRefused: 'fail' | 'leave';
  readonly why: string;
}

/** One write as a value, with its guard: a version, the tests of a patch, or the uid of the object to delete. `why` is for the log. */
export type Change =
  | Apply
  | {
      readonly do: 'patch';
      readonly ref: ObjectRef;
      readonly body: JsonPatch;
      readonly subresource: 'status' | null;
      readonly manager: string;
      /** A refusal is logged and the object stays as it is, because the pods must not wait for it. */
      readonly ifRefused?: 'leave';
      readonly why: string;
    }
  | {
      readonly do: 'remove';
      readonly ref: ObjectRef;
      readonly uid: string;
      /** A refusal is logged and the object stays: it does no harm. */
      readonly ifRefused?: 'leave';
      readonly why: string;
    };

/** The decisions that need one write, which is made from the observed objects. */
export type OneWrite = Extract<
  Decision,
  { readonly do: 'advance' | 'aim' | 'restorePauses' | 'unpauseRollout' | 'removePod' }
>;

/** The input for such a write. */
export interface ChangeFacts {
  readonly delivery: Delivery;
  readonly rollout: KubeObject;
  /** The object that a release writes; null when there is none. */
  readonly written: KubeObject | null;
  /** How an approval is written: to the Rollout's status, or to the pause in its plan. */
  readonly method: 'status' | 'plan';
  /** The step that the approval jumps to; null for the next one. */
  readonly jumpTo: number | null;
}

/** The object with a resourceVersion, so that the server writes it only over this version (else HTTP 409). */
export function withVersion(object: KubeObject, live: KubeObject): KubeObject {
  const metadata = objectAt(object, 'metadata');
  return { ...object, metadata: { ...metadata, resourceVersion: at(live, 'metadata', 'resourceVersion') ?? '' } };
}

/** The kind and name of an object, for messages: `ConfigMap shop`. */
export function titleOf(object: KubeObject): string {
  return namedBy(object, ' ');
}

/** The same as kubectl takes it: `ConfigMap/shop`. */
export function slashTitleOf(object: KubeObject): string {
  return namedBy(object, '/');
}

function namedBy(object: KubeObject, between: string): string {
  return `${stringAt(object, 'kind') ?? 'object'}${between}${stringAt(object, 'metadata', 'name') ?? ''}`;
}
