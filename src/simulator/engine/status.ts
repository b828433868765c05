import { at, isMap, type Json, type JsonMap, listAt, numberAt, textAt } from '../api/json.ts';
import type { Condition } from '../workloads/types.ts';
import type { Rollout } from './types.ts';

/** The progress of a release, from canaryStatus or blueGreenStatus. A pass of the engine changes its own copy. */
export interface Progress {
  observedWorkloadGeneration: number;
  observedRolloutID: string;
  rolloutHash: string;
  stableRevision: string;
  podTemplateHash: string;
  currentStepIndex: number;
  nextStepIndex: number;
  currentStepState: string;
  finalisingStep: string;
  message: string;
  lastUpdateTime: string;
  revision: string;
  replicas: number;
  ready: number;
}

export interface RolloutStatus {
  observedGeneration: number;
  phase: string;
  message: string;
  conditions: readonly Condition[];
  currentStepIndex: number;
  currentStepState: string;
  progress: Progress | null;
  /** The sub-status to which the progress is written. */
  blueGreen: boolean;
}

/** The status that a pass may change. */
export function readStatus({ status }: Rollout): RolloutStatus {
  if (!isMap(status)) return parse(status);
  const found = read.get(status) ?? parse(status);
  read.set(status, found);
  return { ...found, progress: found.progress === null ? null : { ...found.progress } };
}

/** Cached: a stored status never changes, and every pass reads it several times. */
const read = new WeakMap<object, RolloutStatus>();

function parse(status: Rollout['status']): RolloutStatus {
  const canary = at(status, 'canaryStatus');
  const blueGreen = at(status, 'blueGreenStatus');
  // A stale canaryStatus is read first, as in the engine (docs/engine.md#status).
  const sub = isMap(canary) ? canary : isMap(blueGreen) ? blueGreen : null;
  const isBlueGreen = sub !== null && sub !== canary;
  return {
    observedGeneration: numberAt(status, 'observedGeneration'),
    phase: textAt(status, 'phase'),
    message: textAt(status, 'message'),
    conditions: listAt(status, 'conditions').map(readCondition),
    currentStepIndex: numberAt(status, 'currentStepIndex'),
    currentStepState: textAt(status, 'currentStepState'),
    progress: sub === null ? null : readProgress(sub, isBlueGreen),
    blueGreen: isBlueGreen,
  };
}

function readCondition(entry: Json): Condition {
  return {
    type: textAt(entry, 'type'),
    status: textAt(entry, 'status'),
    reason: textAt(entry, 'reason'),
    message: textAt(entry, 'message'),
    lastUpdateTime: textAt(entry, 'lastUpdateTime'),
    lastTransitionTime: textAt(entry, 'lastTransitionTime'),
  };
}

function readProgress(sub: JsonMap, blueGreen: boolean): Progress {
  return {
    observedWorkloadGeneration: numberAt(sub, 'observedWorkloadGeneration'),
    observedRolloutID: textAt(sub, 'observedRolloutID'),
    rolloutHash: textAt(sub, 'rolloutHash'),
    stableRevision: textAt(sub, 'stableRevision'),
    podTemplateHash: textAt(sub, 'podTemplateHash'),
    currentStepIndex: numberAt(sub, 'currentStepIndex'),
    nextStepIndex: numberAt(sub, 'nextStepIndex'),
    currentStepState: textAt(sub, 'currentStepState'),
    finalisingStep: textAt(sub, 'finalisingStep'),
    message: textAt(sub, 'message'),
    lastUpdateTime: textAt(sub, 'lastUpdateTime'),
    revision: textAt(sub, blueGreen ? 'updatedRevision' : 'canaryRevision'),
    replicas: numberAt(sub, blueGreen ? 'updatedReplicas' : 'canaryReplicas'),
    ready: numberAt(sub, blueGreen ? 'updatedReadyReplicas' : 'canaryReadyReplicas'),
  };
}

export function printStatus(status: RolloutStatus): Json {
  const { progress, blueGreen } = status;
  const printed: Record<string, Json> = {};
  give(printed, 'observedGeneration', status.observedGeneration);
  give(printed, 'phase', status.phase);
  give(printed, 'message', status.message);
  if (status.conditions.length > 0) printed['conditions'] = status.conditions.map((one) => ({ ...one }));
  // Copies of the progress, which the engine makes at every write (docs/engine.md#status).
  printed['currentStepIndex'] = progress?.currentStepIndex ?? status.currentStepIndex;
  printed['currentStepState'] = progress?.currentStepState ?? status.currentStepState;
  if (progress !== null) printed[blueGreen ? 'blueGreenStatus' : 'canaryStatus'] = printProgress(progress, blueGreen);
  return printed;
}

function printProgress(progress: Progress, blueGreen: boolean): JsonMap {
  const sub: Record<string, Json> = {};
  give(sub, 'observedWorkloadGeneration', progress.observedWorkloadGeneration);
  give(sub, 'observedRolloutID', progress.observedRolloutID);
  give(sub, 'rolloutHash', progress.rolloutHash);
  give(sub, 'stableRevision', progress.stableRevision);
  sub['podTemplateHash'] = progress.podTemplateHash;
  sub['currentStepIndex'] = progress.currentStepIndex;
  sub['nextStepIndex'] = progress.nextStepIndex;
  sub['finalisingStep'] = progress.finalisingStep;
  sub['currentStepState'] = progress.currentStepState;
  give(sub, 'message', progress.message);
  give(sub, 'lastUpdateTime', progress.lastUpdateTime);
  sub[blueGreen ? 'updatedRevision' : 'canaryRevision'] = progress.revision;
  sub[blueGreen ? 'updatedReplicas' : 'canaryReplicas'] = progress.replicas;
  sub[blueGreen ? 'updatedReadyReplicas' : 'canaryReadyReplicas'] = progress.ready;
  return sub;
}

/** Removes an empty value, like Go's omitempty. */
function give(to: Record<string, Json>, key: string, value: number | string): void {
  if (value !== 0 && value !== '') to[key] = value;
}

export function conditionOf(status: RolloutStatus, type: string): Condition | undefined {
  return status.conditions.find((one) => one.type === type);
}

export function reasonOf(status: RolloutStatus): string {
  return conditionOf(status, 'Progressing')?.reason ?? '';
}

export function setCondition(status: RolloutStatus, next: Condition): void {
  const old = conditionOf(status, next.type);
  if (old !== undefined && old.status === next.status && old.reason === next.reason && old.message === next.message)
    return;
  const kept = old?.status === next.status ? { ...next, lastTransitionTime: old.lastTransitionTime } : next;
  status.conditions = [...status.conditions.filter((one) => one !== old), kept];
}

/** Sets the reason of Progressing. Its time does not change, so the 3 s of Initializing do not begin again (E8). */
export function moveOn(
  status: RolloutStatus,
  to: { readonly status: 'True' | 'False'; readonly reason: string; readonly message: string },
  time: string,
): void {
  const old = conditionOf(status, 'Progressing');
  const next = {
    type: 'Progressing',
    status: to.status,
    reason: to.reason,
    message: to.message === '' ? (old?.message ?? '') : to.message,
    lastUpdateTime: old?.lastUpdateTime ?? time,
    lastTransitionTime: old?.lastTransitionTime ?? time,
  };
  setCondition(status, next);
  status.message = next.message;
}

export function setSucceeded(status: RolloutStatus, success: boolean, time: string): void {
  const old = conditionOf(status, 'Succeeded');
  setCondition(status, {
    type: 'Succeeded',
    status: success ? 'True' : 'False',
    reason: '',
    message: '',
    lastUpdateTime: old?.lastUpdateTime ?? time,
    lastTransitionTime: old?.lastTransitionTime ?? time,
  });
}

/** The index after this one; -1 on the last. */
export function nextIndex(index: number, steps: number): number {
  return index >= steps ? -1 : index + 1;
}
