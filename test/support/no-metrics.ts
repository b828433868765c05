import { type Metrics, MetricsError } from '../../src/release/metrics.ts';

/** No server of metrics: every question fails. */
export async function noMetrics(): Promise<Metrics> {
  return { query: () => Promise.reject(new MetricsError('away', 'there are no metrics here')) };
}

/** No address answers. */
export function noPage(): Promise<never> {
  return Promise.reject(new MetricsError('away', 'no address answers here'));
}
