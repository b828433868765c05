import type { VirtualTimeline } from './time.ts';

/** Virtual time for what runs in this process: it moves only when everybody who is conducted sleeps or watches. */
export interface Conductor {
  /** The clock of what is conducted. `sleep` takes milliseconds; it rejects with the signal's reason. */
  readonly clock: {
    now(): Date;
    sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  };
  /** Counts work outside of virtual time (a program, a file, a socket) as in flight until it settles: time stands meanwhile. */
  track<T>(work: () => Promise<T>): Promise<T>;
  /** Somebody who watches was given something: time stands until they have dealt with it. */
  touch(): void;
  /** Moves time on until `work` settles. Several may run at once. Throws Stalled where nothing is left that could move time. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Everybody waits, and nothing will ever happen again. */
export class Stalled extends Error {
  constructor() {
    super('everybody waits, and nothing is left to happen');
    this.name = 'Stalled';
  }
}

/** So many tasks may pass without anybody noticing before the process's own events get a turn. */
const UNNOTICED = 256;

/** `busy`: what else is in flight, such as bytes on their way through a socket of this process. */
export function conduct(timeline: VirtualTimeline, busy: () => boolean = () => false): Conductor {
  const runs = new Set<(stalled: Stalled) => void>();
  let inFlight = 0;
  let noticed = false;
  let pumping = false;

  async function pump(): Promise<void> {
    pumping = true;
    try {
      for (;;) {
        // Everything that can go on without time has gone on once a turn of the event loop is over.
        await turn();
        if (runs.size === 0) return;
        if (inFlight > 0 || busy()) continue;
        noticed = false;
        for (let steps = 0; !noticed && steps < UNNOTICED; steps += 1) {
          if (timeline.step()) continue;
          if (steps > 0) break;
          for (const stall of runs) stall(new Stalled());
          return;
        }
      }
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
