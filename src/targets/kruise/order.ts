import type { Delivery } from '../../release/delivery.ts';
import { at, isObject, type Json, type JsonObject, stringAt } from '../../release/json.ts';
import { annotationPath, pointer } from '../../release/pointers.ts';
import type { JsonPatch, KubeObject } from '../../release/ports.ts';
import type { ReleaseRecord } from '../../release/record.ts';
import { RECORD_ANNOTATION } from '../../release/record-fields.ts';
import { formatRecord } from '../../release/record-text.ts';
import { ID_KEY } from './keys.ts';
import { subStatusOf } from './observe.ts';
import type { WorkloadKind } from './workloads/kind.ts';

/**
 * JSON patches for every write that is not an apply. Each patch tests the state that it was decided on. When that state has
 * changed, the patch fails with 422 and changes nothing.
 */

/**
 * Replaces the record, and tests its old text: of two concurrent writers, one fails. With `live` the patch also tests that the engine still
 * works on the same release.
 */
export function recordPatch(rollout: KubeObject, next: ReleaseRecord, live = false): JsonPatch {
  const tests: JsonPatch = [
    { op: 'test', path: '/metadata/uid', value: stringAt(rollout, 'metadata', 'uid') },
    ...annotationTest(rollout),
    ...(live && releaseIn(rollout) !== null ? [releaseTest(rollout)] : []),
  ];
  return [...tests, { op: 'add', path: annotationPath(RECORD_ANNOTATION), value: formatRecord(next) }];
}

/** Approves the step at which the Rollout waits, by status. Only sent once the status message asks for it (E4). */
export function approvePatch(rollout: KubeObject): JsonPatch {
  const sub = subStatusOf(rollout);
  return [...waitingTests(rollout), { op: 'replace', path: `/status/${sub}/currentStepState`, value: 'StepReady' }];
}

/** Jumps to a step from the step at which the Rollout waits. */
export function jumpPatch(rollout: KubeObject, to: number): JsonPatch {
  return [
    ...waitingTests(rollout),
    { op: 'replace', path: `/status/${subStatusOf(rollout)}/nextStepIndex`, value: to },
  ];
}

/** Approves by plan: the pause of the waiting step becomes zero. The engine never overwrites a pause (E21). */
export function openPausePatch(rollout: KubeObject, step: number): JsonPatch {
  return [...waitingTests(rollout), { op: 'replace', path: pausePath(rollout, step), value: { duration: 0 } }];
}

/** Restores the plan's own pauses, and tests the present ones. */
export function restorePausesPatch(rollout: KubeObject, wanted: KubeObject, steps: readonly number[]): JsonPatch {
  return steps.flatMap((step) => {
    const path = pausePath(rollout, step);
    const pauseIn = (object: KubeObject) =>
      at(object, 'spec', 'strategy', styleKey(object), 'steps', step - 1, 'pause') ?? {};
    return [
      { op: 'test' as const, path, value: pauseIn(rollout) },
      { op: 'replace' as const, path, value: pauseIn(wanted) },
    ];
  });
}

export function unpausePatch(): JsonPatch {
  return [
    { op: 'test', path: '/spec/strategy/paused', value: true },
    { op: 'replace', path: '/spec/strategy/paused', value: false },
  ];
}

/** Replaces the whole pod template and its rollout-id in one request. An apply would keep fields of the bad version (E22). */
export function revertPatch(_delivery: Delivery, workload: KubeObject, template: Json, id: string): JsonPatch {
  return [
    ...versionTest(workload),
    { op: 'replace', path: '/spec/template', value: template },
    ...(isObject(at(workload, 'metadata', 'labels'))
      ? []
      : [{ op: 'add' as const, path: '/metadata/labels', value: {} }]),
    { op: 'add', path: `/metadata/labels/${pointer(ID_KEY)}`, value: id },
  ];
}

/** Repairs a wedged workload as its kind requires (E3, E32). */
export function repairPatch(kind: WorkloadKind, workload: KubeObject): JsonPatch {
  return [...versionTest(workload), ...kind.repair(workload)];
}

/** Adds labels to an object, whatever else somebody writes to it meanwhile. */
export function labelPatch(object: KubeObject, labels: JsonObject): JsonPatch {
  return [
    { op: 'test', path: '/metadata/uid', value: stringAt(object, 'metadata', 'uid') },
    ...(isObject(at(object, 'metadata', 'labels'))
      ? []
      : [{ op: 'add' as const, path: '/metadata/labels', value: {} }]),
    ...Object.entries(labels).map(([key, value]) => ({
      op: 'add' as const,
      path: `/metadata/labels/${pointer(key)}`,
      value,
    })),
  ];
}

/** Removes a manager's entries from managedFields, so that nobody owns the fields it set (E33). Null when it has no entry. */
export function forgetManagerPatch(workload: KubeObject, manager: string): JsonPatch | null {
  const fields = at(workload, 'metadata', 'managedFields');
  if (!Array.isArray(fields)) return null;
  const kept = fields.filter((entry) => stringAt(entry, 'manager') !== manager);
  if (kept.length === fields.length) return null;
  return [...versionTest(workload), { op: 'replace', path: '/metadata/managedFields', value: kept }];
}

/** Tests what an approval is based on: this release, step, message, record, template and plan. */
function waitingTests(rollout: KubeObject): JsonPatch {
  const sub = subStatusOf(rollout);
  const test = (path: string, value: unknown) => ({ op: 'test' as const, path, value });
  // An image that was set by hand keeps the rollout-id. The engine soon waits at the same step again, but with other pods.
  const hash = stringAt(rollout, 'status', sub, 'podTemplateHash');
  return [
    ...annotationTest(rollout),
    releaseTest(rollout),
    test(`/status/${sub}/currentStepIndex`, at(rollout, 'status', sub, 'currentStepIndex')),
    test(`/status/${sub}/currentStepState`, 'StepPaused'),
    test('/status/message', at(rollout, 'status', 'message')),
    // A person may edit the plan before the patch arrives. Only an edit of the spec changes the generation.
    test('/metadata/generation', at(rollout, 'metadata', 'generation')),
    ...(hash === null ? [] : [test(`/status/${sub}/podTemplateHash`, hash)]),
  ];
}

/** The id of the release that the engine works on, by the status; null before its first release. */
function releaseIn(rollout: KubeObject): string | null {
  return stringAt(rollout, 'status', subStatusOf(rollout), 'observedRolloutID');
}

function releaseTest(rollout: KubeObject): JsonPatch[number] {
  return { op: 'test', path: `/status/${subStatusOf(rollout)}/observedRolloutID`, value: releaseIn(rollout) };
}

function annotationTest(rollout: KubeObject): JsonPatch {
  return [
    {
      op: 'test',
      path: annotationPath(RECORD_ANNOTATION),
      value: stringAt(rollout, 'metadata', 'annotations', RECORD_ANNOTATION),
    },
  ];
}

function versionTest(object: KubeObject): JsonPatch {
  return [
    { op: 'test', path: '/metadata/uid', value: stringAt(object, 'metadata', 'uid') },
    { op: 'test', path: '/metadata/resourceVersion', value: stringAt(object, 'metadata', 'resourceVersion') },
  ];
}

function pausePath(rollout: KubeObject, step: number): string {
  return `/spec/strategy/${styleKey(rollout)}/steps/${step - 1}/pause`;
}

function styleKey(rollout: KubeObject): 'canary' | 'blueGreen' {
  return at(rollout, 'spec', 'strategy', 'blueGreen') === undefined ? 'canary' : 'blueGreen';
}
