import type { MetricsAnswer, MetricsServer } from './metrics.ts';
import type { Asked } from './vote.ts';

/** A metric of the config. */
export interface Metric {
  readonly server: MetricsServer;
  readonly asks: Threshold | Comparison;
  /** An older sample is ignored. */
  readonly maxAgeSeconds: number;
}

/** A range in which every series of the answer has to stay. */
export interface Threshold {
  readonly is: 'threshold';
  readonly query: string;
  /** At least one of the two is given. */
  readonly min: number | null;
  readonly max: number | null;
  /** How long every value has to be in the range. With 0 the newest value is enough. */
  readonly forSeconds: number;
  /** A value that was outside the range for this long is bad. */
  readonly failedAfterSeconds: number;
}

/** The share of failures among the new pods, compared with that among the old ones (docs/metrics.md). */
export interface Comparison {
  readonly is: 'comparison';
  /** Queries that count, asked once for each version: `{pods}` stands for the pods of that version. */
  readonly failures: string;
  readonly total: string;
  /** The smallest difference of the two shares that matters: 0.01 is one in a hundred. */
  readonly worse: number;
  /** The smallest total of each version that is judged. */
  readonly atLeast: number;
  /** The share of good releases that may be called worse. */
  readonly falseAlarms: number;
}

/** What the server of a metric answered. */
export interface Answered {
  /** Of a threshold, one. Of a comparison, four: failures and total of the new pods, then of the old ones. */
  readonly answers: readonly MetricsAnswer[];
  /**
   * The same stretch of time just before the release began, where the value is bad now. Null where it was not asked: what is bad
   * then says nothing about the release.
   */
  readonly before: MetricsAnswer | null;
  /** What was asked, with everything filled in. */
  readonly questions: readonly string[];
  /** The age of the step when the question was asked, in seconds; null if it is not known. */
  readonly stepSeconds: number | null;
}

/** The evidence of a metric. */
export interface Measured {
  readonly is: 'samples';
  /** The name of its gate. */
  readonly name: string;
  /** When it was asked for, by the runner's clock. */
  readonly observedAt: Date;
  readonly found: Asked<Answered>;
}

/** What was measured, for people: the numbers of a verdict. Times are dates; in a report, ISO texts. */
export type Numbers<Time = Date> =
  | {
      readonly is: 'series';
      readonly min: number | null;
      readonly max: number | null;
      /** Of the series that is the furthest out of its range, or the nearest to its bound. Oldest first. */
      readonly points: readonly { readonly at: Time; readonly value: number }[];
    }
  | { readonly is: 'compared'; readonly worse: number; readonly canary: Share; readonly stable: Share };

/** Failures among a total, with the range in which the true share lies as far as the sample can tell. */
export interface Share {
  readonly failures: number;
  readonly total: number;
  readonly low: number;
  readonly high: number;
}
