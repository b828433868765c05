import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/release/json.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { livePlanOf, pausesDiffer, planDifferences, render, samePlan } from '../../src/targets/kruise/render.ts';
import { commit, delivery, deployment, routed } from './delivery-fixture.ts';

const rolloutOf = (text: string, more = {}) => render(delivery(text, more), commit, [deployment()], 1).rollout;

/** A live Rollout with this strategy, and what the server and the engine add to one. */
function live(strategy: JsonObject): KubeObject {
  return {
    ...rolloutOf('partition 1'),
    metadata: { name: 'shop', namespace: 'shop', annotations: { 'rollouts.kruise.io/hash': 'x' }, generation: 2 },
    spec: { disabled: false, workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' }, strategy },
    status: { phase: 'Healthy' },
  };
}

const canary = (steps: readonly Json[], more: JsonObject = {}) => live({ canary: { steps, ...more } });

test('the plan of a live Rollout, in one form', () => {
  const steps = [
    { replicas: 1, pause: {} },
    { replicas: '50%', traffic: '20%', pause: { duration: 0 }, matches: [{ path: { value: '/x' } }] },
    { replicas: '100%', pause: { duration: 60 }, requestHeaderModifier: { set: [] } },
  ];
  expect(livePlanOf(canary(steps))).toEqual([
    { replicas: '1', traffic: null, pause: null, rest: '{}' },
    { replicas: '50%', traffic: '20%', pause: 0, rest: '{"matches":[{"path":{"type":"PathPrefix","value":"/x"}}]}' },
    { replicas: '100%', traffic: null, pause: 60, rest: '{"requestHeaderModifier":{"set":[]}}' },
  ]);
});

test('a Rollout without a strategy has no steps', () => {
  expect(livePlanOf(live({}))).toEqual([]);
});

describe('what the server stores is the same plan', () => {
  test.each([
    [
      'pauses as they were',
      'partition 1 50%',
      canary([
        { replicas: 1, pause: {} },
        { replicas: '50%', pause: {} },
      ]),
    ],
    ['a zero left (E1)', 'partition 1', canary([{ replicas: 1, pause: { duration: 0 } }])],
    [
      'switches that are off',
      'partition 1',
      canary([{ replicas: 1 }], { disableGenerateCanaryService: false, trafficRoutingRef: '' }),
    ],
    ['defaults of blueGreen', 'blueGreen 50%', live({ blueGreen: { steps: [{ replicas: '50%', pause: {} }] } })],
    [
      'the default type of a header (T42)',
      'canary 20%/match',
      canary(
        [{ replicas: '20%', matches: [{ headers: [{ name: 'x-user', type: 'Exact', value: 'beta' }] }], pause: {} }],
        {
          enableExtraWorkloadForCanary: true,
        },
      ),
    ],
  ])('%s', (_, text, found) => {
    expect(planDifferences(rolloutOf(text), found)).toEqual([]);
    expect(samePlan(livePlanOf(rolloutOf(text)), livePlanOf(found))).toBe(true);
  });

  test('the default grace period', () => {
    const found = canary([{ replicas: 1, pause: {} }], {
      trafficRoutings: [{ service: 'shop', gracePeriodSeconds: 3, ingress: { classType: 'nginx', name: 'shop' } }],
    });
    expect(planDifferences(rolloutOf('partition 1', routed), found)).toEqual([]);
  });
});

describe('a TrafficRouting in the annotations', () => {
  const KEY = 'rollouts.kruise.io/trafficrouting';
  const annotated = (name: string | null, manager: string): KubeObject => ({
    ...rolloutOf('partition 1'),
    metadata: {
      annotations: name === null ? {} : { [KEY]: name },
      managedFields: [
        { manager, operation: 'Apply', fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${KEY}`]: {} } } } },
      ],
    },
  });
  const routing = (name: string) => ({ traffic: { ...routed.traffic, service: null, ingress: null, routing: name } });

  test.each([
    ['the same', rolloutOf('partition 1', routing('a')), annotated('a', 'x'), []],
    [
      'another',
      rolloutOf('partition 1', routing('a')),
      annotated('b', 'x'),
      ['traffic.routing is b in the cluster, a in the policy'],
    ],
    [
      'none yet',
      rolloutOf('partition 1', routing('a')),
      annotated(null, 'x'),
      ['traffic.routing is none in the cluster, a in the policy'],
    ],
    [
      'ours, and no more',
      rolloutOf('partition 1'),
      annotated('a', 'stepgate'),
      ['traffic.routing is a in the cluster, none in the policy'],
    ],
    ["another writer's", rolloutOf('partition 1'), annotated('a', 'x'), []],
  ])('%s', (_, wanted, found, expected) => {
    expect(planDifferences(wanted, found)).toEqual(expected);
  });
});

describe('what differs is said', () => {
  const one = [{ replicas: 1, pause: {} }];
  test.each([
    ['replicas', canary([{ replicas: 2, pause: {} }]), 'step 1: replicas 2 in the cluster, 1 in the policy'],
    ['unit', canary([{ replicas: '1%', pause: {} }]), 'step 1: replicas 1% in the cluster, 1 in the policy'],
    [
      'traffic',
      canary([{ replicas: 1, traffic: '5%', pause: {} }]),
      'step 1: traffic 5% in the cluster, none in the policy',
    ],
    [
      'matches',
      canary([{ replicas: 1, matches: [], pause: {} }]),
      'step 1: matches [] in the cluster, none in the policy',
    ],
    [
      'headers of requests',
      canary([{ replicas: 1, pause: {}, requestHeaderModifier: { remove: ['x'] } }]),
      'step 1: requestHeaders {"remove":["x"]} in the cluster, none in the policy',
    ],
    [
      'what the config has no key for',
      canary([{ replicas: 1, pause: {}, other: true }]),
      'step 1: other true in the cluster, none in the policy',
    ],
    ['steps', canary([...one, ...one]), '2 steps in the cluster, 1 step in the policy'],
    ['style', live({ blueGreen: { steps: one } }), 'strategy is blueGreen in the cluster, partition in the policy'],
    ['no strategy', live({}), 'strategy is none in the cluster, partition in the policy'],
    [
      'the rest',
      canary(one, { trafficRoutingRef: 'x' }),
      'the rest of the strategy is {"trafficRoutingRef":"x"} in the cluster, {} in the policy',
    ],
    [
      'pods that may be unready',
      canary(one, { failureThreshold: '20%' }),
      'mayBeUnready is "20%" in the cluster, none in the policy',
    ],
    [
      "the extra pods' labels",
      canary(one, { patchPodTemplateMetadata: { labels: { a: 'b' } } }),
      'canaryPods is {"labels":{"a":"b"}} in the cluster, none in the policy',
    ],
    [
      'no Service of the new pods',
      canary(one, { disableGenerateCanaryService: true }),
      'canaryService is false in the cluster, true in the policy',
    ],
    [
      'routes',
      canary(one, { trafficRoutings: [{ service: 'x' }] }),
      'traffic is [{"gracePeriodSeconds":3,"service":"x"}] in the cluster, [] in the policy',
    ],
  ])('%s', (_, found, expected) => {
    expect(planDifferences(rolloutOf('partition 1'), found)).toContain(expected);
  });

  test.each([
    ['another size', '1 50%', '1 60%'],
    ['fewer steps', '1 50%', '1'],
    ['more steps', '1', '1 50%'],
    ['traffic', '1/5', '1/6'],
  ])('samePlan: %s is another plan', (_, left, right) => {
    expect(samePlan(livePlanOf(rolloutOf(`partition ${left}`)), livePlanOf(rolloutOf(`partition ${right}`)))).toBe(
      false,
    );
  });
});

test.each([
  ['none', {}, false],
  ['zero', { duration: 0 }, true],
  ['a minute', { duration: 60 }, true],
])('pausesDiffer: %s', (_, pause, expected) => {
  const wanted = livePlanOf(rolloutOf('partition 1'));
  expect(pausesDiffer(wanted, livePlanOf(canary([{ replicas: 1, pause }])))).toBe(expected);
});
