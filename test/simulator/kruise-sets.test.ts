import { expect, test } from 'vitest';
import { stringAt } from '../../src/release/json.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';

const by = { manager: 'test' };
const templateOf = (version: string) => ({
  metadata: { labels: { app: 'shop' } },
  spec: { containers: [{ name: 'main', image: `app:${version}` }] },
});

/** Five pods of v1, all ready, which no Rollout moves. */
function setOf(kind: 'AdvancedStatefulSet' | 'AdvancedDaemonSet', more: object) {
  const timeline = virtualTimeline(Date.parse('2026-11-25T10:00:00Z'));
  const { api } = createCluster({ timeline });
  const spec = { selector: { matchLabels: { app: 'shop' } }, template: templateOf('v1'), ...more };
  api.create(kind, { metadata: { name: 'shop', namespace: 'shop' }, spec }, by);
  timeline.advance(20_000);
  return {
    api,
    pods: () => api.list('Pod', 'shop'),
    images: () => api.list('Pod', 'shop').map((pod) => stringAt(pod, 'spec', 'containers', 0, 'image')),
    /** v2, but for so many pods. */
    release(partition: number) {
      const change = { spec: { template: templateOf('v2'), updateStrategy: { rollingUpdate: { partition } } } };
      api.patch(kind, 'shop', 'shop', change, { ...by, type: 'merge' });
      timeline.advance(20_000);
    },
    pass: () => timeline.advance(20_000),
  };
}

test.each([
  { unready: 'shop-0', maxUnavailable: 1, moved: [] },
  { unready: 'shop-0', maxUnavailable: 2, moved: ['shop-2', 'shop-3', 'shop-4'] },
  // It is moved itself, and holds nothing back any more.
  { unready: 'shop-4', maxUnavailable: 1, moved: ['shop-2', 'shop-3', 'shop-4'] },
])(
  'a pod that is not ready counts wherever it is: $unready of $maxUnavailable',
  ({ unready, maxUnavailable, moved }) => {
    const updateStrategy = { rollingUpdate: { maxUnavailable } };
    const it = setOf('AdvancedStatefulSet', { replicas: 5, podManagementPolicy: 'Parallel', updateStrategy });
    const conditions = [{ type: 'Ready', status: 'False' }];
    it.api.patch('Pod', 'shop', unready, { status: { conditions } }, { ...by, type: 'merge', subresource: 'status' });
    it.release(2);
    const isNew = it.images().map((image) => image === 'app:v2');
    const names = it.pods().flatMap(({ metadata }, index) => (isNew[index] === true ? [metadata.name] : []));
    expect(names.toSorted()).toEqual(moved);
  },
);

test('a pod that goes from a node of a DaemonSet comes back in the new version, whatever the partition says', () => {
  const it = setOf('AdvancedDaemonSet', {});
  it.release(5);
  expect(it.images()).toEqual(Array(5).fill('app:v1'));
  it.api.remove('Pod', 'shop', it.pods()[0]?.metadata.name ?? '');
  it.pass();
  expect(it.images().toSorted()).toEqual([...Array(4).fill('app:v1'), 'app:v2']);
});
