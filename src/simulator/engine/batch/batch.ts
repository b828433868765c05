import { isGoing, labelOf } from '../../api/things.ts';
import { type Amount, scaled } from '../../workloads/amounts.ts';
import type { Pod } from '../../workloads/types.ts';
import type { BatchRelease } from '../types.ts';
import { idLabel } from '../words.ts';
import { BatchFailed, type Info } from './control.ts';

/** The current batch of a release: its counts, and its goal. */
export interface Batch {
  readonly release: BatchRelease;
  readonly info: Info;
  readonly pods: readonly Pod[];
  /** Pods with a label that the batch must have. */
  readonly planned: number;
  /** New pods that the batch must have. */
  readonly desired: number;
  /** New pods that need not be ready. */
  readonly failureThreshold: Amount | undefined;
  /** The pods to label, in order. */
  readonly filter?: Filter;
}

export type Filter = (pods: readonly Pod[]) => readonly Pod[];

/** Counted from 0. */
export function currentBatch(release: BatchRelease): number {
  return release.status?.canaryStatus.currentBatch ?? 0;
}

/** New pods of the current batch, as in the plan. */
export function plannedAmount(release: BatchRelease): Amount {
  return release.spec.releasePlan.batches[currentBatch(release)]?.canaryReplicas ?? 0;
}

/** The number of new pods after a batch, for a workload of this size. */
export function batchSize(release: BatchRelease, replicas: number, batch: number): number {
  const size = scaled(release.spec.releasePlan.batches[batch]?.canaryReplicas, replicas);
  return Math.max(0, Math.min(size, replicas));
}

/** Throws while the batch is not ready (docs/engine.md#pods). */
export function checkReady({ release, info, pods, planned, desired, failureThreshold }: Batch): void {
  const { updated, updatedReady } = info;
  if (updated < desired) throw new BatchFailed('updated replicas not satisfied');
  if (scaled(failureThreshold, updated) + updatedReady < desired)
    throw new BatchFailed('updated ready replicas not satisfied');
  if (desired > 0 && updatedReady === 0) throw new BatchFailed('no updated ready replicas');
  const { rolloutID = '' } = release.spec.releasePlan;
  if (rolloutID === '' || pods.length === 0) return;
  const labelled = pods.filter((pod) => !isGoing(pod) && labelOf(pod, idLabel) === rolloutID).length;
  if (labelled < planned) throw new BatchFailed('pods with batch label not satisfied');
}
