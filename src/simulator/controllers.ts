import { Refusal } from './api/answers.ts';
import type { Change } from './api/store.ts';
import type { Timeline } from './time.ts';

/** The result of one pass. */
export interface Outcome {
  /** Run again after this many milliseconds. */
  readonly again?: number;
  /** The pass failed: run again with growing delays (controller-runtime's rate limiter). */
  readonly failed?: boolean;
  /** The rest of a pass after something slow; the state that the pass has read may be old by then (E3). */
  readonly proceed?: () => Outcome;
  /**
   * The write at the end of the pass. It happens some time after the read that it was decided on, and overwrites everything
   * that was written in between. This is how approvals are lost (E4).
   */
  readonly finish?: () => void;
}

export interface Controller {
  readonly name: string;
  /**
   * When it runs again at once, it reads its own object from a cache that its last write may not have reached. Changes during
   * a pass are then judged with a state from before that pass (E3).
   */
  readonly lags?: boolean;
  /** The keys (`namespace/name`) to reconcile after a change. */
  readonly wakes: (change: Change) => readonly string[];
  readonly look: (namespace: string, name: string) => Outcome;
}

/** Durations in milliseconds. Only their order matters. */
export interface Delays {
  /** From a change to the pass for it. */
  readonly notice: () => number;
  /** From a pass to the write that ends it. */
  readonly work: () => number;
  /** Whether a write reaches the cache after the next pass. */
  readonly late: () => boolean;
}

export interface Running {
  /** Whether no pass is running or waiting, except for timers. */
  readonly idle: boolean;
  changed(change: Change): void;
  stop(): void;
}

/** Ends a pass that can't continue. Its earlier writes stay, its last write is not made, and the pass is repeated. */
export class PassFailed extends Error {}

/** A refusal by the API server (a conflict, or a missing object) also ends a pass. */
function orFailed(pass: () => Outcome): Outcome {
  try {
    return pass();
  } catch (error) {
    if (error instanceof PassFailed || error instanceof Refusal) return { failed: true };
    throw error;
  }
}

/** Each key has one pass at a time; a change during the pass causes another one. */
export function runController(controller: Controller, timeline: Timeline, delays: Delays): Running {
  const waiting = new Set<string>();
  const busy = new Set<string>();
  const again = new Set<string>();
  const failures = new Map<string, number>();
  let stopped = false;

  function add(key: string): void {
    if (stopped || waiting.has(key)) return;
    if (busy.has(key)) {
      again.add(key);
      return;
    }
    waiting.add(key);
    timeline.after(delays.notice(), () => run(key));
  }

  function run(key: string): void {
    if (stopped) return;
    waiting.delete(key);
    busy.add(key);
    goOn(key, look(key));
  }

  function look(key: string): Outcome {
    const slash = key.indexOf('/');
    return orFailed(() => controller.look(key.slice(0, slash), key.slice(slash + 1)));
  }

  function goOn(key: string, outcome: Outcome): void {
    if (outcome.proceed !== undefined) {
      const { proceed } = outcome;
      timeline.after(delays.work(), () => {
        if (!stopped) goOn(key, orFailed(proceed));
      });
      return;
    }
    const end = () => {
      if (stopped) return;
      const early = controller.lags === true && again.has(key) && delays.late();
      if (early) again.delete(key);
      const next = early ? look(key) : null;
      outcome.finish?.();
      if (outcome.failed === true) {
        const count = failures.get(key) ?? 0;
        failures.set(key, count + 1);
        timeline.after(Math.min(5 * 2 ** count, 1_000_000), () => add(key));
      } else {
        failures.delete(key);
        if (outcome.again !== undefined) timeline.after(outcome.again, () => add(key));
      }
      if (next !== null) {
        goOn(key, next);
        return;
      }
      busy.delete(key);
      if (again.delete(key)) add(key);
    };
    if (outcome.finish === undefined) end();
    else timeline.after(delays.work(), end);
  }

  return {
    get idle() {
      return waiting.size === 0 && busy.size === 0;
    },
    changed(change) {
      for (const key of controller.wakes(change)) add(key);
    },
    stop() {
      stopped = true;
    },
  };
}
