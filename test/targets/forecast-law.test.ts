import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Amount, type Delivery, formatAmount, type Style } from '../../src/release/delivery.ts';
import type { ForecastStep } from '../../src/release/forecast.ts';
import { type JsonObject, listAt, numberAt, stringAt } from '../../src/release/json.ts';
import { controllerOf } from '../../src/simulator/api/things.ts';
import { createCluster, type EmbeddedCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';
import { scaledAmount } from '../../src/targets/kruise/amounts.ts';
import { engineWait } from '../../src/targets/kruise/times.ts';
import { delivery, forecastOf, step } from './delivery-fixture.ts';

/** What is forecast of a plan, beside what the model of the engine does with it. */

const kinds = {
  Deployment: { apiVersion: 'apps/v1', kind: 'Deployment', styles: ['partition', 'canary', 'blueGreen'] },
  StatefulSet: { apiVersion: 'apps/v1', kind: 'StatefulSet', styles: ['partition'] },
  AdvancedStatefulSet: { apiVersion: 'apps.kruise.io/v1beta1', kind: 'StatefulSet', styles: ['partition'] },
  AdvancedDaemonSet: { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'DaemonSet', styles: ['partition'] },
  CloneSet: { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'CloneSet', styles: ['partition'] },
} as const;
type KindName = keyof typeof kinds;

interface Plan {
  readonly style: Style;
  readonly amounts: readonly Amount[];
  readonly replicas: number;
  readonly surge: number | string;
  readonly unavailable: number | string;
}

/** One step as the model takes it. */
interface Played {
  readonly stable: number;
  readonly canary: number;
  /** The most pods since the step before. */
  readonly most: number;
  /** Seconds from the start, or from the approval of the step before. */
  readonly took: number;
}

/** The steps at which the model rests, and the end. */
function played(name: KindName, plan: Plan): readonly Played[] {
  const { style, amounts, replicas } = plan;
  const timeline = virtualTimeline(Date.parse('2026-11-25T10:00:00Z'));
  const cluster = createCluster({ timeline, nodes: replicas });
  const { api } = cluster;
  const { apiVersion, kind } = kinds[name];
  const by = { manager: 'test' };
  const metadata = { name: 'shop', namespace: 'shop' };
  const steps = amounts.map((amount) => ({
    replicas: amount.unit === 'pods' ? amount.value : formatAmount(amount),
    pause: {},
  }));
  const block = style === 'canary' ? { enableExtraWorkloadForCanary: true, steps } : { steps };
  const strategy = style === 'blueGreen' ? { blueGreen: block } : { canary: block };
  const template = (version: string) => ({
    metadata: { labels: { app: 'shop' } },
    spec: { containers: [{ name: 'main', image: `app:${version}` }] },
  });
  api.create('Rollout', { metadata, spec: { workloadRef: { apiVersion, kind, name: 'shop' }, strategy } }, by);
  const selector = { matchLabels: { app: 'shop' } };
  const own = updateStrategy(name, plan);
  api.create(name, { metadata, spec: { replicas, selector, template: template('v1'), ...own } }, by);
  timeline.advance(600_000);
  const sub = style === 'blueGreen' ? 'blueGreenStatus' : 'canaryStatus';
  const count = (version: string) =>
    api.list('Pod', 'shop').filter(({ spec, metadata: { deletionTimestamp } }) => {
      const [container] = listAt(spec, 'containers');
      return deletionTimestamp === undefined && stringAt(container, 'image') === `app:${version}`;
    }).length;
  let most = 0;
  let asked = timeline.now();
  let rested: number | null = null;
  let awaited = '1:StepPaused';
  const state = () => {
    const { status } = api.get('Rollout', 'shop', 'shop') ?? {};
    const step = `${numberAt(status, sub, 'currentStepIndex')}:${stringAt(status, sub, 'currentStepState')}`;
    return stringAt(status, 'phase') === 'Healthy' ? 'Healthy' : step;
  };
  const unlisten = api.store.listen(({ kind: changed }) => {
    if (changed === 'Pod') most = Math.max(most, kept(api));
    if (changed === 'Rollout' && rested === null && state() === awaited) rested = timeline.now();
  });
  const rest = (): Played => ({
    stable: count('v1'),
    canary: count('v2'),
    most,
    took: ((rested ?? timeline.now()) - asked) / 1000,
  });
  const found: Played[] = [];
  api.patch(name, 'shop', 'shop', { spec: { template: template('v2') } }, { ...by, type: 'merge' });
  for (let index = 1; index <= steps.length; index += 1) {
    timeline.advance(1_200_000);
    if (state() === 'Healthy') break;
    if (state() !== awaited) throw new Error(`step ${index} never rests: ${state()}, ${count('v2')} of ${replicas}`);
    found.push(rest());
    most = 0;
    rested = null;
    asked = timeline.now();
    const passes = style !== 'blueGreen' && index + 1 === steps.length && steps[index]?.replicas === '100%';
    awaited = passes || index === steps.length ? 'Healthy' : `${index + 1}:StepPaused`;
    const approved = { status: { [sub]: { currentStepState: 'StepReady' } } };
    api.patch('Rollout', 'shop', 'shop', approved, { ...by, type: 'merge', subresource: 'status' });
  }
  timeline.advance(1_200_000);
  const last = rest();
  unlisten();
  cluster.stop();
  return [...found, last];
}

/** Pods that nobody deletes: what is more than the size of a ReplicaSet is about to be deleted. */
function kept(api: EmbeddedCluster['api']): number {
  const sets = new Map(api.list('ReplicaSet', 'shop').map(({ metadata, spec }) => [metadata.uid, spec.replicas]));
  const pods = api.list('Pod', 'shop').filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return [...Map.groupBy(pods, (pod) => controllerOf(pod)?.uid)]
    .map(([owner, owned]) => Math.min(owned.length, sets.get(owner ?? '') ?? Infinity))
    .reduce((sum, size) => sum + size, 0);
}

/** How a workload moves its pods, as its kind writes it. */
function updateStrategy(name: KindName, { surge: maxSurge, unavailable: maxUnavailable }: Plan): JsonObject {
  switch (name) {
    case 'Deployment':
      return { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } };
    case 'CloneSet':
      return { updateStrategy: { maxSurge, maxUnavailable } };
    case 'StatefulSet':
      return { updateStrategy: { type: 'RollingUpdate' } };
    case 'AdvancedStatefulSet':
      return {
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable } },
      };
    case 'AdvancedDaemonSet':
      return { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable } } };
  }
}

const grow = (amounts: readonly Amount[]) => [...amounts].sort((left, right) => left.value - right.value);
const percents = fc
  .uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 3 })
  .map((values) => grow(values.map((value) => ({ unit: 'percent' as const, value }))));

const amount = (most: number) =>
  fc.oneof(
    fc.integer({ min: 0, max: most }),
    fc.integer({ min: 0, max: 100 }).map((value) => `${value}%`),
  );

function plans(name: KindName, most: number): fc.Arbitrary<Plan> {
  return fc.integer({ min: 1, max: most }).chain((replicas) =>
    fc
      .record({
        style: fc.constantFrom(...kinds[name].styles),
        surge: amount(replicas),
        // Some pod may always be away: two zeros are no strategy.
        unavailable: fc.oneof(fc.integer({ min: 1, max: replicas }), fc.constantFrom('1%', '20%', '50%', '100%')),
        pods: fc
          .uniqueArray(fc.integer({ min: 1, max: replicas }), { maxLength: 2 })
          .map((values) => grow(values.map((value) => ({ unit: 'pods' as const, value })))),
        percents,
      })
      .map(({ pods, percents: shares, ...more }) => ({
        ...more,
        replicas,
        amounts: [...pods, ...shares, { unit: 'percent' as const, value: 100 }],
      })),
  );
}

function wanted(name: KindName, { style, amounts }: Plan): Delivery {
  const steps = amounts.map((amount) => step(formatAmount(amount)));
  return delivery('partition', { workload: { kind: name, name: 'shop' }, style, steps });
}

function foreseen(name: KindName, plan: Plan): readonly ForecastStep[] {
  return forecastOf(wanted(name, plan), plan.replicas, { live: { spec: updateStrategy(name, plan) } });
}

const seed = process.env['FC_SEED'];
const runs = { ...(seed === undefined ? {} : { seed: Number(seed) }) };

test.for([
  ['Deployment', 12, 40],
  ['StatefulSet', 12, 10],
  ['AdvancedStatefulSet', 12, 10],
  ['AdvancedDaemonSet', 12, 10],
  ['CloneSet', 12, 20],
  ['CloneSet', 260, 10],
] as const)(
  'the forecast for a %s of up to %i pods is what the model does, and its most pods and waits are bounds',
  { timeout: 120_000 },
  ([name, most, numRuns]) => {
    fc.assert(
      fc.property(plans(name, most), (plan) => {
        const expected = foreseen(name, plan);
        // A step that asks for more than the engine lets move never rests: STEP_NEVER_READY.
        const asked = plan.amounts.map((amount) => scaledAmount(amount, plan.replicas));
        fc.pre(name !== 'CloneSet' || expected.every(({ canaryPods }, index) => canaryPods >= (asked[index] ?? 0)));
        const found = played(name, plan);
        const pods = (one: { readonly stable: number; readonly canary: number }) => [one.stable, one.canary];
        const rests = found.slice(0, -1);
        expect(rests.map(pods)).toEqual(
          expected.slice(0, rests.length).map(({ stablePods, canaryPods }) => [stablePods, canaryPods]),
        );
        expect(found.at(-1)).toMatchObject({ stable: 0, canary: plan.replicas });
        // The last step includes the end, which is played after it where it waits.
        const bounds = found.map((_, index) => expected[Math.min(index, expected.length - 1)]?.mostPods ?? 0);
        for (const [index, one] of found.entries()) expect(one.most).toBeLessThanOrEqual(bounds[index] ?? 0);
        const its = wanted(name, plan);
        for (const [index, { took }] of rests.entries()) expect(took).toBeGreaterThanOrEqual(engineWait(its, index));
        const passed = rests.length < expected.length ? engineWait(its, rests.length) : 0;
        expect(found.at(-1)?.took).toBeGreaterThanOrEqual(passed + engineWait(its, 'end'));
      }),
      { numRuns, ...runs },
    );
  },
);

test('a percentage that never gets ready is forecast as what the engine lets move', () => {
  const amounts = [{ unit: 'percent' as const, value: 99 }];
  const plan: Plan = { style: 'partition', replicas: 150, amounts, surge: 0, unavailable: '20%' };
  expect(foreseen('CloneSet', plan).map(({ canaryPods }) => canaryPods)).toEqual([148]);
  expect(() => played('CloneSet', plan)).toThrow('step 1 never rests: 1:StepUpgrade, 148 of 150');
});
