import { describe, expect, test } from 'vitest';
import { at } from '../../src/simulator/api/json.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';

/** The data of ConfigMaps and Secrets, as a real API server (1.35) keeps it. */

const by = { manager: 'me', force: false } as const;

function api() {
  const { api } = createCluster({ timeline: virtualTimeline(Date.parse('2026-11-25T10:00:00Z')) });
  api.create('Namespace', { metadata: { name: 'shop' } }, { manager: 'tests' });
  return api;
}

const secret = (texts: object) => ({ apiVersion: 'v1', kind: 'Secret', stringData: { ...texts } });

test('the plain texts of a Secret are kept in base64, and one that is left out later stays', () => {
  const made = api();
  made.apply('Secret', 'shop', 's', secret({ p: 'one', q: 'two' }), by);
  const { object } = made.apply('Secret', 'shop', 's', secret({ p: 'three' }), by);
  expect([at(object, 'data'), at(object, 'stringData')]).toEqual([{ p: 'dGhyZWU=', q: 'dHdv' }, undefined]);
  expect(object.metadata.managedFields?.map(({ fieldsV1 }) => fieldsV1)).toEqual([{ 'f:stringData': { 'f:p': {} } }]);
});

test('what somebody changes of a Secret is no conflict for its plain texts', () => {
  const made = api();
  made.apply('Secret', 'shop', 's', secret({ p: 'one' }), by);
  made.patch('Secret', 'shop', 's', { data: { p: 'dHdv' } }, { type: 'merge', manager: 'kubectl-edit' });
  expect(at(made.apply('Secret', 'shop', 's', secret({ p: 'one' }), by).object, 'data')).toEqual({ p: 'b25l' });
});

describe('an immutable ConfigMap', () => {
  const map = (more: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', ...more });

  test('takes no other data, and stays immutable', () => {
    const made = api();
    made.apply('ConfigMap', 'shop', 'c', map({ data: { a: 'one' }, immutable: true }), by);
    const says = (more: object) => () => made.apply('ConfigMap', 'shop', 'c', map(more), by);
    const fixed = 'Forbidden: field is immutable when `immutable` is set';
    expect(says({ data: { a: 'two' }, immutable: true })).toThrow(`ConfigMap "c" is invalid: data: ${fixed}`);
    expect(says({ data: { a: 'two' } })).toThrow(`ConfigMap "c" is invalid: [immutable: ${fixed}, data: ${fixed}]`);
    const labels = { metadata: { labels: { tier: 'web' } } };
    expect(says({ data: { a: 'one' }, immutable: true, ...labels })).not.toThrow();
  });
});
