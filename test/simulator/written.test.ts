import { expect, test } from 'vitest';
import { at } from '../../src/release/json.ts';
import { createCluster } from '../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../src/simulator/time.ts';

const by = { manager: 'tests' };
const template = { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'main', image: 'app:v1' }] } };
const selector = { matchLabels: { app: 'shop' } };
const metadata = { namespace: 'shop', name: 'shop' };

test('a Deployment is written without what is left out when it is zero', () => {
  const { api } = createCluster({ timeline: virtualTimeline(0) });
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
});

test.each([
  { templateNoDefaults: true, before: { paused: false } },
  // K04: a template without the pod's defaults is filled in too.
  { templateNoDefaults: false, before: {} },
])('a CloneSet is written without them where something is filled in: $templateNoDefaults', ({ before, ...gates }) => {
  const { api } = createCluster({ timeline: virtualTimeline(0), gates });
  // T06: the first write says all else that the webhook would fill in, the last one unsets the partition.
  const whole = { type: 'ReCreate', partition: '100%', maxUnavailable: 1, maxSurge: 0 };
  const rest = { replicas: 1, revisionHistoryLimit: 10, selector, template };
  api.create('CloneSet', { metadata, spec: { ...rest, updateStrategy: { ...whole, paused: false } } }, by);
  const strategy = () => at(api.get('CloneSet', 'shop', 'shop'), 'spec', 'updateStrategy');
  expect(strategy()).toEqual({ ...whole, ...before });
  const last = { spec: { updateStrategy: { partition: null, paused: false } } };
  api.patch('CloneSet', 'shop', 'shop', last, { ...by, type: 'merge' });
  expect(strategy()).toEqual({ ...whole, partition: 0 });
});
