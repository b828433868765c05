import type { Amount, Style } from '../../../release/delivery.ts';
import type { JsonObject } from '../../../release/json.ts';
import type { PodTrouble } from '../../../release/observation.ts';
import type { JsonPatch, Kind, KubeObject } from '../../../release/ports.ts';
import type { TrapCode } from '../traps.ts';

/** What differs from one kind of workload to the next, as the engine drives it. A row each in index.ts. */
export interface WorkloadKind {
  /** How the config names it. The kind's own name is not enough: two API groups have a StatefulSet. */
  readonly name: string;
  readonly kind: Kind;
  /** Each style: null where it is released in it, else why it is not. */
  readonly styles: Readonly<Record<Style, string | null>>;
  readonly revisions: Revisions;
  /** Fields of its spec that the engine changes during a release: nobody else may own them then (E6). */
  borrowed(style: Style): readonly string[];
  /** The fields that a manifest may set while nothing is released; undefined for none. */
  settings(spec: JsonObject, style: Style): JsonObject | undefined;
  /** What a manifest may not say, for the engine would overwrite it; null for nothing. */
  wrongIn(workload: KubeObject): { readonly says: string; readonly hint: string } | null;
  /** Pods that a partition of the workload's own keeps back, as a number or a percentage; 0 where it keeps none. */
  keptBack(workload: KubeObject): number | string;
  /** Fields that no manifest may own at any time: the webhook's. */
  readonly webhookFields: readonly string[];
  status(workload: KubeObject): WorkloadStatus;
  /** Whether the engine's webhook keeps new pods back: shown by a dry-run of a new template. */
  isShut(workload: KubeObject): boolean;
  /** Sets a workload free that the engine has left shut (E3, E32). The template stays, so no release begins. */
  repair(workload: KubeObject): JsonPatch;
  /** Pods that the workload's own controller waits for, for ever, before it replaces them. */
  blocking(workload: KubeObject, pods: readonly KubeObject[]): readonly KubeObject[];
  /** Which traps of the engine it has. */
  readonly traps: Readonly<Record<TrapCode, boolean>>;
  /** Seconds after which Kubernetes calls its rollout failed where it says nothing; null where it never does. */
  readonly progressDeadline: number | null;
  /**
   * The most pods that its controller adds to `replicas` while it replaces old pods, by the update strategy of the workload.
   * `workload` is as the user has it, or with the engine's note of what the user has.
   */
  surge(style: Style, workload: KubeObject, replicas: number): number;
  /** Pods of the new version that a step asks for, out of `replicas`. */
  plannedPods(style: Style, amount: Amount, replicas: number): number;
}

/** The objects in which the cluster keeps the workload's earlier templates. */
export interface Revisions {
  readonly kind: Kind;
  /** The label of a pod that names its revision. */
  readonly podLabel: string;
  nameOf(revision: KubeObject): string | null;
  templateIn(revision: KubeObject): JsonObject;
}

/** What the workload's own status says. */
export interface WorkloadStatus {
  readonly replicas: number;
  /** Every pod is of the present template, available or not, and the controller has seen the last write. */
  readonly settled: boolean;
  readonly available: number;
  /** New pods are kept back. */
  readonly paused: boolean;
  /** Marks of the engine that only a release in progress has. */
  readonly marked: boolean;
  /** When the status last changed. */
  readonly changedAt: Date;
  /** RollingUpdate, Recreate, OnDelete. */
  readonly strategy: string;
  /** What keeps it from creating pods, and leaves no pod to look at. */
  readonly trouble: readonly PodTrouble[];
}

/** Why there is no canary style for any kind but a Deployment: enableExtraWorkloadForCanary is ignored. */
export const CANARY_IGNORED = 'the engine has no canary style for it, and would move it in partition style';

export const BLUE_GREEN_DENIED = 'the engine denies blueGreen for it';
