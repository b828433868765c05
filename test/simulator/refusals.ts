import { configMap, type RawRequest } from './fixture.ts';

export const maps = '/api/v1/namespaces/shop/configmaps';
export const one = `${maps}/one`;
export const json = { 'content-type': 'application/json' };
export const apply = { 'content-type': 'application/apply-patch+yaml' };
export const jsonPatch = { 'content-type': 'application/json-patch+json' };
const body = (object: object) => JSON.stringify(object);
const map = (name: string, more: object = {}) => body({ ...configMap(name, {}), ...more });

/** A request that is refused, and the Status that says so. */
export interface Refused extends RawRequest {
  readonly what: string;
  /** The real server takes it, or says it in other words: it knows anonymous users, more verbs, and Go's texts. */
  readonly hereOnly?: true;
  readonly says: { readonly code: number; readonly reason: string; readonly message: string };
}

function says(code: number, reason: string, message: string): Refused['says'] {
  return { code, reason, message };
}

const notAllowed = says(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
const unauthorized = says(401, 'Unauthorized', 'Unauthorized');

/** Requests that are refused where `shop` has a ConfigMap `one` and nothing else, and the answers. */
export const refusals: readonly Refused[] = [
  { what: 'another token', path: one, headers: { authorization: 'Bearer no' }, says: unauthorized },
  {
    what: 'another scheme',
    hereOnly: true,
    path: one,
    headers: { authorization: 'Basic bm86bm8=' },
    says: unauthorized,
  },
  { what: 'no token', hereOnly: true, path: one, headers: { authorization: '' }, says: unauthorized },
  {
    what: 'no token on a path that is not there',
    hereOnly: true,
    path: '/x',
    headers: { authorization: '' },
    says: unauthorized,
  },
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
    says: says(
      400,
      'BadRequest',
      'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    ),
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
      'PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
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
    says: says(422, 'Invalid', 'the server rejected our request due to an error in our request'),
  },
  {
    what: 'a type of patch that is not served',
    hereOnly: true,
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
  { what: 'replacing', hereOnly: true, method: 'PUT', path: one, body: map('one'), says: notAllowed },
  { what: 'deleting a collection', hereOnly: true, method: 'DELETE', path: maps, says: notAllowed },
  { what: 'deleting a namespace', hereOnly: true, method: 'DELETE', path: '/api/v1/namespaces/shop', says: notAllowed },
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
    says: says(500, '', 'resourceVersion: Invalid value: "new": strconv.ParseUint: parsing "new": invalid syntax'),
  },
  {
    what: 'an odd limit',
    path: `${maps}?limit=few`,
    says: says(400, 'BadRequest', 'strconv.ParseInt: parsing "few": invalid syntax'),
  },
  {
    what: 'an odd continue',
    hereOnly: true,
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
