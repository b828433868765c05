import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { type ConnectedCluster, connect } from '../../src/adapters/kubernetes/index.ts';
import { StepgateError } from '../../src/release/error.ts';
import { at, stringAt } from '../../src/release/json.ts';
import { ClusterError, type Kind, type KubeObject, type WatchEvent } from '../../src/release/ports.ts';
import { bootCluster } from './cluster.ts';
import { cluster, kubectl, namespace, waitFor } from './fixture.ts';

/** Our adapter against the real API server: TLS by its own CA, bearer tokens, RBAC. */

const signal = AbortSignal.timeout(170_000);
const maps: Kind = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const opened: ConnectedCluster[] = [];

async function open(kubeconfig = cluster.kubeconfig): Promise<ConnectedCluster> {
  const connected = await connect({ kubeconfig, context: null, exec: [], env: {} });
  opened.push(connected);
  return connected;
}

afterAll(async () => {
  for (const each of opened) await each[Symbol.asyncDispose]();
});

function configMap(ns: string, name: string, data: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: ns }, data };
}

const mine = { manager: 'stepgate', force: false, dryRun: false, signal };

const patching = { manager: 'stepgate', subresource: null, dryRun: false, signal } as const;
const label = { op: 'add', path: '/metadata/labels', value: { seen: 'yes' } } as const;

/** What was thrown, as a ClusterError. */
async function refused(what: Promise<unknown>): Promise<ClusterError> {
  const thrown = await what.then(
    () => 'nothing',
    (error: unknown) => error,
  );
  if (!(thrown instanceof ClusterError)) throw new Error(`no ClusterError, but ${inspect(thrown)}`);
  return thrown;
}

describe.concurrent('the Kubernetes adapter on a real API server', () => {
  test('tells the server’s time, and who it takes us for', async () => {
    const [api, user] = [await open(), await open(cluster.users.deployer.kubeconfig)];
    expect(api.now()).toBeNull();
    expect([await api.user(signal), await user.user(signal)]).toEqual(['admin', 'deployer']);
    // Both clocks are this machine's.
    expect(Math.abs((api.now()?.getTime() ?? 0) - Date.now())).toBeLessThan(2000);
  });

  test('gets, lists and discovers', async () => {
    const [api, ns] = [await open(), await namespace('adapter')];
    await kubectl(['create', 'configmap', 'one', '--from-literal=a=ä€😀', '-n', ns]);
    const one = await api.get({ kind: maps, namespace: ns, name: 'one' }, signal);
    expect(stringAt(one, 'data', 'a')).toBe('ä€😀');
    expect(await api.get({ kind: maps, namespace: ns, name: 'two' }, signal)).toBeNull();

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
    expect(await refused(api.get({ kind, namespace: ns, name: 'one' }, signal))).toMatchObject({ status: 404 });
  });

  test('applies, dry and for real, and only changes what the server says', async () => {
    const [api, ns] = [await open(), await namespace('adapter')];
    const dry = await api.apply(configMap(ns, 'one', { a: '1' }), { ...mine, dryRun: true });
    expect(stringAt(dry, 'metadata', 'uid')).not.toBeNull();
    expect(await api.get({ kind: maps, namespace: ns, name: 'one' }, signal)).toBeNull();

    const first = await api.apply(configMap(ns, 'one', { a: '1' }), mine);
    expect(at(first, 'metadata', 'managedFields', 0)).toMatchObject({ manager: 'stepgate', operation: 'Apply' });
    const again = await api.apply(configMap(ns, 'one', { a: '1' }), mine);
    expect(stringAt(again, 'metadata', 'resourceVersion')).toBe(stringAt(first, 'metadata', 'resourceVersion'));
  });

  test('names the managers of a conflict, and takes the field by force', async () => {
    const [api, ns] = [await open(), await namespace('adapter')];
    await api.apply(configMap(ns, 'one', { a: '1', b: '1' }), { ...mine, manager: 'some "other" one' });
    const conflict = await refused(api.apply(configMap(ns, 'one', { a: '2', b: '2' }), mine));
    expect(conflict).toMatchObject({ status: 409, reason: 'Conflict' });
    expect([...conflict.conflicts].sort((x, y) => x.field.localeCompare(y.field))).toEqual([
      { manager: 'some "other" one', field: '.data.a' },
      { manager: 'some "other" one', field: '.data.b' },
    ]);
    const taken = await api.apply(configMap(ns, 'one', { a: '2' }), { ...mine, force: true });
    expect(at(taken, 'data')).toEqual({ a: '2', b: '1' });
    // An old resourceVersion in the object is a conflict too, one without managers.
    const stale = {
      ...configMap(ns, 'one', { a: '3' }),
      metadata: { name: 'one', namespace: ns, resourceVersion: '1' },
    };
    expect(await refused(api.apply(stale, mine))).toMatchObject({ status: 409, conflicts: [] });
  });

  test('reports fields the schema does not know', async () => {
    const [api, ns] = [await open(), await namespace('adapter')];
    const wrong = { ...configMap(ns, 'one', {}), dada: {} };
    expect((await refused(api.apply(wrong, mine))).message).toContain('dada');
    const kindless = { apiVersion: 'v1', kind: 'Confusion', metadata: { name: 'one', namespace: ns } };
    expect(await refused(api.apply(kindless, mine))).toMatchObject({ status: 404 });
  });

  test('patches with tests, also the status, also dry', async () => {
    const [api, ns] = [await open(), await namespace('adapter')];
    await api.apply(configMap(ns, 'one', { a: '1' }), mine);
    const ref = { kind: maps, namespace: ns, name: 'one' };
    const body = [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/a', value: '2' },
    ] as const;
    expect(at(await api.patch(ref, body, { ...patching, dryRun: true }), 'data')).toEqual({ a: '2' });
    expect(at(await api.patch(ref, body, patching), 'data')).toEqual({ a: '2' });
    expect(await refused(api.patch(ref, body, patching))).toMatchObject({ status: 422 });
    expect(await refused(api.patch({ ...ref, name: 'two' }, body, patching))).toMatchObject({ status: 404 });

    const namespaces: Kind = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
    const status = await api.patch(
      { kind: namespaces, namespace: null, name: ns },
      [{ op: 'add', path: '/status/conditions', value: [{ type: 'Seen', status: 'True' }] }],
      { ...patching, subresource: 'status' },
    );
    expect(at(status, 'status', 'conditions', 0)).toMatchObject({ type: 'Seen' });
  });

  test('watches from a list on, without loss, and ends quietly', async () => {
    const [api, ns] = [await open(), await namespace('adapter')];
    const query = { kind: maps, namespace: ns, labelSelector: 'seen=yes' };
    const { resourceVersion } = await api.list(query, signal);
    const labelled = (name: string, a: string) => ({
      ...configMap(ns, name, { a }),
      metadata: { name, namespace: ns, labels: { seen: 'yes' } },
    });
    // Written before the watch begins: it has to come all the same.
    await api.apply(labelled('one', '1'), mine);
    const stop = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of api.watch(query, resourceVersion, stop.signal)) {
        seen.push(brief(event));
        if (event.type === 'deleted') stop.abort();
      }
    })();
    await api.apply(labelled('one', '2'), mine);
    await api.apply(configMap(ns, 'unseen', {}), mine);
    await api.apply(labelled('one', '3'), mine);
    await kubectl(['delete', 'configmap', 'one', '-n', ns]);
    await watching;
    expect(seen).toEqual(['added one 1', 'modified one 2', 'modified one 3', 'deleted one 3']);
  });

  test('begins anew with a list where the server has forgotten the version', async () => {
    const [api, ns] = [await open(), await namespace('adapter')];
    // A custom kind: the server's memory of those begins with their CRD, long after version 1.
    const what = { apiVersion: 'rollouts.kruise.io/v1alpha1', kind: 'RolloutHistory' };
    const kind = await api.discover(what.apiVersion, what.kind, signal);
    if (kind === null) throw new Error('no RolloutHistories here');
    await api.apply({ ...what, metadata: { name: 'shop', namespace: ns } }, mine);
    const stop = new AbortController();
    const events: WatchEvent[] = [];
    for await (const event of api.watch({ kind, namespace: ns }, '1', stop.signal)) {
      events.push(event);
      if (event.type === 'reset') await api.patch({ kind, namespace: ns, name: 'shop' }, [label], patching);
      else if (stringAt(event.object, 'metadata', 'labels', 'seen') === 'yes') stop.abort();
    }
    expect(events[0]).toMatchObject({ type: 'reset', items: [{ kind: 'RolloutHistory', metadata: { name: 'shop' } }] });
    // It went on from there.
    expect(events.at(-1)).toMatchObject({ type: 'modified', object: { metadata: { labels: { seen: 'yes' } } } });
  });

  test('keeps to few connections', async () => {
    const [api, ns] = [await open(), await namespace('adapter')];
    for (let round = 0; round < 10; round += 1) await api.list({ kind: maps, namespace: ns }, signal);
    expect(api.stats).toEqual({ requests: 10, connections: 1 });
    await Promise.all(Array.from({ length: 40 }, () => api.list({ kind: maps, namespace: ns }, signal)));
    expect(api.stats.requests).toBe(50);
    expect(api.stats.connections).toBeLessThanOrEqual(6);
  });

  test('is turned away as whom it is', async () => {
    const [stranger, ns] = [await open(cluster.users.stranger.kubeconfig), await namespace('adapter')];
    const ref = { kind: maps, namespace: ns, name: 'one' };
    const forbidden = await refused(stranger.get(ref, signal));
    expect(forbidden).toMatchObject({ status: 403, reason: 'Forbidden' });
    expect(forbidden.message).toContain('User "stranger" cannot get');
    expect(await refused(stranger.apply(configMap(ns, 'one', {}), mine))).toMatchObject({ status: 403 });
    const watching = stranger.watch({ kind: maps, namespace: ns }, '1', signal)[Symbol.asyncIterator]();
    expect(await refused(watching.next())).toMatchObject({ status: 403 });

    await using folder = await temporary();
    const impostor = await open(await folder.write({ user: { token: 'canary-not-a-token' } }));
    const unknown = await refused(impostor.get(ref, signal));
    expect(unknown).toMatchObject({ status: 401 });
    expect(inspect([unknown, impostor], { depth: 9, showHidden: true })).not.toContain('canary-not-a-token');
  });

  test('speaks for another user where the kubeconfig says so', async () => {
    const ns = await namespace('adapter');
    await using folder = await temporary();
    const api = await open(await folder.write({ user: { token: cluster.token, as: 'somebody' } }));
    const forbidden = await refused(api.get({ kind: maps, namespace: ns, name: 'one' }, signal));
    expect(forbidden.message).toContain('User "somebody" cannot get');
  });

  test('reads its token from a file', async () => {
    const ns = await namespace('adapter');
    await using folder = await temporary();
    await writeFile(path.join(folder.path, 'token'), `${cluster.token}\n`);
    const api = await open(await folder.write({ user: { tokenFile: 'token' } }));
    expect(await api.get({ kind: maps, namespace: ns, name: 'one' }, signal)).toBeNull();
  });

  test('trusts no certificate but those of the kubeconfig', async () => {
    await using folder = await temporary();
    for (const cluster of [{ 'certificate-authority': undefined }, { 'tls-server-name': 'elsewhere.example' }]) {
      const api = await open(await folder.write({ cluster }));
      const thrown: unknown = await api.discover('v1', 'Pod', signal).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(StepgateError);
      expect(thrown).toMatchObject({ family: 'environment', code: 'CLUSTER_UNREACHABLE' });
      // One try: it will not get better.
      expect(api.stats.requests).toBe(1);
    }
    const named = await open(await folder.write({ cluster: { 'tls-server-name': 'kubernetes.default.svc' } }));
    expect(await named.discover('v1', 'Pod', signal)).toMatchObject({ plural: 'pods' });
  });
});

test('a restart of the API server costs time, and nothing else', async () => {
  await using own = await bootCluster();
  const api = await open(own.kubeconfig);
  const query = { kind: maps, namespace: 'default', fieldSelector: 'metadata.name=one' };
  const { resourceVersion } = await api.list(query, signal);
  const stop = new AbortController();
  const values: (string | null)[] = [];
  const watching = (async () => {
    for await (const event of api.watch(query, resourceVersion, stop.signal)) {
      const objects = event.type === 'reset' ? event.items : [event.object];
      values.push(...objects.map((object) => stringAt(object, 'data', 'a')));
      if (values.at(-1) === '3') stop.abort();
    }
  })();
  await api.apply(configMap('default', 'one', { a: '1' }), mine);
  await own.apiServer.stop();
  // Sent to nobody, so it is sent again; for some seconds only, which a slow machine's server may need for its start.
  const writing = api.apply(configMap('default', 'one', { a: '2' }), mine).catch(() => null);
  await own.apiServer.start();
  await writing;
  await waitFor(() => api.apply(configMap('default', 'one', { a: '3' }), mine), { what: 'a write after the restart' });
  await watching;
  // The restarted server has forgotten what was before: a reset then shows what there is, which may skip a value.
  expect(values.at(-1)).toBe('3');
  expect([...new Set(values)]).toEqual([...values].sort());
});

function brief(event: WatchEvent): string {
  const objects = event.type === 'reset' ? event.items : [event.object];
  const parts = objects.map((object) => `${stringAt(object, 'metadata', 'name')} ${stringAt(object, 'data', 'a')}`);
  return [event.type, ...parts].join(' ');
}

/** A folder of our own with kubeconfigs for the shared cluster, in which some keys are others. */
async function temporary() {
  const folder = await mkdtemp(path.join(tmpdir(), 'stepgate-adapter-'));
  await writeFile(path.join(folder, 'ca.crt'), await readFile(cluster.caFile));
  let count = 0;
  return {
    path: folder,
    async write(other: { readonly cluster?: object; readonly user?: object }): Promise<string> {
      count += 1;
      const file = path.join(folder, `config-${count}`);
      const config = {
        clusters: [
          { name: 'c', cluster: { server: cluster.server, 'certificate-authority': 'ca.crt', ...other.cluster } },
        ],
        users: [{ name: 'u', user: other.user ?? { token: cluster.token } }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      };
      await writeFile(file, JSON.stringify(config));
      return file;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
