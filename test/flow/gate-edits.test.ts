import { expect, test } from 'vitest';
import { gateEdits } from '../../src/flow/gate-edits.ts';
import type { Condition } from '../../src/release/delivery.ts';
import type { Engine } from '../../src/release/observation.ts';
import { approval, delivery, step } from '../targets/delivery-fixture.ts';

const soak: Condition = { kind: 'soak', name: 'soak', seconds: 600 };
const waiting: Engine = { at: 'waiting', id: 'r2', step: 2, asks: true, timed: false, since: null, blocked: null };
const plan = (...leaveWhen: readonly (readonly Condition[])[]) => ({
  ...delivery('partition 1'),
  steps: leaveWhen.map((conditions, index) => step(String(index + 1), { leaveWhen: conditions })),
});
const old = plan([approval], [approval], [soak]);

test.each([
  [
    'the waiting step needs no person any more',
    plan([approval], [soak], [soak]),
    'warning',
    ['step 2, approval by command -> soak 10m: counts as an approval, for no person is waited for'],
  ],
  [
    'nor does it wait at all',
    plan([approval], [], [soak]),
    'warning',
    ['step 2, approval by command -> ready pods: counts as an approval, for no person is waited for'],
  ],
  [
    'more is asked for',
    plan([approval], [approval, soak], [approval]),
    'note',
    [
      'step 2, approval by command -> approval by command and soak 10m: approvals that were given are dropped',
      'step 3, soak 10m -> approval by command: approvals that were given are dropped',
    ],
  ],
  [
    'the end',
    { ...old, doneWhen: [approval] },
    'note',
    ['the end, ready pods -> approval by command: approvals that were given are dropped'],
  ],
] as const)('gates that changed in mid-release: %s', (_, today, severity, facts) => {
  expect(gateEdits(old, today, waiting)).toMatchObject([{ code: 'PLAN_CHANGED_MIDWAY', severity, facts }]);
});

test.each([
  ['the same', old],
  ['of a step that is over', plan([soak], [approval], [soak])],
  ['of another number of steps', plan([soak], [soak])],
] as const)('no gate changed in mid-release: %s', (_, today) => {
  expect(gateEdits(old, today, waiting)).toEqual([]);
});

test('no gate matters while nothing is released', () => {
  expect(gateEdits(old, plan([], [], []), { at: 'idle', outcome: 'succeeded', id: 'r2' })).toEqual([]);
  expect(gateEdits(old, plan([], [], []), { at: 'starting', id: 'r2' })).toHaveLength(1);
});

test('a step ahead that needs no person any more', () => {
  const [found] = gateEdits(old, plan([], [approval], [soak]), { ...waiting, step: 1 });
  expect(found?.facts).toEqual([
    'step 1, approval by command -> ready pods: counts as an approval, for no person is waited for',
  ]);
  const moving: Engine = { at: 'moving', id: 'r2', step: 1, leaving: false, since: null, detail: '', blocked: null };
  const [later] = gateEdits(old, plan([approval], [], [soak]), moving);
  expect(later?.facts).toEqual(['step 2, approval by command -> ready pods: no person is waited for there']);
});
