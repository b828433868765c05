import { expect, test } from 'vitest';
import { createCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';

/** T34: between the pod that does not start and the next request, nothing is written to the Deployment for seconds. */
test("Kubernetes' and the engine's controller of a Deployment let it rest while a new pod does not start", () => {
  const timeline = virtualTimeline(Date.parse('2026-11-25T10:00:00Z'));
  const { api } = createCluster({ timeline });
  const apply = (kind: string, object: object) => {
    const apiVersion = kind === 'Rollout' ? 'rollouts.kruise.io/v1beta1' : 'apps/v1';
    api.apply(
      kind,
      'shop',
      'shop',
      { apiVersion, kind, metadata: { name: 'shop', namespace: 'shop' }, ...object },
      {
        manager: 'test',
        force: false,
        dryRun: false,
        apiVersion,
      },
    );
    timeline.advance(20_000);
  };
  const deployment = (image: string) => ({
    spec: {
      replicas: 6,
      selector: { matchLabels: { app: 'shop' } },
      template: { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'main', image }] } },
    },
  });
  apply('Rollout', {
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' },
      strategy: { canary: { steps: [{ replicas: 1, pause: {} }, { replicas: '100%' }] } },
    },
  });
  apply('Deployment', deployment('app:v1'));
  apply('Deployment', deployment('app:broken'));

  const pods = api.list('Pod', 'shop');
  expect(pods.filter((pod) => JSON.stringify(pod).includes('app:broken'))).toHaveLength(1);
  const written: string[] = [];
  api.store.listen(({ kind }) => {
    if (kind !== 'BatchRelease' && kind !== 'Rollout') written.push(kind);
  });
  timeline.advance(10_000);
  expect(written).toEqual([]);
});
