import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { retryAfter } from '../../../src/adapters/kubernetes/http.ts';
import type { ConnectedCluster } from '../../../src/adapters/kubernetes/index.ts';
import { tuned } from '../../../src/adapters/kubernetes/tuning.ts';
import { StepgateError } from '../../../src/release/error.ts';
import { ClusterError } from '../../../src/release/ports.ts';
import { selfSigned } from './certificate.ts';
import {
  client,
  cut,
  discovery,
  failure,
  folder,
  hang,
  json,
  kubeconfig,
  maps,
  noticed,
  type Reply,
  serve,
  text,
  thrownBy,
} from './server.ts';
import { nothingWaits, waiting } from './timers.ts';

const never = new AbortController().signal;
const ref = { kind: maps, namespace: 'n', name: 'one' };
const one = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: 'n', resourceVersion: '7' } };
const ok = json(200, one);

/** A list with these items; without any where none are given. */
const listOf = (items?: unknown, metadata: object = {}) =>
  json(200, { metadata: { resourceVersion: '7', ...metadata }, ...(items === undefined ? {} : { items }) });

/** Switches to another protocol. */
const otherProtocol: Reply = (response) =>
  response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n');
/** An answer as it is written here. */
const raw =
  (words: string): Reply =>
  (response) =>
    response.socket?.end(words);

/** The requests of these tests, by the name a row gives them. */
const operations = {
  get: (api: ConnectedCluster, signal: AbortSignal) => api.get(ref, signal),
  list: (api: ConnectedCluster, signal: AbortSignal) => api.list({ kind: maps, namespace: 'n' }, signal),
  patch: (api: ConnectedCluster, signal: AbortSignal) =>
    api.patch(ref, [{ op: 'remove', path: '/data' }], { manager: 'm', subresource: null, dryRun: false, signal }),
  dryPatch: (api: ConnectedCluster, signal: AbortSignal) =>
    api.patch(ref, [{ op: 'remove', path: '/data' }], { manager: 'm', subresource: null, dryRun: true, signal }),
} as const;

interface Row {
  readonly does: keyof typeof operations;
  readonly when: string;
  readonly replies: readonly [Reply, ...Reply[]];
  /** `ok`, `null`, `cluster <status>` or a code. */
  readonly ends: string;
  readonly requests: number;
}

const busy = failure(429, 'TooManyRequests', 'slow down');
const broken = failure(500, 'InternalError', 'etcd is away');
const rows: readonly Row[] = [
  { does: 'get', when: 'all is well', replies: [ok], ends: 'ok', requests: 1 },
  {
    does: 'get',
    when: 'the object is not there',
    replies: [failure(404, 'NotFound', 'no')],
    ends: 'null',
    requests: 1,
  },
  {
    does: 'get',
    when: 'the path is not there',
    replies: [text(404, '404 page not found')],
    ends: 'cluster 404',
    requests: 1,
  },
  { does: 'get', when: 'busy once', replies: [json(429, {}, { 'retry-after': '1' }), ok], ends: 'ok', requests: 2 },
  { does: 'get', when: 'busy for ever', replies: [busy], ends: 'cluster 429', requests: 4 },
  { does: 'get', when: 'broken twice', replies: [broken, text(503, 'away'), ok], ends: 'ok', requests: 3 },
  { does: 'get', when: 'broken for ever', replies: [broken], ends: 'cluster 500', requests: 4 },
  { does: 'get', when: 'cut before the head', replies: [cut(), ok], ends: 'ok', requests: 2 },
  { does: 'get', when: 'cut within the body', replies: [cut('{"kind":'), ok], ends: 'ok', requests: 2 },
  { does: 'get', when: 'cut for ever', replies: [cut()], ends: 'CLUSTER_UNREACHABLE', requests: 4 },
  { does: 'get', when: 'too much', replies: [text(200, 'x'.repeat(70_000))], ends: 'CLUSTER_UNREACHABLE', requests: 1 },
  { does: 'get', when: 'a login page', replies: [text(200, '<html>')], ends: 'CLUSTER_UNREACHABLE', requests: 1 },
  {
    does: 'get',
    when: 'sent elsewhere',
    replies: [text(302, '', { location: '/x' })],
    ends: 'CLUSTER_UNREACHABLE',
    requests: 1,
  },
  { does: 'get', when: 'another protocol', replies: [otherProtocol], ends: 'CLUSTER_UNREACHABLE', requests: 1 },
  { does: 'patch', when: 'another protocol', replies: [otherProtocol], ends: 'CLUSTER_UNREACHABLE', requests: 1 },
  { does: 'get', when: 'no HTTP', replies: [raw('SSH-2.0-x\r\n')], ends: 'CLUSTER_UNREACHABLE', requests: 4 },
  {
    does: 'get',
    when: 'headers without end',
    replies: [raw(`HTTP/1.1 200 OK\r\n${'x-more: 1\r\n'.repeat(3_000)}`)],
    ends: 'CLUSTER_UNREACHABLE',
    requests: 4,
  },
  {
    does: 'get',
    when: 'less than its length',
    replies: [raw('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{')],
    ends: 'CLUSTER_UNREACHABLE',
    requests: 4,
  },
  { does: 'get', when: 'no body', replies: [raw('HTTP/1.1 204 No\r\n\r\n')], ends: 'CLUSTER_UNREACHABLE', requests: 1 },
  { does: 'get', when: 'forbidden', replies: [failure(403, 'Forbidden', 'no')], ends: 'cluster 403', requests: 1 },
  {
    does: 'get',
    when: 'unauthorized',
    replies: [failure(401, 'Unauthorized', 'no')],
    ends: 'cluster 401',
    requests: 1,
  },
  {
    does: 'list',
    when: 'it is not served',
    replies: [failure(404, 'NotFound', 'no')],
    ends: 'cluster 404',
    requests: 1,
  },
  { does: 'list', when: 'it is no list', replies: [json(200, {})], ends: 'CLUSTER_UNREACHABLE', requests: 1 },
  { does: 'list', when: 'all is well', replies: [listOf([one])], ends: 'ok', requests: 1 },
  { does: 'list', when: 'there is nothing', replies: [listOf(null)], ends: 'ok', requests: 1 },
  { does: 'list', when: 'it has no items', replies: [listOf()], ends: 'CLUSTER_UNREACHABLE', requests: 1 },
  { does: 'list', when: 'its items are no list', replies: [listOf({ one })], ends: 'CLUSTER_UNREACHABLE', requests: 1 },
  {
    does: 'list',
    when: 'an item is no object',
    replies: [listOf([one, 'two'])],
    ends: 'CLUSTER_UNREACHABLE',
    requests: 1,
  },
  {
    does: 'list',
    when: 'an item has no name',
    replies: [listOf([one, { metadata: {} }])],
    ends: 'CLUSTER_UNREACHABLE',
    requests: 1,
  },
  {
    does: 'list',
    when: 'it is a part of one',
    replies: [listOf([one], { continue: 'more' })],
    ends: 'CLUSTER_UNREACHABLE',
    requests: 1,
  },
  { does: 'get', when: 'an empty object', replies: [json(200, {})], ends: 'CLUSTER_UNREACHABLE', requests: 1 },
  { does: 'get', when: 'a Status', replies: [json(200, { kind: 'Status' })], ends: 'CLUSTER_UNREACHABLE', requests: 1 },
  {
    does: 'get',
    when: 'another object',
    replies: [json(200, { ...one, metadata: { name: 'two' } })],
    ends: 'CLUSTER_UNREACHABLE',
    requests: 1,
  },
  { does: 'patch', when: 'an empty object', replies: [json(200, {})], ends: 'CLUSTER_UNREACHABLE', requests: 1 },
  { does: 'patch', when: 'all is well', replies: [ok], ends: 'ok', requests: 1 },
  {
    does: 'patch',
    when: 'a test failed',
    replies: [failure(422, 'Invalid', 'test')],
    ends: 'cluster 422',
    requests: 1,
  },
  { does: 'patch', when: 'busy once', replies: [busy, ok], ends: 'ok', requests: 2 },
  { does: 'patch', when: 'broken', replies: [broken, ok], ends: 'cluster 500', requests: 1 },
  { does: 'patch', when: 'the gateway gave up', replies: [text(504, ''), ok], ends: 'cluster 504', requests: 1 },
  { does: 'patch', when: 'its answer is lost', replies: [cut(), ok], ends: 'CLUSTER_UNREACHABLE', requests: 1 },
  { does: 'patch', when: 'its answer is cut', replies: [cut('{'), ok], ends: 'CLUSTER_UNREACHABLE', requests: 1 },
  { does: 'dryPatch', when: 'broken once', replies: [broken, ok], ends: 'ok', requests: 2 },
  { does: 'dryPatch', when: 'its answer is lost', replies: [cut(), ok], ends: 'ok', requests: 2 },
];

/** Rows in which the server says nothing, or nothing more, to the first request. */
const silent: readonly Row[] = [
  { does: 'get', when: 'silent once', replies: [hang(), ok], ends: 'ok', requests: 2 },
  { does: 'get', when: 'a body that never ends', replies: [hang('{'), ok], ends: 'ok', requests: 2 },
  { does: 'patch', when: 'it is not answered', replies: [hang(), ok], ends: 'CLUSTER_UNREACHABLE', requests: 1 },
];

/** As a row says it. */
function outcomeOf(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    (value) => (value === null ? 'null' : 'ok'),
    (error: unknown) => {
      if (error instanceof ClusterError) return `cluster ${error.status}`;
      if (error instanceof StepgateError && error.family === 'environment') return error.code;
      throw error;
    },
  );
}

describe('what becomes of a request that is not answered', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each(silent)('$does, $when: $ends after $requests', async ({ does, replies, ends, requests }) => {
    const [silence, ...later] = replies;
    const first = noticed(silence);
    await using server = await serve([first.reply, ...later]);
    await using api = await client(server.address, { tuning: { requestMs: 30_000 } });
    const outcome = outcomeOf(operations[does](api, never));
    // Not by expect.poll: it moves these timers along.
    await first.asked;
    // Its time is over once it is known to have come; the time of a second one never is.
    await vi.advanceTimersByTimeAsync(29_999);
    expect(api.stats.requests).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toBe(ends);
    expect(server.seen).toHaveLength(requests);
    expect(api.stats.requests).toBe(requests);
  });
});

describe('what becomes of a request', () => {
  test.concurrent.each(rows)('$does, $when: $ends after $requests', async ({ does, replies, ends, requests }) => {
    await using server = await serve(replies);
    await using api = await client(server.address, { tuning: { answerBytes: 65_536 } });
    expect(await outcomeOf(operations[does](api, never))).toBe(ends);
    expect(server.seen).toHaveLength(requests);
    expect(api.stats.requests).toBe(requests);
  });

  test('a write whose answer was lost says that nobody knows', async () => {
    await using server = await serve([cut()]);
    await using api = await client(server.address);
    const error = await thrownBy(operations.patch(api, never));
    expect(error).toMatchObject({
      message: expect.stringContaining('it is unknown whether the server executed the write'),
    });
    const read = await thrownBy(operations.get(api, never));
    expect(read).not.toMatchObject({ message: expect.stringContaining('carried out') });
  });

  test('an answer that is none of an API server says what it was', async () => {
    await using server = await serve([
      otherProtocol,
      text(307, '', { location: 'https://elsewhere.example/x?token=1' }),
    ]);
    await using api = await client(server.address);
    for (const said of ['101, another protocol', '307, a redirect to elsewhere.example, and none is followed'])
      expect(await thrownBy(operations.get(api, never))).toMatchObject({
        family: 'environment',
        message: expect.stringMatching(
          new RegExp(`does not answer like a Kubernetes API server: it answered ${said}$`),
        ),
      });
  });

  test.each<[string, Reply, string]>([
    ['no HTTP', raw('SSH-2.0-x\r\n'), 'like a Kubernetes API server: no HTTP that can be read (Expected HTTP/'],
    ['too much', text(200, 'x'.repeat(70_000)), 'API server: the answer is longer than 65536 bytes'],
    ['half an answer', cut('{"kind":'), 'cannot be reached: the connection broke off in the middle of an answer'],
    ['no answer', cut(), 'cannot be reached: the connection was closed without an answer'],
  ])('%s is told as that', async (_, reply, said) => {
    await using server = await serve([reply]);
    await using api = await client(server.address, { tuning: { answerBytes: 65_536 } });
    expect(await thrownBy(operations.get(api, never))).toMatchObject({
      family: 'environment',
      message: expect.stringContaining(said),
    });
    expect(await thrownBy(operations.patch(api, never))).toMatchObject({
      message: expect.stringContaining('it is unknown whether the server executed the write'),
    });
  });

  test('a write waits for a server that is not up yet: it was never sent', async () => {
    const { port } = await freePort();
    await using api = await client(`http://127.0.0.1:${port}`, { tuning: { attempts: 1_000 } });
    const writing = operations.patch(api, never);
    await expect.poll(() => api.stats.requests).toBeGreaterThan(1);
    await using server = await serve([ok], undefined, port);
    expect(await writing).toEqual(one);
    expect(server.seen).toHaveLength(1);
  });

  test('nobody listens: the environment is to blame, with a hint', async () => {
    const { port } = await freePort();
    await using api = await client(`http://127.0.0.1:${port}`);
    const error = await thrownBy(operations.get(api, never));
    expect(error).toMatchObject({
      family: 'environment',
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
      hint: expect.stringMatching(
        RegExp(`^nothing listens at 127.0.0.1:${port}: .* correct the server of cluster "c" of `),
      ),
    });
  });

  test('Retry-After is honoured, within reason', async () => {
    const now = Date.parse('2026-11-21T09:00:00Z');
    expect(retryAfter(undefined, tuned, now)).toBeNull();
    expect(retryAfter('2', tuned, now)).toBe(2000);
    expect(retryAfter('86400', tuned, now)).toBe(tuned.retryAfterCapMs);
    expect(retryAfter('Sat, 21 Nov 2026 09:00:05 GMT', tuned, now)).toBe(5000);
    expect(retryAfter('Sat, 21 Nov 2026 08:00:00 GMT', tuned, now)).toBe(0);
    expect(retryAfter('soon', tuned, now)).toBeNull();

    await using server = await serve([json(429, {}, { 'retry-after': '1' }), ok]);
    await using api = await client(server.address, { tuning: { retryAfterCapMs: 300 } });
    const began = Date.now();
    await operations.patch(api, never);
    expect(Date.now() - began).toBeGreaterThanOrEqual(290);
  });
});

describe('what is sent', () => {
  test('paths and queries', async () => {
    await using server = await serve([discovery, ok]);
    await using api = await client(`${server.address}/k8s/clusters/c-1/`);
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: 'n' } };
    await api.apply(object, { manager: 'a&b', force: true, dryRun: true, signal: never });
    await api.patch(ref, [], { manager: 'm', subresource: 'status', dryRun: false, signal: never });
    const [asked, applied, patched] = server.seen;
    expect(asked?.url.pathname).toBe('/k8s/clusters/c-1/api/v1');
    expect(asked?.headers).toMatchObject({ authorization: 'Bearer canary-token', accept: 'application/json' });
    expect(applied?.url.pathname).toBe('/k8s/clusters/c-1/api/v1/namespaces/n/configmaps/one');
    expect(Object.fromEntries(applied?.url.searchParams ?? [])).toEqual({
      fieldManager: 'a&b',
      force: 'true',
      fieldValidation: 'Strict',
      dryRun: 'All',
    });
    expect(applied?.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(applied?.body).toBe(JSON.stringify(object));
    expect(patched?.url.pathname).toMatch(/\/configmaps\/one\/status$/);
    expect(patched?.headers['content-type']).toBe('application/json-patch+json');
    expect(patched?.url.searchParams.has('dryRun')).toBe(false);
  });

  test('a list of no version is an error: nothing could be watched from there', async () => {
    await using server = await serve([json(200, { metadata: {}, items: [one] })]);
    await using api = await client(server.address);
    await expect(api.list({ kind: maps, namespace: null }, never)).rejects.toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
    });
  });

  test('the end of a log, as it is', async () => {
    const busyFirst = failure(429, 'TooManyRequests', 'slow down');
    await using server = await serve([busyFirst, text(200, 'one\ntwo {not JSON\n'), failure(403, 'Forbidden', 'no')]);
    await using api = await client(server.address);
    const query = { namespace: 'n', pod: 'shop-1', container: 'main', previous: true, lines: 20, bytes: 999 };
    expect(await api.logs(query, never)).toBe('one\ntwo {not JSON\n');
    const { url, headers } = server.seen[1] ?? {};
    expect(url?.pathname).toBe('/api/v1/namespaces/n/pods/shop-1/log');
    expect(Object.fromEntries(url?.searchParams ?? [])).toEqual({
      container: 'main',
      tailLines: '20',
      limitBytes: '999',
      previous: 'true',
    });
    expect(headers?.accept).toBe('application/json, */*');
    expect(await thrownBy(api.logs({ ...query, previous: false }, never))).toMatchObject({ status: 403 });
    expect(server.seen[2]?.url.searchParams.has('previous')).toBe(false);
  });

  test('a list in pages: how many, where to go on, and what is left', async () => {
    const page = (metadata: object) => json(200, { metadata: { resourceVersion: '7', ...metadata }, items: [one] });
    await using server = await serve([page({ continue: 'a&b', remainingItemCount: 1 }), page({ continue: '' })]);
    await using api = await client(server.address);
    const query = { kind: maps, namespace: null, limit: 1 };
    const first = await api.list(query, never);
    const last = await api.list({ ...query, continue: first.continue ?? '' }, never);
    expect(first).toEqual({ items: [one], resourceVersion: '7', continue: 'a&b', remaining: 1 });
    expect(last).toEqual({ items: [one], resourceVersion: '7' });
    expect(server.seen.map(({ url }) => Object.fromEntries(url.searchParams))).toEqual([
      { limit: '1' },
      { limit: '1', continue: 'a&b' },
    ]);
  });

  test('a list in pages ends, whatever the server says', async () => {
    await using server = await serve([listOf([], { continue: 'more' })]);
    await using api = await client(server.address);
    const error = await thrownBy(api.list({ kind: maps, namespace: null, limit: 1 }, never));
    expect(error).toMatchObject({ code: 'CLUSTER_UNREACHABLE', message: expect.stringContaining('a part of a list') });
  });

  test('a list of what is not served names the kind', async () => {
    await using server = await serve([text(404, '404 page not found')]);
    await using api = await client(server.address);
    const asked = api.list({ kind: maps, namespace: null }, never);
    await expect(asked).rejects.toMatchObject({ name: 'KindMissing', status: 404, kind: maps });
  });

  test.each(['..', '.', '', 'a/b', 'a%2fb'])('no name makes it another path: %j', async (name) => {
    await using server = await serve([ok]);
    await using api = await client(server.address);
    await expect(api.get({ ...ref, name }, never)).rejects.toThrow('API path');
    await expect(api.list({ kind: maps, namespace: name }, never)).rejects.toThrow('API path');
    expect(server.seen).toHaveLength(0);
  });

  test('discovery is asked once, and again for what was not there', async () => {
    await using server = await serve([discovery, text(404, ''), discovery, discovery]);
    await using api = await client(server.address);
    expect(await api.discover('v1', 'ConfigMap', never)).toEqual(maps);
    expect(await api.discover('v1', 'ConfigMap', never)).toEqual(maps);
    expect(await api.discover('x.example/v1', 'ConfigMap', never)).toBeNull();
    expect(await api.discover('x.example/v1', 'ConfigMap', never)).toMatchObject({ apiVersion: 'x.example/v1' });
    expect(await api.discover('v1', 'Other', never)).toBeNull();
    expect(server.seen.map(({ url }) => url.pathname)).toEqual([
      '/api/v1',
      '/apis/x.example/v1',
      '/apis/x.example/v1',
      '/api/v1',
    ]);
  });

  test('a body in pieces of one byte is whole again', async () => {
    const body = Buffer.from(JSON.stringify({ ...one, data: { a: 'ä€😀' } }));
    await using server = await serve([
      async (response) => {
        for (const byte of body) {
          response.write(Buffer.from([byte]));
          await new Promise(setImmediate);
        }
        response.end();
      },
    ]);
    await using api = await client(server.address);
    expect(await api.get(ref, never)).toMatchObject({ data: { a: 'ä€😀' } });
  });
});

describe('conflicts', () => {
  const cause = (message: string, field: string) => ({ reason: 'FieldManagerConflict', message, field });
  test.each([
    ['conflict with "kubectl" using apps/v1', 'kubectl'],
    ['conflict with "kubectl" using apps/v1 at 2026-11-21T09:00:00Z', 'kubectl'],
    ['conflict with "kube-controller-manager" with subresource "status" using apps/v1', 'kube-controller-manager'],
    ['conflict with "a \\"b\\" \\\\ c" using v1', 'a "b" \\ c'],
    ['conflict with "a\\x00b" using v1', 'a\\x00b'],
    ['something else', ''],
  ])('%s', async (message, manager) => {
    const causes = [cause(message, '.spec.replicas'), { reason: 'FieldValueInvalid', message: 'x', field: '.a' }];
    await using server = await serve([failure(409, 'Conflict', 'Apply failed', { details: { causes } })]);
    await using api = await client(server.address);
    const error = await thrownBy(operations.patch(api, never));
    expect(error).toBeInstanceOf(ClusterError);
    expect(error).toMatchObject({ status: 409, conflicts: [{ manager, field: '.spec.replicas' }] });
  });
});

describe('sockets', () => {
  test('few are opened, kept, and closed at the end', async () => {
    await using server = await serve([ok]);
    {
      await using api = await client(server.address, { tuning: { sockets: 3 } });
      for (let round = 0; round < 5; round += 1) await operations.get(api, never);
      expect(api.stats).toEqual({ requests: 5, connections: 1 });
      await Promise.all(Array.from({ length: 50 }, () => operations.get(api, never)));
      expect(api.stats).toEqual({ requests: 55, connections: 3 });
      expect(server.sockets.size).toBe(3);
    }
    await expect.poll(() => server.sockets.size).toBe(0);
  });

  test('an idle one is given up before a write could run into its end', async () => {
    await using server = await serve([ok]);
    await using api = await client(server.address, { tuning: { socketIdleMs: 50 } });
    await operations.get(api, never);
    await expect.poll(() => server.sockets.size).toBe(0);
    await operations.patch(api, never);
    expect(api.stats).toEqual({ requests: 2, connections: 2 });
  });

  test('an answer may take longer than a socket may idle', async () => {
    await using server = await serve([(response) => setTimeout(() => response.end(JSON.stringify(one)), 120)]);
    await using api = await client(server.address, { tuning: { socketIdleMs: 30 } });
    expect(await operations.get(api, never)).toEqual(one);
  });
});

const HOUR = 3_600_000;

describe('abort', () => {
  const reason = new Error('enough');

  test.each(['before', 'in flight', 'in the body', 'in a pause', 'in the queue'] as const)('%s', async (when) => {
    const replies = {
      before: ok,
      'in flight': hang(),
      'in the body': hang('{'),
      'in a pause': busy,
      'in the queue': hang(),
    };
    await using server = await serve([replies[when]]);
    // What only ends by a time of its own never ends here.
    const slow = { requestMs: HOUR, pauseMs: HOUR, pauseCapMs: HOUR, sockets: 1 };
    await using api = await client(server.address, { tuning: slow });
    const before = waiting();
    const stop = new AbortController();
    const other = new AbortController();
    if (when === 'before') stop.abort(reason);
    const blocking = when === 'in the queue' ? operations.get(api, other.signal) : null;
    const asking = thrownBy(operations.get(api, stop.signal));
    if (when !== 'before') await expect.poll(() => server.seen.length).toBe(1);
    await sleep(20);
    stop.abort(reason);
    expect(await asking).toBe(reason);
    if (blocking !== null) {
      other.abort(reason);
      expect(await thrownBy(blocking)).toBe(reason);
    }
    expect(server.seen.length).toBe(when === 'before' ? 0 : 1);
    // What is on its way is cut off; a socket that stays is free for the next request.
    if (when === 'in flight' || when === 'in the body') await expect.poll(() => server.sockets.size).toBe(0);
    await nothingWaits(before);
    await api[Symbol.asyncDispose]();
    await expect.poll(() => server.sockets.size).toBe(0);
  });

  test('many requests may share a signal', async () => {
    await using server = await serve([ok]);
    await using api = await client(server.address);
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 60 }, () => operations.get(api, signal)));
    await sleep(10);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });
});

describe('TLS', () => {
  const own = selfSigned('server');
  const user = selfSigned('somebody');
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  test('a client certificate from files, and the certificate authority inline', async () => {
    await using server = await serve([ok], { ...own, requestCert: true, ca: user.cert });
    await using files = await folder();
    await files.write('user.crt', user.cert);
    await files.write('user.key', user.key);
    const file = await files.write(
      'config',
      kubeconfig(
        { server: server.address, 'certificate-authority-data': base64(own.cert) },
        { 'client-certificate': 'user.crt', 'client-key': 'user.key' },
      ),
    );
    await using api = await connected(file);
    expect(await operations.get(api, never)).toEqual(one);
    await operations.get(api, never);
    expect(api.stats).toEqual({ requests: 2, connections: 1 });
    expect(inspect(api, { depth: 9, showHidden: true })).not.toContain('PRIVATE KEY');
  });

  test('a server that wants a certificate, and one that nobody vouches for', async () => {
    await using server = await serve([ok], { ...own, requestCert: true, ca: user.cert });
    await using files = await folder();
    const ca = { 'certificate-authority-data': base64(own.cert) };
    const foreign = { 'certificate-authority-data': base64(user.cert) };
    for (const [authority, hint] of [
      [ca, /^the server has ended the TLS connection: it may want another client certificate/],
      [{}, /^the server's certificate is not trusted; nothing in cluster "c" of .* says whom to trust/],
      [foreign, /the certificate-authority-data of cluster "c" of .* has not signed it/],
      [{ ...ca, 'tls-server-name': 'elsewhere.example' }, /^the certificate is for other names/],
    ] as const) {
      const file = await files.write('config', kubeconfig({ server: server.address, ...authority }, {}));
      await using api = await connected(file);
      const error = await thrownBy(operations.get(api, never));
      expect(error).toMatchObject({
        family: 'environment',
        code: 'CLUSTER_UNREACHABLE',
        hint: expect.stringMatching(hint),
      });
      expect(error).toMatchObject({ message: expect.not.stringMatching(/openssl|\n/) });
      expect(api.stats.requests).toBe(1);
    }
    expect(server.seen).toHaveLength(0);
  });

  test('sends nothing without trust, whatever an earlier step has put into the environment', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    await using server = await serve([ok], own);
    await using files = await folder();
    const file = await files.write('config', kubeconfig({ server: server.address }, { token: 'secret' }));
    await using api = await connected(file);
    expect(await thrownBy(operations.get(api, never))).toMatchObject({
      family: 'environment',
      code: 'CLUSTER_UNREACHABLE',
    });
    expect(server.seen).toEqual([]);
  });

  async function connected(file: string): Promise<ConnectedCluster> {
    const { connect } = await import('../../../src/adapters/kubernetes/index.ts');
    return connect({ kubeconfig: file, context: null, exec: [], env: {} });
  }
});

/** Timers that keep the process alive. */

async function freePort(): Promise<{ port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  return { port: typeof bound === 'object' && bound !== null ? bound.port : 0 };
}
