import { type Condition, type Delivery, everyCondition, type Resolved } from '../release/delivery.ts';
import type { Metric } from '../release/measured.ts';
import { isGroup } from '../release/vote.ts';
import type { Approvers } from './row.ts';

/**
 * The config as a rehearsal uses it: a rehearsal asks no forge, so each approval is given by command, and a group has as many
 * members as its gate needs. Nobody in it has written the release. It asks no server of metrics either: the queries are such
 * that the rehearsal answers them itself. What other gates would ask at the forge or at an address is taken to be good.
 */
export function rehearsed(config: Resolved): Resolved {
  const each = (conditions: readonly Condition[]) => conditions.flatMap(rehearsedCondition);
  return {
    ...config,
    approvals: new Map([...config.approvals].map(([name, entry]) => [name, byCommand(entry)])),
    metrics: new Map([...config.metrics].map(([name, entry]) => [name, made(entry)])),
    deliveries: config.deliveries.map((delivery) => ({
      ...delivery,
      startWhen: each(delivery.startWhen),
      steps: delivery.steps.map((step) => ({ ...step, leaveWhen: each(step.leaveWhen) })),
      doneWhen: each(delivery.doneWhen),
    })),
  };
}

function rehearsedCondition(condition: Condition): readonly Condition[] {
  switch (condition.kind) {
    case 'approval':
      return [{ ...condition, ...byCommand(condition) }];
    case 'metric':
      return [{ ...condition, metric: made(condition.metric) }];
    case 'soak':
    case 'schedule':
    case 'noRestarts':
    case 'after':
      return [condition];
    case 'http':
    case 'check':
    case 'job':
      return [];
  }
}

/** The conditions of a delivery that a rehearsal leaves out, as text: what they ask is not there. */
export function leftOut(delivery: Delivery): readonly string[] {
  const out = everyCondition(delivery).filter((condition) => rehearsedCondition(condition).length === 0);
  return [...new Set(out.map(({ kind, name }) => `${kind} ${name}`))];
}

/** What a query of a rehearsal asks for. */
export type RehearsedMetric = { readonly namespace: string; readonly workload: string } & (
  | { readonly of: 'value'; readonly min: number | null; readonly max: number | null }
  | { readonly of: 'total' | 'failures'; readonly seconds: number; readonly isCanary: boolean }
);

/** Begins the comment, on the last line of a query, that tells the rehearsal what to answer. */
const MARK = '# rehearsed: ';

/**
 * A metric whose queries the rehearsal answers. They are the queries of the config with a comment behind them, so they need the
 * same values, and messages show them as they are written.
 */
function made(metric: Metric): Metric {
  const server = {
    name: 'the rehearsal',
    url: 'https://rehearsal.invalid',
    credential: null,
    ca: null,
    timeoutSeconds: 1,
  };
  const { asks } = metric;
  const about = '{namespace} {name}';
  if (asks.is === 'threshold') {
    const { min, max } = asks;
    const query = marked(asks.query, `value ${about} ${min ?? 'none'} ${max ?? 'none'}`);
    return { ...metric, server, asks: { ...asks, query } };
  }
  const counts = `${about} {window} {canary} {pods}`;
  const failures = marked(asks.failures, `failures ${counts}`);
  return { ...metric, server, asks: { ...asks, failures, total: marked(asks.total, `total ${counts}`) } };
}

function marked(query: string, told: string): string {
  return `${query}\n${MARK}${told}`;
}

/** Reads a query of a rehearsal with everything filled in; null for any other. */
export function madeQuery(expression: string): RehearsedMetric | null {
  const start = expression.lastIndexOf(MARK);
  if (start === -1) return null;
  const told = expression.slice(start + MARK.length);
  const [of, namespace = '', workload = '', third = '', fourth = '', fifth = ''] = told.split(' ');
  const bound = (text: string) => (text === 'none' ? null : Number(text));
  if (of === 'value') return { of, namespace, workload, min: bound(third), max: bound(fourth) };
  if (of !== 'total' && of !== 'failures') return null;
  return { of, namespace, workload, seconds: Number.parseInt(third, 10), isCanary: fourth === fifth };
}

function byCommand({ from, count }: Approvers): Approvers {
  return {
    by: ['command'],
    from: from.flatMap((name) => (isGroup(name) ? membersOf(name, count) : [name])),
    count,
    notAuthor: false,
    notMerger: false,
  };
}

function membersOf(group: string, count: number): readonly string[] {
  const name = group.replaceAll('/', '.');
  return Array.from({ length: count }, (_, index) => `${name} member ${index + 1}`);
}
