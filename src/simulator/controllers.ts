import { Refusal } from './api/answers.ts';
import type { Change } from './api/store.ts';
import type { Timeline } from './time.ts';

/** What one pass asks for. */
export interface Outcome {
  /** Look again after so many milliseconds, whatever happens meanwhile. */
  readonly again?: number;
  /** The pass failed: look again soon, then later and later (controller-runtime's rate limiter). */
  readonly failed?: boolean;
  /** The rest of a pass that does something slow after its first look: what it has read until then may be old by now (E3). */
  readonly proceed?: () => Outcome;
  /**
   * The write that ends the pass. It happens a moment after the pass has read what it decided on, and overwrites whatever
   * was written in between: this is how approvals get lost (E4).
   */
  readonly finish?: () => void;
}

export interface Controller {
  readonly name: string;
  /**
   * Reads its own object from a cache that its last write may not have reached yet where it has to look again at once:
   * what changed while a pass was under way is then decided on by a state from before that pass (E3).
   */
  readonly lags?: boolean;
  /** Keys (`namespace/name`) to look at after a change. */
  readonly wakes: (change: Change) => readonly string[];
  readonly look: (namespace: string, name: string) => Outcome;
}

/** How long things take, in milliseconds. Only their order is ever relied on. */
export interface Delays {
  /** From a change to the pass that sees it. */
  readonly notice: () => number;
  /** From a pass to the write that ends it. */
  readonly work: () => number;
  /** Whether a write reaches the cache later than the next look does. */
  readonly late: () => boolean;
}

export interface Running {
  /** No pass is under way and nothing waits to be looked at, timers aside. */
  readonly idle: boolean;
  changed(change: Change): void;
  stop(): void;
}

/** Ends a pass that cannot go on: what it has changed in the cluster stays, its last write is not made, and it is tried again. */
export class PassFailed extends Error {}

/** What the API server refuses, because somebody else was faster or is gone, ends a pass as well. */
function orFailed(pass: () => Outcome): Outcome {
  try {
    return pass();
  } catch (error) {
    if (error instanceof PassFailed || error instanceof Refusal) return { failed: true };
    throw error;
  }
}

/** Each key is looked at by one pass at a time; what changes meanwhile is looked at again. */
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
