import type { Condition, Delivery } from '../../src/release/delivery.ts';
import { idOf, type Noted, pointOf, rests } from './facts.ts';
import { isSurelyFailed, metricFacts, metricNamed, whyNotFailed } from './facts-of-metrics.ts';
import type { Run } from './ledger.ts';
import type { MetricName } from './metric-states.ts';
import type { Sight } from './sight.ts';
import type { World } from './world.ts';

type Metric = Extract<Condition, { kind: 'metric' }>;

/** So old may an answer be on which a release is taken back, with what it takes to write that. Milliseconds. */
const age = 20_000;

/** The metric that a reason names first; null where it names none. */
export function metricIn(reason: string): MetricName | null {
  return metricNamed(/^([a-z]+): /.exec(reason)?.[1] ?? '');
}

/** The metrics of a plan, at its steps and at its end. */
function metricsOf({ steps, doneWhen }: Delivery): readonly Metric[] {
  return [...steps.flatMap(({ leaveWhen }) => leaveWhen), ...doneWhen].filter((one) => one.kind === 'metric');
}

/** A release is taken back for a metric: it has to have failed, and the policy asks for that. */
export function backForMetric(
  sight: Sight,
  run: Run,
  { id, name, policies }: { readonly id: string; readonly name: MetricName; readonly policies: readonly Delivery[] },
): void {
  sight.counts.metricRollbacks += 1;
  const facts = metricFacts(sight, run.sent, age);
  const each = policies.map((policy) => {
    if (!policy.rollback.on.includes('metric')) return 'the policy does not ask for it';
    const found = metricsOf(policy).find((one) => one.name === name);
    return found === undefined ? `${name} is not in the plan` : whyNotFailed(found, facts);
  });
  if (!each.includes(null))
    sight.breaks('nothing is taken back for a metric that has not failed', `${id}: ${each.join('; ')}`);
  // While the engine has not come to it, what is measured is of the release before.
  const point = pointOf(sight.rollout());
  if (point.phase === 'Progressing' && point.id !== id)
    sight.breaks('a metric takes back only what the engine has come to', `${id}: the engine is at ${point.id}`);
  if (idOf(sight.workload()) !== id) sight.breaks('a metric takes back only what is live', id);
}

/** A run asks for a metric: none that goes on with a rollback waits for that. */
export function judgeQuestion({ breaks }: Pick<Sight, 'breaks'>, run: Run, noted: Noted): void {
  if (noted.rollback?.cluster === 'todo' && run.saw.records.has(noted.text))
    breaks('a rollback waits for no metric', `${run.command} asks while ${noted.rollback.to.id} is to go out`);
}

/** What has failed does not stay: neither after a run that acts, nor at the end of a case. `settled`: for so long it has been so. */
export function judgeMetrics({ cluster, observer, kind, policy }: World, noted: Noted, settled: number): void {
  const { store } = cluster.api;
  const [rollout, live] = [store.get('Rollout', 'shop', 'shop'), store.get(kind, 'shop', 'shop')];
  const today = policy();
  const { release } = noted;
  if (release === null || idOf(live) !== release.id || !today.rollback.on.includes('metric')) return;
  const point = pointOf(rollout);
  const isAtStep = (rests(point) || point.reason === 'Paused') && point.id === release.id;
  const isAtEnd = point.phase === 'Healthy' && noted.history[0]?.id !== release.id;
  // There has to be something to go back to.
  if (!(isAtStep || isAtEnd) || !noted.history.some((one) => one.digest !== release.digest)) return;
  const bad = metricsOf(today).filter((one) => isSurelyFailed(one, observer.metricFacts(), settled));
  const names = bad.map(({ name }) => name).join(', ');
  if (bad.length > 0) observer.breaks('what a metric says is bad is taken back', `${release.id} is live: ${names}`);
}
