import { stamp } from '../api/marks.ts';
import { annotationOf } from '../api/things.ts';
import { PassFailed } from '../controllers.ts';
import type { World } from '../world.ts';
import { rolloutIdOf, type Workload } from './finder.ts';
import { nextIndex, type Progress, type RolloutStatus } from './status.ts';
import { type Rollout, stepsOf } from './types.ts';
import { hashAnnotation } from './words.ts';

/** The memory of the engine's process: since when it waits for which change (util/grace). */
export interface Memory {
  readonly grace: Map<string, number>;
}

/** One pass over one Rollout. */
export interface Pass {
  readonly world: World;
  readonly memory: Memory;
  readonly rollout: Rollout;
  /** As read at the beginning. */
  readonly old: RolloutStatus;
  /** Written at the end. */
  readonly status: RolloutStatus;
  readonly workload: Workload | null;
  /** Run again after this many milliseconds. */
  again: number | null;
}

export function now(pass: Pass): string {
  return stamp(pass.world.timeline.now());
}

export function progressOf(pass: Pass): Progress {
  const { progress } = pass.status;
  if (progress === null) throw new PassFailed('the Rollout has no progress');
  return progress;
}

/** A release of this version at a step of the plan, before any work. */
export function progressAt({ rollout }: Pass, workload: Workload, index: number, state: string): Progress {
  return {
    observedWorkloadGeneration: workload.object.metadata.generation ?? 0,
    observedRolloutID: rolloutIdOf(workload),
    rolloutHash: annotationOf(rollout, hashAnnotation),
    stableRevision: workload.stableRevision,
    podTemplateHash: '',
    currentStepIndex: index,
    nextStepIndex: nextIndex(index, stepsOf(rollout).length),
    currentStepState: state,
    finalisingStep: '',
    message: '',
    lastUpdateTime: '',
    revision: workload.revision,
    replicas: 0,
    ready: 0,
  };
}

export function lookAgain(pass: Pass, ms: number): void {
  pass.again = ms;
}

/**
 * Whether the grace period of a change is over. `change` returns whether it changed something now. A period of 0 means no
 * wait (docs/engine.md#times).
 */
export function waited(
  pass: { readonly world: World; readonly memory: Memory },
  key: string,
  seconds: number,
  change: () => boolean,
): { readonly done: boolean; readonly left: number } {
  const { grace } = pass.memory;
  const changed = change();
  const now = pass.world.timeline.now();
  if (seconds === 0) {
    grace.delete(key);
    return { done: true, left: 0 };
  }
  if (changed) {
    grace.set(key, now);
    return { done: false, left: seconds * 1000 };
  }
  const since = grace.get(key);
  const left = since === undefined ? 0 : seconds * 1000 - (now - since);
  if (left > 0) return { done: false, left };
  grace.delete(key);
  return { done: true, left: 0 };
}
