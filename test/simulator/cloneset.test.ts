import { expect, test } from 'vitest';
import { at } from '../../src/release/json.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';

test('a CloneSet in blueGreen is taken with paused: false, which goes with the partition at the first step', () => {
  const timeline = virtualTimeline(Date.parse('2026-11-25T10:00:00Z'));
  const { api } = createCluster({ timeline });
  const template = { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'main', image: 'app:v1' }] } };
  const metadata = { name: 'shop', namespace: 'shop' };
  const by = { manager: 'test' };
  const strategies: unknown[] = [];
  api.store.listen(({ kind, object }) => {
    const strategy = at(object, 'spec', 'updateStrategy');
    if (kind !== 'CloneSet' || JSON.stringify(strategy) === JSON.stringify(strategies.at(-1))) return;
    strategies.push(strategy);
  });
  const pausing = [
    { replicas: '40%', pause: {} },
    { replicas: '100%', pause: {} },
  ];
  const workloadRef = { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'CloneSet', name: 'shop' };
  api.create('Rollout', { metadata, spec: { workloadRef, strategy: { blueGreen: { steps: pausing } } } }, by);
  api.create('CloneSet', { metadata, spec: { replicas: 5, selector: { matchLabels: { app: 'shop' } }, template } }, by);
  timeline.advance(20_000);
  const containers = [{ name: 'main', image: 'app:v2' }];
  api.patch('CloneSet', 'shop', 'shop', { spec: { template: { spec: { containers } } } }, { ...by, type: 'merge' });
  timeline.advance(60_000);

  const begun = { type: 'ReCreate', partition: 0, maxUnavailable: '20%', maxSurge: 0 };
  const surging = { ...begun, maxUnavailable: 0 };
  expect(strategies).toEqual([
    begun,
    { ...begun, partition: '100%' },
    { ...surging, partition: '100%', paused: false, maxSurge: 1 },
    { ...surging, maxSurge: '40%' },
  ]);
});

/** A blueGreen release of v2 over five pods of v1, at its first step; `pods` tells how many there are of each. */
function blueGreenOf(sizes: readonly string[]) {
  const timeline = virtualTimeline(Date.parse('2026-11-25T10:00:00Z'));
  const { api } = createCluster({ timeline });
  const metadata = { name: 'shop', namespace: 'shop' };
  const by = { manager: 'test' };
  const templateOf = (version: string) => ({
    metadata: { labels: { app: 'shop' } },
    spec: { containers: [{ name: 'main', image: `app:${version}` }] },
  });
  const steps = sizes.map((replicas) => ({ replicas, pause: {} }));
  const workloadRef = { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'CloneSet', name: 'shop' };
  const spec = { replicas: 5, selector: { matchLabels: { app: 'shop' } }, template: templateOf('v1') };
  api.create('Rollout', { metadata, spec: { workloadRef, strategy: { blueGreen: { steps } } } }, by);
  api.create('CloneSet', { metadata, spec }, by);
  timeline.advance(20_000);
  const write = (version: string) => {
    api.patch('CloneSet', 'shop', 'shop', { spec: { template: templateOf(version) } }, { ...by, type: 'merge' });
    timeline.advance(60_000);
  };
  write('v2');
  return {
    write,
    approve() {
      const status = { blueGreenStatus: { currentStepState: 'StepReady' } };
      api.patch('Rollout', 'shop', 'shop', { status }, { ...by, type: 'merge', subresource: 'status' });
      timeline.advance(60_000);
    },
    pods: () =>
      ['v1', 'v2'].map(
        (version) =>
          api.list('Pod', 'shop').filter((pod) => at(pod, 'spec', 'containers', 0, 'image') === `app:${version}`)
            .length,
      ),
    state: () => at(api.get('Rollout', 'shop', 'shop'), 'status', 'blueGreenStatus', 'currentStepState'),
    phase: () => at(api.get('Rollout', 'shop', 'shop'), 'status', 'phase'),
  };
}

test('a blueGreen step above another one may get stuck below it (docs/engine-kinds.md#bluegreen)', () => {
  const release = blueGreenOf(['20%', '60%', '100%']);
  expect([release.pods(), release.state()]).toEqual([[5, 1], 'StepPaused']);
  release.approve();
  expect([release.pods(), release.state()]).toEqual([[5, 3], 'StepPaused']);
  release.approve();
  expect([release.pods(), release.state()]).toEqual([[5, 3], 'StepUpgrade']);
});

test('the way back from blueGreen takes the stable pods away, and never ends (docs/engine-kinds.md#bluegreen)', () => {
  const release = blueGreenOf(['100%', '100%']);
  expect(release.pods()).toEqual([5, 5]);
  release.write('v1');
  expect([release.pods(), release.phase()]).toEqual([[0, 5], 'Progressing']);
});
