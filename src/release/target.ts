import type { Change, ChangeFacts, OneWrite } from './change.ts';
import type { Code } from './codes.ts';
import type { Amount, Delivery, Release, Style } from './delivery.ts';
import type { Json } from './json.ts';
import type { JsonPatch, Kind, KubeObject, ObjectRef } from './ports.ts';
import type { ReleaseRecord } from './record.ts';

/** What a source renders to, sorted by when it may be written. */
export interface Rendered {
  readonly rollout: KubeObject;
  /** Lean: without the fields that belong to the engine while a release runs. Carries the rollout-id label. */
  readonly workload: KubeObject;
  /** The user's own values for the fields the engine borrows, written while idle under a second manager; null for none. */
  readonly settings: KubeObject | null;
  /** What the workload reads: written before it, at any time. */
  readonly before: readonly KubeObject[];
  /** What the engine touches in mid-release (Services, Ingresses, routes, autoscalers): written only while idle. */
  readonly idleOnly: readonly KubeObject[];
  readonly release: Release;
}

/** The objects of one delivery as the cluster gave them. */
export interface Snapshot {
  readonly takenAt: Date;
  readonly rollout: KubeObject | null;
  readonly workload: KubeObject | null;
  readonly pods: readonly KubeObject[];
}

/** Where the engine stands. Steps count from 1. `id` is the rollout-id the engine works on. */
export type Engine =
  | { readonly at: 'absent' }
  /** The engine has not looked at the present Rollout yet. */
  | { readonly at: 'unseen' }
  | { readonly at: 'noWorkload' }
  | { readonly at: 'idle'; readonly outcome: 'fresh' | 'succeeded' | 'cancelled'; readonly id: string | null }
  | { readonly at: 'starting'; readonly id: string | null }
  | {
      readonly at: 'moving';
      readonly id: string | null;
      readonly step: number;
      /** Told to leave the step, and not left it yet: an approval here may still be overwritten (E4). */
      readonly leaving: boolean;
      /** When the engine last got somewhere in this step. */
      readonly since: Date | null;
      readonly detail: string;
    }
  | {
      readonly at: 'waiting';
      readonly id: string | null;
      readonly step: number;
      /** The engine's message asks for a confirmation: an approval sent before may be overwritten (E4). */
      readonly asks: boolean;
      /** The engine's own timer lets the step go. */
      readonly timed: boolean;
      /** When the engine found the step's pods and routes in place. */
      readonly since: Date | null;
    }
  | { readonly at: 'frozen'; readonly id: string | null; readonly step: number }
  /** blueGreen with a third version: nothing moves until the template goes back (T23). */
  | { readonly at: 'refusing'; readonly id: string | null; readonly step: number }
  | { readonly at: 'finishing'; readonly id: string | null }
  | { readonly at: 'cancelling'; readonly id: string | null }
  | { readonly at: 'off'; readonly why: 'disabled' | 'disabling' | 'terminating' };

export interface PodCount {
  readonly ready: number;
  readonly total: number;
}

/** A pod that is not ready, and why, as far as the cluster says. Foreign text. */
export interface PodTrouble {
  readonly pod: string;
  readonly version: 'stable' | 'canary';
  readonly reason: string;
  readonly message: string;
  /** It will not start by waiting: image cannot be pulled, crash loop, cannot be scheduled, quota. */
  readonly hopeless: boolean;
  /** Since when it is so: the pod's creation, or when it stopped being ready. */
  readonly since: Date | null;
}

/** An unready pod that its controller waits for, for ever, before it replaces it. */
export interface BlockingPod {
  readonly name: string;
  readonly uid: string;
  /** Since when it is not ready. */
  readonly since: Date | null;
}

export interface WorkloadView {
  /** The rollout-id label: what is live. */
  readonly id: string | null;
  readonly replicas: number;
  /** The webhook's in-progressing mark is there. */
  readonly gated: boolean;
  readonly paused: boolean;
  /** The engine watches it: its webhook sees writes (the workload-type label). */
  readonly watched: boolean;
  /** Every pod is of the present template and available, and the controller has seen the last write. */
  readonly whole: boolean;
  /** The engine left it paused and ungated with its own marks on it (E3, E32). */
  readonly wedged: boolean;
  /** Every pod is of the present template, available or not: no update is under way. */
  readonly settled: boolean;
  /** The workload's own status last changed its conditions then. */
  readonly changedAt: Date;
  /** SHA-256 of the pod template as stored. */
  readonly template: string;
  /** The engine's mark that its batch controller has taken the workload (E32). */
  readonly taken: boolean;
  /** The engine has seen the workload's last change. */
  readonly seen: boolean;
  /** Whether the engine has seen a newer generation than this one: what is watched lags behind. */
  readonly outdated: boolean;
  /** RollingUpdate, Recreate. */
  readonly strategy: string;
}

/** One step as the engine has it, in the engine's own notation; `pause` is null for wait, else seconds. */
export interface LiveStep {
  readonly replicas: string;
  readonly traffic: string | null;
  readonly pause: number | null;
  readonly rest: string;
}

/** Everything that is decided on, without any of the engine's own words. */
export interface Observation {
  readonly takenAt: Date;
  readonly engine: Engine;
  readonly rollout: {
    /** The text of the record's annotation; null where there is none. */
    readonly record: string | null;
    /** Whose it is: the delivery annotation. */
    readonly delivery: string | null;
    readonly steps: readonly LiveStep[];
  } | null;
  readonly workload: WorkloadView | null;
  /** The cluster's name for the template of the pods that are there; null where they are none, or of several versions. */
  readonly servingRevision: string | null;
  readonly pods: { readonly stable: PodCount; readonly canary: PodCount };
  readonly trouble: readonly PodTrouble[];
  /** Pods that keep the workload's controller from going on, whatever the template is by now. */
  readonly blocking: readonly BlockingPod[];
  /** Latest moment at which a canary pod became ready; null where none is. */
  readonly readySince: Date | null;
  /**
   * Since when every container of the canary pods runs, and how often they were restarted before. Null where one does not run,
   * or no pod is there. While the engine is idle, of all pods.
   */
  readonly running: { readonly since: Date; readonly restarts: number } | null;
}

export type Severity = 'error' | 'warning' | 'note';

/** A trap that this delivery walks into, with the facts it rests on and the way out. */
export interface Finding {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly facts: readonly string[];
  readonly wayOut: string;
}

/** How many pods the steps are counted from. */
export interface Size {
  readonly pods: number;
  /** The autoscaler whose fewest pods they are; null where the workload says its size itself. */
  readonly autoscaler: string | null;
}

/** What a step will look like when it waits. */
export interface ForecastStep {
  readonly name: string;
  readonly stablePods: number;
  readonly canaryPods: number;
  /** Per cent of the traffic at the new version; null where the plan routes none and pods share it. */
  readonly traffic: number | null;
  readonly waitsFor: readonly string[];
}

/** What traps look at beside the observation; what could not be read is null. */
export interface Surroundings {
  /** By kind: every object in the delivery's namespace; null where it could not be read. */
  readonly lists: Readonly<Record<string, readonly KubeObject[] | null>>;
  /** The workload as it is, for what an Observation does not carry. */
  readonly workload: KubeObject | null;
  /** Live ConfigMaps and Secrets that the rendering would change, by `Kind/name`. */
  readonly changedConfig: readonly string[];
}

/** The JSON patches of a dialect: each tests what it was decided on, and changes nothing (HTTP 422) where that is gone. */
export interface Patches {
  record(rollout: KubeObject, next: ReleaseRecord): JsonPatch;
  revert(workload: KubeObject, template: Json, id: string): JsonPatch;
  /** Sets a workload free that the engine has left shut (E3, E32). The template stays, so no release begins. */
  repair(delivery: Delivery, workload: KubeObject): JsonPatch;
  /** Null where that manager owns nothing. */
  forgetManager(workload: KubeObject, manager: string): JsonPatch | null;
}

/** The field managers under which we write, one for each reason. */
export interface Managers {
  readonly apply: string;
  readonly settings: string;
  readonly record: string;
  readonly promote: string;
  readonly rollback: string;
}

/** A step as an engine has rules about it; `replicas` is null where the config has none that can be read. */
export interface PlannedStep {
  readonly replicas: Amount | null;
  readonly traffic: number | null;
  /** Whether it says anything about traffic or matches. */
  readonly isRouted: boolean;
}

/** What an engine denies of a plan. `step` counts from 0. */
export interface PlanProblem {
  readonly step: number;
  readonly key: 'replicas' | 'traffic';
  readonly says: string;
  readonly hint: string;
}

/** The dialects of the cluster API that deliveries are written in. */
export interface Targets {
  of(delivery: Delivery): Target;
  /** That of a delivery that names none. */
  readonly usual: Target;
  readonly all: readonly Target[];
}

/** A dialect of the cluster API. All of it is pure. */
export interface Target {
  readonly managers: Managers;
  /** Sorts the manifests and makes the Rollout. Throws SOURCE_INVALID where the workload is not among them. */
  render(
    delivery: Delivery,
    commit: string,
    manifests: readonly KubeObject[],
    attempt: number,
    autoscalers?: readonly KubeObject[],
  ): Rendered;
  renderYaml(rendered: Rendered): string;
  /** The workload under another release's id. */
  named(workload: KubeObject, id: string): KubeObject;
  /** The Rollout as the policy wants it; it does not depend on the source. */
  rolloutOf(delivery: Delivery): KubeObject;
  /** How the live Rollout's plan differs, in words; pauses aside. */
  planDifferences(wanted: KubeObject, live: KubeObject): readonly string[];
  /** Steps (from 1) whose pause in the cluster is not the wanted one. */
  pausesLeft(wanted: KubeObject, live: KubeObject): readonly number[];
  refs(delivery: Delivery): { readonly rollout: ObjectRef; readonly workload: ObjectRef };
  /** `record`: the objects that carry a delivery's record. */
  readonly kinds: Readonly<Record<'pod' | 'record', Kind>>;
  /** The objects that keep the workload's earlier templates. */
  revisions(delivery: Delivery): Kind;
  /** What the plan routes with. The engine waits for a missing one for ever, and without a word (E25). */
  routes(delivery: Delivery): readonly ObjectRef[];
  /** What the plan routes with and the source does not have, as somebody else may have made it: for a rehearsal. */
  assumedRoutes(delivery: Delivery, rendered: Rendered): readonly KubeObject[];
  /** The kinds of which the traps look at every object in the delivery's namespace. */
  surroundings(delivery: Delivery): readonly Kind[];
  /** The pod template of a workload, rendered or live. */
  templateOf(workload: KubeObject): Json;
  /** The manifest of the workload with an annotation more on its pods. */
  withPodAnnotation(workload: KubeObject, key: string, value: string): KubeObject;
  /** The labels by which a workload finds its pods; none where it says nothing. */
  podLabels(workload: KubeObject): Readonly<Record<string, string>>;
  /** Whether another version may begin while a release runs. */
  takesThird(delivery: Delivery): boolean;
  observe(delivery: Delivery, snapshot: Snapshot): Observation;
  /** SHA-256 of the pod template as the server stores it. */
  templateHash(workload: KubeObject): string;
  /** Whether a dry-run's answer shows that the write would be gated. */
  wouldGate(delivery: Delivery, answer: KubeObject): boolean;
  /** The template the engine calls stable, from the objects of `revisions`; null where it knows none. */
  stableTemplate(
    delivery: Delivery,
    from: { readonly rollout: KubeObject; readonly workload: KubeObject; readonly revisions: readonly KubeObject[] },
  ): Json | null;
  /** The template that a record kept by its hash, or by the engine's name for it; null where the cluster has lost it. */
  keptTemplate(
    delivery: Pick<Delivery, 'workload'>,
    from: { readonly workload: KubeObject; readonly revisions: readonly KubeObject[] },
    kept: { readonly template: string | null; readonly revision: string | null },
  ): Json | null;
  /** The delivery as its Rollout tells it, for what has to go without a policy; null where it is none of stepgate's. */
  deliveryOf(rollout: KubeObject): Delivery | null;
  readonly patches: Patches;
  /** The write that a decision comes to. */
  change(decision: OneWrite, facts: ChangeFacts): Change;
  traps(delivery: Delivery, rendered: Rendered, observation: Observation, around: Surroundings): readonly Finding[];
  /** `live`: the size of the live workload, null where there is none; `around`: null where the cluster was not asked. */
  expectedSize(
    delivery: Delivery,
    rendered: Rendered,
    seen: { readonly live: number | null; readonly around: Surroundings | null },
  ): Size;
  forecast(delivery: Delivery, replicas: number): readonly ForecastStep[];
  /** What the engine denies of a plan, whatever it is for. */
  check(style: Style, steps: readonly PlannedStep[]): readonly PlanProblem[];
  /** Why a kind of workload is not moved in a style, said of its kind; null where it is. */
  refusesStyle(kind: string, style: Style): { readonly says: string; readonly hint: string } | null;
  /** The kinds of workload that are released, as the config writes them. */
  readonly workloadKinds: readonly string[];
  /** Those that the engine moves and this version does not release yet. */
  readonly laterWorkloadKinds: readonly string[];
  /** Whether a last step of that size is left without being asked. */
  passesAsLast(style: Style, replicas: Amount): boolean;
}
