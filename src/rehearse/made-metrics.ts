import type { Metrics, MetricsAnswer, MetricsQuery, Point, Series } from '../release/metrics.ts';

/** What a made server knows: the series of an expression at a time. Throws MetricsError where it is to fail. */
export type Value = (
  expression: string,
  at: Date,
) => readonly { readonly labels: Series['labels']; readonly value: number }[];

/** A server of metrics without a network, whose samples are made by a function of the time. */
export function madeMetrics(clock: { now(): Date }, value: Value): Metrics {
  return {
    async query({ expression, over, at }: MetricsQuery): Promise<MetricsAnswer> {
      const now = at ?? clock.now();
      const byLabels = new Map<string, { readonly labels: Series['labels']; readonly points: Point[] }>();
      for (const moment of momentsOf(now, over)) {
        for (const { labels, value: found } of value(expression, moment)) {
          const key = JSON.stringify(labels);
          const series = byLabels.get(key) ?? { labels, points: [] };
          series.points.push({ at: moment, value: found });
          byLabels.set(key, series);
        }
      }
      return { at: now, series: [...byLabels.values()] };
    },
  };
}

/** The points of a stretch of time, oldest first: at whole multiples of their distance, as in a subquery of PromQL. */
function momentsOf(now: Date, over: MetricsQuery['over']): readonly Date[] {
  if (over === null) return [now];
  const distance = over.stepSeconds * 1000;
  const last = Math.floor(now.getTime() / distance) * distance;
  const count = Math.floor((last - (now.getTime() - over.seconds * 1000)) / distance) + 1;
  return Array.from({ length: count }, (_, index) => new Date(last - (count - 1 - index) * distance));
}
