import { type Delivery, everyCondition } from '../release/delivery.ts';
import type { Metric } from '../release/measured.ts';
import type { MetricsServer } from '../release/metrics.ts';

/** How much of a query is shown in a message, in characters. */
const SHOWN = 300;

/** The metrics that the gates of a delivery name, by name. */
export function metricsIn(delivery: Delivery): ReadonlyMap<string, Metric> {
  return new Map(
    everyCondition(delivery).flatMap((one) => (one.kind === 'metric' ? [[one.name, one.metric] as const] : [])),
  );
}

/** The servers that the gates of a delivery ask; each once. */
export function metricServers(delivery: Delivery): readonly MetricsServer[] {
  const all = [...metricsIn(delivery).values()].map(({ server }) => server);
  return [...new Map(all.map((server) => [JSON.stringify(server), server])).values()];
}

/** What each metric of a delivery would ask, as text. */
export function metricQuestions(delivery: Delivery): readonly string[] {
  return [...metricsIn(delivery)].map(([name, metric]) => `${name} asks ${metric.server.name}: ${queryWords(metric)}`);
}

/** A text in quotes, or a comment of PromQL. */
const QUOTED_OR_COMMENT = /("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|#[^\n]*/gu;

/** The queries of a metric on one line, shortened. Without comments: on one line, a comment would hide the rest of the query. */
export function queryWords({ asks }: Pick<Metric, 'asks'>): string {
  const queries = asks.is === 'threshold' ? [asks.query] : [asks.failures, asks.total];
  const words = queries.map(onOneLine).join(' of ');
  return words.length > SHOWN ? `${words.slice(0, SHOWN)}...` : words;
}

function onOneLine(query: string): string {
  return query
    .replaceAll(QUOTED_OR_COMMENT, (_, text: string | undefined) => text ?? '')
    .replaceAll(/\s+/gu, ' ')
    .trim();
}
