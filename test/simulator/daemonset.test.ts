import { expect, test } from 'vitest';
import { textAt } from '../../src/simulator/api/json.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';

/** OpenKruise's DaemonSet, as read in its source: the partition keeps pods that are there, and makes none. */
test('an old pod of a DaemonSet that is deleted under a partition comes back new', () => {
  const timeline = virtualTimeline(Date.parse('2026-11-25T10:00:00Z'));
  const { api } = createCluster({ timeline });
  const by = { manager: 'test' };
  const templateOf = (image: string) => ({
    metadata: { labels: { app: 'shop' } },
    spec: { containers: [{ name: 'main', image }] },
  });
  const images = () =>
    api.store
      .list('Pod', 'shop')
      .map((pod) => textAt(pod, 'spec', 'containers', 0, 'image'))
      .sort();
  const selector = { matchLabels: { app: 'shop' } };
  const metadata = { name: 'shop', namespace: 'shop' };
  api.create('AdvancedDaemonSet', { metadata, spec: { selector, template: templateOf('v1') } }, by);
  timeline.advance(20_000);
  const updateStrategy = { rollingUpdate: { partition: 4 } };
  const next = { spec: { template: templateOf('v2'), updateStrategy } };
  api.patch('AdvancedDaemonSet', 'shop', 'shop', next, { ...by, type: 'merge' });
  timeline.advance(20_000);
  expect(images()).toEqual(['v1', 'v1', 'v1', 'v1', 'v2']);

  const old = api.store.list('Pod', 'shop').find((pod) => textAt(pod, 'spec', 'containers', 0, 'image') === 'v1');
  api.remove('Pod', 'shop', old?.metadata.name ?? '');
  timeline.advance(20_000);
  expect(images()).toEqual(['v1', 'v1', 'v1', 'v2', 'v2']);
});
