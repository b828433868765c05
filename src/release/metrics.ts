/** A server that answers PromQL. Addresses, and the places of secrets, come from the policy alone. */
export interface MetricsServer {
  /** What messages call it: the name of its entry, or its host. */
  readonly name: string;
  /** `https://prom.example` or `http://prometheus.monitoring:9090/prefix`: no user, no query, no fragment. */
  readonly url: string;
  readonly credential: Credential | null;
  /** The path of a PEM file with the only certificates that are trusted; null for those that Node.js trusts. */
  readonly ca: string | null;
  /** How long an answer may take. */
  readonly timeoutSeconds: number;
}

export type Credential =
  | { readonly is: 'bearer'; readonly token: SecretPlace }
  | { readonly is: 'basic'; readonly user: string; readonly password: SecretPlace };

/** Where a secret is read each time it is needed. */
export type SecretPlace =
  | { readonly in: 'file'; readonly path: string }
  | { readonly in: 'variable'; readonly name: string };

export interface MetricsQuery {
  /** PromQL, with everything filled in. */
  readonly expression: string;
  /**
   * The stretch of time before `at` that is asked for, with a point every `stepSeconds`; null for one point at `at`. Whole
   * seconds, at least one.
   */
  readonly over: { readonly seconds: number; readonly stepSeconds: number } | null;
  /** A time of the server's clock; null for its present time. */
  readonly at: Date | null;
  /** A sample older than this at the time of its point is ignored. Whole seconds, from 1: 0 would mean the server's default. */
  readonly staleAfterSeconds: number;
}

export interface Point {
  /** By the server's clock. */
  readonly at: Date;
  /** May be NaN or infinite. */
  readonly value: number;
}

/** One series of an answer. Labels are foreign text. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Oldest first, at least one. */
  readonly points: readonly Point[];
}

export interface MetricsAnswer {
  /** The time of the query; without one, the server's clock when it answered, to the second. */
  readonly at: Date;
  readonly series: readonly Series[];
}

/**
 * A server of metrics. Throws MetricsError if there is no complete answer, and the reason of the signal if that aborts. An
 * answer without series is complete.
 */
export interface Metrics {
  query(query: MetricsQuery, signal: AbortSignal): Promise<MetricsAnswer>;
}

/** Why there is no answer that can be used. */
export type MetricsTrouble =
  /** It can't be reached, takes too long, or has an error of its own. */
  | 'away'
  /** It does not accept the credential; or the credential or the file of certificates can't be read, or may not be sent. */
  | 'credential'
  /** The query is wrong, or can't be evaluated. */
  | 'query'
  /** The server says that its answer is not complete, or may be wrong. */
  | 'partial'
  /** The answer is larger than the limit. */
  | 'tooMuch'
  /** The answer is not that of a metrics server, but a redirect, a login page or broken JSON. */
  | 'foreign';

/**
 * Why there is no answer. `message` is one line without secrets. It may end with a text of the server, which is not trusted: the
 * printer neutralises it.
 */
export class MetricsError extends Error {
  readonly trouble: MetricsTrouble;

  constructor(trouble: MetricsTrouble, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'MetricsError';
    this.trouble = trouble;
  }
}
