import { at, isMap, type Json, type JsonMap, listAt, mapAt, same, textAt } from '../../src/simulator/api/json.ts';
import type { ClusterEvent } from '../fidelity/recording.ts';

/** The kinds a run looks at. Those of OpenKruise have to be served. */
export const watchedKinds = [
  'Rollout',
  'BatchRelease',
  'Deployment',
  'StatefulSet',
  'CloneSet',
  'AdvancedStatefulSet',
  'AdvancedDaemonSet',
  'ReplicaSet',
  'Pod',
  'Service',
  'Ingress',
] as const;

const ops = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;

/** Turns what a watch shows into a recording's events: of each object only what changed since its event before. */
export interface Scribe {
  /** Null where nothing that is recorded has changed. */
  note(kind: string, type: keyof typeof ops, object: JsonMap, t: number): ClusterEvent | null;
}

export function scribe(): Scribe {
  const known = new Map<string, JsonMap>();
  return {
    note(kind, type, object, t) {
      const name = textAt(object, 'metadata', 'name');
      const key = `${kind}/${name}`;
      const event = { t, actor: 'cluster', op: ops[type], kind, name } as const;
      // What was last told is kept: an object that is made again is told by what is new since its namesake, as in the recordings.
      if (type === 'DELETED') return { ...event, fields: {}, removed: [] };
      const before = known.get(key) ?? {};
      const after = kind === 'Pod' ? podFields(object) : fieldsOf(object);
      known.set(key, after);
      const changed = Object.entries(after).filter(([field, value]) => !same(value, before[field]));
      const removed = Object.keys(before).filter((field) => after[field] === undefined);
      if (type === 'MODIFIED' && changed.length === 0 && removed.length === 0) return null;
      return { ...event, fields: Object.fromEntries(changed), removed };
    },
  };
}

function fieldsOf(object: JsonMap): JsonMap {
  const metadata = mapAt(object, 'metadata');
  return defined({
    labels: metadata['labels'],
    annotations: metadata['annotations'],
    generation: metadata['generation'],
    ownerReferences: owners(metadata),
    finalizers: metadata['finalizers'],
    deletionTimestamp: metadata['deletionTimestamp'],
    spec: object['spec'],
    status: object['status'],
  });
}

function owners(metadata: JsonMap): Json | undefined {
  const list = listAt(metadata, 'ownerReferences');
  return list.length === 0 ? undefined : list.map((owner) => `${textAt(owner, 'kind')}/${textAt(owner, 'name')}`);
}

function podFields(object: JsonMap): JsonMap {
  const ready = listAt(object, 'status', 'conditions').find((one) => isMap(one) && one['type'] === 'Ready');
  return defined({
    labels: at(object, 'metadata', 'labels'),
    phase: at(object, 'status', 'phase'),
    images: listAt(object, 'spec', 'containers').map((container) => textAt(container, 'image')),
    ready: textAt(ready, 'status') === 'True',
    deleting: at(object, 'metadata', 'deletionTimestamp') !== undefined,
  });
}

function defined(values: Readonly<Record<string, Json | undefined>>): JsonMap {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
  );
}
