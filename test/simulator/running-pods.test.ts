import { expect, test } from 'vitest';
import { numberAt, textAt } from '../../src/simulator/api/json.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';

test('a pod that runs already, from the store of another cluster, keeps its restarts and stays unready', () => {
  const timeline = virtualTimeline(Date.parse('2026-11-25T10:00:00Z'));
  const { api } = createCluster({ timeline });
  const creationTimestamp = '2026-11-25T09:00:00Z';
  const restarted = {
    name: 'main',
    ready: false,
    restartCount: 3,
    state: { running: { startedAt: creationTimestamp } },
  };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'shop-1', namespace: 'shop', uid: 'one', resourceVersion: '1', creationTimestamp },
    spec: { containers: [{ name: 'main', image: 'app:v1' }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }], containerStatuses: [restarted] },
  };
  api.store.put('Pod', pod);
  timeline.advance(20_000);
  const live = api.get('Pod', 'shop', 'shop-1');
  expect(numberAt(live, 'status', 'containerStatuses', 0, 'restartCount')).toBe(3);
  expect(textAt(live, 'status', 'conditions', 0, 'status')).toBe('False');
});
