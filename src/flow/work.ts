import type { Delivery } from '../release/delivery.ts';
import { stringAt } from '../release/json.ts';
import type { Cluster, KubeObject } from '../release/ports.ts';
import { parseRecord, RECORD_ANNOTATION, type ReleaseRecord } from '../release/record.ts';
import type { Observation } from '../release/target.ts';
import type { Context } from './context.ts';
import type { Following } from './follow.ts';
import type { Policy } from './load.ts';
import type { Looks } from './look.ts';
import { Moved, type Writer } from './write.ts';

/** How an approval reaches the engine (design 5.5). */
export type Method = 'status' | 'plan';

/** One delivery in one run. */
export interface Work {
  readonly context: Context;
  readonly policy: Policy;
  readonly delivery: Delivery;
  readonly cluster: Cluster;
  readonly following: Following;
  /** How this run looks at deliveries for the first time. */
  readonly looks: Looks;
  readonly writer: Writer;
  readonly method: Method;
  /** Where to jump at the next approval instead of the next step; null for none. */
  readonly jumpTo: number | null;
}

/** What the cluster says now, in our words. */
export interface Seen {
  readonly rollout: KubeObject | null;
  readonly workload: KubeObject | null;
  readonly observation: Observation;
  readonly record: ReleaseRecord;
}

export function see({ context, delivery, following }: Work): Seen {
  const snapshot = following.current();
  const observation = context.target.observe(delivery, snapshot);
  const record = recordIn(following, observation.rollout?.record ?? null);
  return { rollout: snapshot.rollout, workload: snapshot.workload, observation, record };
}

/** The record of the last look: most events of a release leave it alone. */
const lastRecords = new WeakMap<Following, { readonly text: string | null; readonly record: ReleaseRecord }>();

function recordIn(following: Following, text: string | null): ReleaseRecord {
  const last = lastRecords.get(following);
  if (last?.text === text) return last.record;
  const record = parseRecord(text);
  lastRecords.set(following, { text, record });
  return record;
}

/** Throws Moved where the record is not the one that something was judged on. */
export function checkRecord({ observation }: Seen, rollout: KubeObject | null): void {
  const found = stringAt(rollout, 'metadata', 'annotations', RECORD_ANNOTATION);
  if (found !== (observation.rollout?.record ?? null)) throw new Moved('another release was asked for');
}

/** Writes the record, guarded by the one it was decided on. */
export async function writeRecord(work: Work, seen: Seen, next: ReleaseRecord, why: string): Promise<void> {
  const { context, delivery, writer, following } = work;
  const { target } = context;
  if (JSON.stringify(next) === JSON.stringify(seen.record)) return;
  const body = target.patches.record(there(seen.rollout), next);
  following.wrote(await writer.patch(target.refs(delivery).rollout, body, { manager: target.managers.record, why }));
}

/** The object, which was there when it was decided on. */
export function there(object: KubeObject | null): KubeObject {
  if (object === null) throw new Moved('the object went away');
  return object;
}
