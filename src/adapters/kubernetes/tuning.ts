/** The times and limits of the adapter. Only tests change them. */
export interface Tuning {
  /** The time limit of one request, from waiting for a socket to the last byte of the answer. */
  readonly requestMs: number;
  /** The time limit for a connection, with its TLS, or for a proxy's tunnel to the server. */
  readonly connectMs: number;
  /** The maximum number of tries of one request. */
  readonly attempts: number;
  /** The same while nothing has ever answered: silence then comes from a firewall or a wrong address, and stays. */
  readonly firstAttempts: number;
  /** The first pause between two tries. Each further pause is twice as long, up to `pauseCapMs`. */
  readonly pauseMs: number;
  readonly pauseCapMs: number;
  /** The longest Retry-After that is respected. */
  readonly retryAfterCapMs: number;
  readonly answerBytes: number;
  readonly lineBytes: number;
  /** A watch is reopened after this time without an event or a bookmark (about one a minute). */
  readonly watchIdleMs: number;
  /** How long a watch tries to reconnect. */
  readonly watchPatienceMs: number;
  /** The number of sockets for requests; each watch has its own socket. */
  readonly sockets: number;
  /** An idle socket is closed after this time, before servers and load balancers would close it during a write. */
  readonly socketIdleMs: number;
}

export const tuned: Tuning = {
  requestMs: 30_000,
  connectMs: 8_000,
  attempts: 4,
  firstAttempts: 2,
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

/** The pause before try number `attempt + 1`, with jitter so that many runs don't retry at the same time. */
export function pauseBefore(attempt: number, tuning: Tuning): number {
  const whole = Math.min(tuning.pauseMs * 2 ** (attempt - 1), tuning.pauseCapMs);
  return whole * (0.5 + Math.random() / 2);
}
