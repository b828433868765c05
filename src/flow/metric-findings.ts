import { metricQuestions, metricServers } from '../gates/metric-questions.ts';
import type { Delivery } from '../release/delivery.ts';
import type { Finding } from '../release/finding.ts';
import { MetricsError, type MetricsServer } from '../release/metrics.ts';
import type { Context } from './context.ts';

/** What the gates of a delivery would ask servers of metrics; none where no gate asks any. */
export function metricsAsked(delivery: Delivery): readonly Finding[] {
  const facts = metricQuestions(delivery);
  if (facts.length === 0) return [];
  return [
    {
      code: 'METRICS_ASKED',
      severity: 'note',
      message: `gates of ${delivery.name} ask ${facts.length === 1 ? 'a metric' : `${facts.length} metrics`}`,
      facts,
      wayOut: `stepgate gate try NAME --delivery ${delivery.name} asks one now`,
    },
  ];
}

/** The servers of metrics that do not answer: a release would wait there, and nothing would be taken back. */
export async function metricFindings(context: Context, delivery: Delivery): Promise<readonly Finding[]> {
  const silent = await Promise.all(metricServers(delivery).map((server) => troubleWith(context, server)));
  return [...metricsAsked(delivery), ...silent.filter((one) => one !== null)];
}

async function troubleWith({ metrics, signal }: Context, server: MetricsServer): Promise<Finding | null> {
  try {
    const query = { expression: 'vector(1)', over: null, at: null, staleAfterSeconds: 60 };
    await (await metrics(server)).query(query, signal);
    return null;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof MetricsError)) throw error;
    return {
      code: 'METRICS_NEEDED',
      severity: 'warning',
      message: `a server that a gate asks gives no answer: ${error.message}`,
      facts: [`${server.name} is ${server.url}`],
      wayOut: 'a release waits at that gate until it answers, and nothing is taken back for its metrics meanwhile',
    };
  }
}
