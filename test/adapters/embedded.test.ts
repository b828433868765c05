import { beforeEach, expect, test } from 'vitest';
import { embeddedCluster } from '../../src/adapters/embedded.ts';
import { at } from '../../src/release/json.ts';
import type { Cluster, Kind, WatchEvent } from '../../src/release/ports.ts';
import type { Api } from '../../src/simulator/api/api.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';

const configMap: Kind = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const never = new AbortController().signal;

let api: Api;
let cluster: Cluster;
beforeEach(() => {
  ({ api } = createCluster({ timeline: virtualTimeline(0) }));
  cluster = embeddedCluster({ api });
});

function map(name: string, data: Record<string, string>, labels: Record<string, string> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'shop', name, labels }, data };
}

const write = { manager: 'one', force: false, dryRun: false, signal: never };
const patch = { manager: 'one', subresource: null, dryRun: false, signal: never };
const ref = (name: string) => ({ kind: configMap, namespace: 'shop', name });

test('what is applied can be got and listed, a dry-run changes nothing', async () => {
  await cluster.apply(map('a', { k: '1' }, { app: 'x' }), write);
  await cluster.apply(map('b', { k: '2' }), { ...write, dryRun: true });
  expect(at(await cluster.get(ref('a'), never), 'data', 'k')).toBe('1');
  expect(await cluster.get(ref('b'), never)).toBeNull();
  const { items } = await cluster.list({ kind: configMap, namespace: 'shop', labelSelector: 'app=x' }, never);
  expect(items.map((item) => at(item, 'metadata', 'name'))).toEqual(['a']);
  expect((await cluster.list({ kind: configMap, namespace: 'other' }, never)).items).toEqual([]);
});

test('it tells the time of its timeline and its user, and none where it has no timeline', async () => {
  const timeline = virtualTimeline(1000);
  const told = embeddedCluster({ api, timeline, user: 'ada' });
  timeline.advance(5);
  expect(told.now()).toEqual(new Date(1005));
  expect([await told.user(never), await cluster.user(never)]).toEqual(['ada', 'admin']);
  expect(cluster.now()).toBeNull();
});

test('refusals are ClusterErrors: another owner is a conflict with its name, a failed test is a 422, a stranger a 404', async () => {
  await cluster.apply(map('a', { k: '1' }), write);
  await expect(cluster.apply(map('a', { k: '2' }), { ...write, manager: 'two' })).rejects.toMatchObject({
    status: 409,
    conflicts: [{ manager: 'one', field: '.data.k' }],
  });
  const failing = [{ op: 'test', path: '/data/k', value: '9' } as const];
  await expect(cluster.patch(ref('a'), failing, patch)).rejects.toMatchObject({ status: 422 });
  await expect(cluster.patch(ref('no'), failing, patch)).rejects.toMatchObject({ status: 404 });
  await expect(cluster.apply({ ...map('a', {}), kind: 'Strange' }, write)).rejects.toMatchObject({ status: 404 });
});

test('a watch gives each change once, sees a selector left, and begins anew after 410', async () => {
  await cluster.apply(map('a', { k: '1' }, { app: 'x' }), write);
  const query = { kind: configMap, namespace: 'shop', labelSelector: 'app=x' };
  const { resourceVersion } = await cluster.list(query, never);
  await cluster.apply(map('a', { k: '2' }, { app: 'x' }), write);
  const stop = new AbortController();
  const seen: string[] = [];
  const told = (event: WatchEvent) =>
    event.type === 'reset' ? `reset ${event.items.length}` : `${event.type} ${String(at(event.object, 'data', 'k'))}`;
  const watching = (async (since: string) => {
    for await (const event of cluster.watch(query, since, stop.signal)) {
      seen.push(told(event));
      if (seen.length === 1) await cluster.apply(map('a', { k: '3' }, { app: 'y' }), write);
      if (seen.length === 2) await cluster.apply(map('b', { k: '4' }, { app: 'x' }), write);
      if (seen.length === 3) stop.abort();
    }
  })(resourceVersion);
  await watching;
  expect(seen).toEqual(['modified 2', 'deleted 3', 'added 4']);
  api.store.compact();
  for await (const event of cluster.watch(query, resourceVersion, never)) {
    expect(told(event)).toBe('reset 1');
    break;
  }
});

test('a list comes in pages of the asked size, all of the moment of the first, and expires with it', async () => {
  for (const name of ['a', 'b', 'c']) await cluster.apply(map(name, {}), write);
  const query = { kind: configMap, namespace: null, limit: 2 };
  const names = (listed: { items: readonly unknown[] }) => listed.items.map((item) => at(item, 'metadata', 'name'));
  const first = await cluster.list(query, never);
  await cluster.apply(map('d', {}), write);
  const last = await cluster.list({ ...query, continue: first.continue ?? '' }, never);
  expect([names(first), first.remaining, names(last), last.continue]).toEqual([['a', 'b'], 1, ['c'], undefined]);
  expect(last.resourceVersion).toBe(first.resourceVersion);
  api.store.compact();
  const late = cluster.list({ ...query, continue: first.continue ?? '' }, never);
  await expect(late).rejects.toMatchObject({ status: 410, reason: 'Expired' });
});

test('only what the embedded cluster serves is discovered', async () => {
  expect(await cluster.discover('apps.kruise.io/v1beta1', 'StatefulSet', never)).toMatchObject({
    plural: 'statefulsets',
  });
  expect(await cluster.discover('apps/v2', 'Deployment', never)).toBeNull();
});
