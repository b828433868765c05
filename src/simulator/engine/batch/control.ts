import type { Thing } from '../../api/things.ts';
import type { BatchStatus } from '../types.ts';

/** What a BatchRelease does to its workload: one for every style. */
export interface Control {
  /** Null where the workload is gone. */
  readonly info: Info | null;
  /** Takes control, and notes in the draft of what. */
  initialize(draft: Draft): void;
  /** Has the current batch's pods made or moved. Not asked for a workload without pods, as `verify`. */
  upgrade(draft: Draft): void;
  /** Throws while the current batch is not ready. */
  verify(): void;
  /** Lets the workload go. */
  finalise(): void;
}

/** A workload as the BatchRelease controller sees it. */
export interface Info {
  readonly replicas: number;
  /** Its controller has seen its last change. */
  readonly settled: boolean;
  readonly statusReplicas: number;
  /** New pods of the workload itself, where `updated` counts another's (canary style). */
  readonly promotedReplicas?: number;
  readonly updated: number;
  readonly updatedReady: number;
  readonly updateRevision: string;
  readonly stableRevision: string;
}

/** The workload's controller has seen its last change. */
export function isSettled({
  metadata,
  status,
}: Thing & { readonly status?: { readonly observedGeneration?: number } }): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

type Changing<T> = { -readonly [Key in keyof T]: T[Key] };

/** A pass's own copy of the status. */
export type Draft = Changing<Omit<BatchStatus, 'canaryStatus'>> & {
  canaryStatus: Changing<BatchStatus['canaryStatus']>;
};

/** A step of the BatchRelease that cannot be done yet; it is tried again. */
export class BatchFailed extends Error {
  /** Told in the status, because nothing but a person mends it. */
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

/** What was taken control of, as the status tells it. */
export function noteWorkload(draft: Draft, { replicas, stableRevision, updateRevision }: Info): void {
  draft.stableRevision = stableRevision;
  draft.updateRevision = updateRevision;
  draft.observedWorkloadReplicas = replicas;
}
