import { readFileSync } from 'node:fs';
import type { Delivery } from '../../src/release/delivery.ts';
import type { Json, JsonObject } from '../../src/release/json.ts';
import { isObject, listAt, numberAt, objectAt, stringAt } from '../../src/release/json.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import type { Observation } from '../../src/release/target.ts';
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
  const of = delivery(plan);
  const found = (kind: string) => objects.get(`${kind}/demo`) ?? null;
  const rollout = shaped('Rollout', 'demo', found('Rollout') ?? {});
  const pods = [...objects].flatMap(([key, fields]) => (key.startsWith('Pod/') ? [podOf(key.slice(4), fields)] : []));
  const deployment = found('Deployment');
  const workload = deployment === null ? null : withCounts(shaped('Deployment', 'demo', deployment), pods);
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

function podOf(name: string, { labels, images, ready, deleting }: JsonObject): KubeObject {
  const hash = name.split('-').at(-2) ?? '';
  const time = '2026-11-21T01:00:00Z';
  return {
    kind: 'Pod',
    metadata: {
      name,
      labels: { ...(isObject(labels) ? labels : {}), 'pod-template-hash': hash },
      creationTimestamp: time,
      ...(deleting === true ? { deletionTimestamp: time } : {}),
    },
    spec: { containers: [{ image: listAt({ images: images ?? [] }, 'images')[0] ?? '' }] },
    status: { conditions: [{ type: 'Ready', status: ready === true ? 'True' : 'False', lastTransitionTime: time }] },
  };
}

function withCounts(workload: KubeObject, pods: readonly KubeObject[]): KubeObject {
  const image = (of: Json | undefined) => stringAt(listAt(of ?? {}, 'spec', 'containers')[0] ?? null, 'image');
  const own = pods.filter((pod) => objectAt(pod, 'metadata')['deletionTimestamp'] === undefined);
  const wanted = image(objectAt(workload, 'spec', 'template'));
  const status = {
    observedGeneration: 1,
    replicas: own.length,
    updatedReplicas: own.filter((pod) => image(pod) === wanted).length,
    availableReplicas: numberAt(workload, 'spec', 'replicas') ?? 0,
  };
  return { ...workload, status };
}
