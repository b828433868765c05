import { expect, test } from 'vitest';
import { look } from '../../src/flow/look.ts';
import type { Looked, Wanted } from '../../src/release/finding.ts';
import { ClusterError, type Kind, type KubeObject, type ObjectRef } from '../../src/release/ports.ts';

const kind: Kind = { apiVersion: 'a.b/v1', kind: 'Route', plural: 'routes', namespaced: true };
const wanted: Wanted = { kind, namespace: 'shop', name: 'web' };
const byName: Wanted = { ...wanted, kind: { apiVersion: 'a.b/v1', kind: 'Route' } };
const object: KubeObject = { kind: 'Route' };
const { signal } = new AbortController();

/** A server that knows the kind, or does not, and answers a read with this. */
function server(known: Kind | null, answer: KubeObject | null | ClusterError) {
  const asked: ObjectRef[] = [];
  return {
    asked,
    discover: async () => known,
    get: async (ref: ObjectRef) => {
      asked.push(ref);
      if (answer instanceof ClusterError) throw answer;
      return answer;
    },
  };
}

test.each<[string, Wanted, Kind | null, KubeObject | null | ClusterError, Looked]>([
  ['it is there', wanted, null, object, { is: 'there', object }],
  ['it is not there', wanted, null, null, { is: 'missing' }],
  ['its kind is found by discovery', byName, kind, object, { is: 'there', object }],
  ['its kind is not served', byName, null, object, { is: 'unserved' }],
  ['the path of its kind is not served', wanted, null, new ClusterError(404, '', ''), { is: 'unserved' }],
  ['it may not be read', wanted, null, new ClusterError(403, 'Forbidden', ''), { is: 'unknown' }],
  ['nobody is signed in', wanted, null, new ClusterError(401, 'Unauthorized', ''), { is: 'unknown' }],
])('%s', async (_, of, known, answer, expected) => {
  expect(await look(server(known, answer), of, signal)).toEqual(expected);
});

test('another answer is an error', async () => {
  const failing = server(null, new ClusterError(500, '', 'broken'));
  await expect(look(failing, wanted, signal)).rejects.toThrow('broken');
});

test.each([
  ['in its namespace', true, 'shop'],
  ['in none where its kind has none', false, null],
])('it is read %s', async (_, namespaced, namespace) => {
  const asked = server({ ...kind, namespaced }, object);
  await look(asked, byName, signal);
  expect(asked.asked).toEqual([{ kind: { ...kind, namespaced }, namespace, name: 'web' }]);
});
