import { openMetrics } from '../../src/adapters/prometheus/index.ts';
import { type MetricsAnswer, MetricsError, type MetricsQuery, type MetricsServer } from '../../src/release/metrics.ts';

/** What the tests of the adapter for Prometheus ask with, and bodies of answers. */

const never = new AbortController().signal;
/** The Date header of the answers, and the same in seconds. */
export const date = 'Mon, 30 Nov 2026 19:00:00 GMT';
export const now = Date.parse(date) / 1000;
export const usual: MetricsQuery = { expression: 'up', over: null, at: null, staleAfterSeconds: 60 };
export const over: MetricsQuery = { ...usual, over: { seconds: 300, stepSeconds: 15 } };

interface Asked {
  readonly server?: Partial<MetricsServer>;
  readonly query?: MetricsQuery;
  readonly env?: Readonly<Record<string, string>>;
  readonly mask?: (secret: string) => void;
}

export function ask(url: string, { server, query = usual, env = {}, mask = () => undefined }: Asked = {}) {
  const whole = { name: 'prom', url, credential: null, ca: null, timeoutSeconds: 10, ...server };
  return openMetrics(whole, { env, mask }).query(query, never);
}

/** Trouble and message, as in `away: prom: no answer within 1 s`. */
export function failing(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    (value) => `answered ${JSON.stringify(value)}`,
    (error: unknown) => (error instanceof MetricsError ? `${error.trouble}: ${error.message}` : `thrown: ${error}`),
  );
}

/** A whole answer with this result. */
export function success(resultType: string, result: unknown, more: object = {}): object {
  return { status: 'success', data: { resultType, result }, ...more };
}

export const vector = (...pairs: readonly (readonly [seconds: unknown, value: unknown])[]) =>
  success(
    'vector',
    pairs.map((value, index) => ({ metric: { pod: `shop-${index}` }, value })),
  );
export const matrix = (...values: readonly unknown[]) =>
  success(
    'matrix',
    values.map((each) => ({ metric: {}, values: each })),
  );

/** What the adapter made of a query in one line: `{pod=a} 1 2, {pod=b} NaN`, or trouble and message. */
export async function described(answer: Promise<MetricsAnswer>): Promise<string> {
  try {
    const { series } = await answer;
    const lines = series.map(({ labels, points }) => {
      const names = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
      return `{${names.sort().join(' ')}} ${points.map(({ value }) => value).join(' ')}`;
    });
    return lines.length === 0 ? 'no series' : lines.sort().join(', ');
  } catch (error) {
    if (error instanceof MetricsError) return `${error.trouble}: ${error.message}`;
    throw error;
  }
}

/** One answer of a real Prometheus, and what the adapter made of it when it was recorded. */
export interface RecordedAnswer {
  readonly query: Omit<MetricsQuery, 'at'> & { readonly at: string | null };
  readonly status: number;
  readonly date: string;
  readonly body: string;
  /** As {@link described} says it. */
  readonly told: string;
}
