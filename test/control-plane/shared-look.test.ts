import { afterAll, describe, expect, test } from 'vitest';
import { clock } from '../../src/adapters/clock.ts';
import { type ConnectedCluster, connect } from '../../src/adapters/kubernetes/index.ts';
import { listCaches } from '../../src/flow/observe/list-cache.ts';
import { type DeliveryLists, lister } from '../../src/flow/observe/lists.ts';
import type { Delivery } from '../../src/release/delivery.ts';
import { type JsonObject, objectAt } from '../../src/release/json.ts';
import type { Cluster } from '../../src/release/ports.ts';
import { targets } from '../../src/targets/index.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { bareDelivery } from '../support/bare-delivery.ts';
import { doorman } from '../support/doorman.ts';
import { apply, cluster, embedded, namespace, waitFor } from './fixture.ts';

/** Lists that deliveries share, of the real API server: its pages, and what its RBAC leaves of them. */

const signal = AbortSignal.timeout(170_000);
const means = { targets, clock, signal };
const opened: ConnectedCluster[] = [];

afterAll(async () => {
  for (const each of opened) await each[Symbol.asyncDispose]();
});

async function open(kubeconfig: string) {
  const connected = await connect({ kubeconfig, context: null, exec: [], env: {} });
  opened.push(connected);
  return doorman(connected);
}

/** Rollouts, the first few with a workload that wants no pods; the first two have one pod of their labels each. */
async function crowd(count: number, prefix: string) {
  const where = await namespace(prefix);
  const names = Array.from({ length: count }, (_, index) => `w${index}`);
  await apply(where, ...names.map(rollout), ...names.slice(0, 5).map(deployment), pod('w0'), pod('w1'));
  return names.map((name) => bareDelivery(`${where}/${name}`));
}

function shared(door: Cluster, deliveries: readonly Delivery[]) {
  return lister(means, new Map([[door, listCaches({ deliveries, rollouts: [] }, { ...means, cluster: door })]]));
}

/** What the two ways of looking have in common, and must: no annotations of pods, and no time of the list. */
function comparable({ rollout: one, workload, pods }: DeliveryLists) {
  const slim = (object: JsonObject) => {
    const {
      annotations: _notes,
      managedFields: _fields,
      ownerReferences: _owners,
      ...rest
    } = objectAt(object, 'metadata');
    return { metadata: rest, status: object['status'] };
  };
  return [one.objects, workload.objects, pods?.objects.map(slim) ?? null];
}

/** The engine and kwok may still be writing: the same at last. */
async function same(door: Cluster, deliveries: readonly Delivery[]): Promise<readonly DeliveryLists[]> {
  return waitFor(
    async () => {
      const together = shared(door, deliveries);
      const alone = lister(means);
      const found = await Promise.all(deliveries.map((one) => together.at(door, one)));
      for (const [index, one] of deliveries.entries()) {
        if (deliveries.length > 20 && index % 10 > 1) continue;
        const look = found[index];
        if (look === undefined) throw new Error('a look is missing');
        expect(comparable(look)).toEqual(comparable(await alone.at(door, one)));
      }
      return found;
    },
    { what: 'shared looks that are those of each alone', every: 1000 },
  );
}

describe.skipIf(embedded).concurrent('lists that deliveries share', () => {
  test('over all namespaces, in pages that show one moment and say what is left', async () => {
    const deliveries = [...(await crowd(52, 'shared')), ...(await crowd(52, 'shared'))];
    const door = await open(cluster.kubeconfig);
    const found = await same(door.cluster, deliveries);
    expect(found.every(({ sharedAt, rollout: one }) => sharedAt !== null && one.objects.length === 1)).toBe(true);
    expect(new Set(found.map(({ rollout: one }) => one.since)).size).toBe(1);
    expect(door.lists).toContain('list rollouts ...');
    const first = await door.cluster.list({ kind: kruise.kinds.record, namespace: null, limit: 100 }, signal);
    const second = await door.cluster.list(
      { kind: kruise.kinds.record, namespace: null, limit: 100, continue: first.continue ?? '' },
      signal,
    );
    expect(first.items).toHaveLength(100);
    expect([second.items.length + (second.remaining ?? 0), second.resourceVersion]).toEqual([
      first.remaining,
      first.resourceVersion,
    ]);
  });

  test('with roles in two namespaces over each of them, and with names in a role by name', async () => {
    const wide = [await crowd(3, 'shared'), await crowd(3, 'shared')];
    const narrow = await crowd(3, 'shared');
    for (const [first] of wide) await grant(first, {});
    await grant(narrow[0], { resourceNames: narrow.map(({ workload }) => workload.name) });
    const door = await open(cluster.users.reader.kubeconfig);
    const deliveries = [...wide.flat(), ...narrow];
    const found = await same(door.cluster, deliveries);
    expect(found.map(({ pods }) => pods?.objects.length)).toEqual([1, 1, 0, 1, 1, 0, 1, 1, 0]);
    const asked = new Set(door.lists);
    for (const plural of ['rollouts', 'deployments', 'pods']) {
      expect(asked).toContain(`list ${plural}`);
      for (const [first] of wide) expect(asked).toContain(`list ${plural} in ${first?.namespace}`);
    }
    expect(asked).toContain(`list rollouts in ${narrow[0]?.namespace} by metadata.name=w2`);
  });
});

async function grant(one: Delivery | undefined, more: { readonly resourceNames?: readonly string[] }): Promise<void> {
  const verbs = ['list', 'watch'];
  const api = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'shared-reader' } };
  const rules = [
    { apiGroups: ['rollouts.kruise.io'], resources: ['rollouts'], verbs, ...more },
    { apiGroups: ['apps'], resources: ['deployments'], verbs, ...more },
    { apiGroups: [''], resources: ['pods'], verbs },
  ];
  const group = 'rbac.authorization.k8s.io';
  const roleRef = { apiGroup: group, kind: 'Role', name: 'shared-reader' };
  const subjects = [{ kind: 'User', name: 'reader', apiGroup: group }];
  await apply(
    one?.namespace ?? '',
    { ...api, kind: 'Role', rules },
    { ...api, kind: 'RoleBinding', roleRef, subjects },
  );
}

function rollout(name: string) {
  return {
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: { name },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      strategy: { canary: { steps: [{ replicas: 1, pause: {} }, { replicas: '100%' }] } },
    },
  };
}

function deployment(name: string) {
  const labels = { app: name };
  const containers = [{ name: 'main', image: 'app:v1' }];
  const template = { metadata: { labels }, spec: { containers } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 0, selector: { matchLabels: labels }, template },
  };
}

function pod(app: string) {
  const containers = [{ name: 'main', image: 'app:v1' }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${app}-pod`, labels: { app: `${app}` } },
    spec: { containers },
  };
}
