import type { RunsPods } from './beside-workloads.ts';
import type { Change, ChangeFacts, OneWrite } from './change.ts';
import type { Checkup } from './checkup.ts';
import type { Amount, Delivery, Release, Style, TargetName } from './delivery.ts';
import type { DiagnosisOf } from './diagnosis.ts';
import type { Finding, Surroundings, Wanted } from './finding.ts';
import type { ForecastFrom, ForecastStep, Size, StepPods } from './forecast.ts';
import type { Imported, InSource, Owners } from './imported.ts';
import type { Json, JsonObject } from './json.ts';
import type { Observation, Snapshot, WorkloadView } from './observation.ts';
import type { Mark } from './owner.ts';
import type { JsonPatch, Kind, KubeObject, ObjectRef } from './ports.ts';
import type { Proposer } from './proposal.ts';
import type { ReleaseRecord } from './record.ts';
import type { Duty, Right } from './right.ts';

/** The objects that a source renders, grouped by when they may be written. */
export interface Rendered {
  readonly rollout: KubeObject;
  /** Without the fields that belong to the engine during a release; with the rollout-id label. */
  readonly workload: KubeObject;
  /** The user's values for fields that the engine changes during a release. Written by a second manager while idle; null when there are none. */
  readonly settings: KubeObject | null;
  /**
   * The object of which a controller in the cluster makes the Rollout and the workload: it is written in their place, and they
   * are what is expected of that controller. Null when stepgate writes both itself.
   */
  readonly carrier: KubeObject | null;
  /** Objects that the workload reads: written before it, at any time. */
  readonly before: readonly KubeObject[];
  /** Objects that the engine changes during a release (Services, Ingresses, routes, autoscalers): written only while idle. */
  readonly idleOnly: readonly KubeObject[];
  readonly release: Release;
}

/** The object that a release writes: the carrier where there is one, else the workload. */
export function writtenOf({ carrier, workload }: Pick<Rendered, 'carrier' | 'workload'>): KubeObject {
  return carrier ?? workload;
}

/** The rendering with another object that a release writes. */
export function withWritten(rendered: Rendered, written: KubeObject): Rendered {
  return rendered.carrier === null ? { ...rendered, workload: written } : { ...rendered, carrier: written };
}

/** The kind of object of which a controller in the cluster makes the Rollout and the workload. */
export interface CarrierKind {
  readonly kind: Kind;
  /** Whether it is the delivery's: its name is not in the config. */
  isOf(delivery: Pick<Delivery, 'workload'>, carrier: KubeObject): boolean;
  /** The field manager of that controller. It owns the plan in the Rollout that it makes. */
  readonly manager: string;
  /** Whether it makes the object with the plan too. What stepgate makes instead is complete only when it is aimed. */
  readonly makesPlan: boolean;
  /** Whether what is live was made of the carrier as it is now: by `revisions`, nobody has edited it since. */
  isAsMade(carrier: KubeObject, revisions: readonly KubeObject[]): boolean;
}

/** How the object that has the record comes to be. */
export type FirstWrite =
  | { readonly is: 'apply'; readonly object: KubeObject }
  /** The controller has to make something of the carrier first: the carrier is written, and moves no pod. */
  | { readonly is: 'after the carrier'; readonly carrier: KubeObject }
  | { readonly is: 'wait'; readonly why: string };

/** The JSON patches of a target. Each tests the state it was decided on; when that has changed, the server refuses it (HTTP 422). */
export interface Patches {
  /** Replaces the record. With `live` the patch also tests that the engine still works on the release that `rollout` shows. */
  record(rollout: KubeObject, next: ReleaseRecord, live?: boolean): JsonPatch;
  /** Puts what `restorableOf` reads, and the id of the release, into the object that a release writes. */
  revert(delivery: Delivery, written: KubeObject, restorable: Json, id: string): JsonPatch;
  /** Unpauses a workload that the engine left paused (E3, E32). The template stays the same, so no release begins. */
  repair(delivery: Delivery, workload: KubeObject): JsonPatch;
  /** Changes whose the object that a release writes is. Of a carrier that makes the plan, what is made of it gets the same marks. */
  mark(written: KubeObject, next: Mark): JsonPatch;
  /** Adds labels to an object, and changes nothing else. */
  label(object: KubeObject, labels: JsonObject): JsonPatch;
  /** Null when that manager owns nothing. */
  forgetManager(written: KubeObject, manager: string): JsonPatch | null;
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

/** A part of a delivery's config that its target can't say or do. */
export interface RefusedPart {
  /** The key of the delivery: `['steps', 0, 'matches']`. */
  readonly key: readonly [string, ...(string | number)[]];
  /** A text about the key. */
  readonly says: string;
  readonly hint: string;
}

/** The parts of a delivery's config that a target looks at before anything is rendered. */
export type Asked = Pick<Delivery, 'workload' | 'style' | 'steps' | 'traffic' | 'settings'>;

/** A further resource of the record's group. In the phase `over` its objects move nothing any more, and may be deleted. */
export interface GuardedPart {
  readonly plural: string;
  readonly over: string;
}

/** Who else writes the object with the record, and what of its labels and annotations moves a release. */
export interface Guarded {
  /** Parts of the keys of labels and annotations. */
  readonly keys: readonly string[];
  /** The identities of the controllers, as their charts install them. */
  readonly controllers: readonly string[];
  /** What the controllers move pods by, in objects that are called as the workload is. */
  readonly parts: readonly GuardedPart[];
}

/** All targets, and the choice of a target for a delivery. */
export interface Targets {
  of(delivery: Pick<Delivery, 'target'>): Target;
  /** The default target. */
  readonly usual: Target;
  readonly all: readonly Target[];
}

/** A dialect of the cluster API. All of it is pure. */
export interface Target {
  /** Its word in the config. */
  readonly name: TargetName;
  /** What it is, for the config. */
  readonly about: string;
  /** Whether an object that has the record of a delivery is of this target, where several targets keep it in the same kind. */
  isOf(rollout: KubeObject): boolean;
  /** What of a delivery's config this target can't say or do, beside what the engine denies. */
  refuses(asked: Asked): readonly RefusedPart[];
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
  /** Null where a release writes the workload itself. */
  readonly carrier: CarrierKind | null;
  /** The object that a release writes, with the id of another release, to be written over the live one. */
  named(written: KubeObject, id: string, live: KubeObject | null): KubeObject;
  /** The Rollout that the plan demands; it does not depend on the source. */
  rolloutOf(delivery: Delivery): KubeObject;
  /**
   * What makes the object that has the record, or completes it: before the first release, whose start it does not begin. `rendered`
   * is null where a hold comes before any release. Throws NO_RELEASE where it can't be made without one.
   */
  first(
    delivery: Delivery,
    rendered: Rendered | null,
    live: {
      readonly rollout: KubeObject | null;
      readonly written: KubeObject | null;
      readonly workload: KubeObject | null;
    },
  ): FirstWrite;
  /** How the plan in the live Rollout differs, in words; pauses are not compared. */
  planDifferences(wanted: KubeObject, live: KubeObject): readonly string[];
  /** Steps (from 1) whose pause in the cluster differs from the wanted one. */
  pausesLeft(wanted: KubeObject, live: KubeObject): readonly number[];
  refs(delivery: Delivery): { readonly rollout: ObjectRef; readonly workload: ObjectRef };
  /** `record`: the kind of the object that has the record of a delivery. */
  readonly kinds: Readonly<Record<'pod' | 'node' | 'record', Kind>>;
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
  /**
   * The rights that commands use for a delivery; those on the objects of its source are not among them. `starts`: the duties that may
   * write a release.
   */
  rights(delivery: Delivery, starts: readonly Duty[]): readonly Right[];
  readonly guarded: Guarded;
  /** The objects that the findings need by name. `lists` are those of `surroundings`. */
  lookups(delivery: Delivery, rendered: Rendered, lists: Surroundings['lists']): readonly Wanted[];
  /** Whether an object only says how many pods there are, or have to be: an autoscaler, or a disruption budget. */
  isSize(object: KubeObject): boolean;
  /** Whether an apply of `wanted`, which is such an object, could take pods away that the live one keeps. */
  takesPods(live: KubeObject, wanted: KubeObject): boolean;
  /** The template in the object that a release writes, rendered or live: what makes a release another version. */
  templateOf(delivery: Pick<Delivery, 'workload'>, written: KubeObject): Json;
  /** The object of a source that a release writes, with one more annotation of the pods; null for any other object. */
  withPodAnnotation(delivery: Delivery, object: KubeObject, key: string, value: string): KubeObject | null;
  /** What an object of a source runs, the delivery's own workload too; null when it runs no pod. */
  runsPods(object: KubeObject): RunsPods | null;
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
  /** What a rollback puts back into the object that a release writes: the template, and in a carrier all around it. */
  restorableOf(delivery: Pick<Delivery, 'workload'>, written: KubeObject): Json;
  /** SHA-256 of the template as the server stores it. */
  templateHash(delivery: Pick<Delivery, 'workload'>, written: KubeObject): string;
  /**
   * Whether the answer to a dry-run shows that the write would be gated; of a carrier, whether what is live lets expect it.
   */
  wouldGate(
    delivery: Delivery,
    answer: KubeObject,
    live: { readonly rollout: KubeObject | null; readonly workload: WorkloadView | null },
  ): boolean;
  /** Whether the engine can be told, while the Rollout waits at a step, to go to another step than the next. */
  takesJump(rollout: KubeObject): boolean;
  /** What `restorableOf` reads, of the version that the engine calls stable; null when `revisions` have it not. */
  stableTemplate(
    delivery: Delivery,
    from: { readonly rollout: KubeObject; readonly written: KubeObject; readonly revisions: readonly KubeObject[] },
  ): Json | null;
  /** The same of the template with that hash or that revision from a record; null when the cluster no longer has it. */
  keptTemplate(
    delivery: Pick<Delivery, 'workload'>,
    from: { readonly written: KubeObject; readonly revisions: readonly KubeObject[] },
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
  /** How the object that a release writes is recognised in a repository. */
  inSource(delivery: Pick<Delivery, 'workload'>): InSource;
  readonly proposer: Proposer;
  readonly checkup: Checkup;
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
