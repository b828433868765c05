import { type VirtualTimeline, virtualTimeline } from '../../../src/simulator/time.ts';

/** One clock for the cluster, GitHub and the machines of the runs. */
export interface SharedClock extends Disposable {
  readonly timeline: VirtualTimeline;
  now(): Date;
  /** Moves the clock to the present, where the process was too busy to do so. */
  catchUp(): void;
  /** Passes so much time at once, with everything that happens in the cluster meanwhile. */
  pass(time: `${number}${'h' | 'm' | 's'}`): void;
  /** The environment of a process on a machine with this clock. */
  readonly env: Readonly<Record<string, string>>;
}

/** Time goes so many times as fast as here while a run is under way. */
const SPEED = 10;
const preload = new URL('../../support/machine-clock.ts', import.meta.url).href;
const units = { h: 3_600_000, m: 60_000, s: 1000 };

/** A clock that begins at `start` and goes on by itself. */
export function sharedClock(start: string): SharedClock {
  const timeline = virtualTimeline(Date.parse(start));
  let before = performance.now();
  const catchUp = () => {
    const now = performance.now();
    timeline.advance((now - before) * SPEED);
    before = now;
  };
  const timer = setInterval(catchUp, 5);
  return {
    timeline,
    now: () => new Date(timeline.now()),
    catchUp,
    pass(time) {
      catchUp();
      const unit = time.at(-1) as keyof typeof units;
      timeline.advance(Number(time.slice(0, -1)) * units[unit]);
    },
    get env() {
      catchUp();
      return {
        NODE_OPTIONS: `--import=${preload}`,
        MACHINE_CLOCK: String(timeline.now()),
        MACHINE_CLOCK_AT: String(Date.now()),
        MACHINE_CLOCK_SPEED: String(SPEED),
      };
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
