import { type ReleaseRecord, stableOf } from '../../src/release/record.ts';
import { RECORD_ANNOTATION } from '../../src/release/record-fields.ts';
import { parseRecord } from '../../src/release/record-text.ts';
import { listAt, textAt } from '../../src/simulator/api/json.ts';
import type { Pod } from '../../src/simulator/workloads/types.ts';
import { manifest } from './files.ts';
import { openShop, type Person, type Shop } from './shop.ts';

/** Ten deliveries in one cluster and repository, which the policy rolls back after five minutes. */
export const names = Array.from({ length: 10 }, (_, index) => `svc-${index}`);

export const all = names.map((name) => `--delivery ${name}`).join(' ');

/** The version whose pods do not start by themselves: a test says why. */
export const BAD = 'broken';

function configOf(on: string): string {
  const blocks = names.map((name, index) => [
    `  - delivery: ${name}`,
    `    namespace: ns-${index % 2}`,
    `    workload: { kind: Deployment, name: ${name} }`,
    `    source: { files: [deploy/${name}.yaml] }`,
    '    strategy: partition',
    `    rollback: { on: [${on}], stuckAfter: 5m }`,
    '    steps: [{ name: one, replicas: 1 }, { name: all, replicas: 100% }]',
  ]);
  return ['version: 1', 'deliveries:', ...blocks.flat(), ''].join('\n');
}

function manifests(version: string) {
  return Object.fromEntries(names.map((name) => [`deploy/${name}.yaml`, manifest(version, { name })]));
}

/** v1 is stable everywhere, and the bad version has begun its first step in each delivery. */
export async function tenBegun({ on = 'stuck', message = 'bad' } = {}): Promise<{ shop: Shop; ci: Person }> {
  const shop = openShop({ files: { 'stepgate.yaml': configOf(on), ...manifests('v1') } });
  const ci = shop.person('ci');
  const first = await ci(`deploy --until done ${all}`);
  if (first.exit !== 0) throw new Error(`${first.code}\n${first.log}`);
  shop.origin.commit(manifests(BAD), { subject: message });
  await ci(`deploy ${all} --timeout 10s`);
  return { shop, ci };
}

export function imageIn(shop: Shop, name: string): string {
  const workload = shop.cluster.api.get('Deployment', namespaceOf(name), name);
  return textAt(listAt(workload, 'spec', 'template', 'spec', 'containers')[0], 'image').replace('app:', '');
}

export function namespaceOf(name: string): string {
  return `ns-${names.indexOf(name) % 2}`;
}

export function recordIn(shop: Shop, name: string): ReleaseRecord {
  const rollout = shop.cluster.api.get('Rollout', namespaceOf(name), name);
  return parseRecord(textAt(rollout, 'metadata', 'annotations', RECORD_ANNOTATION) || null);
}

/** The deliveries that run v1 again, and those whose record says that the policy holds them. */
export function outcomeOf(shop: Shop) {
  const back = names.filter((name) => imageIn(shop, name) === 'v1');
  const held = names.filter((name) => recordIn(shop, name).holds.some(({ bars }) => bars !== undefined));
  const begun = names.filter((name) => recordIn(shop, name).runs.some(({ command }) => command === 'policy'));
  return { back, held, begun, stable: names.map((name) => stableOf(recordIn(shop, name))?.id) };
}

/** Gives every pod of the bad version this status. */
export function badPods(shop: Shop, statusOf: (pod: Pod, now: string) => object): void {
  const { api, world } = shop.cluster;
  const now = `${new Date(world.timeline.now()).toISOString().slice(0, 19)}Z`;
  for (const pod of api.list('Pod', null)) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    if (textAt(listAt(pod, 'spec', 'containers')[0], 'image') !== `app:${BAD}`) continue;
    api.update('Pod', { ...pod, status: statusOf(pod, now) }, { manager: 'kubelet', subresource: 'status' });
  }
}

/** The scheduler finds no node for them. */
export function unscheduled(pod: Pod): object {
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message:
      '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found.',
    lastTransitionTime: pod.metadata.creationTimestamp,
  };
  return { phase: 'Pending', conditions: [condition] };
}

/** They run, and crash at once. */
export function crashing(_pod: Pod, now: string): object {
  const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' };
  return {
    phase: 'Running',
    conditions: [
      { type: 'PodScheduled', status: 'True', lastTransitionTime: now },
      { type: 'Ready', status: 'False', lastTransitionTime: now },
    ],
    containerStatuses: [{ name: 'main', image: `app:${BAD}`, ready: false, restartCount: 5, state: { waiting } }],
  };
}

/** They can't pull their image. */
export function unpulled(cause: string, image = `app:${BAD}`): (pod: Pod, now: string) => object {
  return (pod) => {
    const lastTransitionTime = pod.metadata.creationTimestamp;
    const message = `Back-off pulling image "${image}"${cause === '' ? '' : `: ErrImagePull: ${cause}`}`;
    const state = { waiting: { reason: 'ImagePullBackOff', message } };
    return {
      phase: 'Pending',
      conditions: [
        { type: 'PodScheduled', status: 'True', lastTransitionTime },
        { type: 'Ready', status: 'False', lastTransitionTime },
      ],
      containerStatuses: [{ name: 'main', image, ready: false, restartCount: 0, state }],
    };
  };
}
