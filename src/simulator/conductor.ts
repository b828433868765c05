import type { VirtualTimeline } from './time.ts';

/** Virtual time for tasks in this process: it moves only when every conducted task sleeps or watches. */
export interface Conductor {
  /** The clock for conducted tasks. `sleep` takes milliseconds and rejects with the reason of the signal. */
  readonly clock: {
    now(): Date;
    sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  };
  /** Stops virtual time while work outside of it (a program, a file, a socket) runs. */
  track<T>(work: () => Promise<T>): Promise<T>;
  /** Stops virtual time until the receiver of a watch event has processed it. */
  touch(): void;
  /** Moves time until `work` settles. Several may run at once. Throws Stalled when nothing is left that can move time. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Every task waits, and no event will come. */
export class Stalled extends Error {
  constructor() {
    super('everybody waits, and nothing is left to happen');
    this.name = 'Stalled';
  }
}

/** How many tasks may run before the event loop of the process gets a turn. */
const UNNOTICED = 256;

/** `busy`: whether other work is running, such as bytes in a socket of this process. */
export function conduct(timeline: VirtualTimeline, busy: () => boolean = () => false): Conductor {
  const runs = new Set<(reason: unknown) => void>();
  let inFlight = 0;
  let noticed = false;
  let pumping = false;
  let landed = () => {};

  /** Resolves when no tracked work runs any more. To poll for that would take the processor from the programs that do the work. */
  function done(): Promise<void> {
    return new Promise((resolve) => {
      landed = resolve;
    });
  }

  async function pump(): Promise<void> {
    pumping = true;
    try {
      for (;;) {
        // After a turn of the event loop, everything that needs no time is done.
        await turn();
        if (runs.size === 0) return;
        if (inFlight > 0) {
          await done();
          continue;
        }
        if (busy()) continue;
        noticed = false;
        for (let steps = 0; !noticed && steps < UNNOTICED; steps += 1) {
          if (timeline.step()) continue;
          if (steps > 0) break;
          for (const stall of runs) stall(new Stalled());
          return;
        }
      }
    } catch (error) {
      // A task of the cluster failed: whoever waits for it has to hear of that.
      for (const fail of runs) fail(error);
    } finally {
      pumping = false;
    }
  }

  return {
    clock: {
      now: () => new Date(timeline.now()),
      sleep: (milliseconds, signal) =>
        new Promise((resolve, reject) => {
          signal.throwIfAborted();
          const aborted = () => {
            noticed = true;
            takeBack();
            reject(signal.reason);
          };
          const takeBack = timeline.after(milliseconds, () => {
            noticed = true;
            signal.removeEventListener('abort', aborted);
            resolve();
          });
          signal.addEventListener('abort', aborted, { once: true });
        }),
    },
    async track(work) {
      inFlight += 1;
      try {
        return await work();
      } finally {
        inFlight -= 1;
        if (inFlight === 0) landed();
      }
    },
    touch() {
      noticed = true;
    },
    run: (work) =>
      new Promise((resolve, reject) => {
        runs.add(reject);
        const end = () => runs.delete(reject);
        work().then(
          (value) => {
            end();
            resolve(value);
          },
          (reason: unknown) => {
            end();
            reject(reason);
          },
        );
        if (!pumping) void pump();
      }),
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
