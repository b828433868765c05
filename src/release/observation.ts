import type { KubeObject } from './ports.ts';

/** The objects of one delivery, as the cluster returned them. */
export interface Snapshot {
  readonly takenAt: Date;
  readonly rollout: KubeObject | null;
  readonly workload: KubeObject | null;
  readonly pods: readonly KubeObject[];
}

/** The state of the engine. Steps count from 1. `id` is the rollout-id that the engine works on. */
export type Engine =
  | { readonly at: 'absent' }
  /** The engine has not processed the present Rollout yet. */
  | { readonly at: 'unseen' }
  | { readonly at: 'noWorkload' }
  | { readonly at: 'idle'; readonly outcome: 'fresh' | 'succeeded' | 'cancelled'; readonly id: string | null }
  | { readonly at: 'starting'; readonly id: string | null }
  | {
      readonly at: 'moving';
      readonly id: string | null;
      readonly step: number;
      /** The engine was told to leave the step and has not left it yet: the approval may still be overwritten (E4). */
      readonly leaving: boolean;
      /** When the engine last made progress in this step. */
      readonly since: Date | null;
      readonly detail: string;
      /** Why the step will not end by itself; null when it may. */
      readonly blocked: Blocked | null;
    }
  | {
      readonly at: 'waiting';
      readonly id: string | null;
      readonly step: number;
      /** The engine's message asks for a confirmation. An approval sent earlier may be overwritten (E4). */
      readonly asks: boolean;
      /** The engine's own timer ends the step. */
      readonly timed: boolean;
      /** When the engine found the step's pods and routes complete. */
      readonly since: Date | null;
      /** Why no approval helps: the step waits without having moved a pod; null when it has. */
      readonly blocked: Blocked | null;
    }
  | { readonly at: 'frozen'; readonly id: string | null; readonly step: number }
  /** blueGreen with a third version: nothing moves until an earlier template is restored (T23). */
  | { readonly at: 'refusing'; readonly id: string | null; readonly step: number }
  | { readonly at: 'finishing'; readonly id: string | null }
  | { readonly at: 'cancelling'; readonly id: string | null }
  | { readonly at: 'off'; readonly why: 'disabled' | 'disabling' | 'terminating' };

/** Whether the engine works on a release. */
export function isUnderWay({ at }: Engine): boolean {
  switch (at) {
    case 'absent':
    case 'unseen':
    case 'noWorkload':
    case 'idle':
    case 'off':
      return false;
    case 'starting':
    case 'moving':
    case 'waiting':
    case 'frozen':
    case 'refusing':
    case 'finishing':
    case 'cancelling':
      return true;
  }
}

export interface PodCount {
  readonly ready: number;
  readonly total: number;
}

/** A pod that is not ready, with the reason from the cluster. Foreign text. */
export interface PodTrouble {
  readonly pod: string;
  readonly version: 'stable' | 'canary';
  readonly reason: string;
  readonly message: string;
  /** Waiting does not help: the image cannot be pulled, crash loop, cannot be scheduled, quota. */
  readonly hopeless: boolean;
  /** When the trouble began: the pod's creation, or when it stopped being ready. */
  readonly since: Date | null;
  /** The step that made the pod, from 1, by the pod's label; null when it has none. */
  readonly step: number | null;
  /** The id of the release in the pod's label; null when it has none. */
  readonly release: string | null;
}

/** A pod of the new version with a container that has restarted. Foreign text. */
export interface PodRestart {
  readonly pod: string;
  readonly container: string;
  readonly step: number | null;
  /** How often it has restarted. */
  readonly count: number;
  /** When the run before ended; null when the kubelet no longer knows. */
  readonly at: Date | null;
  /** Why that run ended, such as `OOMKilled` or `Error, exit code 1`; empty when the kubelet no longer knows. */
  readonly reason: string;
}

/** Pods of one step of a release, by the labels of the pods. */
export interface PodBatch {
  /** The step that made them, from 1; null when they have no label of a step. */
  readonly step: number | null;
  /** The id of the release in their label; null when they have none. */
  readonly release: string | null;
  readonly ready: number;
  readonly total: number;
  /** Pods that the step adds at the present size; null for pods that are of no step of the present release. */
  readonly wanted: number | null;
  /** Names of the pods, ten at most. */
  readonly pods: readonly string[];
}

/** Why the engine cannot finish a step by itself. */
export interface Blocked {
  readonly why: string;
  /** The command that sets it free; null when only a rollback does. */
  readonly run: string | null;
}

/** An unready pod that the controller never replaces, because it waits until the pod is ready. */
export interface BlockingPod {
  readonly name: string;
  readonly uid: string;
  /** When it stopped being ready. */
  readonly since: Date | null;
}

export interface WorkloadView {
  /** The rollout-id label: the id of the live release. */
  readonly id: string | null;
  readonly replicas: number;
  /** Has the webhook's mark in-progressing. */
  readonly gated: boolean;
  readonly paused: boolean;
  /** Has the label workload-type: the engine's webhook sees writes. */
  readonly watched: boolean;
  /** Every pod has the present template and is available, and the controller has seen the last write. */
  readonly whole: boolean;
  /** The engine left it paused and ungated, with the engine's marks (E3, E32). */
  readonly wedged: boolean;
  /** Every pod has the present template, available or not: no update is under way. */
  readonly settled: boolean;
  /** When a condition in the workload's status last changed. */
  readonly changedAt: Date;
  /** SHA-256 of the pod template as the server stores it. */
  readonly template: string;
  /** Has the mark of the engine's batch controller (E32). */
  readonly taken: boolean;
  /** The engine has seen the workload's last change. */
  readonly seen: boolean;
  /** The engine has seen a newer generation than this one: this view is old. */
  readonly outdated: boolean;
  /** The update strategy, such as RollingUpdate. */
  readonly strategy: string;
}

/** One step of the live Rollout, in the engine's notation. `pause` is in seconds; null waits for an approval. */
export interface LiveStep {
  readonly replicas: string;
  readonly traffic: string | null;
  readonly pause: number | null;
  readonly rest: string;
}

/** The state that decisions use, without any term of the engine. */
export interface Observation {
  readonly takenAt: Date;
  readonly engine: Engine;
  readonly rollout: {
    /** The text of the record's annotation; null when there is none. */
    readonly record: string | null;
    /** The delivery annotation: the name of the delivery that owns the Rollout. */
    readonly delivery: string | null;
    readonly steps: readonly LiveStep[];
  } | null;
  readonly workload: WorkloadView | null;
  /** The cluster's name for the template of the present pods; null when there are none, or several versions. */
  readonly servingRevision: string | null;
  readonly pods: { readonly stable: PodCount; readonly canary: PodCount };
  readonly trouble: readonly PodTrouble[];
  /** The pods of each step of the release under way up to the present one, then those of no step of it. */
  readonly batches: readonly PodBatch[];
  /** Containers of the canary pods that have restarted. */
  readonly restarts: readonly PodRestart[];
  /** Pods that block the workload's controller, with any template. */
  readonly blocking: readonly BlockingPod[];
  /** How many of the new pods may be unready: a step is in place without them. */
  readonly mayBeUnready: number;
  /** When the last canary pod became ready; null when none is ready. */
  readonly readySince: Date | null;
  /**
   * When the last container of the canary pods started, and the number of restarts. Null when a container does not run, or
   * there is no pod. While the engine is idle, this covers all pods.
   */
  readonly running: { readonly since: Date; readonly restarts: number } | null;
}
