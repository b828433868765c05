import { expect, test } from 'vitest';
import type { Condition, Match } from '../../src/release/delivery.ts';
import type { Metric } from '../../src/release/measured.ts';
import { plannedPods } from '../../src/targets/kruise/forecast.ts';
import { approval, delivery, deployment, forecastOf, podTemplate, routed, step } from './delivery-fixture.ts';

/**
 * What the real engine did at rest, step by step: `stable+canary`, and the weight it had set (`-` for none). The ids
 * are those of docs/engine.md; the engine's own suite saw T24, T37, T38 and the table below.
 */
const recorded = [
  ['T01', 'partition 20%/20 40%/40 60% 80% 100%', 5, '4+1@20 3+2@40 2+3@- 1+4@- 0+5@-'],
  ['T02', 'canary 20%/20 40%/40 60%/60 80%/80 100%/100', 5, '5+1@20 5+2@40 5+3@60 5+4@80 5+5@100'],
  ['T15 at 5', 'partition 20% 60% 100%', 5, '4+1@- 2+3@- 0+5@-'],
  ['T15 at 10', 'partition 20%', 10, '8+2@-'],
  ['T16', 'partition 20%', 5, '4+1@-'],
  ['T16 edited', 'partition 60%', 5, '2+3@-'],
  ['T18', 'partition 20% 60%', 5, '4+1@- 2+3@-'],
  ['T21', 'blueGreen 50%/0 100%/0 100%/50 100%/100', 5, '5+3@0 5+5@0 5+5@50 5+5@100'],
  ['T24 at 6', 'blueGreen 50%', 6, '6+3@-'],
  ['T24 at 7', 'blueGreen 50%', 7, '7+4@-'],
  ['T24 at 8', 'blueGreen 50% 100%', 8, '8+4@- 8+8@-'],
  ['T24 at 4', 'blueGreen 50%', 4, '4+2@-'],
  ['T25', 'blueGreen 50% 100%', 5, '5+3@- 5+5@-'],
  ['T37', 'canary 20% 40% 60% 80% 90%', 3, '3+1@- 3+2@- 3+2@- 3+3@- 3+3@-'],
  ['T38', 'canary 40%', 10, '10+4@-'],
  ['T42', 'canary 20%/match 60%/60', 5, '5+1@0 5+3@60'],
  ['T43', 'partition 1/match 2/40 3/60 5', 5, '4+1@0 3+2@40 2+3@60 0+5@-'],
  ['T44', 'partition 20% 40% 60% 100%', 5, '4+1@- 3+2@- 2+3@- 0+5@-'],
  ['T47', 'partition 20% 60%', 5, '4+1@- 2+3@-'],
  ['T47b', 'partition 1 3 5', 5, '4+1@- 2+3@- 0+5@-'],
  ['T47c', 'canary 20% 60%', 5, '5+1@- 5+3@-'],
  ['E6pl at 7', 'partition 20% 60%', 7, '5+2@- 2+5@-'],
  ['E6cl at 7', 'canary 20% 60%', 7, '7+2@- 7+5@-'],
  ['E6bl', 'blueGreen 20% 60%', 5, '5+1@- 5+3@-'],
  ['E6bl at 7', 'blueGreen 20% 60%', 7, '7+2@- 7+5@-'],
  ['E7c', 'canary 20%/20 40%/40', 5, '5+1@20 5+2@40'],
  ['E3bf', 'blueGreen 20% 100%', 5, '5+1@- 5+5@-'],
  ['one pod', 'partition 50% 100%', 1, '0+1@- 0+1@-'],
] as const;

test.each(recorded)('%s: %s at %i pods rests at %s', (_, text, replicas, expected) => {
  const steps = forecastOf(delivery(text, routed), replicas);
  expect(steps.map((one) => `${one.stablePods}+${one.canaryPods}@${one.traffic ?? '-'}`).join(' ')).toBe(expected);
});

/** The same of other kinds of workload. */
const recordedOf = [
  ['T06', 'CloneSet', '20%/20 60%/60', 5, '4+1@20 2+3@60'],
  ['T13', 'CloneSet', '20% 40% 60% 80% 100%', 5, '4+1@- 3+2@- 2+3@- 1+4@- 0+5@-'],
  ['T28', 'AdvancedStatefulSet', '20% 40% 60% 80% 100%', 5, '4+1@- 3+2@- 2+3@- 1+4@- 0+5@-'],
  ['T28b', 'AdvancedDaemonSet', '20% 60% 100%', 5, '4+1@- 2+3@- 0+5@-'],
  ['T27', 'StatefulSet', '20%/20 60%/60', 5, '4+1@20 2+3@60'],
] as const;

test.each(recordedOf)('%s: a %s with %s at %i pods rests at %s', (_, kind, text, replicas, expected) => {
  const of = delivery(`partition ${text}`, { ...routed, workload: { kind, name: 'shop' } });
  const steps = forecastOf(of, replicas);
  expect(steps.map((one) => `${one.stablePods}+${one.canaryPods}@${one.traffic ?? '-'}`).join(' ')).toBe(expected);
});

test.each([
  ['partition', [1, 2, 3, 3, 4, 4, 4, 5]],
  ['canary', [1, 2, 3, 3, 4, 5, 5, 5]],
  ['blueGreen', [1, 2, 3, 3, 4, 5, 5, 5]],
] as const)('%s at 5 pods for 20 40 50 60 80 90 99 100 %%', (style, expected) => {
  const found = [20, 40, 50, 60, 80, 90, 99, 100].map((value) =>
    plannedPods({ ...delivery('partition 100%'), style }, { unit: 'percent', value }, 5),
  );
  expect(found).toEqual(expected);
});

test.each([
  ['more pods than there are', 'partition 1 9', 5, '4+1 0+5'],
  ['none to move', 'partition 1 100%', 0, '0+0 0+0'],
  ['pods are never taken back', 'canary 3 20%', 5, '5+3 5+3'],
] as const)('edges: %s', (_, text, replicas, expected) => {
  const steps = forecastOf(delivery(text), replicas);
  expect(steps.map((one) => `${one.stablePods}+${one.canaryPods}`).join(' ')).toBe(expected);
});

test('traffic: a delivery that routes none shares it by pods', () => {
  expect(forecastOf(delivery('partition 20%/20 100%'), 5).map((one) => one.traffic)).toEqual([null, null]);
});

test.each<[string, readonly Match[], readonly string[]]>([
  ['a header', [{ headers: [{ name: 'a', value: 'b' }] }], ['header a: b']],
  [
    'all of a match',
    [
      {
        path: { value: '/x' },
        headers: [{ name: 'a', type: 'RegularExpression', value: 'b.*' }],
        queryParams: [{ name: 'c', value: 'd' }],
      },
    ],
    ['path /x* and header a like b.* and parameter c: d'],
  ],
  [
    'each match',
    [{ path: { type: 'Exact', value: '/x' } }, { path: { type: 'RegularExpression', value: '/y.*' } }],
    ['path /x', 'path like /y.*'],
  ],
])('requests: %s', (_, matches, expected) => {
  const steps = [step('1/match', { matches })];
  expect(forecastOf(delivery('canary 1', { ...routed, steps }), 5).map((one) => one.requests)).toEqual([expected]);
  expect(forecastOf(delivery('canary 1', { steps }), 5).map((one) => one.requests)).toEqual([[]]);
});

const match: readonly Match[] = [{ headers: [{ name: 'a', value: 'b' }] }];
const header = ['header a: b'];
test.for<readonly [string, string, 'ingress' | 'gateway', readonly (readonly string[])[]]>([
  [
    'T43: an HTTPRoute keeps them at steps by weight',
    'partition 1/match 2/40 3/60 5/100',
    'gateway',
    [header, header, header, []],
  ],
  ['not after a step that gives the routes back', 'canary 1/match 2 3/60', 'gateway', [header, [], []]],
  ['not before them', 'canary 1/20 2/match 3/60', 'gateway', [[], header, header]],
  ['T42: an Ingress does not', 'canary 1/match 3/60', 'ingress', [header, []]],
])('requests of an earlier step: %s', ([, text, provider, expected]) => {
  const { steps } = delivery(text, routed);
  const route = provider === 'gateway' ? { ingress: null, gateway: { route: 'shop' } } : {};
  const more = {
    traffic: { ...routed.traffic, ...route },
    steps: steps.map((one) => (one.matches.length === 0 ? one : { ...one, matches: match })),
  };
  expect(forecastOf(delivery(text, more), 5).map(({ requests }) => requests)).toEqual(expected);
});

test('traffic: a partition step with every pod is all of it, the route step is skipped', () => {
  expect(forecastOf(delivery('partition 1/10 5/50', routed), 5).map((one) => one.traffic)).toEqual([10, 100]);
});

test.each([
  ['partition 100%', 'passes by itself'],
  ['canary 100%', 'passes by itself'],
  ['blueGreen 100%', 'approval by command'],
  ['partition 5', 'approval by command'],
  ['partition 60%', 'approval by command'],
] as const)('the last step of %s: %s (E13)', (text, expected) => {
  expect(forecastOf(delivery(text), 5).map((one) => one.waitsFor)).toEqual([[expected]]);
});

test('100% before the last step waits', () => {
  expect(forecastOf(delivery('partition 100% 100%'), 5)[0]?.waitsFor).toEqual(['approval by command']);
});

const soak: Condition = { kind: 'soak', name: 'soak', seconds: 600 };
const office: Condition = { kind: 'schedule', name: 'office', schedule: { zone: 'UTC', allow: [], except: [] } };

test.each([
  [[approval], 'approval by command'],
  [
    [
      {
        kind: 'approval',
        by: ['command'],
        notAuthor: false,
        notMerger: false,
        name: 'sre',
        from: ['acme/sre'],
        count: 1,
      },
    ],
    'approval sre by acme/sre',
  ],
  [
    [
      {
        kind: 'approval',
        by: ['command'],
        notAuthor: false,
        notMerger: false,
        name: 'sre',
        from: ['acme/sre', 'ann'],
        count: 2,
      },
    ],
    '2 approvals sre by acme/sre or ann',
  ],
  [[soak], 'soak 10m'],
  [[office, soak], 'schedule office, soak 10m'],
  [[{ kind: 'after', name: 'after', delivery: 'shop@staging' }], 'after shop@staging'],
  [[], 'ready pods'],
] as readonly (readonly [readonly Condition[], string])[])('waits for, in words: %# %s', (leaveWhen, expected) => {
  const plan = { ...delivery('partition 1 100%'), steps: [step('1', { leaveWhen }), step('100%')] };
  expect(forecastOf(plan, 5)[0]?.waitsFor.join(', ')).toBe(expected);
});

test("a lone soak on the engine's timer says so", () => {
  const steps = [step('1', { leaveWhen: [soak], timer: 'engine' }), step('100%')];
  expect(forecastOf({ ...delivery('partition'), steps }, 5)[0]?.waitsFor).toEqual(["soak 10m on the engine's timer"]);
});

const strategy = (maxSurge: number | string) => ({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge } } });

test.each([
  ['25 % where nothing says it', 'partition 1 50% 100%', 8, {}, [9, 10, 10]],
  ['no more than the step moves', 'partition 1 2 100%', 8, strategy('100%'), [9, 9, 14]],
  ['one, with which a ReplicaSet begins', 'partition 1 100%', 8, strategy(0), [9, 9]],
  ['the rest after a last step below all', 'partition 1', 8, strategy(3), [11]],
  ['the extra Deployment, then the surge as well', 'canary 25% 100%', 8, {}, [10, 18]],
  ['twice the size', 'blueGreen 50% 100%', 8, {}, [12, 16]],
  ['the surge where the last step has fewer', 'blueGreen 25%', 8, strategy(5), [13]],
] as const)('the most pods are %s: %s', (_, text, replicas, spec, expected) => {
  const found = forecastOf(delivery(text), replicas, { live: deployment(spec) });
  expect(found.map(({ mostPods }) => mostPods)).toEqual(expected);
});

test('the surge is that of the source, else the one that the engine noted, else the live one', () => {
  const most = (live: ReturnType<typeof deployment>, settings: ReturnType<typeof deployment> | null = null) => {
    const release = { id: 'r1', commit: '', digest: '' };
    const rendered = {
      rollout: {},
      workload: deployment(),
      settings,
      carrier: null,
      before: [],
      idleOnly: [],
      release,
    };
    return forecastOf(delivery('canary 100%'), 8, { live, rendered })[0]?.mostPods;
  };
  const saved = { 'rollouts.kruise.io/original-deployment-strategy': '{"maxSurge":3,"maxUnavailable":0}' };
  const held = deployment(strategy('100%'), { annotations: saved });
  expect(most(deployment(strategy(2)))).toBe(18);
  expect(most(held)).toBe(19);
  expect(most(held, deployment(strategy(1)))).toBe(17);
});

test('the extra pods request what their containers do', () => {
  const resources = (cpu: string, memory: string) => ({ resources: { requests: { cpu }, limits: { memory } } });
  const containers = [
    { name: 'a', ...resources('250m', '64Mi') },
    { name: 'b', ...resources('0.1', '0.5Gi') },
  ];
  const workload = deployment({ template: { ...podTemplate, spec: { containers } } });
  const found = forecastOf(delivery('blueGreen 2 100%'), 4, { workload });
  expect(found.map(({ extra }) => extra)).toEqual([
    { pods: 2, cpu: '700m', memory: '1152Mi' },
    { pods: 4, cpu: '1400m', memory: '2304Mi' },
  ]);
});

const window = { days: [3], from: 11 * 60, to: 12 * 60 };
const noon: Condition = { kind: 'schedule', name: 'noon', schedule: { zone: 'UTC', allow: [window], except: [] } };
const never: Condition = { kind: 'schedule', name: 'never', schedule: { zone: 'UTC', allow: [], except: [] } };
const long: Condition = { kind: 'soak', name: 'soak', seconds: 7200 };
const threshold: Metric['asks'] = {
  is: 'threshold',
  query: 'q',
  min: null,
  max: 1,
  forSeconds: 60,
  failedAfterSeconds: 60,
};
const counts: Metric['asks'] = {
  is: 'comparison',
  failures: 'f',
  total: 't',
  worse: 0.01,
  atLeast: 1,
  falseAlarms: 0.01,
};
function metricOf(asks: Metric['asks']): Condition {
  const server = { name: 'prom', url: 'https://prom.example', credential: null, ca: null, timeoutSeconds: 10 };
  return { kind: 'metric', name: 'errors', metric: { server, asks, maxAgeSeconds: 120 } };
}

test.each<[string, readonly Condition[], readonly (string | null)[]]>([
  ['an approval may come at once', [approval], ['10:00:05', '10:00:07']],
  ['a soak', [soak], ['10:10:05', '10:10:07']],
  ['a metric that has to stay good for some time', [metricOf(threshold)], ['10:01:05', '10:01:07']],
  ['a comparison, which needs counts of some time', [metricOf(counts)], ['10:00:35', '10:00:37']],
  ['a schedule', [noon], ['11:00:00', '11:00:02']],
  ['a soak that ends outside the window waits for the next one, a week later', [noon, long], ['11:00:00', '11:00:02']],
  ['a schedule that never opens', [soak, never], [null, null]],
])('not before: %s', (_, leaveWhen, expected) => {
  const plan = { ...delivery('partition 1 100%'), steps: [step('1', { leaveWhen }), step('100%')] };
  const found = forecastOf(plan, 5).map((one) => one.notBefore?.toISOString().slice(11, 19) ?? null);
  expect(found).toEqual(expected);
});

test('not before: the start, the routes and the end count too', () => {
  const plan = { ...delivery('canary 1/10 100%/100', routed), startWhen: [noon], doneWhen: [soak] };
  const found = forecastOf(plan, 5).map((one) => one.notBefore?.toISOString().slice(11, 19));
  expect(found).toEqual(['11:00:09', '11:10:25']);
});
