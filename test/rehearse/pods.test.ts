import { describe, expect, test } from 'vitest';
import { embeddedCluster } from '../../src/adapters/embedded.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';
import { kwokStages } from '../../src/simulator/workloads/pods.ts';
import type { PodStages } from '../../src/simulator/world.ts';
import { observe } from '../../src/targets/kruise/observe.ts';
import { delivery } from '../targets/delivery-fixture.ts';

/** A Deployment of two pods that live like this, and what stepgate sees of its pods so many milliseconds later. */
async function podsAfter(stages: Partial<PodStages>, milliseconds: number) {
  const timeline = virtualTimeline(Date.UTC(2026, 10, 25, 10));
  const cluster = createCluster({ timeline, stages: { ...kwokStages, ...stages } });
  const port = embeddedCluster({ api: cluster.api, timeline });
  const { signal } = new AbortController();
  const labels = { app: 'shop' };
  const workload = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', namespace: 'shop' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'shop:v1' }] } },
    },
  };
  await port.apply(workload, { manager: 'test', force: false, dryRun: false, signal });
  timeline.advance(milliseconds);
  const kind = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
  const { items } = await port.list({ kind, namespace: 'shop' }, signal);
  const of = delivery('partition 1 100%', { namespace: 'shop' });
  const { pods, trouble } = observe(of, {
    takenAt: new Date(timeline.now()),
    rollout: null,
    workload: null,
    pods: items,
  });
  cluster.stop();
  return { ...pods.stable, trouble: trouble.map(({ reason, hopeless }) => ({ reason, hopeless })) };
}

describe('pods of the embedded cluster', () => {
  const unschedulable = { reason: 'Unschedulable', hopeless: true };
  const starting = { reason: 'Pending', hopeless: false };
  const broken = { reason: 'ImagePullBackOff', hopeless: true };
  const rows: readonly [string, Partial<PodStages>, number, Awaited<ReturnType<typeof podsAfter>>][] = [
    ['are ready after a moment', {}, 1000, { ready: 2, total: 2, trouble: [] }],
    [
      'wait for a node as the scheduler says it',
      { placedAfter: () => null },
      3_600_000,
      { ready: 0, total: 2, trouble: [unschedulable, unschedulable] },
    ],
    [
      'start once a node is there',
      { placedAfter: () => 60_000 },
      60_100,
      { ready: 0, total: 2, trouble: [starting, starting] },
    ],
    ['and are ready then', { placedAfter: () => 60_000 }, 61_000, { ready: 2, total: 2, trouble: [] }],
    [
      'that never start say so, whatever their image is called',
      { readyAfter: () => null },
      1000,
      { ready: 0, total: 2, trouble: [broken, broken] },
    ],
  ];

  test.each(rows)('%s', async (_, stages, milliseconds, expected) => {
    expect(await podsAfter(stages, milliseconds)).toEqual(expected);
  });
});
