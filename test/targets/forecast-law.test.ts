import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Amount, formatAmount, type Style } from '../../src/release/delivery.ts';
import { listAt, numberAt, stringAt } from '../../src/release/json.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';
import { scaledAmount } from '../../src/targets/kruise/amounts.ts';
import { forecast } from '../../src/targets/kruise/forecast.ts';
import { delivery, step } from './delivery-fixture.ts';

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
}

/** New pods at each step at which the model rests, and at the end. */
function played(name: KindName, { style, amounts, replicas }: Plan): readonly number[] {
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
  api.create(name, { metadata, spec: { replicas, selector, template: template('v1') } }, by);
  timeline.advance(600_000);
  api.patch(name, 'shop', 'shop', { spec: { template: template('v2') } }, { ...by, type: 'merge' });
  const sub = style === 'blueGreen' ? 'blueGreenStatus' : 'canaryStatus';
  const moved = () =>
    api.list('Pod', 'shop').filter(({ spec, metadata: { deletionTimestamp } }) => {
      const [container] = listAt(spec, 'containers');
      return deletionTimestamp === undefined && stringAt(container, 'image') === 'app:v2';
    }).length;
  const found: number[] = [];
  for (let index = 1; index <= steps.length; index += 1) {
    timeline.advance(1_200_000);
    const rollout = api.get('Rollout', 'shop', 'shop');
    if (stringAt(rollout, 'status', 'phase') === 'Healthy') break;
    const at = `${numberAt(rollout, 'status', sub, 'currentStepIndex')}:${stringAt(rollout, 'status', sub, 'currentStepState')}`;
    if (at !== `${index}:StepPaused`) throw new Error(`step ${index} never rests: ${at}, ${moved()} of ${replicas}`);
    found.push(moved());
    const approved = { status: { [sub]: { currentStepState: 'StepReady' } } };
    api.patch('Rollout', 'shop', 'shop', approved, { ...by, type: 'merge', subresource: 'status' });
  }
  timeline.advance(1_200_000);
  const last = moved();
  cluster.stop();
  return [...found, last];
}

const grow = (amounts: readonly Amount[]) => [...amounts].sort((left, right) => left.value - right.value);
const percents = fc
  .uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 3 })
  .map((values) => grow(values.map((value) => ({ unit: 'percent' as const, value }))));

function plans(name: KindName, most: number): fc.Arbitrary<Plan> {
  return fc.integer({ min: 1, max: most }).chain((replicas) =>
    fc
      .record({
        style: fc.constantFrom(...kinds[name].styles),
        pods: fc
          .uniqueArray(fc.integer({ min: 1, max: replicas }), { maxLength: 2 })
          .map((values) => grow(values.map((value) => ({ unit: 'pods' as const, value })))),
        percents,
      })
      .map(({ style, pods, percents: shares }) => ({
        style,
        replicas,
        amounts: [...pods, ...shares, { unit: 'percent' as const, value: 100 }],
      })),
  );
}

function forecastOf(name: KindName, { style, amounts, replicas }: Plan): readonly number[] {
  const steps = amounts.map((amount) => step(formatAmount(amount)));
  const of = delivery('partition', { workload: { kind: name, name: 'shop' }, style, steps });
  return forecast(of, replicas).map(({ canaryPods }) => canaryPods);
}

const seed = process.env['FC_SEED'];
const runs = { ...(seed === undefined ? {} : { seed: Number(seed) }) };

test.for([
  ['Deployment', 12, 25],
  ['StatefulSet', 12, 10],
  ['AdvancedStatefulSet', 12, 10],
  ['AdvancedDaemonSet', 12, 10],
  ['CloneSet', 12, 10],
  ['CloneSet', 260, 10],
] as const)(
  'the pods forecast for a %s of up to %i pods are those that the model moves',
  { timeout: 120_000 },
  ([name, most, numRuns]) => {
    fc.assert(
      fc.property(plans(name, most), (plan) => {
        const expected = forecastOf(name, plan);
        // A step that asks for more than the engine lets move never rests: STEP_NEVER_READY.
        const asked = plan.amounts.map((amount) => scaledAmount(amount, plan.replicas));
        fc.pre(name !== 'CloneSet' || expected.every((pods, index) => pods >= (asked[index] ?? 0)));
        const found = played(name, plan);
        expect(found.slice(0, -1)).toEqual(expected.slice(0, found.length - 1));
        expect(found.at(-1)).toBe(plan.replicas);
      }),
      { numRuns, ...runs },
    );
  },
);

test('a percentage that never gets ready is forecast as what the engine lets move', () => {
  const plan: Plan = { style: 'partition', replicas: 150, amounts: [{ unit: 'percent', value: 99 }] };
  expect(forecastOf('CloneSet', plan)).toEqual([148]);
  expect(() => played('CloneSet', plan)).toThrow('step 1 never rests: 1:StepUpgrade, 148 of 150');
});
