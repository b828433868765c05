import http from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createCluster } from '../../src/simulator/cluster.ts';
import { createFaults } from '../../src/simulator/faults.ts';
import { serve } from '../../src/simulator/server/serve.ts';
import { realTimeline, virtualTimeline } from '../../src/simulator/time.ts';
import { ask, clientOf, maps, type RawRequest, refused, served } from './fixture.ts';

/** The embedded API server tells its own timeline's time, and knows its users apart. */

const { signal } = new AbortController();
const start = Date.UTC(2031, 1, 3, 4, 5, 6, 789);
const date = 'Mon, 03 Feb 2031 04:05:06 GMT';
const reviews = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const question = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
const shop = '/api/v1/namespaces/shop/configmaps';

const answers: readonly (RawRequest & { readonly what: string; readonly status: number })[] = [
  { what: 'a list', path: shop, status: 200 },
  { what: 'discovery', path: '/api/v1', status: 200 },
  { what: 'a review', method: 'POST', path: reviews, body: question, status: 201 },
  { what: 'what is not there', path: `${shop}/one`, status: 404 },
  { what: 'what is not served', path: '/x', status: 404 },
  { what: 'what a stranger asks', path: shop, headers: { authorization: '' }, status: 401 },
  { what: 'what is broken', method: 'POST', path: shop, body: '{', status: 400 },
  { what: 'what is too much', method: 'POST', path: shop, body: 'x'.repeat(3 * 1024 * 1024 + 1), status: 413 },
  { what: 'another method', method: 'PUT', path: shop, status: 405 },
  // Node answers these by itself.
  { what: 'an expectation', path: shop, headers: { expect: 'wonders' }, status: 417 },
];

describe('the Date is the timeline’s', () => {
  test.each(answers)('of $what', async ({ what: _what, status, ...request }) => {
    const timeline = virtualTimeline(start);
    await using it = await served({ timeline });
    const first = await ask(it.server, request);
    expect([first.status, first.headers.date]).toEqual([status, date]);
    timeline.advance(36 * 3_600_000);
    expect((await ask(it.server, request)).headers.date).toBe('Tue, 04 Feb 2031 16:05:06 GMT');
  });

  test('of a request without a host, which Node turns away', async () => {
    await using it = await served({ timeline: virtualTimeline(start) });
    const socket = connect(Number(new URL(it.server.url).port), '127.0.0.1');
    socket.end('GET / HTTP/1.1\r\n\r\n');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8').toLowerCase();
    expect(text).toContain('400 bad request');
    expect(text.match(/^date: .*$/gm)).toEqual([`date: ${date.toLowerCase()}`]);
  });

  test.each(['busy', 'broken'] as const)('of the fault: %s', async (is) => {
    const faults = createFaults();
    faults.next({ fault: is === 'busy' ? { is, retryAfter: 1 } : { is } });
    await using it = await served({ timeline: virtualTimeline(start), faults });
    expect((await ask(it.server, { path: shop })).headers.date).toBe(date);
  });

  test('once, at the moment of the answer and not of the request', async () => {
    const timeline = virtualTimeline(start);
    const faults = createFaults();
    faults.next({ fault: { is: 'slow', ms: 50 } });
    await using it = await served({ timeline, faults, seen: () => setTimeout(() => timeline.advance(60_000), 5) });
    const { headersDistinct } = await headOf(it.server, shop);
    expect(headersDistinct['date']).toEqual(['Mon, 03 Feb 2031 04:06:06 GMT']);
  });

  test('of a watch, as of its begin', async () => {
    await using it = await served({ timeline: virtualTimeline(start) });
    for (const path of [`${shop}?watch=true`, `${shop}?watch=true&resourceVersion=99999`]) {
      expect((await headOf(it.server, path)).headersDistinct['date']).toEqual([date]);
    }
  });

  test('and our client goes by it, at twenty times the speed too', async () => {
    const timeline = realTimeline(20, start);
    await using it = await served({ timeline });
    expect(it.api.now()).toBeNull();
    for (let round = 0; round < 20; round += 1) {
      const before = timeline.now();
      await it.api.list({ kind: maps, namespace: 'shop' }, signal);
      const now = it.api.now()?.getTime() ?? 0;
      expect(now).toBeLessThanOrEqual(timeline.now());
      // A second, and what the answer took in the cluster's time.
      expect(now).toBeGreaterThan(before - 1001);
    }
  });

  test('and our client goes by it when time leaps, and while it stands', async () => {
    const timeline = virtualTimeline(start);
    await using it = await served({ timeline });
    for (const leap of [0, 500, 86_400_000, 0, 0, 3_600_000]) {
      timeline.advance(leap);
      const began = performance.now();
      await it.api.list({ kind: maps, namespace: 'shop' }, signal);
      const ahead = (it.api.now()?.getTime() ?? 0) - timeline.now();
      expect(ahead).toBeGreaterThanOrEqual(-1000);
      // Its own clock goes on while the cluster's stands.
      expect(ahead).toBeLessThan(1001 + performance.now() - began);
    }
  });
});

describe('users', () => {
  const users = { ada: 'token-of-ada', 'system:serviceaccount:ci:deployer': 'token-of-ci' };

  test('are told who they are, by their tokens', async () => {
    await using it = await served({ users });
    const names = ['admin', 'ada', 'system:serviceaccount:ci:deployer'];
    for (const name of names) {
      await using api = await clientOf(it.server.kubeconfigOf(name));
      expect(await api.user(signal)).toBe(name);
      expect((await api.list({ kind: maps, namespace: 'shop' }, signal)).items).toEqual([]);
    }
    expect(await it.api.user(signal)).toBe('admin');
    expect(it.server.requests).toMatchObject({ review: 4, create: 0 });
    expect(it.server.strangers).toBe(0);
  });

  test('are answered as the real server does', async () => {
    await using it = await served({ users, timeline: virtualTimeline(start) });
    const as = (token: string) => ask({ ...it.server, token }, { method: 'POST', path: reviews, body: question });
    const answer = await as('token-of-ada');
    expect([answer.status, answer.json]).toEqual([
      201,
      {
        kind: 'SelfSubjectReview',
        apiVersion: 'authentication.k8s.io/v1',
        metadata: { creationTimestamp: '2031-02-03T04:05:06Z' },
        status: { userInfo: { username: 'ada', groups: ['system:authenticated'] } },
      },
    ]);
    expect((await as(it.server.token)).json).toMatchObject({
      status: { userInfo: { username: 'admin', groups: ['system:masters', 'system:authenticated'] } },
    });
  });

  test.each(['', 'ada', 'token-of-Ada', 'token-of-ada2', 'token-of-ad'])('a stranger is a 401: %j', async (token) => {
    await using it = await served({ users });
    const bearer = { authorization: `Bearer ${token}` };
    const asked = { method: 'POST', path: reviews, body: question, headers: bearer };
    expect(await ask(it.server, asked)).toMatchObject({ status: 401 });
    expect(it.server.strangers).toBe(1);
    const text = it.server.kubeconfig.replace(it.server.token, token === '' ? 'x' : token);
    await using api = await clientOf(text);
    expect(await refused(api.user(signal))).toMatchObject({ status: 401 });
  });

  test.each(['0123', 'true', 'a.b~c/d+e=='])('have the token in their kubeconfig as it is: %s', async (token) => {
    await using it = await served({ users: { ada: token } });
    await using api = await clientOf(it.server.kubeconfigOf('ada'));
    expect(await api.user(signal)).toBe('ada');
  });

  test.each([
    [{ admin: 'other' }, 'the user admin is there already'],
    [{ ada: 'one', bo: 'one' }, 'the user bo has the token of another'],
    [{ ada: 'of-admin' }, 'the user ada has the token of another'],
    [{ ada: '' }, 'a user has to have a name and a token'],
    [{ '': 'one' }, 'a user has to have a name and a token'],
  ])('%j are not served', async (given, message) => {
    const cluster = createCluster({ timeline: virtualTimeline(start) });
    await expect(serve(cluster, { token: 'of-admin', users: given })).rejects.toThrow(message);
  });

  test('nobody has the kubeconfig of a user that is not there', async () => {
    await using it = await served({ users });
    expect(() => it.server.kubeconfigOf('Ada')).toThrow('no user "Ada"');
    expect(it.server.kubeconfigOf('admin')).toBe(it.server.kubeconfig);
  });
});

describe('a review', () => {
  test.each([
    { what: 'is no object to get', method: 'GET', code: 405, reason: 'MethodNotAllowed' },
    { what: 'is not deleted', method: 'DELETE', code: 405, reason: 'MethodNotAllowed' },
    { what: 'is not patched', method: 'PATCH', code: 405, reason: 'MethodNotAllowed' },
    { what: 'has a body', body: '', code: 400, reason: 'BadRequest' },
    { what: 'has a body that is JSON', body: '{', code: 400, reason: 'BadRequest' },
    { what: 'is one of its kind', body: question.replace('Self', 'Other'), code: 400, reason: 'BadRequest' },
    { what: 'is of version 1', body: question.replace('/v1', '/v2'), code: 400, reason: 'BadRequest' },
    { what: 'is JSON by its type', type: 'text/plain', code: 415, reason: 'UnsupportedMediaType' },
    { what: 'knows one dry run', path: `${reviews}?dryRun=Some`, code: 422, reason: 'Invalid' },
  ])('$what', async ({ method = 'POST', path = reviews, body = question, type, code, reason }) => {
    await using it = await served();
    const headers = type === undefined ? {} : { 'content-type': type };
    const answer = await ask(it.server, { method, path, body, headers });
    expect([answer.status, answer.json]).toMatchObject([code, { kind: 'Status', code, reason }]);
  });

  test.each([`${reviews}/ada`, `${reviews}/`, reviews.replace('/v1/', '/v1beta1/'), reviews.replace('self', '')])(
    'is not served at %s',
    async (path) => {
      await using it = await served();
      expect(await ask(it.server, { method: 'POST', path, body: question })).toMatchObject({ status: 404 });
    },
  );

  test('is found by discovery, and leaves nothing in the cluster', async () => {
    await using it = await served();
    const { version } = it.cluster.api.store;
    expect(await it.api.discover('authentication.k8s.io/v1', 'SelfSubjectReview', signal)).toEqual({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
      plural: 'selfsubjectreviews',
      namespaced: false,
    });
    await it.api.user(signal);
    expect(it.cluster.api.store.version).toBe(version);
  });

  test('meets faults like any request, and is asked again', async () => {
    await using it = await served();
    it.server.faults.next({ match: { verb: 'review' }, fault: { is: 'broken' } });
    it.server.faults.next({ match: { verb: 'review' }, fault: { is: 'cut', when: 'after' } });
    expect(await it.api.user(signal)).toBe('admin');
    expect(it.server.requests.review).toBe(3);
  });
});

/** The head of an answer, whose body may never end. */
function headOf({ url, token }: { readonly url: string; readonly token: string }, path: string) {
  return new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = http.get(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } }, (response) => {
      resolve(response);
      request.destroy();
    });
    request.once('error', reject);
  });
}
