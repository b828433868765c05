import { describe, expect, test } from 'vitest';
import type { Code } from '../../src/release/codes.ts';
import { decide } from '../../src/release/decide.ts';
import type { Situation } from '../../src/release/decision.ts';
import { deliveryReport } from '../../src/release/delivery-report.ts';
import type { Family } from '../../src/release/error.ts';
import { held, rollingBack } from '../../src/release/record-after.ts';
import { type DeliveryReport, exitCode, type Report, type State } from '../../src/release/report.ts';
import {
  ago,
  approve,
  broken,
  holdOf,
  moving,
  observation,
  record,
  rollback,
  situation,
  v1,
  v2,
  waiting,
  was,
  workload,
} from './situation.ts';

const nothing = { findings: [], changes: [], forecast: [], expected: [], changed: false, loud: false };
const report = (of: Situation): DeliveryReport => deliveryReport(of, decide(of), nothing);

const idleV1 = { at: 'idle', outcome: 'succeeded', id: v1.id } as const;
const atOne = situation(record(v2), observation(waiting(v2.id, 1), workload(v2)));
/** Stable under its new id, after a rollback. */
const again = { ...v1, id: `${v1.id}-2` };
const idleAgain = { ...idleV1, id: again.id };
const back = rollback(v2, v1, { cluster: 'done', trouble: 'the server is away' });

describe('a report', () => {
  test('of a delivery that waits says who has to do what', () => {
    expect(report(atOne)).toMatchObject({
      name: 'shop',
      state: 'waiting',
      reason: 'GATE_SHUT',
      release: { id: v2.id, commit: v2.commit },
      stable: { id: v1.id, commit: v1.commit },
      step: { index: 1, of: 3, name: 'step-1' },
      next: null,
      hold: null,
      pods: { stable: { ready: 4, total: 4 }, canary: { ready: 1, total: 1 } },
      gates: [
        { name: 'ready', kind: 'ready', is: 'open', missing: [] },
        { name: 'approval', kind: 'approval', is: 'shut', until: null, missing: ['stepgate promote'] },
      ],
      todo: `stepgate promote --delivery shop --release ${v2.id} --step 1`,
      error: null,
    });
  });

  test.each<[string, Situation, DeliveryReport['approval'], DeliveryReport['rolledBack']]>([
    ['waits', atOne, { step: 'step-1', missing: ['stepgate promote'], ways: ['command'], pullRequest: null }, null],
    ['waits, and is held', situation(held(record(v2), holdOf(v2)), atOne.observation), null, null],
    ['moves', situation(record(v2), observation(moving(v2.id, 1), workload(v2))), null, null],
    ['is delivered', situation(record(v1), observation(idleV1, workload(v1))), null, null],
    [
      'goes back',
      situation(rollingBack(record(v2), rollback(v2, v1)), atOne.observation),
      null,
      { id: v2.id, commit: v2.commit },
    ],
    [
      'is rolled back',
      situation(record(again, { rollback: back, history: [was(again)] }), observation(idleAgain, workload(again))),
      null,
      { id: v2.id, commit: v2.commit },
    ],
  ])('of a release that %s names the approval that is missing, and what is rolled back', (_, of, approval, bad) => {
    expect(report(of)).toMatchObject({ approval, rolledBack: bad });
  });

  const steps: readonly (readonly [string, Situation, readonly string[]])[] = [
    ['waiting at the first', atOne, ['waiting', 'ahead', 'ahead']],
    [
      'moving to the second',
      situation(record(v2), observation(moving(v2.id, 2), workload(v2))),
      ['done', 'moving', 'ahead'],
    ],
    [
      'finishing',
      situation(record(v2), observation({ at: 'finishing', id: v2.id }, workload(v2))),
      ['done', 'done', 'done'],
    ],
    ['delivered', situation(record(v1), observation(idleV1, workload(v1))), ['done', 'done', 'done']],
    ['not started', situation(record(v2), observation(idleV1, workload(v1))), ['ahead', 'ahead', 'ahead']],
  ];
  test.for(steps)('draws the steps of a release that is %s', ([, of, wanted]) => {
    expect(report(of).steps.map((step) => step.is)).toEqual(wanted);
  });

  test('tells what each step comes to, where that is known', () => {
    const expected = [{ stablePods: 4, canaryPods: 1 }];
    const told = deliveryReport(atOne, decide(atOne), { ...nothing, expected });
    expect(told.steps.map(({ pods }) => pods)).toEqual([{ stable: 4, canary: 1 }, null, null]);
  });

  const run = (command: string, seconds: number, about: string) =>
    ({ command, about, by: 'ann', at: ago(seconds).toISOString(), run: null }) as const;

  test('tells what happened, oldest first, with the reason of a rollback', () => {
    const stable = { ...was(v1), at: ago(60).toISOString() };
    const rolledBack = rollback(v2, v1, { reason: 'it fails' });
    const runs = [run('rollback', 120, v2.id), run('promote', 300, ''), run('deploy', 600, v2.id)];
    const of = situation(
      record(v2, { runs, history: [stable], rollback: rolledBack }),
      observation(waiting(v2.id, 1), workload(v2)),
    );
    expect(report(of).events.map(({ what, text }) => `${what} ${text}`)).toEqual([
      `act ann: deploy ${v2.id}`,
      'act ann: promote',
      `act ann: rollback ${v2.id}: it fails`,
      `stable ${v1.id} is stable`,
    ]);
  });

  test('tells the last of many events', () => {
    const runs = Array.from({ length: 50 }, (_, index) => run('promote', index, `step ${index}`));
    const { events } = report(situation(record(v2, { runs }), observation(waiting(v2.id, 1), workload(v2))));
    expect(events).toHaveLength(12);
    expect(events.at(-1)?.text).toBe('ann: promote step 0');
  });

  test('of a run that only looks tells what is due as something that waits', () => {
    const due = situation(record(v2, { approvals: [approve(v2, 1)] }), observation(waiting(v2.id, 1), workload(v2)));
    expect(report(due)).toMatchObject({ state: 'waiting', message: 'step 1 may go on: every gate is open' });
  });

  test('of a rollback whose Git half failed is an error, loudly', () => {
    const stable = { ...v1, id: back.to.id };
    const of = situation(
      record(stable, { history: [was(stable)], rollback: back }),
      observation({ at: 'idle', outcome: 'cancelled', id: back.to.id }, workload(v1, { id: back.to.id })),
    );
    expect(report(of)).toMatchObject({
      state: 'rolledBack',
      reason: 'ROLLED_BACK_GIT_TODO',
      error: { family: 'environment' },
    });
  });

  test('of broken pods names pod and reason', () => {
    const of = situation(record(v2), observation(moving(v2.id, 1), workload(v2), { trouble: [broken(30)] }));
    expect(report(of)).toMatchObject({
      state: 'stuck',
      reason: 'POD_NOT_STARTING',
      todo: 'stepgate rollback --delivery shop',
    });
    expect(report(of).message).toContain('shop-x: ImagePullBackOff');
  });
});

describe('the exit code', () => {
  const one = (state: State, error: DeliveryReport['error'] = null): DeliveryReport => ({
    ...report(atOne),
    state,
    error,
  });
  const error = (family: Family, code: Code) => ({ family, code, message: '', hint: null, at: null });
  const all = (...deliveries: readonly DeliveryReport[]): Report => ({
    version: 1,
    command: 'status',
    changed: false,
    error: null,
    lastTick: null,
    deliveries,
  });

  const rows: readonly (readonly [string, Report, number, number])[] = [
    ['done', all(one('done')), 0, 0],
    ['waiting', all(one('waiting')), 0, 10],
    ['held', all(one('held')), 0, 11],
    ['rolled back', all(one('rolledBack')), 0, 11],
    ['stuck', all(one('stuck')), 1, 1],
    ['ungated', all(one('ungated')), 1, 1],
    ['refused', all(one('held', error('refused', 'HELD'))), 4, 4],
    ['input', all(one('failed', error('input', 'SOURCE_INVALID'))), 2, 2],
    ['environment', all(one('failed', error('environment', 'CLUSTER_UNREACHABLE'))), 3, 3],
    ['time ran out', all(one('rolling', error('environment', 'TIMEOUT'))), 1, 1],
    ['bug', all(one('failed', error('bug', 'BUG'))), 70, 70],
    ['cancelled', { ...all(), error: error('input', 'CANCELLED') }, 130, 130],
    [
      'the worst wins: environment before stuck',
      all(one('stuck'), one('failed', error('environment', 'GIT_FAILED')), one('done')),
      3,
      3,
    ],
    ['the worst wins: stuck before refused', all(one('held', error('refused', 'HELD')), one('stuck')), 1, 1],
    ['the worst wins: held before waiting', all(one('waiting'), one('held')), 0, 11],
    ['nothing to do', all(), 0, 0],
  ];
  test.for(rows)('of %s', ([, of, plain, detailed]) => {
    expect([exitCode(of, false), exitCode(of, true)]).toEqual([plain, detailed]);
  });
});
