import type { RunRef } from '../actor.ts';
import type { Apply, Change } from '../change.ts';
import type { Delivery } from '../delivery.ts';
import { stringAt } from '../json.ts';
import type { Observation } from '../observation.ts';
import type { KubeObject, ObjectRef } from '../ports.ts';
import type { ReleaseRecord } from '../record.ts';
import { withStoredData } from '../secret-data.ts';
import type { Target } from '../target.ts';
import { again, type Changes, done, writing } from './changes.ts';

/** The state of the cluster at one moment, with the objects from which it was read. */
export interface Observed {
  readonly rollout: KubeObject | null;
  readonly workload: KubeObject | null;
  /** The object that a release writes: the carrier where the target has one, else the workload. */
  readonly written: KubeObject | null;
  readonly observation: Observation;
  readonly record: ReleaseRecord;
}

/** Whether no release is under way, so that the engine changes none of the objects. */
export function isIdle({ rollout, observation }: Observed): boolean {
  return rollout === null || observation.engine.at === 'idle';
}

/** The input for the changes of a decision. Further facts are requested part by part. */
export interface Facts {
  readonly target: Target;
  /** The delivery with the plan in force. */
  readonly delivery: Delivery;
  readonly observed: Observed;
  /** Today's policy, and the digests of the plan in force and of today's. */
  readonly policy: { readonly commit: string; readonly ref: string; readonly plan: string; readonly today: string };
  /** Who acts, when (by the cluster's clock), and in which run. */
  readonly act: { readonly by: string; readonly at: string; readonly run: RunRef };
  /** How an approval is written: to the Rollout's status, or to the pause in its plan. */
  readonly method: 'status' | 'plan';
  /** The step that the approval jumps to; null for the next one. */
  readonly jumpTo: number | null;
}

/** Makes changes from an object that was decided on. When the object does not exist any more, observe again. */
export function from(object: KubeObject | null, make: (object: KubeObject) => Changes): Changes {
  return object === null ? again('the object is gone') : make(object);
}

/** Writes the record over the one that was decided on, unless it is equal. `next` gets the Rollout. */
export function recordChanges(
  { target, delivery, observed }: Pick<Facts, 'target' | 'delivery' | 'observed'>,
  record: ReleaseRecord,
  why: string,
  next: (rollout: KubeObject | null) => Changes = () => done,
  { live = false }: { readonly live?: boolean } = {},
): Changes {
  if (JSON.stringify(record) === JSON.stringify(observed.record)) return next(observed.rollout);
  return from(observed.rollout, (rollout) => {
    const body = target.patches.record(rollout, record, live);
    const { record: manager } = target.managers;
    const write = patch({ ref: target.refs(delivery).rollout, body, manager, why });
    return writing([write], ([written]) => next(written ?? rollout));
  });
}

/** Where the object is that a release writes. The name of a carrier is in no config. */
export function writtenRef({ target, delivery }: Pick<Facts, 'target' | 'delivery'>, written: KubeObject): ObjectRef {
  if (target.carrier === null) return target.refs(delivery).workload;
  const { namespace } = delivery;
  return { kind: target.carrier.kind, namespace, name: stringAt(written, 'metadata', 'name') ?? '' };
}

/** A JSON patch of the object itself. */
export function patch(of: Omit<Extract<Change, { do: 'patch' }>, 'do' | 'subresource'>): Change {
  return { do: 'patch', subresource: null, ...of };
}

/** An apply of one of our manifests. A Secret is written as the server stores it. */
export function ours({ target }: Pick<Facts, 'target'>, object: KubeObject, why: string): Apply {
  return {
    do: 'apply',
    object: withStoredData(object),
    manager: target.managers.apply,
    takes: [],
    ifRefused: 'fail',
    why,
  };
}
