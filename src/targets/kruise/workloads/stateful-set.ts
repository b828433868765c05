import { at, isObject, type JsonObject, numberAt, objectAt, stringAt, without } from '../../../release/json.ts';
import { annotationPath } from '../../../release/pointers.ts';
import type { JsonPatch, KubeObject } from '../../../release/ports.ts';
import { clamp, scaledAmount } from '../amounts.ts';
import { ADVANCED_STATEFUL_SET, REVISION_HASH_LABEL, STATEFUL_SET, TAKEN_ANNOTATION } from '../keys.ts';
import { isReady, isUpdated, lastWrite, sizeOf } from '../status.ts';
import { failuresOf } from './failures.ts';
import { BLUE_GREEN_DENIED, CANARY_IGNORED, type WorkloadKind, type WorkloadStatus } from './kind.ts';
import { controllerRevisions } from './revisions.ts';

/** The partition with which the engine's webhook shuts a StatefulSet: all pods stay old. */
const SHUT = 32_767;

const shared: Omit<WorkloadKind, 'name' | 'kind' | 'revisions'> = {
  styles: { partition: null, canary: CANARY_IGNORED, blueGreen: BLUE_GREEN_DENIED },
  borrowed: () => ['updateStrategy'],
  settings,
  wrongIn,
  keptBack: partitionOf,
  webhookFields: [],
  status,
  isShut: (workload) => partitionOf(workload) === SHUT,
  staysShut: false,
  repair,
  traps: {
    PERCENT_THEN_INTEGER: false,
    STEP_GOES_DOWN: true,
    STEP_MOVES_NOTHING: true,
    STEP_IS_EVERYTHING: true,
    LAST_STEP_BELOW_ALL: true,
    LAST_STEP_WAITS: true,
    TRAFFIC_OVER_LIMIT: true,
    TRAFFIC_TARGET_MISSING: true,
    TRAFFIC_NEVER_ROUTED: false,
    RECREATE_STRATEGY: false,
    OWNED_FIELDS: true,
    ID_ANNOTATION: true,
    REPLICAS_ZERO: true,
    HPA_PRESENT: true,
    HPA_OWNS_REPLICAS: true,
    SECOND_ROLLOUT: true,
    NOT_GATED_YET: true,
    PLAN_CHANGED_MIDWAY: true,
    CONFIG_NOT_VERSIONED: true,
    RESTARTED_AT: true,
    DEADLINE_TOO_SHORT: true,
    NO_READINESS_PROBE: true,
    BLUE_GREEN_DOUBLES: false,
    NOT_ROLLING: true,
    PARTITION_IGNORED: true,
    STEP_NEVER_READY: false,
    SCALED_PODS_ARE_NEW: true,
    QUOTA_TOO_SMALL: true,
    NODES_TOO_FULL: true,
    LIMIT_RANGE_REFUSES: true,
    PDB_NEVER_MET: true,
  },
  progressDeadline: null,
  // A pod is deleted before a new one with its name is created.
  surge: () => 0,
  plannedPods: (_, amount, replicas) => clamp(scaledAmount(amount, replicas), replicas),
  blocking,
};

const native = controllerRevisions(REVISION_HASH_LABEL, 'whole');

/** Kubernetes' StatefulSet. */
export const statefulSet: WorkloadKind = {
  ...shared,
  name: 'StatefulSet',
  kind: STATEFUL_SET,
  revisions: { ...native, templateIn: (revision) => withoutTime(native.templateIn(revision)) },
};

/** OpenKruise's StatefulSet. It can update several pods at once, and in place. */
export const advancedStatefulSet: WorkloadKind = {
  ...shared,
  name: 'AdvancedStatefulSet',
  kind: ADVANCED_STATEFUL_SET,
  revisions: native,
};

function wrongIn(workload: KubeObject): ReturnType<WorkloadKind['wrongIn']> {
  const partition = partitionOf(workload);
  if (partition !== 0) {
    return {
      says: `has updateStrategy.rollingUpdate.partition ${partition}, by which the engine moves its pods, and which it leaves at 0`,
      hint: 'leave the partition out: the steps of the plan keep pods back',
    };
  }
  if (at(workload, 'spec', 'updateStrategy', 'rollingUpdate', 'paused') !== true) return null;
  return {
    says: 'has updateStrategy.rollingUpdate.paused, with which no step ever moves a pod',
    hint: 'leave it out: stepgate hold keeps releases back',
  };
}

function partitionOf(workload: KubeObject): number {
  return numberAt(workload, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
}

/** The update strategy without the partition, which the engine sets. */
function settings(spec: JsonObject): JsonObject | undefined {
  const strategy = spec['updateStrategy'];
  if (!isObject(strategy)) return undefined;
  const rolling = without(objectAt(strategy, 'rollingUpdate'), ['partition']);
  const rest = without(strategy, ['rollingUpdate']);
  const own = Object.keys(rolling).length === 0 ? rest : { ...rest, rollingUpdate: rolling };
  return Object.keys(own).length === 0 ? undefined : { updateStrategy: own };
}

/** Older servers write a null creationTimestamp into a ControllerRevision, but not into the StatefulSet. */
function withoutTime(template: JsonObject): JsonObject {
  const metadata = Object.entries(objectAt(template, 'metadata'));
  const kept = metadata.filter(([key, value]) => key !== 'creationTimestamp' || value !== null);
  return { ...template, metadata: Object.fromEntries(kept) };
}

function status(workload: KubeObject): WorkloadStatus {
  const found = objectAt(workload, 'status');
  const partition = partitionOf(workload);
  const notes = objectAt(workload, 'metadata', 'annotations');
  return {
    replicas: sizeOf(workload),
    settled: isUpdated(workload),
    available: numberAt(found, 'availableReplicas') ?? 0,
    paused: partition === SHUT,
    marked: partition === SHUT || stringAt(notes, TAKEN_ANNOTATION) !== null,
    changedAt: lastWrite(workload),
    strategy: stringAt(workload, 'spec', 'updateStrategy', 'type') ?? 'RollingUpdate',
    trouble: failuresOf(workload),
  };
}

function repair(workload: KubeObject): JsonPatch {
  const isTaken = stringAt(workload, 'metadata', 'annotations', TAKEN_ANNOTATION) !== null;
  return [
    { op: 'add', path: '/spec/updateStrategy/rollingUpdate/partition', value: 0 },
    ...(isTaken ? [{ op: 'remove' as const, path: annotationPath(TAKEN_ANNOTATION) }] : []),
  ];
}

/**
 * Under OrderedReady, Kubernetes replaces a pod only when it is ready. It waits for ever for an unready pod of another
 * revision that the partition lets go, even after the template was corrected (Kubernetes, StatefulSets, forced rollback).
 */
function blocking(workload: KubeObject, pods: readonly KubeObject[]): readonly KubeObject[] {
  if (stringAt(workload, 'spec', 'podManagementPolicy') === 'Parallel') return [];
  const revision = stringAt(workload, 'status', 'updateRevision');
  const from = partitionOf(workload);
  return pods.filter(
    (pod) =>
      !isReady(pod) &&
      revision !== null &&
      stringAt(pod, 'metadata', 'labels', REVISION_HASH_LABEL) !== revision &&
      (ordinalOf(pod) ?? -1) >= from,
  );
}

function ordinalOf(pod: KubeObject): number | null {
  const digits = /-(\d+)$/.exec(stringAt(pod, 'metadata', 'name') ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}
