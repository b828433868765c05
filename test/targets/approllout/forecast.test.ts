import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/release/json.ts';
import { velaAppRollout } from '../../../src/targets/approllout/index.ts';
import { commit, deployment, step } from '../delivery-fixture.ts';
import { application, ofAppRollout } from './fixture.ts';

const now = new Date('2026-11-25T10:00:00Z');
const template = {
  metadata: { labels: { app: 'shop' } },
  spec: { containers: [{ name: 'shop', image: 'shop:2', resources: { requests: { cpu: '100m', memory: '64Mi' } } }] },
};

function forecast(kind: string, plan: string, spec: JsonObject) {
  const apiVersion = kind === 'CloneSet' ? 'apps.kruise.io/v1alpha1' : 'apps/v1';
  const properties = { ...deployment({ template, replicas: 5, ...spec }), apiVersion, kind };
  const of = ofAppRollout(plan, { workload: { kind, name: 'shop' } });
  const rendered = velaAppRollout.render(of, commit, [application({ type: 'raw', properties })], 1);
  return velaAppRollout.forecast(of, { replicas: 5, rendered, live: null, now });
}

describe('the forecast', () => {
  test('of a Deployment has a whole batch beside the pods that are there', () => {
    const steps = forecast('Deployment', 'partition 1 50% 100%', {});
    expect(
      steps.map(({ stablePods, canaryPods, mostPods, extra }) => [stablePods, canaryPods, mostPods, extra]),
    ).toEqual([
      [4, 1, 6, { pods: 1, cpu: '100m', memory: '64Mi' }],
      [2, 3, 7, { pods: 2, cpu: '200m', memory: '128Mi' }],
      [0, 5, 7, { pods: 2, cpu: '200m', memory: '128Mi' }],
    ]);
  });

  test('of a CloneSet has no more pods than its own surge', () => {
    const most = (updateStrategy: JsonObject) =>
      forecast('CloneSet', 'partition 1 50% 100%', { updateStrategy }).map(({ mostPods }) => mostPods);
    expect(most({})).toEqual([5, 5, 5]);
    expect(most({ maxSurge: 2 })).toEqual([6, 7, 7]);
  });

  test('says what each step waits for, and that the last one waits for nothing', () => {
    const waits = forecast('CloneSet', 'partition 1 50% 100%', {}).map(({ waitsFor }) => waitsFor);
    expect(waits).toEqual([['approval by command'], ['approval by command'], ['passes by itself']]);
  });
});

test('the pods at each step are those of the batches', () => {
  const of = ofAppRollout('partition 1', { steps: ['30%', '2', '100%'].map((text) => step(text)) });
  expect(velaAppRollout.stepPods(of, 10)).toEqual([
    { canaryPods: 3, stablePods: 7 },
    { canaryPods: 3, stablePods: 7 },
    { canaryPods: 10, stablePods: 0 },
  ]);
});

test('the size is that of the component', () => {
  const of = ofAppRollout('partition 1 100%');
  const rendered = velaAppRollout.render(of, commit, [application()], 1);
  expect(velaAppRollout.expectedSize(of, rendered, { live: 9, around: null })).toEqual({ pods: 5, autoscaler: null });
});
