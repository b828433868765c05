import type { Thing } from '../../api/things.ts';
import type { BatchStatus } from '../types.ts';

/** The operations of a BatchRelease on its workload; one implementation for each style. */
export interface Control {
  /** Null when the workload does not exist. */
  readonly info: Info | null;
  /** Takes control of the workload, and records it in the draft. */
  initialize(draft: Draft): void;
  /** Creates or moves the pods of the current batch. Like `verify`, not called for a workload without pods. */
  upgrade(draft: Draft): void;
  /** Throws while the current batch is not ready. */
  verify(): void;
  /** Releases the workload. */
  finalise(): void;
}

/** A workload as the BatchRelease controller sees it. */
export interface Info {
  readonly replicas: number;
  /** Whether its controller has seen its last change. */
  readonly settled: boolean;
  readonly statusReplicas: number;
  /** New pods of the workload itself, when `updated` counts those of the extra one (canary style). */
  readonly promotedReplicas?: number;
  readonly updated: number;
  readonly updatedReady: number;
  readonly updateRevision: string;
  readonly stableRevision: string;
}

/** Whether the workload's controller has seen its last change. */
export function isSettled({
  metadata,
  status,
}: Thing & { readonly status?: { readonly observedGeneration?: number } }): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

type Changing<T> = { -readonly [Key in keyof T]: T[Key] };

/** The copy of the status that a pass changes. */
export type Draft = Changing<Omit<BatchStatus, 'canaryStatus'>> & {
  canaryStatus: Changing<BatchStatus['canaryStatus']>;
};

/** A step of the BatchRelease that can't be done yet; it is repeated. */
export class BatchFailed extends Error {
  /** Shown in the status, because only a person can fix it. */
  readonly told: boolean;

  constructor(message: string, told = false) {
    super(message);
    this.told = told;
  }
}

/** There is no workload. */
export const gone: Control = { info: null, initialize: fail, upgrade: fail, verify: fail, finalise: () => undefined };

function fail(): never {
  throw new BatchFailed('the workload is gone');
}

/** The controlled workload, as in the status. */
export function noteWorkload(draft: Draft, { replicas, stableRevision, updateRevision }: Info): void {
  draft.stableRevision = stableRevision;
  draft.updateRevision = updateRevision;
  draft.observedWorkloadReplicas = replicas;
}
