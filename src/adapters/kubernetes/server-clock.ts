/** The API server's clock, estimated from the Date headers of its answers. */
export interface ServerClock {
  /** Monotonic milliseconds, for the begin of a request in `hear`. */
  elapsed(): number;
  /** Adds the Date headers of an answer that has just arrived, and the begin of its request. */
  hear(dates: readonly string[] | undefined, asked: number): void;
  /** Null before the first answer. At most about a second behind the server while answers arrive, never ahead. */
  now(): Date | null;
}

/** A Date header has whole seconds, so the server's time was up to one second later. */
const PRECISION = 1000;

/**
 * Maximum relative drift of two clocks: ten times that of quartz. The estimate runs slower than the clock of this process by
 * this factor, so that it never gets ahead of a server with a slower clock.
 */
const DRIFT = 1 / 1000;

/** A Date outside of these years is ignored: such a clock is wrong, and would open every timed gate, or none. */
const EARLIEST = Date.UTC(2000, 0);
const LATEST = Date.UTC(2100, 0);

/**
 * A clock for one server. Each Date is a lower bound of the server's time, so a new Date moves the estimate only forward. A
 * Date that proves that the estimate is ahead means that the server's clock was set back; the estimate then restarts from
 * it. `elapsed` is that of the process by default.
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
      // The header was written between the begin of the request and the arrival of the answer.
      const latest = time + PRECISION + Math.max(0, at - asked);
      if (known === null || known < time || known > latest) told = { time, at };
    },
    now() {
      const time = estimate(elapsed());
      return time === null ? null : new Date(time);
    },
  };
}

/** The time of the only Date header, in the form that servers use today; null for every other form. */
function timeOf(dates: readonly string[] | undefined): number | null {
  const [text, ...more] = dates ?? [];
  if (text === undefined || more.length > 0) return null;
  const time = Date.parse(text);
  if (!(time >= EARLIEST && time < LATEST)) return null;
  return new Date(time).toUTCString() === text ? time : null;
}
