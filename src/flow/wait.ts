import type { Wait } from '../release/decision.ts';
import { earliest } from '../release/moments.ts';
import { onRunner, type Work } from './work.ts';

/**
 * When a run ends. `observe`: at once; nothing is written. `act`: when everything that is due is done and confirmed.
 * `wait`: when the engine has nothing to do either. `done`: when the release is delivered or rolled back.
 */
export type Until = 'observe' | 'act' | 'wait' | 'done';

/** Limit of brief waits in a row. After that the run ends, because something else must be wrong. Milliseconds. */
const LONGEST_BRIEF = 60_000;
/** Shortest wait for a time. Milliseconds. */
const SHORTEST = 500;

/** Whether this run keeps waiting. */
export function keepsWaiting(wait: Wait, until: Until): boolean {
  switch (wait.wake) {
    case 'brief':
      return true;
    case 'engine':
      // The run follows a rollback to its end, because the next run may be hours away.
      return until === 'wait' || until === 'done' || wait.state === 'reverting';
    case 'gate':
      return until === 'done';
    case 'rest':
      return false;
  }
}

/** Whether brief waits in a row have lasted too long. */
export function isTooLong(since: Date | null, now: Date): boolean {
  return since !== null && now.getTime() - since.getTime() > LONGEST_BRIEF;
}

/** When this run wakes if nothing changes earlier. */
export function wakesAt(work: Work, wait: Wait, deadline: Date | null, now: Date): Date | null {
  return earliest([deadline, onRunnersClock(work, wait.until), new Date(now.getTime() + recheckAfter(wait))]);
}

/**
 * The time of the runner's clock at which this run wakes for a time of the cluster's clock. It is never now, because the
 * cluster's time is rounded down to the second.
 */
function onRunnersClock(work: Work, until: Date | null): Date | null {
  if (until === null) return null;
  const soonest = work.context.clock.now().getTime() + SHORTEST;
  return new Date(Math.max(onRunner(work, until).getTime(), soonest));
}

/**
 * How long after a wait began to decide again without a change in the cluster: some waits end by the clock, such as the
 * one for a pod that never starts. Milliseconds.
 */
function recheckAfter(wait: Wait): number {
  return wait.wake === 'brief' ? 2_000 : 10_000;
}
