import { madeMetrics } from '../../src/rehearse/made-metrics.ts';
import { type Metrics, MetricsError } from '../../src/release/metrics.ts';
import { textAt } from '../../src/simulator/api/json.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import type { Counts } from './counts.ts';
import { versionOf, wantedVersion } from './facts.ts';
import { type Change, type MetricState, metricNames, stateAt } from './metric-states.ts';
import { imageOf } from './sight.ts';

/** What the server of metrics sees. */
export interface Measured {
  readonly changes: readonly Change[];
  readonly counts: Counts;
  now(): number;
  pods(): readonly Thing[];
  workload(): Thing | undefined;
}

/** What is measured of a threshold: far inside its range, or far outside. */
const values = {
  range: { good: 0.2, bad: 5 },
  steady: { good: 9, bad: 0.5 },
} as const;

/** Requests of a version in a second, and what share of them fails: no look at them leaves a doubt. */
const perSecond = 1_000;
const failing = { good: 0.001, bad: 0.3, undecided: 0.011 } as const;
const stableFails = 0.001;

/** The server of metrics of a case: it answers by what each metric is like at the time that is asked about. */
export function metricsOf(world: Measured): Metrics {
  const { changes, counts, now } = world;
  const inner = madeMetrics({ now: () => new Date(now()) }, (expression, at) => {
    const [, name = ''] = /^([a-z]+)/.exec(expression) ?? [];
    const of = metricNames.find((one) => one === name);
    if (of === undefined) throw new MetricsError('query', `there is no metric ${name} here`);
    const server = stateAt(changes, of, now());
    if (server === 'away') throw new MetricsError('away', 'prom does not answer');
    if (server === 'partial') throw new MetricsError('partial', 'prom says that its answer is not whole');
    const is = stateAt(changes, of, at.getTime());
    return of === 'compared' ? counted(world, expression, is) : sampled(world, { of, expression, is, at });
  });
  return {
    async query(query, signal) {
      const answer = await inner.query(query, signal).catch((error: unknown) => {
        if (error instanceof MetricsError && error.trouble === 'away') counts.metricsAway += 1;
        if (error instanceof MetricsError && error.trouble === 'partial') counts.metricsPartial += 1;
        throw error;
      });
      if (answer.series.length === 0) counts.metricsMissing += 1;
      else if (query.at !== null) counts.metricsBefore += 1;
      return answer;
    },
  };
}

type Samples = readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];

/** The samples of a threshold: one of the namespace, or one of each pod that was there. Pods of the old version are good. */
function sampled(
  world: Measured,
  asked: { readonly of: 'range' | 'steady'; readonly expression: string; readonly is: MetricState; readonly at: Date },
): Samples {
  const value = sampleOf(asked.of, asked.is);
  if (asked.of === 'range') {
    const isOurs = asked.expression.includes('namespace="shop"');
    return value === null || !isOurs ? [] : [{ labels: {}, value }];
  }
  const wanted = newVersion(world);
  return podsIn(world, asked.expression).flatMap((pod) => {
    const found = versionOf(pod) === wanted ? value : values.steady.good;
    const isThere = madeAt(pod) <= asked.at.getTime();
    return found === null || !isThere ? [] : [{ labels: { pod: pod.metadata.name }, value: found }];
  });
}

function sampleOf(of: 'range' | 'steady', is: MetricState): number | null {
  switch (is) {
    case 'good':
    case 'partial':
      return values[of].good;
    case 'bad':
      return values[of].bad;
    case 'missing':
    case 'away':
      return null;
    case 'few':
      return Number.NaN;
    case 'undecided':
      return Number.POSITIVE_INFINITY;
  }
}

/** How many requests the pods of one version had, or how many of them failed; nothing where pods of two are asked for. */
function counted(world: Measured, expression: string, is: MetricState): Samples {
  const wanted = newVersion(world);
  const sides = new Set(podsIn(world, expression).map((pod) => versionOf(pod) === wanted));
  const [isNew] = sides;
  if (isNew === undefined || sides.size > 1 || is === 'missing' || is === 'away') return [];
  const total = is === 'few' ? 10 : perSecond * Number(/\[(\d+)s\]/.exec(expression)?.[1] ?? 0);
  const share = isNew ? shareOf(is) : stableFails;
  const isTotal = expression.startsWith('compared_all');
  return [{ labels: {}, value: isTotal ? total : Math.round(total * share) }];
}

function shareOf(is: MetricState): number {
  return is === 'bad' || is === 'undecided' ? failing[is] : failing.good;
}

/** The pods that a query names, and that are there. */
function podsIn(world: Measured, expression: string): readonly Thing[] {
  const names = (/pod=~"([^"]*)"/.exec(expression)?.[1] ?? '').replaceAll('[.]', '.').split('|');
  return world.pods().filter(({ metadata: { name } }) => names.includes(name));
}

/**
 * The version whose pods count as new. Right after a change by hand no pod has that version yet. Then it is the version with the same image
 * (a restart), or the version of the youngest pods (another image).
 */
function newVersion(world: Measured): string {
  const wanted = wantedVersion(world.workload());
  const pods = world.pods();
  const versions = pods.map(versionOf);
  if (versions.includes(wanted)) return wanted;
  const restarted = versions.find((one) => imageOf(one) === imageOf(wanted));
  if (restarted !== undefined) return restarted;
  const isByHand = imageOf(wanted).includes('by-hand');
  if (!isByHand || new Set(versions).size < 2) return wanted;
  const youngest = pods.toSorted((a, b) => madeAt(b) - madeAt(a))[0];
  return youngest === undefined ? wanted : versionOf(youngest);
}

function madeAt(pod: Thing): number {
  return Date.parse(textAt(pod, 'metadata', 'creationTimestamp'));
}
