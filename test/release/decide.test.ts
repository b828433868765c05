import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/release/decide.ts';
import type { Decision, Situation } from '../../src/release/decision.ts';
import { viaStable } from '../../src/release/identity.ts';
import type { Engine, WorkloadView } from '../../src/release/observation.ts';
import type { Rollback } from '../../src/release/record.ts';
import {
  ago,
  approve,
  asked,
  brief,
  broken,
  delivery,
  holdOf,
  moving,
  observation,
  record,
  rollback,
  situation,
  steps,
  v1,
  v2,
  v3,
  waiting,
  was,
  workload,
} from './situation.ts';

const idle: Engine = { at: 'idle', outcome: 'succeeded', id: v1.id };
const held = holdOf(v2, { reason: 'smells' });
const soak = { kind: 'soak', name: 'soak', seconds: 90 } as const;
const gated = (leaveWhen: readonly (typeof soak)[]) =>
  delivery({ steps: steps('20%', '100%').map((step, index) => (index === 0 ? { ...step, leaveWhen } : step)) });
const unready = { stable: { ready: 4, total: 4 }, canary: { ready: 0, total: 1 } };
const back = rollback(v2, v1);
const restored = workload(v1, { id: back.to.id });
// The stable version of the engine is another one, and went first.
const viaOther = workload(v3, { id: viaStable(back.to.id) });
// Stable went out again under a new id, and the engine still names the release that it cancelled.
const again = { ...v1, id: back.to.id };
const isBack = (more: Partial<Rollback> = {}) =>
  record(again, {
    history: [{ ...back.to, at: v1.at }],
    rollback: { ...back, cluster: 'done', git: 'done', ...more },
  });
const cancelled: Engine = { at: 'idle', outcome: 'cancelled', id: v2.id };

const rows: readonly (readonly [string, Situation, string])[] = [
  // Nothing of ours yet.
  ['no Rollout', situation(record(null), observation({ at: 'absent' }, null)), 'rest absent ABSENT'],
  ['a workload alone', situation(record(null), observation({ at: 'absent' }, workload(v1))), 'rest absent ABSENT'],
  [
    'the Rollout is being deleted',
    situation(record(v2), observation({ at: 'off', why: 'terminating' }, workload(v1))),
    'rest stuck DISABLED',
  ],
  [
    'the engine has not looked',
    situation(record(v2), observation({ at: 'unseen' }, workload(v1))),
    'brief rolling STARTING',
  ],
  [
    'a workload that was never released',
    situation(record(null), observation(idle, workload(v1))),
    'rest idle LIVE_COMMIT_UNKNOWN',
  ],
  [
    'a release nobody asked stepgate for',
    situation(record(null), observation(waiting('x', 1), workload(v1))),
    'rest rolling FOREIGN_RELEASE',
  ],

  // To start.
  ['first deploy', situation(record(v2, { history: [] }), observation({ at: 'noWorkload' }, null)), 'start'],
  ['asked for and idle', situation(record(v2), observation(idle, workload(v1))), 'start'],
  ['asked for, but held', situation(record(v2, { holds: [held] }), observation(idle, workload(v1))), 'rest held HELD'],
  [
    'the last update is not finished',
    situation(record(v2), observation(idle, workload(v1, { settled: false, whole: false }))),
    'engine waiting WAITING_FOR_WINDOW',
  ],
  [
    'in Finalising it would go out ungated (E3)',
    situation(record(v3), observation({ at: 'finishing', id: v2.id }, workload(v2))),
    'engine waiting WAITING_FOR_WINDOW',
  ],
  [
    'in Cancelling it would wedge (E3)',
    situation(record(v3), observation({ at: 'cancelling', id: v2.id }, workload(v2))),
    'engine waiting WAITING_FOR_WINDOW',
  ],
  [
    'while a step moves',
    situation(record(v3), observation(moving(v2.id, 1), workload(v2))),
    'engine waiting WAITING_FOR_WINDOW',
  ],
  ['while a step waits: supersedes', situation(record(v3), observation(waiting(v2.id, 1), workload(v2))), 'start'],
  [
    'over a broken release (T34)',
    situation(record(v3), observation(moving(v2.id, 1), workload(v2), { trouble: [broken(30)] })),
    'start',
  ],
  [
    'over a broken release, with another plan',
    situation(record(v3), observation(moving(v2.id, 1), workload(v2), { trouble: [broken(30)] }), {
      planDiffers: ['step 1'],
    }),
    'rest waiting PLAN_DIFFERS',
  ],
  [
    'over a broken one that the batch has not taken (E32)',
    situation(record(v3), observation(moving(v2.id, 1), workload(v2, { taken: false }), { trouble: [broken(30)] })),
    'engine waiting WAITING_FOR_WINDOW',
  ],
  [
    'blueGreen takes no third version',
    situation(record(v3), observation(waiting(v2.id, 1), workload(v2)), { delivery: delivery({ style: 'blueGreen' }) }),
    'rest waiting SUPERSEDE_REFUSED',
  ],
  [
    'over a step whose pods it would reach at once',
    situation(record(v3), observation(waiting(v2.id, 2), workload(v2)), { keepsToFirstStep: false }),
    'rest waiting SUPERSEDE_REFUSED',
  ],
  [
    'over a broken step whose pods it would reach at once',
    situation(record(v3), observation(moving(v2.id, 2), workload(v2), { trouble: [broken(30)] }), {
      keepsToFirstStep: false,
    }),
    'rest waiting SUPERSEDE_REFUSED',
  ],
  [
    'superseding with another plan',
    situation(record(v3), observation(waiting(v2.id, 1), workload(v2)), { planDiffers: ['step 1'] }),
    'rest waiting PLAN_DIFFERS',
  ],
  [
    'paused by somebody',
    situation(record(v3), observation({ at: 'frozen', id: v2.id, step: 1, since: null }, workload(v2))),
    'rest waiting PAUSED',
  ],

  // At a step.
  ['not approved', situation(record(v2), observation(waiting(v2.id, 1), workload(v2))), 'gate waiting GATE_SHUT'],
  [
    'approved',
    situation(record(v2, { approvals: [approve(v2, 1)] }), observation(waiting(v2.id, 1), workload(v2))),
    'advance',
  ],
  [
    'approved for another step',
    situation(record(v2, { approvals: [approve(v2, 2)] }), observation(waiting(v2.id, 1), workload(v2))),
    'gate waiting GATE_SHUT',
  ],
  [
    'approved for another release',
    situation(record(v2, { approvals: [approve(v3, 1)] }), observation(waiting(v2.id, 1), workload(v2))),
    'gate waiting GATE_SHUT',
  ],
  [
    'approved, but deploy only looks',
    situation(record(v2, { approvals: [approve(v2, 1)] }), observation(waiting(v2.id, 1), workload(v2)), {
      advance: false,
    }),
    'gate waiting GATE_SHUT',
  ],
  [
    'a jump over a step that is not approved',
    situation(record(v2, { approvals: [approve(v2, 1)] }), observation(waiting(v2.id, 1), workload(v2)), { to: 3 }),
    'gate waiting GATE_SHUT',
  ],
  [
    'approved, and the engine has not seen that the template was put back',
    situation(
      record(v2, { approvals: [approve(v2, 1)] }),
      observation(waiting(v2.id, 1), workload(v2, { seen: false })),
    ),
    'brief rolling UPGRADING',
  ],
  [
    'a jump over a step that is approved',
    situation(
      record(v2, { approvals: [approve(v2, 1), approve(v2, 2)] }),
      observation(waiting(v2.id, 1), workload(v2)),
      { to: 3 },
    ),
    'advance',
  ],
  [
    'approved before the engine asks (E4)',
    situation(
      record(v2, { approvals: [approve(v2, 1)] }),
      observation(waiting(v2.id, 1, { asks: false }), workload(v2)),
    ),
    'brief rolling UPGRADING',
  ],
  [
    'approved, pods not ready any more',
    situation(
      record(v2, { approvals: [approve(v2, 1)] }),
      observation(waiting(v2.id, 1), workload(v2), { pods: unready }),
    ),
    'gate waiting PODS_NOT_READY',
  ],
  [
    'forced, pods not ready',
    situation(
      record(v2, { approvals: [approve(v2, 1, true)] }),
      observation(waiting(v2.id, 1), workload(v2), { pods: unready }),
    ),
    'advance',
  ],
  [
    'approved, but held',
    situation(record(v2, { approvals: [approve(v2, 1)], holds: [held] }), observation(waiting(v2.id, 1), workload(v2))),
    'rest held HELD',
  ],
  [
    'forced, but held',
    situation(
      record(v2, { approvals: [approve(v2, 1, true)], holds: [held] }),
      observation(waiting(v2.id, 1), workload(v2)),
    ),
    'rest held HELD',
  ],
  [
    'approved, but the plan is another',
    situation(record(v2, { approvals: [approve(v2, 1)] }), observation(waiting(v2.id, 1), workload(v2)), {
      planDiffers: ['step 2'],
    }),
    'rest waiting PLAN_DIFFERS',
  ],
  [
    'the template was changed by hand',
    situation(
      record(v2, { approvals: [approve(v2, 1)] }),
      observation(waiting(v2.id, 1), workload(v2, { template: 'else' })),
    ),
    'rest stuck FOREIGN_RELEASE',
  ],
  [
    "the engine's own timer",
    situation(record(v2), observation(waiting(v2.id, 1, { asks: false, timed: true }), workload(v2))),
    'engine waiting GATE_SHUT',
  ],
  [
    'soaking',
    situation(record(v2), observation(waiting(v2.id, 1, { since: ago(60) }), workload(v2)), {
      delivery: gated([soak]),
    }),
    'gate waiting GATE_SHUT',
  ],
  [
    'soaked',
    situation(record(v2), observation(waiting(v2.id, 1, { since: ago(91) }), workload(v2), { readySince: ago(95) }), {
      delivery: gated([soak]),
    }),
    'advance',
  ],
  [
    'a pod came back while soaking: the soak starts anew',
    situation(record(v2), observation(waiting(v2.id, 1, { since: ago(900) }), workload(v2), { readySince: ago(10) }), {
      delivery: gated([soak]),
    }),
    'gate waiting GATE_SHUT',
  ],
  [
    'nothing to wait for',
    situation(record(v2), observation(waiting(v2.id, 1), workload(v2)), { delivery: gated([]) }),
    'advance',
  ],

  // Moving.
  ['upgrading', situation(record(v2), observation(moving(v2.id, 1), workload(v2))), 'engine rolling UPGRADING'],
  [
    'told to leave: not confirmed yet',
    situation(record(v2), observation(moving(v2.id, 1, { leaving: true }), workload(v2))),
    'brief rolling UPGRADING',
  ],
  [
    'a pod that will not start',
    situation(record(v2), observation(moving(v2.id, 1), workload(v2), { trouble: [broken(30)] })),
    'rest stuck POD_NOT_STARTING',
  ],
  [
    'a pod that just began not to start',
    situation(record(v2), observation(moving(v2.id, 1), workload(v2), { trouble: [broken(3)] })),
    'engine rolling UPGRADING',
  ],
  [
    'no progress for too long',
    situation(record(v2), observation(moving(v2.id, 1, { since: ago(901) }), workload(v2))),
    'rest stuck STUCK',
  ],
  [
    'no progress, and the policy rolls back',
    situation(record(v2), observation(moving(v2.id, 1, { since: ago(901) }), workload(v2)), {
      delivery: delivery({ rollback: { on: ['stuck'], stuckAfterSeconds: 900, git: 'commit' } }),
    }),
    'rollBack',
  ],
  [
    'the same, where nothing but the same version was delivered before',
    situation(
      record(v2, { history: [was({ ...v2, id: `${v2.id}-2` })] }),
      observation(moving(v2.id, 1, { since: ago(901) }), workload(v2)),
      { delivery: delivery({ rollback: { on: ['stuck'], stuckAfterSeconds: 900, git: 'commit' } }) },
    ),
    'rest stuck STUCK',
  ],
  [
    'the same, but this run only looks',
    situation(record(v2), observation(moving(v2.id, 1, { since: ago(901) }), workload(v2)), {
      advance: false,
      delivery: delivery({ rollback: { on: ['stuck'], stuckAfterSeconds: 900, git: 'commit' } }),
    }),
    'rest stuck STUCK',
  ],

  // The end.
  [
    'finalising',
    situation(record(v2), observation({ at: 'finishing', id: v2.id }, workload(v2))),
    'engine finishing FINISHING',
  ],
  [
    'the last pods follow',
    situation(record(v2), observation({ at: 'idle', outcome: 'succeeded', id: v2.id }, workload(v2, { whole: false }))),
    'engine finishing PODS_NOT_READY',
  ],
  [
    'a last pod that does not start',
    situation(
      record(v2),
      observation({ at: 'idle', outcome: 'succeeded', id: v2.id }, workload(v2, { whole: false }), {
        trouble: [broken(30)],
      }),
    ),
    'rest stuck POD_NOT_STARTING',
  ],
  [
    'a last pod that just began not to start',
    situation(
      record(v2),
      observation({ at: 'idle', outcome: 'succeeded', id: v2.id }, workload(v2, { whole: false }), {
        trouble: [broken(3)],
      }),
    ),
    'engine finishing PODS_NOT_READY',
  ],
  [
    'delivered whole, not noted',
    situation(record(v2), observation({ at: 'idle', outcome: 'succeeded', id: v2.id }, workload(v2))),
    'finish',
  ],
  ['delivered', situation(record(v1), observation(idle, workload(v1))), 'rest done FIRST_DEPLOY'],
  [
    'ungated: the engine never took it up',
    situation(record(v2), observation(idle, workload(v2))),
    'rest ungated UNGATED',
  ],
  [
    'just written, the engine will take it up',
    situation(record(v2), observation(idle, workload(v2, { changedAt: ago(2) }))),
    'brief rolling STARTING',
  ],
  [
    'stable went out again a moment ago, and the engine has not taken up its id',
    situation(isBack(), observation(cancelled, workload(again, { changedAt: ago(2) }))),
    'brief rolling STARTING',
  ],
  [
    'stable was restarted by hand in mid-rollback: the engine never takes up its id',
    situation(isBack(), observation(cancelled, workload(again))),
    'rest rolledBack ROLLED_BACK',
  ],
  [
    'the same, and Git is still to be reverted',
    situation(isBack({ git: 'todo', trouble: 'away' }), observation(cancelled, workload(again))),
    'rest rolledBack ROLLED_BACK_GIT_TODO',
  ],
  [
    'the same, and its last pods are not ready',
    situation(isBack(), observation(cancelled, workload(again, { whole: false }))),
    'engine finishing PODS_NOT_READY',
  ],
  [
    'gated, the engine has not begun',
    situation(record(v2), observation(idle, workload(v2, { gated: true, paused: true }))),
    'brief rolling STARTING',
  ],
  [
    'wedged with stable (E3, E32)',
    situation(
      record(v1),
      observation({ at: 'idle', outcome: 'cancelled', id: v1.id }, workload(v1, { wedged: true, paused: true })),
    ),
    'repair',
  ],
  [
    'wedged with a release that is not stable: unpaused, it would go to every pod',
    situation(
      record(v2),
      observation({ at: 'idle', outcome: 'cancelled', id: v2.id }, workload(v2, { wedged: true, paused: true })),
    ),
    'rollBack',
  ],

  // Pauses left behind (E1).
  [
    'a zero pause is left, and the engine has not looked at it yet',
    situation(record(v1), observation({ at: 'unseen' }, workload(v1)), { pausesLeft: [1] }),
    'restorePauses',
  ],
  [
    'a zero pause is left, idle',
    situation(record(v1), observation(idle, workload(v1)), { pausesLeft: [1] }),
    'restorePauses',
  ],
  [
    'a zero pause ahead',
    situation(record(v2), observation(waiting(v2.id, 1), workload(v2)), { pausesLeft: [2] }),
    'restorePauses',
  ],
  [
    'the zero pause is our approval of this step',
    situation(record(v2, { approvals: [approve(v2, 1)] }), observation(moving(v2.id, 1), workload(v2)), {
      pausesLeft: [1],
    }),
    'engine rolling UPGRADING',
  ],
  [
    'the zero pause is our approval of this step, and the engine has not seen it yet: not sent again',
    situation(record(v2, { approvals: [approve(v2, 1)] }), observation(waiting(v2.id, 1), workload(v2)), {
      pausesLeft: [1],
    }),
    'brief rolling UPGRADING',
  ],
  [
    'the zero pause lets a step go that waits for no approval, and the engine has not seen it yet',
    situation(record(v2), observation(waiting(v2.id, 1), workload(v2)), {
      pausesLeft: [1],
      delivery: delivery({ steps: steps('20%/', '100%') }),
    }),
    'brief rolling UPGRADING',
  ],
  [
    'the zero pause lets a step of a rollback go that is walked',
    situation(
      record(v2, { rollback: back }),
      observation(waiting(back.to.id, 1), workload({ ...v1, id: back.to.id })),
      {
        pausesLeft: [1],
      },
    ),
    'brief reverting UPGRADING',
  ],
  [
    'an approval is there, another gate is shut: the zero pause is put back',
    situation(
      record(v2, { approvals: [approve(v2, 1)] }),
      observation(waiting(v2.id, 1), workload(v2), { pods: unready }),
      { pausesLeft: [1] },
    ),
    'restorePauses',
  ],
  [
    'the zero pause of this step is not ours',
    situation(record(v2), observation(waiting(v2.id, 1), workload(v2)), { pausesLeft: [1] }),
    'restorePauses',
  ],

  // Taking it back.
  [
    'waiting',
    situation(record(v2, { rollback: back }), observation(waiting(v2.id, 1), workload(v2))),
    'revertWorkload',
  ],
  [
    'upgrading',
    situation(record(v2, { rollback: back }), observation(moving(v2.id, 1), workload(v2))),
    'revertWorkload',
  ],
  [
    'upgrading, the batch has not taken the workload (E32)',
    situation(record(v2, { rollback: back }), observation(moving(v2.id, 1), workload(v2, { taken: false }))),
    'engine reverting ROLLING_BACK',
  ],
  [
    'upgrading, the engine has not seen the last change (E32)',
    situation(record(v2, { rollback: back }), observation(moving(v2.id, 1), workload(v2, { seen: false }))),
    'engine reverting ROLLING_BACK',
  ],
  [
    'initializing (E2)',
    situation(record(v2, { rollback: back }), observation({ at: 'starting', id: v2.id }, workload(v2))),
    'engine reverting ROLLING_BACK',
  ],
  [
    'paused: template first (E24)',
    situation(
      record(v2, { rollback: back }),
      observation({ at: 'frozen', id: v2.id, step: 1, since: null }, workload(v2)),
    ),
    'revertWorkload',
  ],
  [
    'paused, template back',
    situation(record(v2, { rollback: back }), observation({ at: 'frozen', id: v2.id, step: 1, since: null }, restored)),
    'unpauseRollout',
  ],
  [
    'finalising',
    situation(record(v2, { rollback: back }), observation({ at: 'finishing', id: v2.id }, workload(v2))),
    'engine reverting ROLLING_BACK',
  ],
  [
    'completed',
    situation(
      record(v2, { rollback: back }),
      observation({ at: 'idle', outcome: 'succeeded', id: v2.id }, workload(v2)),
    ),
    'revertWorkload',
  ],
  [
    'walked by itself: a step that waits',
    situation(record(v2, { rollback: back }), observation(waiting(back.to.id, 1), restored)),
    'advance',
  ],
  [
    "walked by itself: a step that the engine's own timer would end",
    situation(
      record(v2, { rollback: back }),
      observation(waiting(back.to.id, 1, { asks: false, timed: true }), restored),
    ),
    'advance',
  ],
  [
    'walked by itself: a step that the engine has not begun to time',
    situation(record(v2, { rollback: back }), observation(waiting(back.to.id, 1, { asks: false }), restored)),
    'brief reverting ROLLING_BACK',
  ],
  [
    'walked in mid-release: the engine did not take it for a rollback',
    situation(record(v2, { rollback: back }), observation(waiting(back.to.id, 1), restored, { pods: unready })),
    'engine reverting REVERT_NOT_RECOGNISED',
  ],
  [
    'walked in mid-release, as the plan says',
    situation(record(v2, { rollback: back }), observation(waiting(back.to.id, 1), restored, { pods: unready }), {
      delivery: delivery({ settings: { rollbackInSteps: true } }),
    }),
    'engine reverting ROLLING_BACK',
  ],
  [
    'walked after a delivered release: that is the way',
    situation(
      record(v2, { rollback: back, history: [was(v2), was(v1)] }),
      observation(waiting(back.to.id, 1), restored, { pods: unready }),
    ),
    'engine reverting ROLLING_BACK',
  ],
  [
    'blueGreen refuses a third: template back',
    situation(record(v2, { rollback: back }), observation({ at: 'refusing', id: v2.id, step: 1 }, workload(v2))),
    'revertWorkload',
  ],
  [
    'blueGreen refuses what is gone back to: the stable version of the engine goes first',
    situation(record(v2, { rollback: back }), observation({ at: 'refusing', id: v2.id, step: 1 }, restored)),
    'revertWorkload',
  ],
  [
    'the stable version of the engine is back, and its refusal is from before',
    situation(record(v2, { rollback: back }), observation({ at: 'refusing', id: v2.id, step: 1 }, viaOther)),
    'engine reverting ROLLING_BACK',
  ],
  [
    'the stable version of the engine is back, and a paused Rollout does not cancel',
    situation(record(v2, { rollback: back }), observation({ at: 'frozen', id: v2.id, step: 1, since: null }, viaOther)),
    'unpauseRollout',
  ],
  [
    'the stable version of the engine is back, and what is gone back to follows',
    situation(record(v2, { rollback: back }), observation({ at: 'idle', outcome: 'cancelled', id: v2.id }, viaOther)),
    'revertWorkload',
  ],
  [
    'only stable serves',
    situation(
      record(v2, { rollback: back }),
      observation({ at: 'idle', outcome: 'cancelled', id: back.to.id }, restored),
    ),
    'settleRollback',
  ],
  [
    'stable serves, its last pods are not ready',
    situation(
      record(v2, { rollback: back }),
      observation({ at: 'idle', outcome: 'cancelled', id: back.to.id }, { ...restored, whole: false }),
    ),
    'engine reverting ROLLING_BACK',
  ],
  [
    'wedged in mid-rollback',
    situation(
      record(v2, { rollback: back }),
      observation(
        { at: 'idle', outcome: 'cancelled', id: back.to.id },
        { ...restored, wedged: true, paused: true, whole: false },
      ),
    ),
    'repair',
  ],
  [
    'the cluster is back, Git is not',
    situation(
      record({ ...v1, id: back.to.id }, { rollback: { ...back, cluster: 'done' } }),
      observation({ at: 'idle', outcome: 'cancelled', id: back.to.id }, restored),
    ),
    'pushRevert',
  ],
  [
    'the push failed in this run',
    situation(
      record(
        { ...v1, id: back.to.id },
        { history: [was({ ...v1, id: back.to.id })], rollback: { ...back, cluster: 'done', trouble: 'away' } },
      ),
      observation({ at: 'idle', outcome: 'cancelled', id: back.to.id }, restored),
    ),
    'rest rolledBack ROLLED_BACK_GIT_TODO',
  ],
  [
    'the push failed in an earlier run',
    situation(
      record({ ...v1, id: back.to.id }, { rollback: { ...back, cluster: 'done', trouble: 'away' } }),
      observation({ at: 'idle', outcome: 'cancelled', id: back.to.id }, restored),
      { retryGit: true },
    ),
    'pushRevert',
  ],
  [
    'both are back',
    situation(
      record(
        { ...v1, id: back.to.id },
        { history: [was({ ...v1, id: back.to.id })], rollback: { ...back, cluster: 'done', git: 'done' } },
      ),
      observation({ at: 'idle', outcome: 'cancelled', id: back.to.id }, restored),
    ),
    'rest rolledBack ROLLED_BACK',
  ],
];

describe('decide', () => {
  test.for(rows)('%s', ([, given, wanted]) => {
    expect(brief(decide(given))).toBe(wanted);
  });
});

/** Any world: mostly nonsense, which is what a guard has to stand. */
const engines: fc.Arbitrary<Engine> = fc.oneof(
  fc.constantFrom<Engine>({ at: 'absent' }, { at: 'unseen' }, { at: 'noWorkload' }, { at: 'off', why: 'disabled' }),
  fc
    .record({
      outcome: fc.constantFrom('fresh', 'succeeded', 'cancelled'),
      id: fc.constantFrom(v1.id, v2.id, back.to.id),
    })
    .map((one) => ({ at: 'idle', ...one }) as Engine),
  fc
    .record({
      id: fc.constantFrom(v1.id, v2.id, back.to.id),
      step: fc.integer({ min: 1, max: 3 }),
      asks: fc.boolean(),
      timed: fc.boolean(),
    })
    .map((one) => waiting(one.id, one.step, one)),
  fc
    .record({
      id: fc.constantFrom(v1.id, v2.id, back.to.id),
      step: fc.integer({ min: 1, max: 3 }),
      leaving: fc.boolean(),
    })
    .map((one) => moving(one.id, one.step, one)),
  fc.constantFrom<Engine>(
    { at: 'starting', id: v2.id },
    { at: 'finishing', id: v2.id },
    { at: 'cancelling', id: v2.id },
    { at: 'frozen', id: v2.id, step: 1, since: null },
    { at: 'refusing', id: v2.id, step: 1 },
  ),
);
const workloads: fc.Arbitrary<WorkloadView> = fc
  .record({
    of: fc.constantFrom(v1, v2, { ...v1, id: back.to.id }, asked('v4')),
    flags: fc.record({
      gated: fc.boolean(),
      paused: fc.boolean(),
      whole: fc.boolean(),
      settled: fc.boolean(),
      wedged: fc.boolean(),
      taken: fc.boolean(),
      seen: fc.boolean(),
    }),
  })
  .map(({ of, flags }) => workload(of, flags));
const worlds = fc
  .record({
    engine: engines,
    of: fc.option(workloads, { nil: null }),
    release: fc.constantFrom(null, v1, v2, v3),
    approvals: fc.subarray([approve(v2, 1), approve(v2, 2), approve(v3, 1), approve(v1, 1), approve(v2, 1, true)]),
    holds: fc.subarray([held]),
    rollback: fc.constantFrom(null, back, { ...back, cluster: 'done' as const }),
    ready: fc.boolean(),
    planDiffers: fc.subarray(['step 1']),
    pausesLeft: fc.subarray([1, 2, 3]),
    to: fc.constantFrom(null, 2, 3),
    advance: fc.boolean(),
    style: fc.constantFrom('partition', 'canary', 'blueGreen'),
  })
  .map(
    ({ engine, of, release, approvals, holds, rollback: taken, ready, planDiffers, pausesLeft, to, advance, style }) =>
      situation(
        record(release, { approvals, holds, rollback: taken }),
        observation(engine, of, ready ? {} : { pods: unready }),
        {
          planDiffers,
          pausesLeft,
          to,
          advance,
          delivery: delivery({ style }),
        },
      ),
  );

const law = (name: string, holds: (world: Situation, decision: Decision) => boolean) =>
  test(name, () => {
    fc.assert(
      fc.property(worlds, (world) => holds(world, decide(world))),
      { numRuns: 5000, verbose: 1 },
    );
  });

describe('whatever the world looks like', () => {
  law(
    'a step that needs an approval is left only with one of that step of that release, or by a rollback',
    (world, decision) => {
      if (decision.do !== 'advance') return true;
      const { rollback: taken, approvals, release } = world.record;
      if (taken !== null && taken.cluster !== 'done') return decision.release === taken.to.id;
      const conditions = world.delivery.steps[decision.step - 1]?.leaveWhen ?? [];
      return (
        decision.release === release?.id &&
        (!conditions.some((one) => one.kind === 'approval') ||
          approvals.some((one) => one.release === release.id && one.step === decision.step))
      );
    },
  );
  law('only the release the engine works on goes on', (world, decision) => {
    const { engine } = world.observation;
    return decision.do !== 'advance' || (engine.at === 'waiting' && engine.id === decision.release);
  });
  law('an approval is sent only when the engine asks for it', (world, decision) => {
    const { engine } = world.observation;
    if (decision.do !== 'advance') return true;
    const { rollback: taken } = world.record;
    if (engine.at !== 'waiting' || engine.step !== decision.step) return false;
    // A rollback ends a timed pause too.
    return engine.asks || (engine.timed && taken !== null && taken.cluster !== 'done');
  });
  law('a held template is neither started nor advanced', (world, decision) => {
    const { release, holds } = world.record;
    if (decision.do !== 'start' && decision.do !== 'advance') return true;
    if (decision.do === 'advance' && decision.release !== release?.id) return true;
    return !holds.some((hold) => hold.digest === release?.digest);
  });
  law('a new template is written only in the safe window', (world, decision) => {
    if (decision.do !== 'start') return true;
    const { engine } = world.observation;
    return engine.at === 'idle' || engine.at === 'noWorkload' || engine.at === 'waiting';
  });
  law('a plan that is not the policy ref’s is never promoted', (world, decision) => {
    if (decision.do !== 'advance' || world.planDiffers.length === 0) return true;
    return decision.release === world.record.rollback?.to.id;
  });
  law('while a rollback is under way nothing else is started', (world, decision) => {
    const { rollback: taken } = world.record;
    return taken === null || taken.cluster === 'done' || (decision.do !== 'start' && decision.do !== 'finish');
  });
  law('a run that only looks never lets a step go', (world, decision) => {
    const { rollback: taken } = world.record;
    return world.advance || decision.do !== 'advance' || (taken !== null && taken.cluster !== 'done');
  });
});

test('a workload without a Rollout is told from nothing at all', () => {
  const said = (of: ReturnType<typeof workload> | null) =>
    decide(situation(record(null), observation({ at: 'absent' }, of)));
  expect(said(null)).toMatchObject({ message: expect.stringContaining('no Rollout and no workload') });
  expect(said(workload(v1))).toMatchObject({ message: expect.stringContaining('it has no Rollout: nothing stops') });
});
