import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openMetrics } from '../../src/adapters/prometheus/index.ts';
import type { MetricsQuery } from '../../src/release/metrics.ts';
import { described } from '../adapters/prometheus.ts';
import { bootPrometheus, type Prometheus } from './prometheus.ts';
import { answerRecorder } from './prometheus-recorder.ts';

const never = new AbortController().signal;
const namespace = 'shop';
const usual: Omit<MetricsQuery, 'expression'> = { over: null, at: null, staleAfterSeconds: 10 };
const over: MetricsQuery['over'] = { seconds: 4, stepSeconds: 1 };

/** What the adapter makes of one query, as {@link described} says it. */
async function ask(url: string, query: Partial<MetricsQuery> & Pick<MetricsQuery, 'expression'>): Promise<string> {
  const server = { name: 'prom', url, credential: null, ca: null, timeoutSeconds: 30 };
  return described(openMetrics(server, { env: {}, mask: () => undefined }).query({ ...usual, ...query }, never));
}

/** Asks until what is told is what is expected. */
function becomes(asked: () => Promise<string>, expected: string): Promise<void> {
  return vi.waitFor(async () => expect(await asked()).toBe(expected), { timeout: 60_000, interval: 200 });
}

describe('one Prometheus', () => {
  let prometheus: Prometheus;
  let recorder: Awaited<ReturnType<typeof answerRecorder>>;

  beforeAll(async () => {
    prometheus = await bootPrometheus();
    recorder = await answerRecorder(prometheus.url);
    const { exporter } = prometheus;
    for (const [pod, code, value] of [
      ['shop-a', '200', 90],
      ['shop-a', '500', 10],
      ['shop-b', '200', 50],
    ] as const)
      exporter.set('http_requests_total', { pod, namespace, code }, value);
    exporter.set('queue_length', { pod: 'shop-a', namespace, note: 'a "quoted" \\ text' }, -1.5e9);
    exporter.set('odd', { kind: 'nan' }, Number.NaN);
    exporter.set('odd', { kind: 'up' }, Number.POSITIVE_INFINITY);
    exporter.set('odd', { kind: 'down' }, Number.NEGATIVE_INFINITY);
    exporter.set('old', { pod: 'shop-a' }, 7, new Date(Date.now() - 60_000));
    for (let index = 0; index <= 500; index += 1) exporter.set('many', { pod: `shop-${index}` }, index);
    // What is asked over the last 4 s, is there for 5 s.
    await becomes(() => ask(prometheus.url, { expression: 'count(many offset 5s)' }), '{} 501');
  });

  afterAll(async () => {
    await recorder?.[Symbol.asyncDispose]();
    await prometheus?.[Symbol.asyncDispose]();
  });

  const names = Array.from({ length: 2_000 }, (_, index) => `shop-7d4b9c6f5-${index.toString(36).padStart(5, '0')}`);
  const two = '{code=200 pod=shop-a} 90, {code=200 pod=shop-b} 50';
  it.for<[file: string, query: Partial<MetricsQuery> & Pick<MetricsQuery, 'expression'>, expected: string | RegExp]>([
    ['series', { expression: 'sum by (pod, code) (http_requests_total{code="200"})' }, two],
    [
      'labels',
      { expression: 'queue_length' },
      /^\{__name__=queue_length .*note=a "quoted" \\ text pod=shop-a\} -1500000000$/,
    ],
    ['none', { expression: 'http_requests_total{pod="gone"}' }, 'no series'],
    ['number', { expression: '1.5' }, '{} 1.5'],
    [
      'not-a-number',
      { expression: 'max by (kind) (odd)' },
      '{kind=down} -Infinity, {kind=nan} NaN, {kind=up} Infinity',
    ],
    ['divided-by-zero', { expression: 'sum(queue_length * 0) / sum(queue_length * 0)' }, '{} NaN'],
    ['a-comment', { expression: 'sum(http_requests_total) # of all', over }, /^\{\} 150( 150){3,4}$/],
    [
      'over',
      { expression: 'sum by (pod) (http_requests_total)', over },
      /^\{pod=shop-a\} 100( 100){3,4}, \{pod=shop-b\} 50( 50){3,4}$/,
    ],
    ['over-none', { expression: 'gone', over }, 'no series'],
    ['old-sample', { expression: 'old' }, 'no series'],
    ['sample-that-is-not-too-old', { expression: 'sum(old)', staleAfterSeconds: 600 }, '{} 7'],
    ['a-remark', { expression: 'rate(queue_length{pod="shop-a"}[5s])' }, /^\{.*\} 0$/],
    [
      'a-warning',
      { expression: 'quantile(2, many)' },
      /^partial: prom: .*: PromQL warning: quantile value should be between 0 and 1/,
    ],
    ['wrong-query', { expression: 'sum(' }, /^query: prom: .*parse error: unclosed left parenthesis$/],
    ['wrong-name', { expression: 'foo(up)' }, /^query: prom: .*unknown function with name "foo"$/],
    [
      'no-match',
      { expression: 'http_requests_total + on (namespace) http_requests_total' },
      /^query: prom: .*many-to-many/,
    ],
    [
      'number-over',
      { expression: '1', over },
      /^query: prom: .*subquery is only allowed on instant vector, got scalar/,
    ],
    ['range', { expression: 'queue_length[5s]' }, /^query: prom: the expression gives a range/],
    ['text', { expression: '"a"' }, /^query: prom: the expression gives a text/],
    [
      'too-many',
      { expression: 'sum by (pod) (many)' },
      'tooMuch: prom: the answer has 501 series, and 500 are read at most',
    ],
    ['long-expression', { expression: `sum(http_requests_total{pod=~"${names.join('|')}|shop-b"})` }, '{} 50'],
  ])('%s', async ([file, query, expected]) => {
    const told = await ask(recorder.url, query);
    if (typeof expected === 'string') expect(told).toBe(expected);
    else expect(told).toMatch(expected);
    await recorder.keep(file, { ...usual, ...query }, told);
  });

  it('answers by its own clock', async () => {
    const server = { name: 'prom', url: prometheus.url, credential: null, ca: null, timeoutSeconds: 30 };
    const metrics = openMetrics(server, { env: {}, mask: () => undefined });
    const now = await metrics.query({ ...usual, expression: 'vector(time())', over }, never);
    const [series] = now.series;
    for (const { at, value } of series?.points ?? []) expect(value).toBe(at.getTime() / 1000);
    expect(Math.abs(now.at.getTime() - Date.now())).toBeLessThan(5_000);
    const before = new Date(Date.now() - 86_400_000);
    const then = await metrics.query({ ...usual, expression: 'vector(time())', at: before }, never);
    expect(then).toEqual({
      at: before,
      series: [{ labels: {}, points: [{ at: before, value: before.getTime() / 1000 }] }],
    });
  });

  it('has its API under a path', async () => {
    expect(await ask(prometheus.root, { expression: 'up' })).toBe(
      'foreign: prom: the server does not answer like Prometheus (404)',
    );
    expect(await ask(`${prometheus.url}/api`, { expression: 'up' })).toMatch(/^foreign: prom: /);
  });
});

it.concurrent('a target that goes away has no samples any more, and those of its past stay', async () => {
  await using prometheus = await bootPrometheus();
  const { exporter, url } = prometheus;
  exporter.set('queue_length', { pod: 'shop-a' }, 3);
  const now = () => ask(url, { expression: 'sum by (pod) (queue_length)', staleAfterSeconds: 600 });
  await becomes(now, '{pod=shop-a} 3');
  exporter.drop('queue_length', { pod: 'shop-a' });
  exporter.set('queue_length', { pod: 'shop-b' }, 4);
  await becomes(now, '{pod=shop-b} 4');
  await exporter.goAway();
  await becomes(now, 'no series');
  expect(await ask(url, { expression: 'sum(up)' })).toBe('{} 0');
  expect(await ask(url, { expression: 'sum by (pod) (queue_length)', over: { seconds: 60, stepSeconds: 1 } })).toMatch(
    /^\{pod=shop-a\} 3( 3)*, \{pod=shop-b\} 4( 4)*$/,
  );
  await exporter.comeBack();
  await becomes(now, '{pod=shop-b} 4');
});

it.concurrent('a restart of Prometheus is a time away, and loses nothing', async () => {
  await using prometheus = await bootPrometheus();
  const { exporter, server, url } = prometheus;
  exporter.set('requests_total', { pod: 'shop-a' }, 5);
  const requests = { expression: 'sum by (pod) (requests_total)' };
  await becomes(() => ask(url, requests), '{pod=shop-a} 5');
  const at = new Date();
  await server.stop();
  expect(await ask(url, requests)).toBe("away: prom: the server can't be reached (ECONNREFUSED)");
  await server.start();
  expect(await ask(url, { ...requests, at })).toBe('{pod=shop-a} 5');
  await becomes(() => ask(url, requests), '{pod=shop-a} 5');
});
