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
