import { expect, test } from 'vitest';
import { at } from '../../src/release/json.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';

test('a Deployment is written without what is left out when it is zero; a custom kind keeps what it was given', () => {
  const { api } = createCluster({ timeline: virtualTimeline(0) });
  const by = { manager: 'tests' };
  const template = { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'main', image: 'app:v1' }] } };
  const selector = { matchLabels: { app: 'shop' } };
  const metadata = { namespace: 'shop', name: 'shop' };
  api.create('Deployment', { metadata, spec: { paused: false, minReadySeconds: 0, selector, template } }, by);
  const spec = () => Object.keys(at(api.get('Deployment', 'shop', 'shop'), 'spec') ?? {});
  expect(spec()).not.toContain('paused');
  expect(spec()).not.toContain('minReadySeconds');
  const merge = (paused: boolean) =>
    api.patch('Deployment', 'shop', 'shop', { spec: { paused } }, { ...by, type: 'merge' });
  merge(true);
  expect(spec()).toContain('paused');
  merge(false);
  expect(spec()).not.toContain('paused');

  api.create('CloneSet', { metadata, spec: { updateStrategy: { paused: false }, selector, template } }, by);
  expect(at(api.get('CloneSet', 'shop', 'shop'), 'spec', 'updateStrategy', 'paused')).toBe(false);
});
