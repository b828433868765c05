import {
  at,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  numberAt,
  objectAt,
  stringAt,
  without,
} from '../../../release/json.ts';
import { annotationPath } from '../../../release/pointers.ts';
import type { JsonPatch, KubeObject } from '../../../release/ports.ts';
import { clamp, NONE, parseAmount, scaledAmount } from '../amounts.ts';
import { ADVANCED_DAEMON_SET, REVISION_HASH_LABEL, TAKEN_ANNOTATION } from '../keys.ts';
import { lastWrite } from '../status.ts';
import { BLUE_GREEN_DENIED, CANARY_IGNORED, type WorkloadKind, type WorkloadStatus } from './kind.ts';
import { controllerRevisions } from './revisions.ts';

/** The partition with which the engine's webhook shuts a DaemonSet: all pods stay old. */
const SHUT = 32_767;

const kept = controllerRevisions(REVISION_HASH_LABEL, 'hash');

/** OpenKruise's DaemonSet. Its size is the number of nodes on which it should run pods. */
export const advancedDaemonSet: WorkloadKind = {
  name: 'AdvancedDaemonSet',
  kind: ADVANCED_DAEMON_SET,
  styles: { partition: null, canary: CANARY_IGNORED, blueGreen: BLUE_GREEN_DENIED },
  revisions: { ...kept, templateIn: (revision) => asWritten(kept.templateIn(revision)) },
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
    TRAFFIC_OVER_LIMIT: false,
    TRAFFIC_TARGET_MISSING: false,
    TRAFFIC_NEVER_ROUTED: true,
    RECREATE_STRATEGY: false,
    OWNED_FIELDS: true,
    ID_ANNOTATION: true,
    REPLICAS_ZERO: false,
    HPA_PRESENT: false,
    HPA_OWNS_REPLICAS: false,
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
    SCALED_PODS_ARE_NEW: false,
    QUOTA_TOO_SMALL: true,
    NODES_TOO_FULL: false,
    LIMIT_RANGE_REFUSES: true,
    PDB_NEVER_MET: true,
  },
  progressDeadline: null,
  surge: (_, workload, replicas) => scaledAmount(parseAmount(rollingIn(workload)['maxSurge']) ?? NONE, replicas),
  plannedPods: (_, amount, replicas) => clamp(scaledAmount(amount, replicas), replicas),
  blocking: null,
};

/** The template without empty `resources`, which the controller adds to revisions, but not to the DaemonSet. */
function asWritten(template: JsonObject): JsonObject {
  const spec = objectAt(template, 'spec');
  const lists = ['containers', 'initContainers'].filter((list) => list in spec);
  const written = lists.map((list) => [list, listAt(spec, list).map(withoutEmptyResources)]);
  return { ...template, spec: { ...spec, ...Object.fromEntries(written) } };
}

function withoutEmptyResources(container: Json): Json {
  if (!isObject(container)) return container;
  const isEmpty = isObject(container['resources']) && Object.keys(container['resources']).length === 0;
  return isEmpty ? without(container, ['resources']) : container;
}

function rollingIn(workload: KubeObject): JsonObject {
  return objectAt(workload, 'spec', 'updateStrategy', 'rollingUpdate');
}

function partitionOf(workload: KubeObject): number {
  return numberAt(rollingIn(workload), 'partition') ?? 0;
}

/** The update strategy without the fields that the engine overwrites. */
function settings(spec: JsonObject): JsonObject | undefined {
  const strategy = spec['updateStrategy'];
  if (!isObject(strategy)) return undefined;
  const rolling = without(objectAt(strategy, 'rollingUpdate'), ['partition', 'paused']);
  const rest = without(strategy, ['rollingUpdate']);
  const own = Object.keys(rolling).length === 0 ? rest : { ...rest, rollingUpdate: rolling };
  return Object.keys(own).length === 0 ? undefined : { updateStrategy: own };
}

function wrongIn(workload: KubeObject): ReturnType<WorkloadKind['wrongIn']> {
  const partition = partitionOf(workload);
  if (partition !== 0) {
    return {
      says: `has updateStrategy.rollingUpdate.partition ${partition}, by which the engine moves its pods, and which it leaves at 0`,
      hint: 'leave the partition out: the steps of the plan keep pods back',
    };
  }
  const rolling = rollingIn(workload);
  if (isObject(rolling['selector'])) {
    return {
      says: 'has updateStrategy.rollingUpdate.selector, which leaves nodes out: a step may wait for their pods for ever',
      hint: 'leave it out, or give the nodes a workload of their own',
    };
  }
  if (at(rolling, 'paused') !== true) return null;
  return {
    says: 'has updateStrategy.rollingUpdate.paused, which the engine takes off when a release begins',
    hint: 'leave it out: stepgate hold keeps releases back',
  };
}

function status(workload: KubeObject): WorkloadStatus {
  const count = (field: string) => numberAt(workload, 'status', field) ?? 0;
  const nodes = count('desiredNumberScheduled');
  const partition = partitionOf(workload);
  const isSeen = count('observedGeneration') >= (numberAt(workload, 'metadata', 'generation') ?? 0);
  const isTaken = stringAt(workload, 'metadata', 'annotations', TAKEN_ANNOTATION) !== null;
  // When the engine takes the set, it writes the number of nodes. That keeps all pods old, as the webhook's partition does.
  const isShut = partition > 0 && partition >= nodes;
  return {
    replicas: nodes,
    settled: isSeen && count('updatedNumberScheduled') === nodes && count('currentNumberScheduled') === nodes,
    available: count('numberAvailable'),
    paused: isShut,
    marked: isShut || isTaken,
    changedAt: lastWrite(workload),
    strategy: stringAt(workload, 'spec', 'updateStrategy', 'type') ?? 'RollingUpdate',
    trouble: [],
  };
}

function repair(workload: KubeObject): JsonPatch {
  const isTaken = stringAt(workload, 'metadata', 'annotations', TAKEN_ANNOTATION) !== null;
  return [
    { op: 'add', path: '/spec/updateStrategy/rollingUpdate/partition', value: 0 },
    ...(isTaken ? [{ op: 'remove' as const, path: annotationPath(TAKEN_ANNOTATION) }] : []),
  ];
}
