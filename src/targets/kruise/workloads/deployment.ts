import type { Amount, Style } from '../../../release/delivery.ts';
import {
  at,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  numberAt,
  objectAt,
  stringAt,
} from '../../../release/json.ts';
import { latest } from '../../../release/moments.ts';
import type { PodTrouble } from '../../../release/observation.ts';
import { annotationPath, pointer } from '../../../release/pointers.ts';
import type { JsonPatch, KubeObject } from '../../../release/ports.ts';
import { clamp, parseAmount, scaledAmount } from '../amounts.ts';
import { managersOf } from '../engine-marks.ts';
import {
  ADVANCED_CONTROL_LABEL,
  DEPLOYMENT,
  ENGINE_MANAGER,
  EXTRA_STATUS_ANNOTATION,
  REPLICA_SET,
  SAVED_SETTINGS_ANNOTATION,
  SAVED_STRATEGY_ANNOTATION,
  TAKEN_ANNOTATION,
  TEMPLATE_HASH_LABEL,
} from '../keys.ts';
import { conditionIn, dateIn, isUpdated, sizeOf } from '../status.ts';
import type { WorkloadKind, WorkloadStatus } from './kind.ts';

export const deployment: WorkloadKind = {
  name: 'Deployment',
  kind: DEPLOYMENT,
  styles: { partition: null, canary: null, blueGreen: null },
  revisions: {
    kind: REPLICA_SET,
    podLabel: TEMPLATE_HASH_LABEL,
    nameOf: (set) => stringAt(set, 'metadata', 'labels', TEMPLATE_HASH_LABEL),
    templateIn,
  },
  borrowed,
  settings(spec, style) {
    const own = Object.entries(spec).filter(([key]) => borrowed(style).includes(key));
    return own.length === 0 ? undefined : Object.fromEntries(own);
  },
  wrongIn: () => null,
  keptBack: () => 0,
  webhookFields: ['paused'],
  status,
  isShut: (workload) => at(workload, 'spec', 'paused') === true,
  staysShut: true,
  repair,
  traps: {
    PERCENT_THEN_INTEGER: true,
    STEP_GOES_DOWN: true,
    STEP_MOVES_NOTHING: true,
    STEP_IS_EVERYTHING: true,
    LAST_STEP_BELOW_ALL: true,
    LAST_STEP_WAITS: true,
    TRAFFIC_OVER_LIMIT: true,
    TRAFFIC_TARGET_MISSING: true,
    TRAFFIC_NEVER_ROUTED: false,
    RECREATE_STRATEGY: true,
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
    BLUE_GREEN_DOUBLES: true,
    NOT_ROLLING: false,
    PARTITION_IGNORED: false,
    STEP_NEVER_READY: false,
    SCALED_PODS_ARE_NEW: false,
    QUOTA_TOO_SMALL: true,
    NODES_TOO_FULL: true,
    LIMIT_RANGE_REFUSES: true,
    PDB_NEVER_MET: true,
  },
  progressDeadline: 600,
  surge,
  plannedPods,
  blocking: null,
};

/** If stepgate owned these fields, they would conflict later, and giving them up would remove pods (E6). */
function borrowed(style: Style): readonly string[] {
  return style === 'blueGreen' ? ['strategy', 'minReadySeconds', 'progressDeadlineSeconds'] : ['strategy'];
}

/** A ReplicaSet's template without the hash label that its controller adds. */
function templateIn(set: KubeObject): JsonObject {
  const template = objectAt(set, 'spec', 'template');
  const metadata = objectAt(template, 'metadata');
  const { [TEMPLATE_HASH_LABEL]: _, ...labels } = objectAt(metadata, 'labels');
  return { ...template, metadata: { ...metadata, labels } };
}

function status(workload: KubeObject): WorkloadStatus {
  const found = objectAt(workload, 'status');
  const notes = objectAt(workload, 'metadata', 'annotations');
  const paused = at(workload, 'spec', 'paused') === true;
  const strategy = stringAt(workload, 'spec', 'strategy', 'type') ?? 'RollingUpdate';
  return {
    replicas: sizeOf(workload),
    settled: !paused && isUpdated(workload),
    available: numberAt(found, 'availableReplicas') ?? 0,
    paused,
    marked:
      stringAt(notes, SAVED_STRATEGY_ANNOTATION) !== null ||
      stringAt(notes, TAKEN_ANNOTATION) !== null ||
      strategy === 'Recreate' ||
      (paused && isPausedByEngine(workload)),
    changedAt: latest(listAt(found, 'conditions').map((one) => dateIn(one, 'lastUpdateTime'))) ?? new Date(0),
    strategy,
    trouble: quota(workload),
  };
}

/** Whether the engine set `paused`. The server records no field manager for what a webhook sets; a person's pause has one (docs/engine.md, E3). */
function isPausedByEngine(workload: KubeObject): boolean {
  const isKnown = listAt(workload, 'metadata', 'managedFields').length > 0;
  return isKnown && managersOf(workload, 'paused').every((name) => name === ENGINE_MANAGER);
}

/** When a quota or an admission webhook refuses pods, there is no pod to read. The workload's own condition has the reason. */
function quota(workload: KubeObject): readonly PodTrouble[] {
  const failure = conditionIn(objectAt(workload, 'status'), 'ReplicaFailure');
  if (stringAt(failure, 'status') !== 'True') return [];
  const reason = stringAt(failure, 'reason') ?? 'FailedCreate';
  const since = dateIn(failure, 'lastTransitionTime');
  const message = stringAt(failure, 'message') ?? '';
  const pod = stringAt(workload, 'metadata', 'name') ?? '';
  return [{ pod, version: 'canary', reason, message, hopeless: true, since, step: null, release: null }];
}

/** The patch that removes the pause and the engine's marks, and restores the strategy that the engine had saved. */
function repair(workload: KubeObject): JsonPatch {
  const notes = objectAt(workload, 'metadata', 'annotations');
  const marks = [SAVED_STRATEGY_ANNOTATION, EXTRA_STATUS_ANNOTATION, TAKEN_ANNOTATION, SAVED_SETTINGS_ANNOTATION];
  const control = ADVANCED_CONTROL_LABEL;
  return [
    { op: 'replace', path: '/spec/strategy', value: savedStrategy(notes) },
    { op: 'remove', path: '/spec/paused' },
    ...marks.filter((mark) => mark in notes).map((mark) => ({ op: 'remove' as const, path: annotationPath(mark) })),
    ...(control in objectAt(workload, 'metadata', 'labels')
      ? [{ op: 'remove' as const, path: `/metadata/labels/${pointer(control)}` }]
      : []),
  ];
}

/**
 * maxSurge, by default 25 %. In partition style the engine's controller starts a ReplicaSet with one pod, even when maxSurge
 * is 0 (docs/engine.md#pods).
 */
function surge(style: Style, workload: KubeObject, replicas: number): number {
  const notes = objectAt(workload, 'metadata', 'annotations');
  const strategy = SAVED_STRATEGY_ANNOTATION in notes ? savedStrategy(notes) : objectAt(workload, 'spec', 'strategy');
  const settings = parsed(stringAt(notes, SAVED_SETTINGS_ANNOTATION));
  const found = parseAmount(at(settings, 'maxSurge') ?? at(strategy, 'rollingUpdate', 'maxSurge'));
  const most = scaledAmount(found ?? { unit: 'percent', value: 25 }, replicas);
  return style === 'partition' ? Math.max(1, most) : most;
}

function savedStrategy(notes: Json): Json {
  const rolling = at(parsed(stringAt(notes, SAVED_STRATEGY_ANNOTATION)), 'rollingUpdate');
  return { type: 'RollingUpdate', ...(isObject(rolling) ? { rollingUpdate: rolling } : {}) };
}

/** Parses a JSON annotation of the engine; null when it is missing or does not parse. */
function parsed(text: string | null): Json {
  if (text === null) return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/**
 * In partition style a percentage below 100 % always keeps a stable pod, unless there is only one pod. The extra Deployment
 * and the surge of blueGreen do not (T21, T24).
 */
function plannedPods(style: Style, amount: Amount, replicas: number): number {
  const pods = clamp(scaledAmount(amount, replicas), replicas);
  const keepsOne = style === 'partition' && amount.unit === 'percent' && amount.value !== 100 && replicas > 1;
  return keepsOne ? Math.min(pods, replicas - 1) : pods;
}
