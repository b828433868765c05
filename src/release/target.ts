import type { Change, ChangeFacts, OneWrite } from './change.ts';
import type { Code } from './codes.ts';
import type { Amount, Delivery, Release, Style } from './delivery.ts';
import type { Json } from './json.ts';
import type { JsonPatch, Kind, KubeObject, ListQuery, ObjectRef } from './ports.ts';
import type { ReleaseRecord } from './record.ts';

/** The objects that a source renders, grouped by when they may be written. */
export interface Rendered {
  readonly rollout: KubeObject;
  /** Without the fields that belong to the engine during a release; with the rollout-id label. */
  readonly workload: KubeObject;
  /** The user's values for fields that the engine changes during a release. Written by a second manager while idle; null when there are none. */
  readonly settings: KubeObject | null;
  /** Objects that the workload reads: written before it, at any time. */
  readonly before: readonly KubeObject[];
  /** Objects that the engine changes during a release (Services, Ingresses, routes, autoscalers): written only while idle. */
  readonly idleOnly: readonly KubeObject[];
  readonly release: Release;
}

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

export type Severity = 'error' | 'warning' | 'note';

/** A problem that a delivery would hit, with the facts and the remedy. */
export interface Finding {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly facts: readonly string[];
  readonly wayOut: string;
}

/** The number of pods from which steps are computed. */
export interface Size {
  readonly pods: number;
  /** The autoscaler whose minimum this is; null when the workload sets its size itself. */
  readonly autoscaler: string | null;
}

/** Pods beyond the size of a workload, and what they request in all; null for a resource that they do not request. */
export interface ExtraPods {
  readonly pods: number;
  readonly cpu: string | null;
  readonly memory: string | null;
}

/** The expected state at the end of a step, and what the step takes. */
export interface ForecastStep {
  readonly name: string;
  readonly stablePods: number;
  readonly canaryPods: number;
  /**
   * The most pods that exist while the step is taken, without those that are being deleted. The last step includes the
   * end of the release.
   */
  readonly mostPods: number;
  /** Those of mostPods that are beyond the workload's size. */
  readonly extra: ExtraPods;
  /** Percentage of the traffic for the new version; null when the step routes none, and pods share the traffic. */
  readonly traffic: number | null;
  /** The requests that go to the new version besides, in words; one after the other, each is enough. */
  readonly requests: readonly string[];
  readonly waitsFor: readonly string[];
  /**
   * The earliest time at which the step may be left, and the last step delivered, for a release that starts at once: the sum
   * of soaks, schedules and the engine's own waits. Null when a condition never opens.
   */
  readonly notBefore: Date | null;
}

/** The pods of each version when a step waits. */
export type StepPods = Pick<ForecastStep, 'stablePods' | 'canaryPods'>;

/** What a forecast is made from, beside the plan. */
export interface ForecastFrom {
  /** The size of the workload. */
  readonly replicas: number;
  readonly rendered: Rendered;
  /** The live workload; null when there is none, or it was not read. */
  readonly live: KubeObject | null;
  /** When the release starts. */
  readonly now: Date;
}

/** A kind by its name alone. The server tells the path of its objects. */
export type KindName = Pick<Kind, 'apiVersion' | 'kind'>;

/** An object that is read by its name. */
export interface Wanted {
  readonly kind: Kind | KindName;
  /** Null for an object of the whole cluster. */
  readonly namespace: string | null;
  readonly name: string;
}

/** What a read by name found. */
export type Looked =
  | { readonly is: 'there'; readonly object: KubeObject }
  | { readonly is: 'missing' }
  /** The server does not serve the kind. */
  | { readonly is: 'unserved' }
  /** The object was not read, or may not be. */
  | { readonly is: 'unknown' };

/** The key of an object in `Surroundings.looked`. */
export function keyOf({ kind, namespace, name }: Wanted): string {
  return JSON.stringify([kind.apiVersion, kind.kind, namespace, name]);
}

/** The further objects that findings use beside the observation; null for what could not be read. */
export interface Surroundings {
  /** By kind: every object in the delivery's namespace; null when the kind could not be read. */
  readonly lists: Readonly<Record<string, readonly KubeObject[] | null>>;
  /** By kind: every object of the cluster; null when it could not be read. Missing where it was not asked for. */
  readonly everywhere?: Readonly<Record<string, readonly KubeObject[] | null>>;
  /** By `keyOf`: what was read by name. */
  readonly looked: Readonly<Record<string, Looked>>;
  /** The live workload, for fields that an Observation does not have. */
  readonly workload: KubeObject | null;
  /** Live ConfigMaps and Secrets that the rendering would change, by `Kind/name`. */
  readonly changedConfig: readonly string[];
}

/** A container's log to ask for. */
export interface AskedLog {
  readonly container: string;
  /** The log of the run before the present one. */
  readonly previous: boolean;
}

/** The events of one object to ask for. `object` is its kind and name. */
export interface EventsAbout {
  readonly object: string;
  readonly query: ListQuery;
}

/** An event of an object. Foreign text. */
export interface SeenEvent {
  readonly object: string;
  /** Normal or Warning. */
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** How often it was seen. */
  readonly count: number;
  /** When it was seen last. */
  readonly at: Date | null;
}

/** What to ask about pods that are not ready. */
export interface DiagnosisOf {
  /** The log that says most about a pod; null when no container has one. */
  logOf(pod: KubeObject): AskedLog | null;
  /** Whose events to ask for: of the pods, their controllers, the workload. */
  eventsAbout(delivery: Delivery, pods: readonly KubeObject[]): readonly EventsAbout[];
  eventIn(object: string, event: KubeObject): SeenEvent;
}

/** The JSON patches of a target. Each tests the state it was decided on; when that has changed, the server refuses it (HTTP 422). */
export interface Patches {
  record(rollout: KubeObject, next: ReleaseRecord): JsonPatch;
  revert(workload: KubeObject, template: Json, id: string): JsonPatch;
  /** Unpauses a workload that the engine left paused (E3, E32). The template stays the same, so no release begins. */
  repair(delivery: Delivery, workload: KubeObject): JsonPatch;
  /** Null when that manager owns nothing. */
  forgetManager(workload: KubeObject, manager: string): JsonPatch | null;
}

/** The field managers of our writes, one for each purpose. */
export interface Managers {
  readonly apply: string;
  readonly settings: string;
  readonly record: string;
  readonly promote: string;
  readonly rollback: string;
}

/** The parts of a step that an engine has rules about. `replicas` is null when the config has no valid value. */
export interface PlannedStep {
  readonly replicas: Amount | null;
  readonly traffic: number | null;
  /** Whether it has traffic or matches. */
  readonly isRouted: boolean;
}

/** A part of a plan that the engine would deny. `step` counts from 0. */
export interface PlanProblem {
  readonly step: number;
  readonly key: 'replicas' | 'traffic';
  readonly says: string;
  readonly hint: string;
}

/** What of a Rollout that somebody else wrote the config does not say, or says otherwise. */
export interface Unsaid {
  /** Where it stands: `spec.strategy.canary.failureThreshold`. Foreign text may be in it. */
  readonly field: string;
  /** What stands there, as JSON. Foreign text. */
  readonly found: string;
  /** What becomes of it, and what to do. */
  readonly means: string;
  /** `error`: no release starts until something is done. `warning`: a deploy changes something. `note`: nothing changes. */
  readonly severity: Severity;
  /** The key of the delivery's block that is about it; empty for the block itself. */
  readonly key: readonly (string | number)[];
}

/** A Rollout that somebody else wrote, in the words of the config. */
export interface Imported {
  /** Its source is not known: it names no files. Its namespace is empty where nothing says it. */
  readonly delivery: Delivery;
  readonly unsaid: readonly Unsaid[];
}

/** Field managers, neither ours nor the engine's, that own what a deploy writes. */
export interface Owners {
  /** Of the plan, where the rendered Rollout says it otherwise: the first deploy takes it from them. */
  readonly plan: readonly string[];
  /** Of the pod template: the first new version takes it from them. */
  readonly template: readonly string[];
}

/** All targets, and the choice of a target for a delivery. */
export interface Targets {
  of(delivery: Delivery): Target;
  /** The default target. */
  readonly usual: Target;
  readonly all: readonly Target[];
}

/** A dialect of the cluster API. All of it is pure. */
export interface Target {
  readonly managers: Managers;
  /** Groups the manifests and makes the Rollout. Throws SOURCE_INVALID when the workload is not among them. */
  render(
    delivery: Delivery,
    commit: string,
    manifests: readonly KubeObject[],
    attempt: number,
    autoscalers?: readonly KubeObject[],
  ): Rendered;
  renderYaml(rendered: Rendered): string;
  /** The workload with the id of another release. */
  named(workload: KubeObject, id: string): KubeObject;
  /** The Rollout that the plan demands; it does not depend on the source. */
  rolloutOf(delivery: Delivery): KubeObject;
  /** How the plan in the live Rollout differs, in words; pauses are not compared. */
  planDifferences(wanted: KubeObject, live: KubeObject): readonly string[];
  /** Steps (from 1) whose pause in the cluster differs from the wanted one. */
  pausesLeft(wanted: KubeObject, live: KubeObject): readonly number[];
  refs(delivery: Delivery): { readonly rollout: ObjectRef; readonly workload: ObjectRef };
  /** `record`: the kind of the object that has the record of a delivery. */
  readonly kinds: Readonly<Record<'pod' | 'record', Kind>>;
  /** The kind of the objects that keep the workload's earlier templates. */
  revisions(delivery: Delivery): Kind;
  /** The Services and routes that the plan uses. The engine waits for a missing one for ever, without a message (E25). */
  routes(delivery: Delivery): readonly Wanted[];
  /** For a rehearsal: Services and routes that the plan uses and the source does not render, with assumed content. */
  assumedRoutes(delivery: Delivery, rendered: Rendered): readonly KubeObject[];
  /** The kinds of which the findings need every object in the delivery's namespace. */
  surroundings(delivery: Delivery): readonly Kind[];
  /** The kinds of which findings use every object of the cluster. Only `plan` reads them, as far as it may. */
  everywhere(delivery: Delivery): readonly Kind[];
  /** The objects that the findings need by name. `lists` are those of `surroundings`. */
  lookups(delivery: Delivery, rendered: Rendered, lists: Surroundings['lists']): readonly Wanted[];
  /** The pod template of a workload, rendered or live. */
  templateOf(workload: KubeObject): Json;
  /** The workload with one more annotation in its pod template. */
  withPodAnnotation(workload: KubeObject, key: string, value: string): KubeObject;
  /** The labels of a workload's selector; empty when it has none. */
  podLabels(workload: KubeObject): Readonly<Record<string, string>>;
  /** Whether another version may begin during a release. */
  takesThird(delivery: Delivery): boolean;
  observe(delivery: Delivery, snapshot: Snapshot): Observation;
  /** SHA-256 of the pod template as the server stores it. */
  templateHash(workload: KubeObject): string;
  /** Whether the answer to a dry-run shows that the write would be gated. */
  wouldGate(delivery: Delivery, answer: KubeObject): boolean;
  /** The template that the engine calls stable, from the objects of `revisions`; null when it has none. */
  stableTemplate(
    delivery: Delivery,
    from: { readonly rollout: KubeObject; readonly workload: KubeObject; readonly revisions: readonly KubeObject[] },
  ): Json | null;
  /** The template with that hash or that revision from a record; null when the cluster no longer has it. */
  keptTemplate(
    delivery: Pick<Delivery, 'workload'>,
    from: { readonly workload: KubeObject; readonly revisions: readonly KubeObject[] },
    kept: { readonly template: string | null; readonly revision: string | null },
  ): Json | null;
  /** The delivery as its Rollout describes it, for commands without a policy; null when stepgate did not make the Rollout. */
  deliveryOf(rollout: KubeObject): Delivery | null;
  /**
   * A Rollout that somebody else wrote, live or from a manifest, as a delivery: what it renders to differs from the Rollout in
   * nothing but `unsaid`, missing pauses, and stepgate's own annotation. `namespace` is that of a Rollout that names none.
   * Throws NOT_SUPPORTED for a kind of workload that is not released, and SOURCE_INVALID for what names no workload or plan.
   */
  importOf(rollout: KubeObject, namespace: string | null): Imported;
  /** Whose fields a delivery would take over from the live objects. */
  ownersOf(delivery: Delivery, live: { readonly rollout: KubeObject; readonly workload: KubeObject | null }): Owners;
  readonly patches: Patches;
  readonly diagnosis: DiagnosisOf;
  /** The write of a decision. */
  change(decision: OneWrite, facts: ChangeFacts): Change;
  traps(delivery: Delivery, rendered: Rendered, observation: Observation, around: Surroundings): readonly Finding[];
  /** `live`: the size of the live workload, or null when there is none. `around`: null when the cluster was not read. */
  expectedSize(
    delivery: Delivery,
    rendered: Rendered,
    seen: { readonly live: number | null; readonly around: Surroundings | null },
  ): Size;
  forecast(delivery: Delivery, from: ForecastFrom): readonly ForecastStep[];
  /** The pods of each version when each step waits. */
  stepPods(delivery: Delivery, replicas: number): readonly StepPods[];
  /** The parts of a plan that the engine denies for every workload. */
  check(style: Style, steps: readonly PlannedStep[]): readonly PlanProblem[];
  /** Why the engine does not support a style for a kind of workload; null when it does. */
  refusesStyle(kind: string, style: Style): { readonly says: string; readonly hint: string } | null;
  /** The supported kinds of workload, as in the config. */
  readonly workloadKinds: readonly string[];
  /** Kinds that are not supported, each with what is supported instead. */
  readonly laterWorkloadKinds: Readonly<Record<string, string>>;
  /** Whether the engine passes a last step of that size without waiting. */
  passesAsLast(style: Style, replicas: Amount): boolean;
}
