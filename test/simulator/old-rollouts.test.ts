import { expect, test } from 'vitest';
import { embeddedCluster } from '../../src/adapters/embedded.ts';
import { type Kind, KindMissing } from '../../src/release/ports.ts';
import { at, clean, mapOf, textAt } from '../../src/simulator/api/json.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { placeOf } from '../../src/simulator/server/places.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';

const { signal } = new AbortController();
const kindIn = (version: string): Kind => ({
  apiVersion: `rollouts.kruise.io/${version}`,
  kind: 'Rollout',
  plural: 'rollouts',
  namespaced: true,
});
const metadata = { name: 'shop', namespace: 'shop' };
const objectRef = { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' } };
const routing = { service: 'shop', ingress: { name: 'shop' } };
const rollout = (steps: readonly object[], more: object = {}) => ({
  ...kindIn('v1alpha1'),
  metadata,
  spec: { objectRef, strategy: { canary: { steps, ...more } } },
});
const template = (version: string) => ({
  metadata: { labels: { app: 'shop' } },
  spec: { containers: [{ name: 'main', image: `app:${version}` }] },
});

function opened(rollouts?: 'v1alpha1') {
  const timeline = virtualTimeline(Date.parse('2026-11-25T10:00:00Z'));
  const { api } = createCluster({ timeline, ...(rollouts === undefined ? {} : { rollouts }) });
  return { timeline, api, cluster: embeddedCluster({ api }) };
}

test.each([
  ['v1beta1', undefined, 'v1alpha1'],
  ['v1alpha1', 'v1alpha1', 'v1beta1'],
] as const)('a cluster serves Rollouts as %s alone', async (served, rollouts, other) => {
  const { api, cluster } = opened(rollouts);
  const list = (version: string) => cluster.list({ kind: kindIn(version), namespace: null }, signal);
  expect(await cluster.discover(`rollouts.kruise.io/${served}`, 'Rollout', signal)).toEqual(kindIn(served));
  expect((await list(served)).items).toEqual([]);
  expect(await cluster.discover(`rollouts.kruise.io/${other}`, 'Rollout', signal)).toBeNull();
  await expect(list(other)).rejects.toBeInstanceOf(KindMissing);
  const path = (version: string) => `/apis/rollouts.kruise.io/${version}/namespaces/shop/rollouts`;
  expect([placeOf(api.serves, path(served))?.is, placeOf(api.serves, path(other))]).toEqual(['collection', null]);
});

test('the engine releases by an old Rollout: canary style by default, weights, no label and no next step', () => {
  const { api, timeline } = opened('v1alpha1');
  const by = { manager: 'test' };
  api.create('OldRollout', rollout([{ weight: 20 }, { replicas: '100%' }]), by);
  const spec = { replicas: 5, selector: { matchLabels: { app: 'shop' } }, template: template('v1') };
  api.create('Deployment', { metadata, spec }, by);
  timeline.advance(20_000);
  api.patch('Deployment', 'shop', 'shop', { spec: { template: template('v2') } }, { ...by, type: 'merge' });
  timeline.advance(60_000);
  const images = api.list('Pod', 'shop').map(({ spec }) => textAt(at(spec, 'containers', 0), 'image'));
  expect(images.filter((image) => image === 'app:v1')).toHaveLength(5);
  expect(images.filter((image) => image === 'app:v2')).toHaveLength(1);
  expect(api.get('Deployment', 'shop', 'shop')?.metadata.labels).not.toHaveProperty([
    'rollouts.kruise.io/workload-type',
  ]);
  const status = at(api.get('OldRollout', 'shop', 'shop'), 'status');
  expect(status).toMatchObject({ canaryStatus: { currentStepIndex: 1, currentStepState: 'StepPaused' } });
  expect(status).not.toHaveProperty('currentStepIndex');
  expect(status).not.toHaveProperty('canaryStatus.nextStepIndex');
});

test.each([
  [
    'a field of later versions',
    rollout([{ weight: 20, requestHeaderModifier: {} }]),
    '.requestHeaderModifier: field not',
  ],
  [
    'the field of v1beta1',
    rollout([{ replicas: 1, traffic: '20%' }]),
    '.spec.strategy.canary.steps[0].traffic: field not',
  ],
  [
    'less traffic',
    rollout([{ weight: 20 }, { weight: 10 }], { trafficRoutings: [routing] }),
    'non decreasing sequence',
  ],
])('%s is refused', (_, object, says) => {
  const { api } = opened('v1alpha1');
  const options = { manager: 'test', force: false };
  expect(() => api.apply('OldRollout', 'shop', 'shop', mapOf(clean(object)), options)).toThrow(says);
});
