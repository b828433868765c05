import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../src/release/delivery.ts';
import type { Surroundings } from '../../src/release/finding.ts';
import { objectAt } from '../../src/release/json.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { commit, delivery, routed } from './delivery-fixture.ts';

const set = (updateStrategy: KubeObject = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'shop', labels: { 'rollouts.kruise.io/workload-type': 'statefulset' } },
  spec: {
    replicas: 5,
    updateStrategy,
    template: { spec: { containers: [{ name: 'main', image: 'app:v1', readinessProbe: {} }] } },
  },
  status: { replicas: 5, updatedReplicas: 5, availableReplicas: 5 },
});
const autoscaler = (kind: string): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'shop' },
  spec: { scaleTargetRef: { kind, name: 'shop' }, minReplicas: 2, maxReplicas: 9 },
});
const healthy: KubeObject = {
  metadata: { name: 'shop', generation: 1 },
  status: { phase: 'Healthy', observedGeneration: 1 },
};

const cloneSet = (updateStrategy: KubeObject = {}, replicas = 5): KubeObject => ({
  ...set(),
  apiVersion: 'apps.kruise.io/v1alpha1',
  kind: 'CloneSet',
  spec: { ...objectAt(set(), 'spec'), replicas, updateStrategy },
});

const daemonSet = (updateStrategy: KubeObject = {}): KubeObject => ({
  ...set(),
  apiVersion: 'apps.kruise.io/v1alpha1',
  kind: 'DaemonSet',
  spec: { updateStrategy, template: objectAt(set(), 'spec', 'template') },
  status: { desiredNumberScheduled: 5, updatedNumberScheduled: 5, currentNumberScheduled: 5, numberAvailable: 5 },
});

/** The codes of what a workload of this kind walks into. */
function found(
  plan: string,
  live: KubeObject,
  lists: Surroundings['lists'] = {},
  { kind = 'StatefulSet', ...more }: Partial<Delivery> & { readonly kind?: string } = {},
) {
  const its = delivery(plan, { workload: { kind, name: 'shop' }, ...more });
  const source = { ...live, spec: { ...objectAt(live, 'spec'), updateStrategy: {} } };
  const rendered = kruise.render(its, commit, [source], 1);
  const observation = kruise.observe(its, { takenAt: new Date(), rollout: healthy, workload: live, pods: [] });
  const around = { lists, looked: {}, workload: live, changedConfig: [] };
  return kruise.traps(its, rendered, observation, around).map(({ code, severity }) => `${severity} ${code}`);
}

test.for<[string, string, KubeObject, Surroundings['lists'], string | null]>([
  ['nothing', 'partition 1 50% 100%', set(), {}, null],
  ['an update by deletion', 'partition 1 100%', set({ type: 'OnDelete' }), {}, 'error NOT_ROLLING'],
  [
    'a partition of its own',
    'partition 1 100%',
    set({ rollingUpdate: { partition: 2 } }),
    {},
    'warning PARTITION_IGNORED',
  ],
  [
    'an autoscaler',
    'partition 50% 100%',
    set(),
    { HorizontalPodAutoscaler: [autoscaler('StatefulSet')] },
    'warning SCALED_PODS_ARE_NEW',
  ],
  [
    'an autoscaler of a Deployment of its name',
    'partition 50% 100%',
    set(),
    { HorizontalPodAutoscaler: [autoscaler('Deployment')] },
    null,
  ],
  // That hangs for a Deployment alone.
  ['a percentage, then pods', 'partition 20% 3 100%', set(), {}, null],
])('%s', ([, plan, live, lists, expected]) => {
  const codes = found(plan, live, lists).filter((one) => /NOT_ROLLING|PARTITION|SCALED|PERCENT_THEN/.test(one));
  expect(codes).toEqual(expected === null ? [] : [expected]);
});

test('no deadline of its own is too short, for it has none; the policy’s may be', () => {
  const slow = { on: ['stuck'] as const, stuckAfterSeconds: 1, git: 'commit' as const };
  const late = (more: Partial<Delivery>) =>
    found('partition 1 100%', set(), {}, more).filter((one) => one.includes('DEADLINE'));
  expect(late({})).toEqual([]);
  expect(late({ rollback: { ...slow, stuckAfterSeconds: 0 } })).toEqual(['warning DEADLINE_TOO_SHORT']);
});

test.for<[string, string, KubeObject, Surroundings['lists'], string | null]>([
  ['nothing', 'partition 1 50% 100%', cloneSet(), {}, null],
  ['a partition of its own', 'partition 1 100%', cloneSet({ partition: '40%' }), {}, 'warning PARTITION_IGNORED'],
  ['a partition of 0%', 'partition 1 100%', cloneSet({ partition: '0%' }), {}, null],
  // Old pods are kept by whole percentages, and by 1 % at least: two of 150 pods.
  ['99% of 150 pods', 'partition 99% 100%', cloneSet({}, 150), {}, 'error STEP_NEVER_READY'],
  ['as many pods, as a number', 'partition 149 100%', cloneSet({}, 150), {}, null],
  ['99% of 100 pods', 'partition 99% 100%', cloneSet({}, 100), {}, null],
  ['a percentage, then pods', 'partition 20% 3 100%', cloneSet(), {}, null],
  // The partition is a share: pods that are added are divided like the others.
  ['an autoscaler', 'partition 50% 100%', cloneSet(), { HorizontalPodAutoscaler: [autoscaler('CloneSet')] }, null],
])('a CloneSet with %s', ([, plan, live, lists, expected]) => {
  const codes = found(plan, live, lists, { kind: 'CloneSet' }).filter((one) =>
    /NOT_ROLLING|PARTITION|SCALED|PERCENT_THEN|NEVER/.test(one),
  );
  expect(codes).toEqual(expected === null ? [] : [expected]);
});

test.for<[string, string, KubeObject, Partial<Delivery>, string | null]>([
  ['nothing', 'partition 1 50% 100%', daemonSet(), {}, null],
  ['traffic', 'partition 1/10 100%', daemonSet(), {}, 'error TRAFFIC_NEVER_ROUTED'],
  ['a Service to route by', 'partition 1 100%', daemonSet(), routed, 'error TRAFFIC_NEVER_ROUTED'],
  ['an update by deletion', 'partition 1 100%', daemonSet({ type: 'OnDelete' }), {}, 'error NOT_ROLLING'],
  [
    'a partition of its own',
    'partition 1 100%',
    daemonSet({ rollingUpdate: { partition: 2 } }),
    {},
    'warning PARTITION_IGNORED',
  ],
])('an AdvancedDaemonSet with %s', ([, plan, live, more, expected]) => {
  const codes = found(plan, live, {}, { kind: 'AdvancedDaemonSet', ...more }).filter((one) =>
    /NOT_ROLLING|PARTITION|SCALED|TRAFFIC|NEVER|REPLICAS|HPA/.test(one),
  );
  expect(codes).toEqual(expected === null ? [] : [expected]);
});

describe('two API groups with one name of a kind', () => {
  const advanced = { ...set(), apiVersion: 'apps.kruise.io/v1beta1' };
  const scaled = (apiVersion: string): Surroundings['lists'] => {
    const spec = { scaleTargetRef: { apiVersion, kind: 'StatefulSet', name: 'shop' }, minReplicas: 2, maxReplicas: 9 };
    return { HorizontalPodAutoscaler: [{ ...autoscaler('StatefulSet'), spec }] };
  };
  const driven = (apiVersion: string): Surroundings['lists'] => ({
    Rollout: [
      { metadata: { name: 'other' }, spec: { workloadRef: { apiVersion, kind: 'StatefulSet', name: 'shop' } } },
    ],
  });

  test.for<[string, string, KubeObject, Surroundings['lists'], readonly string[]]>([
    ['StatefulSet', 'scaled', set(), scaled('apps/v1'), ['warning SCALED_PODS_ARE_NEW']],
    ['StatefulSet', 'whose namesake is scaled', set(), scaled('apps.kruise.io/v1beta1'), []],
    ['AdvancedStatefulSet', 'scaled', advanced, scaled('apps.kruise.io/v1beta1'), ['warning SCALED_PODS_ARE_NEW']],
    ['AdvancedStatefulSet', 'whose namesake is scaled', advanced, scaled('apps/v1'), []],
    // The engine's own check takes another version for another workload.
    ['AdvancedStatefulSet', 'driven', advanced, driven('apps.kruise.io/v1alpha1'), ['error SECOND_ROLLOUT']],
    ['AdvancedStatefulSet', 'whose namesake is driven', advanced, driven('apps/v1'), []],
  ])('%s %s', ([kind, , live, lists, expected]) => {
    const codes = found('partition 50% 100%', live, lists, { kind }).filter((one) => /SCALED|SECOND/.test(one));
    expect(codes).toEqual(expected);
  });

  test('kubectl is told the group', () => {
    const annotated = {
      ...advanced,
      metadata: { name: 'shop', annotations: { 'rollouts.kruise.io/rollout-id': 'x' } },
    };
    const its = delivery('partition 50% 100%', { workload: { kind: 'AdvancedStatefulSet', name: 'shop' } });
    const rendered = kruise.render(its, commit, [advanced], 1);
    const observation = kruise.observe(its, { takenAt: new Date(), rollout: healthy, workload: annotated, pods: [] });
    const around = { lists: {}, looked: {}, workload: annotated, changedConfig: [] };
    const [wrong] = kruise.traps(its, rendered, observation, around).filter(({ code }) => code === 'ID_ANNOTATION');
    expect(wrong?.wayOut).toContain('kubectl annotate statefulsets.apps.kruise.io shop -n shop');
  });
});
