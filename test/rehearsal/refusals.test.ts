import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, configMap, type RawRequest, type Served, served } from './fixture.ts';

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

const maps = '/api/v1/namespaces/shop/configmaps';
const one = `${maps}/one`;
const json = { 'content-type': 'application/json' };
const apply = { 'content-type': 'application/apply-patch+yaml' };
const jsonPatch = { 'content-type': 'application/json-patch+json' };
const body = (object: object) => JSON.stringify(object);
const map = (name: string, more: object = {}) => body({ ...configMap(name, {}), ...more });

interface Row extends RawRequest {
  readonly what: string;
  readonly says: { readonly code: number; readonly reason: string; readonly message: string };
}

function says(code: number, reason: string, message: string): Row['says'] {
  return { code, reason, message };
}

const notAllowed = says(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
const unauthorized = says(401, 'Unauthorized', 'Unauthorized');

const rows: readonly Row[] = [
  { what: 'another token', path: one, headers: { authorization: 'Bearer no' }, says: unauthorized },
  { what: 'another scheme', path: one, headers: { authorization: 'Basic bm86bm8=' }, says: unauthorized },
  { what: 'no token', path: one, headers: { authorization: '' }, says: unauthorized },
  { what: 'no token on a path that is not there', path: '/x', headers: { authorization: '' }, says: unauthorized },
  {
    what: 'an object that is not there',
    path: `${maps}/two`,
    says: says(404, 'NotFound', 'configmaps "two" not found'),
  },
  {
    what: 'a custom object that is not there',
    path: '/apis/rollouts.kruise.io/v1beta1/namespaces/shop/rollouts/two',
    says: says(404, 'NotFound', 'rollouts.rollouts.kruise.io "two" not found'),
  },
  {
    what: 'creating what is there',
    method: 'POST',
    path: maps,
    headers: json,
    body: map('one'),
    says: says(409, 'AlreadyExists', 'configmaps "one" already exists'),
  },
  {
    what: 'creating in a namespace that is not there',
    method: 'POST',
    path: '/api/v1/namespaces/no/configmaps',
    headers: json,
    body: body(configMap('two', {}, 'no')),
    says: says(404, 'NotFound', 'namespaces "no" not found'),
  },
  {
    what: 'applying in a namespace that is not there',
    method: 'PATCH',
    path: '/api/v1/namespaces/no/configmaps/two?fieldManager=me',
    headers: apply,
    body: body(configMap('two', {}, 'no')),
    says: says(404, 'NotFound', 'namespaces "no" not found'),
  },
  {
    what: 'another namespace in the object',
    method: 'POST',
    path: maps,
    headers: json,
    body: body(configMap('two', {}, 'default')),
    says: says(
      400,
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    ),
  },
  {
    what: 'another name in the object',
    method: 'PATCH',
    path: `${one}?fieldManager=me`,
    headers: apply,
    body: map('two'),
    says: says(400, 'BadRequest', 'the name of the object (two) does not match the name on the URL (one)'),
  },
  {
    what: 'no name',
    method: 'POST',
    path: maps,
    headers: json,
    body: body({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }),
    says: says(
      422,
      'Invalid',
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ),
  },
  {
    what: 'another kind in the object',
    method: 'POST',
    path: maps,
    headers: json,
    body: map('two', { kind: 'Secret' }),
    says: says(400, 'BadRequest', 'the kind in the data (Secret) does not match the expected kind (ConfigMap)'),
  },
  {
    what: 'an apply without a manager',
    method: 'PATCH',
    path: one,
    headers: apply,
    body: map('one'),
    says: says(
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ),
  },
  {
    what: 'managedFields in an apply',
    method: 'PATCH',
    path: `${one}?fieldManager=me`,
    headers: apply,
    body: map('one', { metadata: { name: 'one', managedFields: [] } }),
    says: says(400, 'BadRequest', 'metadata.managedFields must be nil'),
  },
  {
    what: 'a dry run of an unknown sort',
    method: 'PATCH',
    path: `${one}?fieldManager=me&dryRun=Some`,
    headers: apply,
    body: map('one'),
    says: says(
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: "Some": supported values: "All"',
    ),
  },
  {
    what: 'force without apply',
    method: 'PATCH',
    path: `${one}?force=true`,
    headers: jsonPatch,
    body: '[]',
    says: says(
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    ),
  },
  {
    what: 'a failed test',
    method: 'PATCH',
    path: one,
    headers: jsonPatch,
    body: body([{ op: 'test', path: '/data/a', value: '2' }]),
    says: says(422, 'Invalid', 'the server rejected our request due to an error in our request'),
  },
  {
    what: 'an operation that is none',
    method: 'PATCH',
    path: one,
    headers: jsonPatch,
    body: body([{ op: 'burn', path: '/data/a' }]),
    says: says(400, 'BadRequest', 'error decoding patch: unexpected kind: burn'),
  },
  {
    what: 'a type of patch that is not served',
    method: 'PATCH',
    path: one,
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body: '{}',
    says: says(
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    ),
  },
  { what: 'replacing', method: 'PUT', path: one, body: map('one'), says: notAllowed },
  { what: 'deleting a collection', method: 'DELETE', path: maps, says: notAllowed },
  { what: 'deleting a namespace', method: 'DELETE', path: '/api/v1/namespaces/shop', says: notAllowed },
  { what: 'writing to discovery', method: 'POST', path: '/api/v1', body: '{}', says: notAllowed },
  {
    what: 'creating in all namespaces',
    method: 'POST',
    path: '/api/v1/configmaps',
    body: map('two'),
    says: notAllowed,
  },
  {
    what: 'an odd version to watch from',
    path: `${maps}?watch=true&resourceVersion=new`,
    says: says(400, 'BadRequest', 'invalid resource version "new"'),
  },
  {
    what: 'an odd limit',
    path: `${maps}?limit=few`,
    says: says(400, 'BadRequest', 'strconv.ParseInt: parsing "few": invalid syntax'),
  },
  {
    what: 'an odd continue',
    path: `${maps}?limit=1&continue=here`,
    says: says(400, 'BadRequest', 'continue key is not valid'),
  },
  {
    what: 'a body above the limit',
    method: 'POST',
    path: maps,
    headers: json,
    body: map('two', { data: { a: 'a'.repeat(3 * 1024 * 1024) } }),
    says: says(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728'),
  },
  {
    what: 'a body above the limit whose length is not told',
    method: 'POST',
    path: maps,
    headers: { ...json, 'transfer-encoding': 'chunked' },
    body: map('two', { data: { a: 'a'.repeat(3 * 1024 * 1024) } }),
    says: says(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728'),
  },
];

test.each(rows)('$what is refused', async ({ what: _what, says: { code, reason, message }, ...request }) => {
  const answer = await ask(it.server, request);
  expect(answer.json).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message });
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
