import type { Wait } from '../release/decision.ts';
import { onRunner, type Work } from './work.ts';

/**
 * When a run ends. `observe`: at once, nothing is written. `act`: when what is due was done and seen to have worked.
 * `wait`: when the engine has come to rest too. `done`: when the release is delivered or taken back.
 */
export type Until = 'observe' | 'act' | 'wait' | 'done';

/** A wait that is always sat out ends after this long all the same: something else is wrong then. Milliseconds. */
const BRIEF = 60_000;
/** A wait for a time is no shorter. Milliseconds. */
const SHORTEST = 500;

/** Whether this run sits the wait out. */
export function goesOn(wait: Wait, until: Until): boolean {
  switch (wait.wake) {
    case 'brief':
      return true;
    case 'engine':
      // A rollback is not left half done until somebody comes by again.
      return until === 'wait' || until === 'done' || wait.state === 'reverting';
    case 'gate':
      return until === 'done';
    case 'rest':
      return false;
  }
}

/** Whether brief waits in a row have taken too long. */
export function isTooLong(since: Date | null, now: Date): boolean {
  return since !== null && now.getTime() - since.getTime() > BRIEF;
}

/** When this run wakes without an event. */
export function wakesAt(work: Work, wait: Wait, deadline: Date | null, now: Date): Date | null {
  return earliest([deadline, byRunner(work, wait.until), new Date(now.getTime() + recheckAfter(wait))]);
}

/**
 * A moment of the cluster's clock by the runner's, which wakes this run; never at once, for the cluster's time is known to
 * the second, and from behind.
 */
function byRunner(work: Work, until: Date | null): Date | null {
  if (until === null) return null;
  const soonest = work.context.clock.now().getTime() + SHORTEST;
  return new Date(Math.max(onRunner(work, until).getTime(), soonest));
}

/** Some waits are decided by the clock (a pod that never starts): they are looked at again without an event. */
function recheckAfter(wait: Wait): number {
  return wait.wake === 'brief' ? 2_000 : 10_000;
}

function earliest(dates: readonly (Date | null)[]): Date | null {
  return dates.reduce((early, one) => (one !== null && (early === null || one < early) ? one : early), null);
}
