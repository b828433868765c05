import type { RunRef } from '../actor.ts';
import type { Apply, Change } from '../change.ts';
import type { Delivery } from '../delivery.ts';
import type { KubeObject } from '../ports.ts';
import type { ReleaseRecord } from '../record.ts';
import type { Observation, Target } from '../target.ts';
import { again, type Changes, done, writing } from './changes.ts';

/** What the cluster says at one moment, in our words, with the objects that say it. */
export interface Observed {
  readonly rollout: KubeObject | null;
  readonly workload: KubeObject | null;
  readonly observation: Observation;
  readonly record: ReleaseRecord;
}

/** Whether nothing is released: the engine works with none of the objects. */
export function isIdle({ rollout, observation }: Observed): boolean {
  return rollout === null || observation.engine.at === 'idle';
}

/** What the changes of a decision are made of. What else they need they ask for, part by part. */
export interface Facts {
  readonly target: Target;
  /** With the plan in force. */
  readonly delivery: Delivery;
  readonly observed: Observed;
  /** Today's policy, and the digest of the plan in force. */
  readonly policy: { readonly commit: string; readonly ref: string; readonly plan: string };
  /** Who acts, when by the cluster's clock, and in which run. */
  readonly act: { readonly by: string; readonly at: string; readonly run: RunRef };
  /** How an approval reaches the engine. */
  readonly method: 'status' | 'plan';
  /** The step that the approval jumps to; null for the next one. */
  readonly jumpTo: number | null;
}

/** What is made of an object that was decided on. Where it went away, it is observed anew. */
export function from(object: KubeObject | null, make: (object: KubeObject) => Changes): Changes {
  return object === null ? again('the object went away') : make(object);
}

/** The record, to be written over the one that was decided on; nothing where it says that already. `next` gets the Rollout. */
export function recordChanges(
  { target, delivery, observed }: Pick<Facts, 'target' | 'delivery' | 'observed'>,
  record: ReleaseRecord,
  why: string,
  next: (rollout: KubeObject | null) => Changes = () => done,
): Changes {
  if (JSON.stringify(record) === JSON.stringify(observed.record)) return next(observed.rollout);
  return from(observed.rollout, (rollout) => {
    const body = target.patches.record(rollout, record);
    const { record: manager } = target.managers;
    const write = patch({ ref: target.refs(delivery).rollout, body, manager, why });
    return writing([write], ([written]) => next(written ?? rollout));
  });
}

/** A JSON patch of the object itself. */
export function patch(of: Omit<Extract<Change, { do: 'patch' }>, 'do' | 'subresource'>): Change {
  return { do: 'patch', subresource: null, ...of };
}

/** An apply as our own manifests are written. */
export function ours({ target }: Facts, object: KubeObject, why: string): Apply {
  return { do: 'apply', object, manager: target.managers.apply, ifRefused: 'fail', why };
}
