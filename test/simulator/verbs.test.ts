import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, listAt } from '../../src/release/json.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';
import { ask, configMap, type Raw, type RawRequest, type Served, served } from './fixture.ts';

/** The verbs as they are on the wire: codes, kinds, and what of an object a write may touch. */

let it: Served;
const timeline = virtualTimeline(Date.UTC(2026, 10, 25));
const maps = '/api/v1/namespaces/shop/configmaps';
const rollouts = '/apis/rollouts.kruise.io/v1beta1/namespaces/shop/rollouts';

beforeAll(async () => {
  it = await served({ timeline });
});
afterAll(() => it[Symbol.asyncDispose]());

function send(method: string, path: string, body?: object, contentType = 'application/json'): Promise<Raw> {
  const request: RawRequest = { method, path, headers: { 'content-type': contentType, 'user-agent': 'person/1.0' } };
  return ask(it.server, body === undefined ? request : { ...request, body: JSON.stringify(body) });
}
const merge = 'application/merge-patch+json';
const found = (name: string) => it.cluster.api.get('ConfigMap', 'shop', name);

describe('create', () => {
  test('answers 201 with what the server adds, under the name of the program', async () => {
    const { status, json } = await send('POST', maps, configMap('made', { a: '1' }));
    expect([status, json]).toMatchObject([201, { kind: 'ConfigMap', metadata: { namespace: 'shop' } }]);
    expect(at(json, 'metadata', 'managedFields', 0)).toMatchObject({ manager: 'person', operation: 'Update' });
    expect(at(json, 'metadata', 'uid')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('makes a name from a prefix, and takes the namespace from the path', async () => {
    const { json } = await send('POST', maps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { generateName: 'made-' },
    });
    expect(at(json, 'metadata')).toMatchObject({ name: expect.stringMatching(/^made-\w{5}$/), namespace: 'shop' });
  });

  test('a namespace is active at once, and can be created in', async () => {
    const made = await send('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'new' },
    });
    expect([made.status, at(made.json, 'status', 'phase')]).toEqual([201, 'Active']);
    const { status } = await send('POST', '/api/v1/namespaces/new/configmaps', configMap('made', {}, 'new'));
    expect(status).toBe(201);
  });

  test('in a dry run makes nothing', async () => {
    const { status } = await send('POST', `${maps}?dryRun=All`, configMap('dry', {}));
    expect([status, found('dry')]).toEqual([201, undefined]);
  });
});

describe('patch', () => {
  test('merges, and takes away what is null', async () => {
    await send('POST', maps, configMap('merged', { a: '1', b: '1' }));
    const patch = { data: { a: '2', b: null } };
    const { status, json } = await send('PATCH', `${maps}/merged?fieldManager=kubectl-patch`, patch, merge);
    expect([status, at(json, 'data')]).toEqual([200, { a: '2' }]);
    const managers = listAt(json, 'metadata', 'managedFields').map((entry) => at(entry, 'manager'));
    expect(managers).toContain('kubectl-patch');
  });

  test('of the status leaves the rest alone, of the rest the status', async () => {
    const spec = {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none' },
      strategy: { canary: { steps: [{ replicas: 1, pause: {} }] } },
    };
    const object = { apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'Rollout', metadata: { name: 'none' }, spec };
    expect((await send('POST', rollouts, object)).status).toBe(201);
    const both = { spec: { disabled: true }, status: { message: 'told' } };
    const status = await send('PATCH', `${rollouts}/none/status`, both, merge);
    expect([at(status.json, 'spec', 'disabled'), at(status.json, 'status', 'message')]).toEqual([false, 'told']);
    const rest = await send('PATCH', `${rollouts}/none`, { ...both, status: { message: 'other' } }, merge);
    expect([at(rest.json, 'spec', 'disabled'), at(rest.json, 'status', 'message')]).toEqual([true, 'told']);
    expect((await send('GET', `${rollouts}/none/status`)).json).toEqual(rest.json);
  });
});

describe('delete', () => {
  test('answers a Status that says what is gone; again it is not there', async () => {
    await send('POST', maps, configMap('gone', {}));
    const uid = found('gone')?.metadata.uid;
    const gone = await send('DELETE', `${maps}/gone`);
    expect([gone.status, gone.json]).toMatchObject([
      200,
      { kind: 'Status', status: 'Success', details: { name: 'gone', kind: 'configmaps', uid } },
    ]);
    expect((await send('DELETE', `${maps}/gone`)).status).toBe(404);
  });

  test('keeps an object for its finalizers, and lets it go with the last', async () => {
    const kept = configMap('kept', {});
    await send('POST', maps, { ...kept, metadata: { name: 'kept', finalizers: ['example.com/wait'] } });
    const { json } = await send('DELETE', `${maps}/kept`);
    expect(json).toMatchObject({ kind: 'ConfigMap', metadata: { deletionTimestamp: '2026-11-25T00:00:00Z' } });
    await send('PATCH', `${maps}/kept`, { metadata: { finalizers: null } }, merge);
    expect(found('kept')).toBeUndefined();
  });

  test('heeds a uid, and a dry run', async () => {
    await send('POST', maps, configMap('same', {}));
    const other = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'another' } };
    expect((await send('DELETE', `${maps}/same`, other)).status).toBe(409);
    for (const [path, options] of [
      [`${maps}/same?dryRun=All`, {}],
      [`${maps}/same`, { dryRun: ['All'] }],
    ] as const) {
      expect((await send('DELETE', path, options)).status).toBe(200);
    }
    expect(found('same')).toBeDefined();
    expect((await send('DELETE', `${maps}/same?propagationPolicy=Orphan`)).status).toBe(405);
  });

  test('of a pod is the beginning of its end', async () => {
    const metadata = { namespace: 'shop', name: 'pod' };
    it.cluster.api.create('Pod', { metadata, spec: { containers: [] } }, { manager: 'tests' });
    const { json } = await send('DELETE', '/api/v1/namespaces/shop/pods/pod');
    expect(json).toMatchObject({ kind: 'Pod', metadata: { deletionTimestamp: '2026-11-25T00:00:00Z' } });
    timeline.advance(1000);
    expect((await send('GET', '/api/v1/namespaces/shop/pods/pod')).status).toBe(404);
  });
});

describe('list', () => {
  test('is a List of its kind; native items do not say what they are, custom ones do', async () => {
    const native = await send('GET', '/api/v1/configmaps');
    expect(native.json).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(listAt(native.json, 'items').length).toBeGreaterThan(0);
    for (const item of listAt(native.json, 'items')) expect(Object.keys(item ?? {})).not.toContain('kind');
    const custom = await send('GET', rollouts);
    expect(custom.json).toMatchObject({ kind: 'RolloutList', items: [{ kind: 'Rollout' }] });
  });

  test('comes in pages, as of the moment of the first', async () => {
    for (const name of ['p1', 'p2', 'p3']) {
      const labelled = { ...configMap(name, {}), metadata: { name, labels: { paged: 'yes' } } };
      await send('POST', '/api/v1/namespaces/default/configmaps', labelled);
    }
    const all = '/api/v1/namespaces/default/configmaps?limit=2';
    const first = (await send('GET', all)).json;
    expect(listAt(first, 'items')).toHaveLength(2);
    expect(at(first, 'metadata', 'remainingItemCount')).toBe(1);
    await send('DELETE', '/api/v1/namespaces/default/configmaps/p3');
    const second = (await send('GET', `${all}&continue=${String(at(first, 'metadata', 'continue'))}`)).json;
    expect(listAt(second, 'items').map((item) => at(item, 'metadata', 'name'))).toEqual(['p3']);
    expect(at(second, 'metadata')).toEqual({ resourceVersion: at(first, 'metadata', 'resourceVersion') });
  });
});

test('discovery tells what is served, subresources too', async () => {
  const { json } = await send('GET', '/apis/rollouts.kruise.io/v1beta1');
  expect(json).toMatchObject({ kind: 'APIResourceList', groupVersion: 'rollouts.kruise.io/v1beta1' });
  expect(listAt(json, 'resources').map((one) => at(one, 'name'))).toEqual([
    'rollouts',
    'rollouts/status',
    'batchreleases',
    'batchreleases/status',
  ]);
});

test('a watch that ends by itself began with all there is', async () => {
  const { text } = await send('GET', '/api/v1/namespaces?watch=true&timeoutSeconds=1');
  const events = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(events.map((event) => at(event, 'type'))).toEqual(['ADDED', 'ADDED', 'ADDED']);
  expect(events.map((event) => at(event, 'object', 'metadata', 'name')).sort()).toEqual(['default', 'new', 'shop']);
});

test('a version is told as it was asked for', async () => {
  const spec = { parentRefs: [], rules: [] };
  const object = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'shop' }, spec };
  const path = (version: string) => `/apis/gateway.networking.k8s.io/${version}/namespaces/shop/httproutes`;
  expect((await send('POST', path('v1'), object)).status).toBe(201);
  const { json } = await send('GET', `${path('v1beta1')}/shop`);
  expect(json).toMatchObject({ apiVersion: 'gateway.networking.k8s.io/v1beta1', kind: 'HTTPRoute' });
});

test('a process that disposes of its server ends by itself', async () => {
  const src = new URL('../../src/simulator/', import.meta.url).href;
  const program = `
    import { createCluster } from '${src}cluster.ts';
    import { serve } from '${src}server/serve.ts';
    import { realTimeline } from '${src}time.ts';
    import http from 'node:http';
    const cluster = createCluster({ timeline: realTimeline() });
    const server = await serve(cluster);
    const headers = { authorization: 'Bearer ' + server.token };
    const watch = http.get(server.url + '/api/v1/pods?watch=true&allowWatchBookmarks=true', { headers });
    const response = await new Promise((resolve) => watch.once('response', resolve));
    response.on('error', () => console.log('cut'));
    response.resume();
    await server[Symbol.asyncDispose]();
    cluster.stop();
  `;
  const ran = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { timeout: 15_000 });
  expect((await ran).stdout).toBe('cut\n');
});
