import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, configMap, type Served, served } from './fixture.ts';
import { apply, json, jsonPatch, maps, one, refusals } from './refusals.ts';

/** What the embedded API server refuses, and how it says so. Nothing here may change anything. */

let it: Served;
let version = 0;

beforeAll(async () => {
  it = await served();
  it.cluster.api.create('ConfigMap', configMap('one', { a: '1' }), { manager: 'tests' });
  version = it.cluster.api.store.version;
});
afterAll(async () => {
  expect(it.cluster.api.store.version).toBe(version);
  await it[Symbol.asyncDispose]();
});

test.each(refusals)('$what is refused', async ({ says: { code, reason, message }, ...request }) => {
  const answer = await ask(it.server, request);
  const why = reason === '' ? {} : { reason };
  expect(answer.json).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message, ...why });
  expect(answer.status).toBe(code);
});

test.each([
  { what: 'a create', method: 'POST', path: maps, headers: json },
  { what: 'an apply', method: 'PATCH', path: `${one}?fieldManager=me`, headers: apply },
  { what: 'a JSON patch', method: 'PATCH', path: one, headers: jsonPatch },
  { what: 'a merge patch', method: 'PATCH', path: one, headers: { 'content-type': 'application/merge-patch+json' } },
])('$what that is no JSON, or JSON of another sort, is a 400', async ({ what: _what, ...request }) => {
  for (const broken of ['', '{', '"text"', 'null', '[[]]', '{"a":']) {
    const answer = await ask(it.server, { ...request, body: broken });
    expect([broken, answer.status, answer.json]).toMatchObject([broken, 400, { reason: 'BadRequest' }]);
  }
});

describe('paths that are not served', () => {
  test.each([
    '/',
    '/x',
    '/api/v2',
    '/apis/apps/v9/namespaces/shop/deployments',
    '/apis/nobody.example/v1/things',
    `${maps}/`,
    `/${maps}`,
    `${maps}/..`,
    `${maps}/%2e%2e`,
    `${maps}/%2e%2e/secrets/one`,
    `${maps}/../secrets/one`,
    `${maps}/..%2fsecrets%2fone`,
    `${maps}/one%00`,
    `${maps}/%zz`,
    `${maps}/%c3%28`,
    `${maps}/one/scale`,
    `${one}/status`,
    '/api/v1/configmaps/one',
    '/api/v1/namespaces/shop/nodes/one',
    // Versions the model does not convert to.
    '/apis/rollouts.kruise.io/v1alpha1/namespaces/shop/rollouts',
    '/apis/autoscaling/v1/namespaces/shop/horizontalpodautoscalers',
    '//127.0.0.1/api/v1',
    'http://elsewhere.example/api/v1',
  ])('%s', async (path) => {
    expect(await ask(it.server, { path })).toMatchObject({ status: 404, text: '404 page not found\n' });
  });
});

test('a token in the query is no token, and strangers are counted', async () => {
  const before = it.server.strangers;
  const path = `${one}?token=${it.server.token}`;
  expect(await ask(it.server, { path, headers: { authorization: '' } })).toMatchObject({ status: 401 });
  expect(it.server.strangers).toBe(before + 1);
});
