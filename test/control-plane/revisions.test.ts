import { expect, test } from 'vitest';
import { at, type Json, listAt, same, stringAt } from '../../src/release/json.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { type List, read } from './fixture.ts';
import { outcome, recordOf, served } from './scenes.ts';
import { deployment, type Shop } from './shop.ts';

/**
 * What a rollback goes by: the record's hash of a delivered template, and the engine's name for it, find the
 * very template among the workload's ReplicaSets, with every default that the server fills in.
 */
test.concurrent.for(['partition', 'canary', 'blueGreen'] as const)(
  '%s: what the history keeps finds the delivered templates in the cluster',
  async (style) => {
    const rich = (image: string) =>
      deployment(image, 3).replace('      containers:\n', `${podFields}      containers:\n`);
    const steps = ['{ name: half, replicas: 50%, leaveWhen: [] }', '{ name: all, replicas: 100%, leaveWhen: [] }'];
    await using it = await served({ style, steps, replicas: 3, files: { 'deploy/shop.yaml': rich('app:v1') } });
    await it.repo.commit({ 'deploy/shop.yaml': rich('app:v2') }, 'app:v2');
    await it.repo.push('main');
    expect(outcome(await it.stepgate('deploy', '--until', 'done'))).toEqual([0, 'done', 'DELIVERED', undefined]);

    const { history } = await recordOf(it);
    const { workload, sets } = await inCluster(it);
    expect(history).toHaveLength(2);
    for (const [index, { template, revision }] of history.entries()) {
      const image = index === 0 ? 'app:v2' : 'app:v1';
      const kept = (by: { readonly template: string | null; readonly revision: string | null }) =>
        kruise.keptTemplate(
          { workload: { kind: 'Deployment', name: 'shop' } },
          { written: workload, revisions: sets },
          by,
        );
      const byHash = kept({ template, revision: null });
      expect(imageIn(byHash), `${image} by its hash`).toBe(image);
      // What is live: the ReplicaSet's template, without the label of its hash, is the Deployment's.
      if (index === 0) expect(same(byHash, at(workload, 'spec', 'template'))).toBe(true);
      expect(imageIn(kept({ template: null, revision })), `${image} by its name`).toBe(image);
    }
  },
);

/** Fields that the server fills in, and spells in its own way. */
const podFields = `      terminationGracePeriodSeconds: 5
      initContainers:
        - { name: first, image: "app:init", resources: { limits: { cpu: 1000m, memory: 1024Mi } } }
      volumes:
        - { name: tmp, emptyDir: {} }
        - { name: token, projected: { sources: [{ downwardAPI: { items: [{ path: name, fieldRef: { fieldPath: metadata.name } }] } }] } }
      topologySpreadConstraints:
        - { maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: { matchLabels: { app: shop } } }
`;

async function inCluster({ namespace }: Shop) {
  const workload = await read<KubeObject>(namespace, 'deployments', 'shop');
  const { items: sets } = await read<List<KubeObject>>(namespace, 'replicasets');
  return { workload, sets };
}

function imageIn(template: Json | null): string | null {
  const [main] = listAt(template, 'spec', 'containers');
  return main === undefined ? null : stringAt(main, 'image');
}
