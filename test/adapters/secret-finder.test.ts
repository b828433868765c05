import { expect, test } from 'vitest';
import { embeddedCluster } from '../../src/adapters/embedded.ts';
import { secretFinder } from '../../src/adapters/secret-finder.ts';
import type { Kind, ObjectRef } from '../../src/release/ports.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';

const kind: Kind = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
const ref = (name: string): ObjectRef => ({ kind, namespace: 'shop', name });
const secret = (name: string, value: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'shop' },
  data: { a: btoa(value) },
});

function place() {
  const { api } = createCluster({ timeline: virtualTimeline(0) });
  api.create('Namespace', { metadata: { name: 'shop' } }, { manager: 'tests' });
  const told: string[] = [];
  const finder = secretFinder((value) => told.push(value));
  return { api, told, finder, cluster: finder.searching(embeddedCluster({ api })) };
}

const { signal } = new AbortController();
const options = { manager: 'tests', force: false, signal };

test('a value is told before the answer is there', async () => {
  const { api, told, cluster } = place();
  api.create('Secret', secret('one', 'first-value-1'), { manager: 'tests' });
  await cluster.get(ref('one'), signal);
  expect(told).toEqual(['first-value-1']);
  await cluster.list({ kind, namespace: 'shop' }, signal);
  expect(new Set(told)).toEqual(new Set(['first-value-1']));
  await cluster.apply(secret('two', 'second-value-2'), { ...options, dryRun: true });
  expect(told).toContain('second-value-2');
  const body = [{ op: 'replace', path: '/data/a', value: btoa('third-value-3') }] as const;
  await cluster.patch(ref('one'), body, { manager: 'tests', subresource: null, dryRun: false, signal });
  expect(told).toContain('third-value-3');
});

test('what a watch brings is told', async () => {
  const { api, told, cluster } = place();
  const { resourceVersion } = await cluster.list({ kind, namespace: 'shop' }, signal);
  const stop = new AbortController();
  api.create('Secret', secret('one', 'first-value-1'), { manager: 'tests' });
  for await (const event of cluster.watch({ kind, namespace: 'shop' }, resourceVersion, stop.signal)) {
    expect(event.type).toBe('added');
    stop.abort();
  }
  expect(told).toEqual(['first-value-1']);
});

test('what is rendered is told, but for names of objects', () => {
  const { told, finder } = place();
  const objects = [secret('one', 'first-value-1'), secret('two', 'shop-db-1'), { metadata: { name: 'shop-db-1' } }];
  expect(finder.search(objects)).toBe(objects);
  expect(told).toEqual(['first-value-1']);
});

test('nothing is told of an object that does not exist', async () => {
  const { told, cluster } = place();
  expect(await cluster.get(ref('none'), signal)).toBeNull();
  expect(told).toEqual([]);
});
