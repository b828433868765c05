import type { Change, ChangeFacts, OneWrite } from './change.ts';
import type { Amount, Delivery, Release, Style } from './delivery.ts';
import type { DiagnosisOf } from './diagnosis.ts';
import type { Finding, Severity, Surroundings, Wanted } from './finding.ts';
import type { ForecastFrom, ForecastStep, Size, StepPods } from './forecast.ts';
import type { Json } from './json.ts';
import type { Observation, Snapshot } from './observation.ts';
import type { JsonPatch, Kind, KubeObject, ObjectRef } from './ports.ts';
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

/**
 * An older version of a kind, for clusters that do not serve the usual one. A run translates at its edge: everything else
 * reads and writes the usual version. All of it is pure.
 */
export interface OlderVersion {
  /** The usual version. */
  readonly of: Kind;
  /** The older one, as such a cluster serves it. */
  readonly served: Kind;
  /** An object of the older version in the shape of the usual one. The same object gives an equal result. */
  read(object: KubeObject): KubeObject;
  /** An object of the usual version as the older one says it. Throws CLUSTER_REJECTED when it can't say everything. */
  write(object: KubeObject): KubeObject;
  /** A patch of the usual version as one of the older. Throws for a path that the older version has not. */
  patch(body: JsonPatch): JsonPatch;
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
  /**
   * The field manager of the engine. It still owns what it has written to a route, when the release is over: those fields
   * are the source's again.
   */
  readonly engineManager: string;
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
  /** Older versions of its kinds that are spoken to clusters which serve nothing newer. */
  readonly olderVersions: readonly OlderVersion[];
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
  /**
   * Whether another version that begins at this step of a release, which waits there or moves pods, reaches no more pods than
   * its own first step says.
   */
  keepsToFirstStep(delivery: Delivery, engine: { readonly at: 'waiting' | 'moving'; readonly step: number }): boolean;
  observe(delivery: Delivery, snapshot: Snapshot): Observation;
  /** SHA-256 of the pod template as the server stores it. */
  templateHash(workload: KubeObject): string;
  /** Whether the answer to a dry-run shows that the write would be gated. `rollout`: the live one. */
  wouldGate(delivery: Delivery, answer: KubeObject, rollout: KubeObject | null): boolean;
  /** Whether the engine can be told, while the Rollout waits at a step, to go to another step than the next. */
  takesJump(rollout: KubeObject): boolean;
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
