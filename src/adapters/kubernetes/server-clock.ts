/** The API server's clock, estimated from the Date headers of its answers. */
export interface ServerClock {
  /** Milliseconds by a clock that nobody sets: the moment that `hear` wants to know of a request. */
  elapsed(): number;
  /** The Date headers of an answer whose head has just come, and when its request was begun. */
  hear(dates: readonly string[] | undefined, asked: number): void;
  /** Null until an answer has told it. Behind the server by about a second at most while answers come, and never ahead. */
  now(): Date | null;
}

/** A Date header has whole seconds: the server's clock stood there, or less than a second further. */
const PRECISION = 1000;

/**
 * What two clocks that both run may differ by, as a share of the time: ten times what quartz does. The estimate runs that
 * much slower than the clock of this process, so that it does not come to be ahead of a server whose clock is the slower one.
 */
const DRIFT = 1 / 1000;

/** A Date outside of these years is ignored: the server's clock is wrong then, and would open every timed gate, or none. */
const EARLIEST = Date.UTC(2000, 0);
const LATEST = Date.UTC(2100, 0);

/**
 * A clock for one server. Each Date says that the server's clock is not behind it, so the latest bound holds: a new one
 * moves the estimate forward only. Where it shows that the estimate is ahead, the server was set back, and what it says now
 * holds. `elapsed` is the process's own where it is left out.
 */
export function serverClock(elapsed: () => number = () => performance.now()): ServerClock {
  let told: { readonly time: number; readonly at: number } | null = null;
  const estimate = (at: number) => (told === null ? null : told.time + Math.max(0, at - told.at) * (1 - DRIFT));
  return {
    elapsed,
    hear(dates, asked) {
      const time = timeOf(dates);
      if (time === null) return;
      const at = elapsed();
      const known = estimate(at);
      // The header was written after the request was begun, and not after its answer came.
      const latest = time + PRECISION + Math.max(0, at - asked);
      if (known === null || known < time || known > latest) told = { time, at };
    },
    now() {
      const time = estimate(elapsed());
      return time === null ? null : new Date(time);
    },
  };
}

/** The time of an answer's only Date header, in the one form that servers write today; null for anything else. */
function timeOf(dates: readonly string[] | undefined): number | null {
  const [text, ...more] = dates ?? [];
  if (text === undefined || more.length > 0) return null;
  const time = Date.parse(text);
  if (!(time >= EARLIEST && time < LATEST)) return null;
  return new Date(time).toUTCString() === text ? time : null;
}
