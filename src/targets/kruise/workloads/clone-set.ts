import type { Amount, Style } from '../../../release/delivery.ts';
import { at, type Json, type JsonObject, numberAt, objectAt, stringAt, without } from '../../../release/json.ts';
import { annotationPath } from '../../../release/pointers.ts';
import type { JsonPatch, KubeObject } from '../../../release/ports.ts';
import { clamp, NONE, parseAmount, scaledAmount } from '../amounts.ts';
import { CLONE_SET, TAKEN_ANNOTATION, TEMPLATE_HASH_LABEL } from '../keys.ts';
import { isUpdated, lastWrite, sizeOf } from '../status.ts';
import { failuresOf } from './failures.ts';
import { CANARY_IGNORED, type WorkloadKind, type WorkloadStatus } from './kind.ts';
import { controllerRevisions } from './revisions.ts';

/** The partition with which the engine's webhook shuts a CloneSet: all pods stay old. */
const SHUT = '100%';

/** Fields of the update strategy that the engine sets. */
const engineFields = ['partition', 'paused'];

export const cloneSet: WorkloadKind = {
  name: 'CloneSet',
  kind: CLONE_SET,
  styles: {
    partition: null,
    canary: CANARY_IGNORED,
    blueGreen: 'the engine may get stuck between steps, and may take stable pods away on the way back',
  },
  revisions: controllerRevisions(TEMPLATE_HASH_LABEL, 'hash'),
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
    NOT_ROLLING: false,
    PARTITION_IGNORED: true,
    STEP_NEVER_READY: true,
    SCALED_PODS_ARE_NEW: false,
    QUOTA_TOO_SMALL: true,
    NODES_TOO_FULL: true,
    LIMIT_RANGE_REFUSES: true,
    PDB_NEVER_MET: true,
  },
  progressDeadline: null,
  surge: (_, workload, replicas) =>
    scaledAmount(parseAmount(at(workload, 'spec', 'updateStrategy', 'maxSurge')) ?? NONE, replicas),
  plannedPods,
  blocking: null,
};

function partitionOf(workload: Json): number | string {
  const found = at(workload, 'spec', 'updateStrategy', 'partition');
  if (typeof found === 'number') return found;
  return typeof found === 'string' && found !== '0%' ? found : 0;
}

/** The update strategy without the fields that the engine overwrites. */
function settings(spec: JsonObject): JsonObject | undefined {
  const strategy = without(objectAt(spec, 'updateStrategy'), engineFields);
  return Object.keys(strategy).length === 0 ? undefined : { updateStrategy: strategy };
}

function wrongIn(workload: KubeObject): ReturnType<WorkloadKind['wrongIn']> {
  const partition = partitionOf(workload);
  if (partition !== 0) {
    return {
      says: `has updateStrategy.partition ${partition}, by which the engine moves its pods, and which it leaves at 0`,
      hint: 'leave the partition out: the steps of the plan keep pods back',
    };
  }
  if (at(workload, 'spec', 'updateStrategy', 'paused') !== true) return null;
  return {
    says: 'has updateStrategy.paused, which the engine takes off when a release begins',
    hint: 'leave it out: stepgate hold keeps releases back',
  };
}

function status(workload: KubeObject): WorkloadStatus {
  const notes = objectAt(workload, 'metadata', 'annotations');
  const isShut = partitionOf(workload) === SHUT;
  return {
    replicas: sizeOf(workload),
    settled: isUpdated(workload),
    available: numberAt(workload, 'status', 'availableReplicas') ?? 0,
    paused: isShut,
    marked: isShut || TAKEN_ANNOTATION in notes,
    changedAt: lastWrite(workload),
    // All of its types (ReCreate, InPlaceIfPossible, InPlaceOnly) replace pods one after the other, as RollingUpdate does.
    strategy: 'RollingUpdate',
    trouble: failuresOf(workload),
  };
}

function repair(workload: KubeObject): JsonPatch {
  const isTaken = stringAt(workload, 'metadata', 'annotations', TAKEN_ANNOTATION) !== null;
  return [
    { op: 'replace', path: '/spec/updateStrategy/partition', value: 0 },
    ...(isTaken ? [{ op: 'remove' as const, path: annotationPath(TAKEN_ANNOTATION) }] : []),
  ];
}

/**
 * For a step in percent, the engine writes the old pods as a whole percentage, rounded down. It is at least 1 % while any old
 * pod is left. Above 100 pods, the number that moves may differ from what the step asks for.
 */
function plannedPods(_: Style, amount: Amount, replicas: number): number {
  const pods = clamp(scaledAmount(amount, replicas), replicas);
  if (amount.unit === 'pods' || pods === 0) return pods;
  const percent = Math.floor((100 * (replicas - pods)) / replicas);
  const least = pods === replicas ? 0 : 1;
  return replicas - Math.ceil((Math.max(percent, least) * replicas) / 100);
}
