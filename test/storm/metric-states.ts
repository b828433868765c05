/** The metrics that plans of the storm have. */
export const metricNames = ['range', 'steady', 'compared'] as const;
export type MetricName = (typeof metricNames)[number];

/** What a metric is like from some time on. */
export type MetricState =
  | 'good'
  | 'bad'
  /** The query has no result. */
  | 'missing'
  /** Its server gives no answer, and takes no samples. */
  | 'away'
  /** Its server says that the answer is not whole. The samples are good. */
  | 'partial'
  /** Too few to compare; what is no count is no number. */
  | 'few'
  /** Right at what may be; what is no count is infinite. */
  | 'undecided';

/** Since when a metric is like that. Milliseconds since 1970. */
export interface Change {
  readonly of: MetricName;
  readonly is: MetricState;
  readonly at: number;
}

/** What a metric is like at a time: good until somebody says something else. */
export function stateAt(changes: readonly Change[], of: MetricName, time: number): MetricState {
  return changes.findLast((one) => one.of === of && one.at <= time)?.is ?? 'good';
}

/** A metric was like that from then on, until then. */
export interface Stretch {
  readonly is: MetricState;
  readonly from: number;
  readonly to: number;
}

/** What a metric was like from one time to another, oldest first. */
export function stretchesOf(
  changes: readonly Change[],
  of: MetricName,
  { from, to }: { readonly from: number; readonly to: number },
): readonly Stretch[] {
  const later = changes.filter((one) => one.of === of && one.at > from && one.at < to);
  const all = [{ is: stateAt(changes, of, from), at: from }, ...later];
  return all.map(({ is, at }, index) => ({ is, from: at, to: all[index + 1]?.at ?? to }));
}

/** Notes that a metric, or every one, is like that from now on. */
export function noteMetric(
  changes: Change[],
  { of, is }: { of: MetricName | 'all'; is: MetricState },
  now: number,
): void {
  for (const name of metricNames)
    if ((of === 'all' || of === name) && stateAt(changes, name, now) !== is) changes.push({ of: name, is, at: now });
}

/** Servers of metrics answer whole again, and what they see is good. */
export function answerAgain(changes: Change[], now: number): void {
  for (const of of metricNames)
    if (['away', 'partial'].includes(stateAt(changes, of, now))) noteMetric(changes, { of, is: 'good' }, now);
}
