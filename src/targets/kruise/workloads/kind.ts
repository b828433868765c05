import type { Amount, Style } from '../../../release/delivery.ts';
import type { JsonObject } from '../../../release/json.ts';
import type { PodTrouble } from '../../../release/observation.ts';
import type { JsonPatch, Kind, KubeObject } from '../../../release/ports.ts';
import type { TrapCode } from '../traps.ts';

/** The differences between kinds of workload, as the engine handles them. index.ts has one row for each kind. */
export interface WorkloadKind {
  /** The kind's name in the config. Kubernetes' name is not enough, because two API groups have a StatefulSet. */
  readonly name: string;
  readonly kind: Kind;
  /** For each style: null when the kind can be released in it, else the reason why not. */
  readonly styles: Readonly<Record<Style, string | null>>;
  readonly revisions: Revisions;
  /** Fields of the spec that the engine changes during a release. Nobody else may own them then (E6). */
  borrowed(style: Style): readonly string[];
  /** The fields that a manifest may set, which are written while idle; undefined when there are none. */
  settings(spec: JsonObject, style: Style): JsonObject | undefined;
  /** A field that a manifest must not have, because the engine would overwrite it; null when there is none. */
  wrongIn(workload: KubeObject): { readonly says: string; readonly hint: string } | null;
  /** The pods that the workload's own partition keeps old, as a number or a percentage; 0 when there are none. */
  keptBack(workload: KubeObject): number | string;
  /** Fields that no manifest may ever own, because the webhook sets them. */
  readonly webhookFields: readonly string[];
  status(workload: KubeObject): WorkloadStatus;
  /** Whether the engine's webhook keeps all pods old. A dry-run of a new template shows it. */
  isShut(workload: KubeObject): boolean;
  /**
   * Whether a template stays shut that takes the place of one under way, until the engine has seen it. The engine's batch of a
   * set writes its partition over the one that shuts it (docs/engine-statefulset.md#superseding).
   */
  readonly staysShut: boolean;
  /** Repairs a workload that the engine has left shut (E3, E32). The template stays, so no release starts. */
  repair(workload: KubeObject): JsonPatch;
  /**
   * Unready pods that block the workload's own controller: it waits for ever for them before it replaces them. Null for a kind whose
   * controller never does.
   */
  readonly blocking: ((workload: KubeObject, pods: readonly KubeObject[]) => readonly KubeObject[]) | null;
  /** The traps of the engine that the kind has. */
  readonly traps: Readonly<Record<TrapCode, boolean>>;
  /** Kubernetes' default deadline in seconds after which it calls a rollout failed; null when the kind has no deadline. */
  readonly progressDeadline: number | null;
  /**
   * The most pods that the workload's controller adds to `replicas` while it replaces old pods, by the update strategy.
   * `workload` is the user's workload, or the live one with the settings that the engine has saved.
   */
  surge(style: Style, workload: KubeObject, replicas: number): number;
  /** Pods of the new version that a step asks for, out of `replicas`. */
  plannedPods(style: Style, amount: Amount, replicas: number): number;
}

/** The objects in which the cluster keeps earlier templates of the workload. */
export interface Revisions {
  readonly kind: Kind;
  /** The pod label that names the revision. */
  readonly podLabel: string;
  nameOf(revision: KubeObject): string | null;
  templateIn(revision: KubeObject): JsonObject;
}

/** The facts from the workload's own status. */
export interface WorkloadStatus {
  readonly replicas: number;
  /** Every pod has the present template, available or not, and the controller has seen the last write. */
  readonly settled: boolean;
  readonly available: number;
  /** Whether the workload is paused or shut, so that no pod gets a new template. */
  readonly paused: boolean;
  /** Whether the workload has marks of the engine that only exist during a release. */
  readonly marked: boolean;
  /** When the status last changed. */
  readonly changedAt: Date;
  /** The type of the update strategy: RollingUpdate, Recreate or OnDelete. */
  readonly strategy: string;
  /** Failures to create pods. There is no pod that shows them. */
  readonly trouble: readonly PodTrouble[];
}

/** Why only a Deployment has a canary style: for other kinds the engine ignores enableExtraWorkloadForCanary. */
export const CANARY_IGNORED = 'the engine has no canary style for it, and would move it in partition style';

export const BLUE_GREEN_DENIED = 'the engine denies blueGreen for it';
