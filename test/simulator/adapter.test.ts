import { describe, expect, test } from 'vitest';
import { at, stringAt } from '../../src/release/json.ts';
import type { WatchEvent } from '../../src/release/ports.ts';
import { configMap, maps, refused, served } from './fixture.ts';

/**
 * The same questions as test/control-plane/adapter.test.ts puts to the real API server, by the same adapter: what holds
 * there has to hold here.
 */

const signal = AbortSignal.timeout(60_000);
const mine = { manager: 'stepgate', force: false, dryRun: false, signal };
const patching = { manager: 'stepgate', subresource: null, dryRun: false, signal } as const;
const ns = 'shop';
const ref = { kind: maps, namespace: ns, name: 'one' };

describe('the Kubernetes adapter on the embedded API server', () => {
  test('gets, lists and discovers', async () => {
    await using it = await served();
    const { api, cluster } = it;
    cluster.api.create('ConfigMap', configMap('one', { a: 'ä€😀' }), { manager: 'tests' });
    const one = await api.get(ref, signal);
    expect(stringAt(one, 'data', 'a')).toBe('ä€😀');
    expect(await api.get({ ...ref, name: 'two' }, signal)).toBeNull();

    const listed = await api.list({ kind: maps, namespace: ns, fieldSelector: 'metadata.name=one' }, signal);
    expect(listed.items).toEqual([one]);
    expect(Number(listed.resourceVersion)).toBeGreaterThan(0);
    expect((await api.list({ kind: maps, namespace: ns, labelSelector: 'a=b' }, signal)).items).toEqual([]);

    expect(await api.discover('v1', 'ConfigMap', signal)).toEqual(maps);
    expect(await api.discover('apps/v1', 'Deployment', signal)).toMatchObject({ plural: 'deployments' });
    expect(await api.discover('v1', 'Node', signal)).toMatchObject({ plural: 'nodes', namespaced: false });
    expect(await api.discover('rollouts.kruise.io/v1beta1', 'Rollout', signal)).toMatchObject({ plural: 'rollouts' });
    expect(await api.discover('nobody.example/v1', 'Thing', signal)).toBeNull();
    expect(await api.discover('v1', 'Thing', signal)).toBeNull();

    // A kind that is not served is no missing object.
    const kind = { apiVersion: 'nobody.example/v1', kind: 'Thing', plural: 'things', namespaced: true };
    const missing = await refused(api.get({ kind, namespace: ns, name: 'one' }, signal));
    expect(missing).toMatchObject({ status: 404, reason: '', message: 'HTTP 404: 404 page not found' });
  });

  test('applies, dry and for real, and only changes what the server says', async () => {
    await using it = await served();
    const { api, cluster } = it;
    const before = cluster.api.store.version;
    const dry = await api.apply(configMap('one', { a: '1' }), { ...mine, dryRun: true });
    expect(stringAt(dry, 'metadata', 'uid')).not.toBeNull();
    expect(stringAt(dry, 'metadata', 'resourceVersion')).toBeNull();
    expect(await api.get(ref, signal)).toBeNull();
    expect(cluster.api.store.version).toBe(before);

    const first = await api.apply(configMap('one', { a: '1' }), mine);
    expect(at(first, 'metadata', 'managedFields', 0)).toMatchObject({ manager: 'stepgate', operation: 'Apply' });
    const again = await api.apply(configMap('one', { a: '1' }), mine);
    expect(stringAt(again, 'metadata', 'resourceVersion')).toBe(stringAt(first, 'metadata', 'resourceVersion'));
  });

  test('reads logs: of a container that runs nothing, of a run before, of one that has not run', async () => {
    await using it = await served();
    const { api, cluster } = it;
    const containers = [{ name: 'main', image: 'app:v1' }];
    cluster.api.create('Pod', { metadata: { name: 'one', namespace: ns }, spec: { containers } }, { manager: 'tests' });
    const asked = { namespace: ns, pod: 'one', container: 'main', previous: false, lines: 5, bytes: 1000 };
    const status = (of: object) => {
      const pod = cluster.api.get('Pod', ns, 'one');
      const containerStatuses = [{ name: 'main', ...of }];
      cluster.api.update('Pod', { ...pod, status: { containerStatuses } } as never, {
        manager: 'kubelet',
        subresource: 'status',
      });
    };
    status({ state: { waiting: { reason: 'ImagePullBackOff' } } });
    expect(await refused(api.logs(asked, signal))).toMatchObject({
      status: 400,
      message: 'container "main" in pod "one" is waiting to start: trying and failing to pull image',
    });
    status({ state: { running: {} } });
    expect(await api.logs(asked, signal)).toBe('');
    expect(await refused(api.logs({ ...asked, previous: true }, signal))).toMatchObject({ status: 400 });
    expect(await refused(api.logs({ ...asked, container: 'no' }, signal))).toMatchObject({ status: 400 });
    expect(await refused(api.logs({ ...asked, pod: 'two' }, signal))).toMatchObject({ status: 404 });
  });

  test('names the managers of a conflict, and takes the field by force', async () => {
    await using it = await served();
    const { api } = it;
    await api.apply(configMap('one', { a: '1', b: '1' }), { ...mine, manager: 'some "other" one' });
    const conflict = await refused(api.apply(configMap('one', { a: '2', b: '2' }), mine));
    expect(conflict).toMatchObject({ status: 409, reason: 'Conflict' });
    expect([...conflict.conflicts].sort((x, y) => x.field.localeCompare(y.field))).toEqual([
      { manager: 'some "other" one', field: '.data.a' },
      { manager: 'some "other" one', field: '.data.b' },
    ]);
    const taken = await api.apply(configMap('one', { a: '2' }), { ...mine, force: true });
    expect(at(taken, 'data')).toEqual({ a: '2', b: '1' });
    // An old resourceVersion in the object is a conflict too, one without managers.
    const stale = { ...configMap('one', { a: '3' }), metadata: { name: 'one', namespace: ns, resourceVersion: '1' } };
    expect(await refused(api.apply(stale, mine))).toMatchObject({ status: 409, conflicts: [] });
  });

  test('reports fields the schema does not know', async () => {
    await using it = await served();
    const wrong = { ...configMap('one', {}), dada: {} };
    const unknown = await refused(it.api.apply(wrong, mine));
    expect(unknown).toMatchObject({
      status: 500,
      message:
        'failed to create typed patch object (shop/one; /v1, Kind=ConfigMap): .dada: field not declared in schema',
    });
    const kindless = { apiVersion: 'v1', kind: 'Confusion', metadata: { name: 'one', namespace: ns } };
    expect(await refused(it.api.apply(kindless, mine))).toMatchObject({ status: 404 });
  });

  test('patches with tests, also the status, also dry', async () => {
    await using it = await served();
    const { api } = it;
    await api.apply(configMap('one', { a: '1' }), mine);
    const body = [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/a', value: '2' },
    ] as const;
    expect(at(await api.patch(ref, body, { ...patching, dryRun: true }), 'data')).toEqual({ a: '2' });
    expect(at(await api.patch(ref, body, patching), 'data')).toEqual({ a: '2' });
    expect(await refused(api.patch(ref, body, patching))).toMatchObject({ status: 422 });
    expect(await refused(api.patch({ ...ref, name: 'two' }, body, patching))).toMatchObject({ status: 404 });

    const namespaces = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
    const status = await api.patch(
      { kind: namespaces, namespace: null, name: ns },
      [{ op: 'add', path: '/status/conditions', value: [{ type: 'Seen', status: 'True' }] }],
      { ...patching, subresource: 'status' },
    );
    expect(at(status, 'status', 'conditions', 0)).toMatchObject({ type: 'Seen' });
  });

  test('watches from a list on, without loss, and ends quietly', async () => {
    await using it = await served();
    const { api, cluster } = it;
    const query = { kind: maps, namespace: ns, labelSelector: 'seen=yes' };
    const { resourceVersion } = await api.list(query, signal);
    const labelled = (a: string) => ({
      ...configMap('one', { a }),
      metadata: { name: 'one', namespace: ns, labels: { seen: 'yes' } },
    });
    // Written before the watch begins: it has to come all the same.
    await api.apply(labelled('1'), mine);
    const stop = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of api.watch(query, resourceVersion, stop.signal)) {
        seen.push(brief(event));
        if (event.type === 'deleted') stop.abort();
      }
    })();
    await api.apply(labelled('2'), mine);
    await api.apply(configMap('unseen', {}), mine);
    await api.apply(labelled('3'), mine);
    cluster.api.remove('ConfigMap', ns, 'one');
    await watching;
    expect(seen).toEqual(['added one 1', 'modified one 2', 'modified one 3', 'deleted one 3']);
  });

  test('sees what leaves a selector go, and what enters it come', async () => {
    await using it = await served();
    const { api, cluster } = it;
    const query = { kind: maps, namespace: ns, labelSelector: 'seen=yes' };
    const { resourceVersion } = await api.list(query, signal);
    await api.apply(configMap('one', { a: '1' }), mine);
    const label = (seen: string | null) =>
      cluster.api.patch(
        'ConfigMap',
        ns,
        'one',
        { metadata: { labels: { seen } } },
        { manager: 'tests', type: 'merge' },
      );
    const stop = new AbortController();
    const seen: string[] = [];
    label('yes');
    label(null);
    for await (const event of api.watch(query, resourceVersion, stop.signal)) {
      seen.push(brief(event));
      if (seen.length === 2) label('yes');
      if (seen.length === 3) stop.abort();
    }
    expect(seen).toEqual(['added one 1', 'deleted one 1', 'added one 1']);
  });

  test('begins anew with a list where the server has forgotten the version', async () => {
    await using it = await served();
    const { api, cluster } = it;
    await api.apply(configMap('one', { a: '1' }), mine);
    cluster.api.store.compact();
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const event of api.watch({ kind: maps, namespace: ns }, '1', stop.signal)) {
      seen.push(brief(event));
      if (event.type === 'reset') await api.apply(configMap('one', { a: '2' }), mine);
      else stop.abort();
    }
    // It went on from there.
    expect(seen).toEqual(['reset one 1', 'modified one 2']);
  });

  test('keeps to few connections', async () => {
    await using it = await served();
    const { api, server } = it;
    for (let round = 0; round < 10; round += 1) await api.list({ kind: maps, namespace: ns }, signal);
    expect(api.stats).toEqual({ requests: 10, connections: 1 });
    await Promise.all(Array.from({ length: 40 }, () => api.list({ kind: maps, namespace: ns }, signal)));
    expect(api.stats.connections).toBeLessThanOrEqual(6);
    expect(server.requests).toMatchObject({ list: 50, get: 0 });
  });
});

function brief(event: WatchEvent): string {
  const objects = event.type === 'reset' ? event.items : [event.object];
  const parts = objects.map((object) => `${stringAt(object, 'metadata', 'name')} ${stringAt(object, 'data', 'a')}`);
  return [event.type, ...parts].join(' ');
}
