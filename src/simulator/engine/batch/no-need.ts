import { annotationOf, isGoing, labelOf } from '../../api/things.ts';
import type { Pod } from '../../workloads/types.ts';
import type { World } from '../../world.ts';
import type { BatchRelease } from '../types.ts';
import { idLabel, inBatchAnnotation, noNeedLabel } from '../words.ts';
import { batchSize, currentBatch, type Filter } from './batch.ts';
import { BatchFailed, type Draft } from './control.ts';
import { label } from './labels.ts';
import { podsOfRevision } from './pods.ts';

/** Marks the pods that already have the stable version in a rollback in batches. The first pass marks, the next one counts. */
export function markNoNeed(world: World, release: BatchRelease, draft: Draft, pods: readonly Pod[]): void {
  if (annotationOf(release, inBatchAnnotation) === '') return;
  const { rolloutID = '' } = release.spec.releasePlan;
  const back = podsOfRevision(pods, draft.updateRevision ?? '');
  const unmarked = back.filter((pod) => labelOf(pod, noNeedLabel) !== rolloutID);
  for (const pod of unmarked) label(world, pod, { [noNeedLabel]: rolloutID });
  if (unmarked.length > 0) throw new BatchFailed('pods were marked, and are counted next time');
  draft.canaryStatus.noNeedUpdateReplicas = back.length;
}

/** The marked pods that still exist; undefined when it is not a rollback in batches. */
export function countNoNeed(release: BatchRelease, pods: readonly Pod[]): number | undefined {
  const { rolloutID = '' } = release.spec.releasePlan;
  const counted = release.status?.canaryStatus.noNeedUpdateReplicas;
  if (rolloutID === '' || counted === undefined) return counted;
  return podsOfRevision(pods, release.status?.updateRevision ?? '').filter(
    (pod) => labelOf(pod, noNeedLabel) === rolloutID,
  ).length;
}

/** How many pods of the current batch stay old. */
export interface Shares {
  readonly planned: number;
  readonly desired: number;
  readonly stable: number;
  /** Pods that need no rollback in a rollback in batches. */
  readonly noNeed: number | undefined;
}

/** The share of the batch is computed from the pods that need the rollback. */
export function sharesOf(release: BatchRelease, replicas: number, noNeed: number | undefined): Shares {
  const batch = currentBatch(release);
  const planned = batchSize(release, replicas, batch);
  if (noNeed === undefined || noNeed === 0) return { planned, desired: planned, stable: replicas - planned, noNeed };
  const stable = replicas - noNeed - batchSize(release, replicas - noNeed, batch);
  return { planned, desired: replicas - stable, stable, noNeed };
}

/** Pods that are really rolled back are labelled first (labelpatch/filter.go). */
export function filterUnordered(
  release: BatchRelease,
  { planned, desired }: { readonly planned: number; readonly desired: number },
): Filter {
  const { rolloutID = '' } = release.spec.releasePlan;
  const isLow = (pod: Pod) => labelOf(pod, noNeedLabel) === rolloutID && labelOf(pod, idLabel) !== rolloutID;
  return (pods) => {
    const ours = podsOfRevision(pods, release.status?.updateRevision ?? '');
    const low = ours.filter(isLow);
    return filtered(pods, { high: ours.filter((pod) => !isLow(pod)), low, planned, needed: desired - low.length });
  };
}

/** The same for pods that are rolled back by ordinal, highest first. */
export function filterOrdered(
  release: BatchRelease,
  { planned, needed, partition }: { readonly planned: number; readonly needed: number; readonly partition: number },
): Filter {
  const ordinal = (pod: Pod) => Number(pod.metadata.name.slice(pod.metadata.name.lastIndexOf('-') + 1));
  return (pods) => {
    const ours = [...podsOfRevision(pods, release.status?.updateRevision ?? '')].sort(
      (a, b) => ordinal(a) - ordinal(b),
    );
    const high = ours.filter((pod) => ordinal(pod) >= partition);
    return filtered(pods, { high, low: ours.filter((pod) => ordinal(pod) < partition), planned, needed });
  };
}

function filtered(
  pods: readonly Pod[],
  of: {
    readonly high: readonly Pod[];
    readonly low: readonly Pod[];
    readonly planned: number;
    readonly needed: number;
  },
): readonly Pod[] {
  if (of.needed <= 0) return pods;
  return [...of.high, ...of.low.slice(0, Math.max(0, of.planned - of.needed)), ...pods.filter(isGoing)];
}
