import { expect, test } from 'vitest';
import type { Condition, Match } from '../../src/release/delivery.ts';
import { forecast, plannedPods } from '../../src/targets/kruise/forecast.ts';
import { approval, delivery, routed, step } from './delivery-fixture.ts';

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
  const steps = forecast(delivery(text, routed), replicas);
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
  const steps = forecast(of, replicas);
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
  const steps = forecast(delivery(text), replicas);
  expect(steps.map((one) => `${one.stablePods}+${one.canaryPods}`).join(' ')).toBe(expected);
});

test('traffic: a delivery that routes none shares it by pods', () => {
  expect(forecast(delivery('partition 20%/20 100%'), 5).map((one) => one.traffic)).toEqual([null, null]);
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
  expect(forecast(delivery('canary 1', { ...routed, steps }), 5).map((one) => one.requests)).toEqual([expected]);
  expect(forecast(delivery('canary 1', { steps }), 5).map((one) => one.requests)).toEqual([[]]);
});

test('traffic: a partition step with every pod is all of it, the route step is skipped', () => {
  expect(forecast(delivery('partition 1/10 5/50', routed), 5).map((one) => one.traffic)).toEqual([10, 100]);
});

test.each([
  ['partition 100%', 'passes by itself'],
  ['canary 100%', 'passes by itself'],
  ['blueGreen 100%', 'approval by command'],
  ['partition 5', 'approval by command'],
  ['partition 60%', 'approval by command'],
] as const)('the last step of %s: %s (E13)', (text, expected) => {
  expect(forecast(delivery(text), 5).map((one) => one.waitsFor)).toEqual([[expected]]);
});

test('100% before the last step waits', () => {
  expect(forecast(delivery('partition 100% 100%'), 5)[0]?.waitsFor).toEqual(['approval by command']);
});

const soak: Condition = { kind: 'soak', name: 'soak', seconds: 600 };
const office: Condition = { kind: 'schedule', name: 'office', schedule: { zone: 'UTC', allow: [], except: [] } };

test.each([
  [[approval], 'approval by command'],
  [[{ kind: 'approval', name: 'sre', from: ['acme/sre'], count: 1 }], 'approval sre by acme/sre'],
  [[{ kind: 'approval', name: 'sre', from: ['acme/sre', 'ann'], count: 2 }], '2 approvals sre by acme/sre or ann'],
  [[soak], 'soak 10m'],
  [[office, soak], 'schedule office, soak 10m'],
  [[{ kind: 'after', name: 'after', delivery: 'shop@staging' }], 'after shop@staging'],
  [[], 'ready pods'],
] as readonly (readonly [readonly Condition[], string])[])('waits for, in words: %# %s', (leaveWhen, expected) => {
  const plan = { ...delivery('partition 1 100%'), steps: [step('1', { leaveWhen }), step('100%')] };
  expect(forecast(plan, 5)[0]?.waitsFor.join(', ')).toBe(expected);
});

test("a lone soak on the engine's timer says so", () => {
  const steps = [step('1', { leaveWhen: [soak], timer: 'engine' }), step('100%')];
  expect(forecast({ ...delivery('partition'), steps }, 5)[0]?.waitsFor).toEqual(["soak 10m on the engine's timer"]);
});
