import type { Span } from './policy-watch.ts';
import type { KubeObject } from './ports.ts';

/** The objects of one delivery, as the cluster returned them. */
export interface Snapshot {
  readonly takenAt: Date;
  readonly rollout: KubeObject | null;
  readonly workload: KubeObject | null;
  readonly pods: readonly KubeObject[];
  /** The object of which a controller makes Rollout and workload; left out where there is none. */
  readonly carrier?: KubeObject | null;
  /** Further objects of the workload's kind, for a target that has one for each version; left out where there are none. */
  readonly beside?: readonly KubeObject[];
  /** Objects of others in the cluster; left out where they were not read. */
  readonly around?: Around;
}

/** Objects of others, which tell whether only the new pods suffer. */
export interface Around {
  /** Those of new pods that are not ready; null where they may not be read. */
  readonly nodes: readonly KubeObject[] | null;
  /** Pods that have not started: of the cluster, or of the namespace where only those may be listed. */
  readonly pending: readonly KubeObject[];
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
  | {
      readonly at: 'frozen';
      readonly id: string | null;
      readonly step: number;
      /** When the engine last made progress in this step. */
      readonly since: Date | null;
    }
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

/** Something that a new pod lacks, and that a pod of any other version would lack too. */
export interface Shortage {
  readonly of: 'nodes' | 'quota' | 'registry';
  /** The name of the pod in `trouble`. */
  readonly pod: string;
  readonly since: Date | null;
  /** The cluster's own words. Foreign text. */
  readonly why: string;
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
  /** Present when that command releases the live template to every pod. It is printed only when that template is a rollback's target. */
  readonly releasesAll?: true;
}

/** An unready pod that the controller never replaces, because it waits until the pod is ready. */
export interface BlockingPod {
  readonly name: string;
  readonly uid: string;
  /** When it stopped being ready. */
  readonly since: Date | null;
}

export interface WorkloadView {
  /** The rollout-id label: the id of the live release. With a carrier it is the carrier's, because that is what was written. */
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
  /** SHA-256 of the template as the server stores it, in the object that a release writes. */
  readonly template: string;
  /** SHA-256 of the pod template that a controller made of a carrier; null without a carrier, and until it has. */
  readonly made: string | null;
  /** Whether somebody has changed that pod template since, as far as the workload itself shows it; left out where it does not. */
  readonly remade?: boolean;
  /** Has the mark of the engine's batch controller (E32). */
  readonly taken: boolean;
  /** The engine's status is about exactly this generation of the workload: neither an older nor a newer one. */
  readonly seen: boolean;
  /** The update strategy, such as RollingUpdate. */
  readonly strategy: string;
}

/** The object of which a controller in the cluster makes Rollout and workload. */
export interface CarrierView {
  /** The release that it carries; null when it has no id. */
  readonly id: string | null;
  /** Whether the workload is what the controller makes of it. */
  readonly isRendered: boolean;
  /**
   * Whether what the controller made of it waits to be released by a write of its own, which begins the steps. False where the
   * write of the carrier begins them.
   */
  readonly waitsForAim: boolean;
  /**
   * Whether the controller keeps the Rollout when the release ends. Where somebody has taken the steps out of the carrier, it removes
   * the Rollout then, and the record with it.
   */
  readonly keepsRollout: boolean;
  /** Why the controller can't make the workload of it; null when it says nothing. Foreign text. */
  readonly trouble: string | null;
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
  /** Null where a release writes the workload itself, and where there is none yet. */
  readonly carrier: CarrierView | null;
  readonly workload: WorkloadView | null;
  /** The cluster's name for the template of the present pods; null when there are none, or several versions. */
  readonly servingRevision: string | null;
  readonly pods: { readonly stable: PodCount; readonly canary: PodCount };
  /**
   * The names of the pods of each version, and when the oldest new one was created; null when there is none. While the engine is
   * idle, every pod counts as new.
   */
  readonly versions: {
    readonly new: readonly string[];
    readonly old: readonly string[];
    readonly newSince: Date | null;
  };
  readonly trouble: readonly PodTrouble[];
  /** What keeps new pods from being ready and is no fault of their version. */
  readonly shortages: readonly Shortage[];
  /** The times in which new pods waited for a node. */
  readonly unplaced: readonly Span[];
  /** The names of the nodes of new pods that are not ready. */
  readonly nodes: readonly string[];
  /** The pods of each step of the release under way up to the present one, then those of no step of it. */
  readonly batches: readonly PodBatch[];
  /** Containers of the canary pods that have restarted. */
  readonly restarts: readonly PodRestart[];
  /** Pods that block the workload's controller, with any template. */
  readonly blocking: readonly BlockingPod[];
  /** How many of the new pods may be unready: a step is in place without them. */
  readonly mayBeUnready: number;
  /**
   * When the engine began the release that it has, or the last one it had; a version that replaces another in mid-release has the
   * time of the first (E8). Null where the engine does not tell.
   */
  readonly begunAt: Date | null;
  /** When the last canary pod became ready; null when none is ready. */
  readonly readySince: Date | null;
  /**
   * When the last container of the canary pods started, and the number of restarts. Null when a container does not run, or
   * there is no pod. While the engine is idle, this covers all pods.
   */
  readonly running: { readonly since: Date; readonly restarts: number } | null;
}

/** The observation of a cluster without the workload and the Rollout; also used before the cluster was asked. */
export function nothingSeen(takenAt: Date): Observation {
  const none = { ready: 0, total: 0 };
  return {
    takenAt,
    engine: { at: 'absent' },
    rollout: null,
    carrier: null,
    workload: null,
    servingRevision: null,
    pods: { stable: none, canary: none },
    versions: { new: [], old: [], newSince: null },
    batches: [],
    trouble: [],
    shortages: [],
    unplaced: [],
    nodes: [],
    restarts: [],
    blocking: [],
    mayBeUnready: 0,
    begunAt: null,
    readySince: null,
    running: null,
  };
}
