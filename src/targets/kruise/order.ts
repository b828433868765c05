import { at, isObject, type Json, stringAt } from '../../release/json.ts';
import type { JsonPatch, KubeObject } from '../../release/ports.ts';
import type { ReleaseRecord } from '../../release/record.ts';
import { formatRecord, RECORD_ANNOTATION } from '../../release/record-text.ts';
import { ID_KEY } from './keys.ts';
import { subStatusOf } from './observe.ts';
import { annotationPath, pointer } from './pointers.ts';
import type { WorkloadKind } from './workloads/kind.ts';

/**
 * JSON patches for every write that is not an apply. Each tests what it was decided on, so that it either finds that
 * world or fails with 422 and changes nothing.
 */

/** The record, from the text that was read to a new one. Two writers: one of them fails. */
export function recordPatch(rollout: KubeObject, next: ReleaseRecord): JsonPatch {
  const tests: JsonPatch = [
    { op: 'test', path: '/metadata/uid', value: stringAt(rollout, 'metadata', 'uid') },
    ...annotationTest(rollout),
  ];
  return [...tests, { op: 'add', path: annotationPath(RECORD_ANNOTATION), value: formatRecord(next) }];
}

/** Approves the step the Rollout waits at, by status. Sent only once the message asks for it (E4). */
export function approvePatch(rollout: KubeObject): JsonPatch {
  const sub = subStatusOf(rollout);
  return [...waitingTests(rollout), { op: 'replace', path: `/status/${sub}/currentStepState`, value: 'StepReady' }];
}

/** Jumps to a step, from the step the Rollout waits at. */
export function jumpPatch(rollout: KubeObject, to: number): JsonPatch {
  return [
    ...waitingTests(rollout),
    { op: 'replace', path: `/status/${subStatusOf(rollout)}/nextStepIndex`, value: to },
  ];
}

/** Approves by plan: the waiting step's pause becomes zero, which the engine never overwrites (E21). */
export function openPausePatch(rollout: KubeObject, step: number): JsonPatch {
  return [...waitingTests(rollout), { op: 'replace', path: pausePath(rollout, step), value: { duration: 0 } }];
}

/** Puts the plan's own pauses back, and tests the ones that are there. */
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

/**
 * Replaces the whole pod template and names it, in one request: what an apply would leave behind of the
 * bad version (E22) goes with it.
 */
export function revertPatch(workload: KubeObject, template: Json, id: string): JsonPatch {
  return [
    ...versionTest(workload),
    { op: 'replace', path: '/spec/template', value: template },
    ...(isObject(at(workload, 'metadata', 'labels'))
      ? []
      : [{ op: 'add' as const, path: '/metadata/labels', value: {} }]),
    { op: 'add', path: `/metadata/labels/${pointer(ID_KEY)}`, value: id },
  ];
}

/** Sets a wedged workload free (E3, E32), as its kind needs it. */
export function repairPatch(kind: WorkloadKind, workload: KubeObject): JsonPatch {
  return [...versionTest(workload), ...kind.repair(workload)];
}

/** Removes one manager's entries from managedFields, so that the fields it set are nobody's (E33). */
export function forgetManagerPatch(workload: KubeObject, manager: string): JsonPatch | null {
  const fields = at(workload, 'metadata', 'managedFields');
  if (!Array.isArray(fields)) return null;
  const kept = fields.filter((entry) => stringAt(entry, 'manager') !== manager);
  if (kept.length === fields.length) return null;
  return [...versionTest(workload), { op: 'replace', path: '/metadata/managedFields', value: kept }];
}

/** What an approval rests on: this release, step, message, record and template, under the plan that was looked at. */
function waitingTests(rollout: KubeObject): JsonPatch {
  const sub = subStatusOf(rollout);
  const test = (path: string, value: unknown) => ({ op: 'test' as const, path, value });
  // An image set by hand keeps the id, and the engine soon waits at the same step again: with other pods.
  const hash = stringAt(rollout, 'status', sub, 'podTemplateHash');
  return [
    ...annotationTest(rollout),
    test(`/status/${sub}/observedRolloutID`, at(rollout, 'status', sub, 'observedRolloutID')),
    test(`/status/${sub}/currentStepIndex`, at(rollout, 'status', sub, 'currentStepIndex')),
    test(`/status/${sub}/currentStepState`, 'StepPaused'),
    test('/status/message', at(rollout, 'status', 'message')),
    // Somebody may edit the plan while the patch is on its way: each edit of the spec, and nothing else, is a generation.
    test('/metadata/generation', at(rollout, 'metadata', 'generation')),
    ...(hash === null ? [] : [test(`/status/${sub}/podTemplateHash`, hash)]),
  ];
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
