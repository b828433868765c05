import { stamp } from '../api/marks.ts';
import type { World } from '../world.ts';
import type { Workload } from './finder.ts';
import type { Progress, RolloutStatus } from './status.ts';
import type { Rollout } from './types.ts';

/** What the engine remembers outside the cluster: since when it waits for what (util/grace). Lost with its process. */
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
  /** Look again after so many milliseconds. */
  again: number | null;
}

/** A pass that ends here; what it has changed in the cluster stays, its status is not written. */
export class PassFailed extends Error {}

export function now(pass: Pass): string {
  return stamp(pass.world.timeline.now());
}

export function progressOf(pass: Pass): Progress {
  const { progress } = pass.status;
  if (progress === null) throw new PassFailed('the Rollout has no progress');
  return progress;
}

export function lookAgain(pass: Pass, ms: number): void {
  pass.again = ms;
}

/**
 * Whether a change has had its grace period: `change` says whether it changed something now. A period of 0 is no wait
 * at all (kruise.md 5).
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
