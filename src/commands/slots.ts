import type { Context, Turns } from '../flow/context.ts';

/** How long a delivery waits for the other deliveries before it asks the forge without them, in milliseconds. */
const LONGEST_WAIT = 2000;

/** Limits how many deliveries work at once. A delivery gives its slot back while it waits, and takes one again to go on. */
export interface Slots {
  /** Runs the body with a slot. */
  at<T>(body: () => Promise<T>): Promise<T>;
  /** Runs the body without the slot that the caller has. */
  away<T>(body: () => Promise<T>): Promise<T>;
  enter(): Promise<void>;
  leave(): void;
  /** Whether nobody has a slot. */
  readonly isQuiet: boolean;
  /** Calls this once, as soon as nobody has a slot. */
  whenQuiet(then: () => void): void;
}

export function slotsOf(count: number): Slots {
  const queue: (() => void)[] = [];
  let waiting: readonly (() => void)[] = [];
  let free = count;
  const enter = async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
  };
  const leave = () => {
    const next = queue.shift();
    if (next !== undefined) return next();
    free += 1;
    if (free < count) return;
    const all = waiting;
    waiting = [];
    for (const then of all) then();
  };
  return {
    enter,
    leave,
    get isQuiet() {
      return free === count;
    },
    whenQuiet(then) {
      waiting = [...waiting, then];
    },
    async at(body) {
      await enter();
      try {
        return await body();
      } finally {
        leave();
      }
    },
    async away(body) {
      leave();
      try {
        return await body();
      } finally {
        await enter();
      }
    },
  };
}

/** Waits until no delivery has a slot, {@link LONGEST_WAIT} at most. All who wait at the same time go on at the same time. */
export function quietOf(slots: Slots, { clock, signal }: Pick<Context, 'clock' | 'signal'>): Turns['quiet'] {
  let next: Promise<void> | null = null;
  return () => {
    if (next !== null) return next;
    if (slots.isQuiet) return Promise.resolve();
    const over = new AbortController();
    next = new Promise<void>((resolve) => {
      const done = () => {
        if (over.signal.aborted) return;
        over.abort();
        next = null;
        resolve();
      };
      slots.whenQuiet(done);
      clock.sleep(LONGEST_WAIT, AbortSignal.any([signal, over.signal])).then(done, done);
    });
    return next;
  };
}

/** The turns of one delivery. It gives its slot back at its first open question, and takes one after its last answer. */
export function turnsOf(slots: Slots, quiet: Turns['quiet']): Turns {
  let answers = 0;
  return {
    quiet,
    async aside(answer) {
      answers += 1;
      if (answers === 1) slots.leave();
      try {
        return await answer();
      } finally {
        answers -= 1;
        if (answers === 0) await slots.enter();
      }
    },
  };
}
