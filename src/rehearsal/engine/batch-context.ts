import { parsedText, textAt } from '../api/json.ts';
import { annotationOf, controllerOf, isGoing, labelOf, matches, type Thing } from '../api/things.ts';
import { hashOf } from '../workloads/template.ts';
import { type Amount, isReady, type Labels, type Pod, scaled } from '../workloads/types.ts';
import type { World } from '../world.ts';
import type { BatchRelease, BatchStatus } from './types.ts';
import { batchLabel, controlAnnotation, idLabel, manager, noNeedLabel, revisionHash, templateHash } from './words.ts';

/** A step of the BatchRelease that cannot be done yet; it is tried again. */
export class BatchFailed extends Error {
  /** Told in the status, because nothing but a person mends it. */
  readonly told: boolean;

  constructor(message: string, told = false) {
    super(message);
    this.told = told;
  }
}

type Changing<T> = { -readonly [Key in keyof T]: T[Key] };

/** A pass's own copy of the status. */
export type Draft = Changing<Omit<BatchStatus, 'canaryStatus'>> & {
  canaryStatus: Changing<BatchStatus['canaryStatus']>;
};

/** A workload as the BatchRelease controller sees it. */
export interface Info {
  readonly replicas: number;
  readonly settled: boolean;
  readonly statusReplicas: number;
  /** New pods of the workload itself, where `updated` counts another's (canary style). */
  readonly promotedReplicas?: number;
  readonly updated: number;
  readonly updatedReady: number;
  readonly updateRevision: string;
  readonly stableRevision: string;
}

export interface BatchContext {
  readonly pods: readonly Pod[];
  readonly rolloutId: string;
  readonly currentBatch: number;
  readonly updateRevision: string;
  readonly replicas: number;
  readonly updated: number;
  readonly updatedReady: number;
  /** Pods with a label that the batch must have. */
  readonly planned: number;
  /** New pods that the batch must have. */
  readonly desired: number;
  readonly failureThreshold: Amount | undefined;
  readonly filter?: (pods: readonly Pod[]) => readonly Pod[];
}

/** Throws while the batch is not ready (kruise.md 6). */
export function checkReady(context: BatchContext): void {
  const { updated, updatedReady, desired } = context;
  if (updated < desired) throw new BatchFailed('updated replicas not satisfied');
  if (scaled(context.failureThreshold, updated) + updatedReady < desired)
    throw new BatchFailed('updated ready replicas not satisfied');
  if (desired > 0 && updatedReady === 0) throw new BatchFailed('no updated ready replicas');
  if (context.rolloutId === '' || context.pods.length === 0) return;
  const labelled = context.pods.filter((pod) => !isGoing(pod) && labelOf(pod, idLabel) === context.rolloutId).length;
  if (labelled < context.planned) throw new BatchFailed('pods with batch label not satisfied');
}

export function batchSize(release: BatchRelease, replicas: number, batch: number): number {
  const size = scaled(release.spec.releasePlan.batches[batch]?.canaryReplicas, replicas);
  return Math.max(0, Math.min(size, replicas));
}

/** Pods of a workload, also through ReplicaSets. */
export function ownedPods(world: World, workload: Thing, selector: Labels): readonly Pod[] {
  const namespace = workload.metadata.namespace ?? '';
  const { uid } = workload.metadata;
  const owners = new Set([uid, ...world.api.controlled('ReplicaSet', namespace, uid).map((set) => set.metadata.uid)]);
  return world.api
    .list('Pod', namespace)
    .filter((pod) => owners.has(controllerOf(pod)?.uid ?? '') && matches(pod.metadata.labels, selector));
}

export function isOfRevision(labels: Labels | undefined, revision: string): boolean {
  return [templateHash, revisionHash].some((key) => {
    const hash = labels?.[key] ?? '';
    return hash !== '' && revision.endsWith(hash);
  });
}

export function isControlled(release: BatchRelease, object: Thing): boolean {
  if (controllerOf(object)?.uid === release.metadata.uid) return true;
  const info = annotationOf(object, controlAnnotation);
  return info !== '' && textAt(parsedText(info), 'uid') === release.metadata.uid;
}

export function controlInfo(release: BatchRelease): string {
  const { apiVersion, kind, metadata } = release;
  return JSON.stringify({
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  });
}

/** Gives new pods the release's id and their batch: the counts of earlier batches are kept, the rest is of the later ones. */
export function labelPods(world: World, release: BatchRelease, context: BatchContext): void {
  if (context.rolloutId === '' || context.pods.length === 0) return;
  const pods = context.filter === undefined ? context.pods : context.filter(context.pods);
  const { batches } = release.spec.releasePlan;
  const left = batches.map((_batch, index) =>
    index <= context.currentBatch ? batchSize(release, context.replicas, index) : 0,
  );
  for (let index = context.currentBatch; index > 0; index -= 1)
    left[index] = (left[index] ?? 0) - (left[index - 1] ?? 0);
  const unlabelled: Pod[] = [];
  const hashes = new Map<Pod, string>();
  for (const pod of pods) {
    if (isGoing(pod)) continue;
    const hash = labelOf(pod, revisionHash) === '' ? hashOfSet(world, pod) : '';
    if (hash !== '') hashes.set(pod, hash);
    const labels = hash === '' ? pod.metadata.labels : { ...pod.metadata.labels, [revisionHash]: hash };
    if (!isOfRevision(labels, context.updateRevision)) continue;
    const batch = Number(labels?.[batchLabel] ?? Number.NaN);
    if (labels?.[idLabel] === context.rolloutId && batch > 0 && batch <= left.length)
      left[batch - 1] = (left[batch - 1] ?? 0) - 1;
    else unlabelled.push(pod);
  }
  for (let index = left.length - 1; index >= 0; index -= 1) {
    for (let count = left[index] ?? 0; count > 0; count -= 1) {
      // The engine takes them as its cache lists them: in no order.
      const [pod] = unlabelled.splice(Math.floor(world.random() * unlabelled.length), 1);
      if (pod === undefined) break;
      const hash = hashes.get(pod);
      hashes.delete(pod);
      label(world, pod, {
        [idLabel]: context.rolloutId,
        [batchLabel]: String(index + 1),
        ...(hash === undefined ? {} : { [revisionHash]: hash }),
      });
    }
  }
  for (const [pod, hash] of hashes) label(world, pod, { [revisionHash]: hash });
}

function hashOfSet(world: World, pod: Pod): string {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return '';
  const set = world.api.get('ReplicaSet', pod.metadata.namespace ?? '', owner.name);
  return set === undefined ? '' : hashOf('kruise', set.spec.template);
}

export function label(world: World, pod: Pod, labels: Labels): void {
  world.api.patch(
    'Pod',
    pod.metadata.namespace ?? '',
    pod.metadata.name,
    { metadata: { labels } },
    { manager, type: 'merge' },
  );
}

/** Pods that a rollback in batches found already back: they are counted, and left alone. */
export function countNoNeed(pods: readonly Pod[], revision: string, rolloutId: string): number {
  return pods.filter(
    (pod) => !isGoing(pod) && isOfRevision(pod.metadata.labels, revision) && labelOf(pod, noNeedLabel) === rolloutId,
  ).length;
}

export function countUpdatedReady(pods: readonly Pod[], revision: string): number {
  return pods.filter((pod) => !isGoing(pod) && isOfRevision(pod.metadata.labels, revision) && isReady(pod)).length;
}

/** In a rollback in batches the pods that really go back get their label first (labelpatch/filter.go). */
export function filterUnordered(context: Omit<BatchContext, 'filter'>): (pods: readonly Pod[]) => readonly Pod[] {
  return (pods) => {
    const going = pods.filter(isGoing);
    const ours = pods.filter((pod) => !isGoing(pod) && isOfRevision(pod.metadata.labels, context.updateRevision));
    const isLow = (pod: Pod) =>
      labelOf(pod, noNeedLabel) === context.rolloutId && labelOf(pod, idLabel) !== context.rolloutId;
    const low = ours.filter(isLow);
    const high = ours.filter((pod) => !isLow(pod));
    const needed = context.desired - low.length;
    if (needed <= 0) return pods;
    return [...high, ...low.slice(0, Math.max(0, context.planned - needed)), ...going];
  };
}

export function filterOrdered(
  context: Omit<BatchContext, 'filter'>,
  partition: number,
): (pods: readonly Pod[]) => readonly Pod[] {
  return (pods) => {
    const ordinal = (pod: Pod) => Number(pod.metadata.name.slice(pod.metadata.name.lastIndexOf('-') + 1));
    const going = pods.filter(isGoing);
    const ours = pods
      .filter((pod) => !isGoing(pod) && isOfRevision(pod.metadata.labels, context.updateRevision))
      .sort((a, b) => ordinal(a) - ordinal(b));
    const needed = context.replicas - partition;
    if (needed <= 0) return pods;
    const low = ours.filter((pod) => ordinal(pod) < partition);
    return [
      ...ours.filter((pod) => ordinal(pod) >= partition),
      ...low.slice(0, Math.max(0, context.planned - needed)),
      ...going,
    ];
  };
}
