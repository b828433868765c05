import { readFileSync } from 'node:fs';
import type { Delivery } from '../../src/release/delivery.ts';
import type { Json, JsonObject } from '../../src/release/json.ts';
import { isObject, listAt, numberAt, objectAt, stringAt } from '../../src/release/json.ts';
import type { Observation } from '../../src/release/observation.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { parseRecording } from '../fidelity/recording.ts';
import { delivery } from './delivery-fixture.ts';

/** What the real engine had written at a moment of a recording, as stepgate observes it. */
export interface Recorded {
  readonly observation: Observation;
  readonly rollout: KubeObject;
  readonly delivery: Delivery;
}

/**
 * The objects of a recording at a moment, in seconds. Recordings are lean: they have neither a pod's hash, which is in its
 * name, nor its conditions, nor the counts in the workload's status. These are made from the pods. `after`: seconds since the
 * engine got somewhere last.
 */
export function recorded(id: string, seconds: number, plan: string, after = 5): Recorded {
  const objects = new Map<string, JsonObject>();
  const file = new URL(`../fidelity/recordings/${id}.json`, import.meta.url);
  for (const event of parseRecording(readFileSync(file, 'utf8')).events) {
    if (event.t > seconds) break;
    if (event.actor !== 'cluster') continue;
    const key = `${event.kind}/${event.name}`;
    if (event.op === 'deleted') objects.delete(key);
    else {
      const kept = Object.entries(objects.get(key) ?? {}).filter(([field]) => !event.removed.includes(field));
      objects.set(key, { ...Object.fromEntries(kept), ...(event.fields as JsonObject) });
    }
  }
  const found = (kind: string) => objects.get(`${kind}/demo`) ?? null;
  const rollout = shaped('Rollout', 'demo', found('Rollout') ?? {});
  const kind = found('CloneSet') === null ? 'Deployment' : 'CloneSet';
  const of = delivery(plan, { workload: { kind, name: 'demo' } });
  const live = found(kind);
  const image = imageIn(objectAt(live ?? {}, 'spec', 'template'));
  // The pods of a CloneSet have no hash in their names.
  const hashOf = (name: string, fields: JsonObject) =>
    kind === 'Deployment'
      ? (name.split('-').at(-2) ?? '')
      : (stringAt(
          rollout,
          'status',
          'canaryStatus',
          imageOf(fields) === image ? 'podTemplateHash' : 'stableRevision',
        ) ?? '');
  const pods = [...objects].flatMap(([key, fields]) => {
    const name = key.slice('Pod/'.length);
    return key.startsWith('Pod/') ? [podOf(name, hashOf(name, fields), fields)] : [];
  });
  const workload = live === null ? null : withCounts(shaped(kind, 'demo', live), pods);
  const status = objectAt(rollout, 'status');
  const told = ['canaryStatus', 'blueGreenStatus'].map((sub) => stringAt(status, sub, 'lastUpdateTime') ?? '');
  const takenAt = new Date((Date.parse(told.join('')) || 0) + after * 1000);
  const observation = kruise.observe(of, { takenAt, rollout, workload, pods });
  return { observation, rollout, delivery: of };
}

function shaped(kind: string, name: string, fields: JsonObject): KubeObject {
  const { labels = {}, annotations = {}, spec = {}, status = {} } = fields;
  const metadata = { name, namespace: 'shop', generation: 1, labels, annotations };
  return { kind, metadata, spec, status: isObject(status) ? { observedGeneration: 1, ...status } : {} };
}

function podOf(name: string, hash: string, fields: JsonObject): KubeObject {
  const { labels, ready, deleting } = fields;
  const time = '2026-11-21T01:00:00Z';
  return {
    kind: 'Pod',
    metadata: {
      name,
      labels: { ...(isObject(labels) ? labels : {}), 'pod-template-hash': hash },
      creationTimestamp: time,
      ...(deleting === true ? { deletionTimestamp: time } : {}),
    },
    spec: { containers: [{ image: imageOf(fields) }] },
    status: { conditions: [{ type: 'Ready', status: ready === true ? 'True' : 'False', lastTransitionTime: time }] },
  };
}

function imageOf({ images }: JsonObject): Json {
  return listAt({ images: images ?? [] }, 'images')[0] ?? '';
}

function imageIn(template: Json): string | null {
  return stringAt(listAt(template, 'spec', 'containers')[0] ?? null, 'image');
}

function withCounts(workload: KubeObject, pods: readonly KubeObject[]): KubeObject {
  const own = pods.filter((pod) => objectAt(pod, 'metadata')['deletionTimestamp'] === undefined);
  const wanted = imageIn(objectAt(workload, 'spec', 'template'));
  const status = {
    observedGeneration: 1,
    replicas: own.length,
    updatedReplicas: own.filter((pod) => imageIn(pod) === wanted).length,
    availableReplicas: numberAt(workload, 'spec', 'replicas') ?? 0,
  };
  return { ...workload, status };
}
