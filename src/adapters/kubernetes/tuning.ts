/** The adapter's times and caps. Tests shorten them; nothing else should. */
export interface Tuning {
  /** One request, from asking for a socket to the last byte of the answer. */
  readonly requestMs: number;
  /** How often one request is tried in all. */
  readonly attempts: number;
  /** The first pause between two tries; each further one is twice as long, up to `pauseCapMs`. */
  readonly pauseMs: number;
  readonly pauseCapMs: number;
  /** The longest Retry-After that is honoured. */
  readonly retryAfterCapMs: number;
  readonly answerBytes: number;
  readonly lineBytes: number;
  /** A watch that brought nothing, not even a bookmark (about one a minute), for so long is opened anew. */
  readonly watchIdleMs: number;
  /** For so long a watch tries to come back before it gives up. */
  readonly watchPatienceMs: number;
  /** Sockets of plain requests; a watch has one of its own while it runs. */
  readonly sockets: number;
  /** A free socket is closed after so long, well before servers and load balancers close it under a write. */
  readonly socketIdleMs: number;
}

export const tuned: Tuning = {
  requestMs: 30_000,
  attempts: 4,
  pauseMs: 200,
  pauseCapMs: 10_000,
  retryAfterCapMs: 15_000,
  answerBytes: 32 * 1024 * 1024,
  lineBytes: 8 * 1024 * 1024,
  watchIdleMs: 150_000,
  watchPatienceMs: 300_000,
  sockets: 6,
  socketIdleMs: 15_000,
};

/** The pause before try number `attempt + 1`, with jitter so that many runners don't come back together. */
export function pauseBefore(attempt: number, tuning: Tuning): number {
  const whole = Math.min(tuning.pauseMs * 2 ** (attempt - 1), tuning.pauseCapMs);
  return whole * (0.5 + Math.random() / 2);
}
