import { describe, expect, test } from 'vitest';
import { decide } from '../../src/release/decide.ts';
import type { Situation } from '../../src/release/decision.ts';
import type { Condition } from '../../src/release/delivery.ts';
import { deliveryReport } from '../../src/release/delivery-report.ts';
import type { DeliveryReport } from '../../src/release/report.ts';
import {
  ago,
  delivery,
  holdOf,
  now,
  observation,
  record,
  rollback,
  situation,
  steps,
  v1,
  v2,
  waiting,
  workload,
} from './situation.ts';

const report = (of: Situation) =>
  deliveryReport(of, decide(of), {
    findings: [],
    changes: [],
    forecast: [],
    expected: [],
    changed: false,
    loud: false,
  });
/** What a report says a person would type next. */
const todo = (of: Situation) => report(of).todo;

import { type ForgeEvidence, known } from '../../src/release/vote.ts';

const approval: Condition = {
  kind: 'approval',
  by: ['command'],
  notAuthor: false,
  notMerger: false,
  name: 'approval',
  from: [],
  count: 1,
};
const soak: Condition = { kind: 'soak', name: 'soak', seconds: 600 };
// The tests' now is a Saturday, 10:00 UTC.
const office: Condition = {
  kind: 'schedule',
  name: 'office',
  schedule: { zone: 'UTC', allow: [{ days: [1, 2, 3, 4, 5], from: 540, to: 990 }], except: [] },
};
const never: Condition = { kind: 'schedule', name: 'never', schedule: { zone: 'UTC', allow: [], except: [] } };
const after: Condition = { kind: 'after', name: 'staging', delivery: 'shop@staging' };
const evidence = {
  now,
  after: [{ delivery: 'shop@staging', has: false, why: 'told', observedAt: now }],
  forge: null,
  asked: [],
  freezes: [],
};

const idleV1 = observation({ at: 'idle', outcome: 'succeeded', id: v1.id }, workload(v1));
const atOne = observation(waiting(v2.id, 1), workload(v2));
const through = observation({ at: 'idle', outcome: 'succeeded', id: v2.id }, workload(v2), {
  pods: { stable: { ready: 0, total: 0 }, canary: { ready: 5, total: 5 } },
});

function places(conditions: readonly Condition[], kept = record(v2)) {
  const [first, ...rest] = steps('20%', '100%');
  const plan = first === undefined ? [] : [{ ...first, leaveWhen: conditions }, ...rest];
  const at = (of: Parameters<typeof delivery>[0], seen: typeof atOne) =>
    todo(situation(kept, seen, { delivery: delivery(of), evidence }));
  return {
    start: at({ startWhen: conditions }, idleV1),
    step: at({ steps: plan }, atOne),
    end: at({ doneWhen: conditions }, through),
  };
}

function atStep(conditions: readonly Condition[]) {
  const [first, ...rest] = steps('20%', '100%');
  const plan = first === undefined ? [] : [{ ...first, leaveWhen: conditions }, ...rest];
  return report(situation(record(v2), atOne, { delivery: delivery({ steps: plan }), evidence }));
}

const noForge: ForgeEvidence = {
  observedAt: now,
  votes: known([]),
  uncounted: [],
  groups: new Map(),
  authors: known([]),
  mergers: known([]),
  pullRequest: null,
  promotions: [],
};
const tick = 'stepgate tick --delivery shop';
const look = 'stepgate status --delivery shop@staging';
const promote = `stepgate promote --delivery shop --release ${v2.id}`;
const everywhere = (line: string) => ({ start: line, step: line, end: line });
const byPromote = { start: `${promote} --step start`, step: `${promote} --step 1`, end: `${promote} --step end` };

describe('behind gates that are shut, a person is told to', () => {
  const gone = { ...approval, gone: true } as const;
  const comment: Condition = { ...approval, name: 'sre', by: ['comment'] };
  const line = `comment on its pull request: /stepgate promote shop ${v2.id}`;
  const environment: Condition = { ...approval, name: 'sre', by: ['environment'] };
  const run = `start the workflow with the protected environment for shop ${v2.id}`;
  const byEnvironment = { start: `${run} start`, step: `${run} step-1`, end: `${run} end` };
  const byComment = { start: `${line} start`, step: `${line} step-1`, end: `${line} end` };
  test.for<readonly [string, readonly Condition[], ReturnType<typeof places>]>([
    ['promote what needs an approval', [approval], byPromote],
    ['look at the delivery that has to deliver it first', [after], everywhere(look)],
    ['let a later tick see the end of a soak', [soak], everywhere(tick)],
    ['let a later tick see the window', [office], everywhere(tick)],
    ['tick after the policy has another window', [never], everywhere(tick)],
    ['tick after the policy has its entry again', [gone], everywhere(tick)],
    ['look at the other delivery, whatever else takes time', [office, after, soak], everywhere(look)],
    ['promote, whatever else is shut', [after, office, soak, approval], byPromote],
    ['comment, where no command approves', [soak, comment], byComment],
    ['promote, where a command does too', [comment, approval], byPromote],
    ['start a run that a reviewer lets go on, where a command alone does not count', [environment], byEnvironment],
    ['promote, where a command opens one of the gates', [environment, approval], byPromote],
    [
      'comment, where that does as well as an environment',
      [{ ...environment, by: ['environment', 'comment'] }],
      byComment,
    ],
  ])('%s', ([, conditions, wanted]) => {
    expect(places(conditions)).toEqual(wanted);
  });

  const either: Condition = { ...comment, by: ['comment', 'command'], from: ['ada'] };
  test.for<readonly [string, readonly Condition[], DeliveryReport['approval']]>([
    [
      'in its ways, of those who are named',
      [either],
      { step: 'step-1', missing: ['ada'], ways: ['command', 'comment'], pullRequest: null },
    ],
    [
      'in the way that does for each of them',
      [either, comment],
      { step: 'step-1', missing: ['ada', 'a comment on the pull request'], ways: ['comment'], pullRequest: null },
    ],
    [
      'in an environment, of any reviewer',
      [environment],
      {
        step: 'step-1',
        missing: ['a reviewer of the environment of a run that promotes'],
        ways: ['environment'],
        pullRequest: null,
      },
    ],
    [
      'in no way that does for all',
      [comment, approval],
      { step: 'step-1', missing: expect.any(Array), ways: [], pullRequest: null },
    ],
    ['not at all, where its entry is gone', [gone], null],
    ['not at all, where only time is missing', [soak], null],
  ])('approve a step %s', ([, conditions, wanted]) => {
    expect(atStep(conditions).approval).toEqual(wanted);
  });

  test('promote exactly where an approval is shut that somebody may give', () => {
    const all = [approval, soak, office, after, gone];
    for (let bits = 1; bits < 2 ** all.length; bits += 1) {
      const conditions = all.filter((_, index) => bits & (2 ** index));
      for (const [place, line] of Object.entries(places(conditions))) {
        const said = `${place}: ${conditions.map(({ name, kind }) => `${kind} ${name}`).join(', ')}`;
        expect([said, line?.startsWith('stepgate promote')]).toEqual([said, conditions.includes(approval)]);
      }
    }
  });

  test('comment on the pull request of the release, where it is known', () => {
    const pullRequest = { number: 12, url: 'https://github.example/acme/shop/pull/12' };
    const forge = { ...noForge, pullRequest };
    const of = situation(record(v2), idleV1, {
      delivery: delivery({ startWhen: [comment] }),
      evidence: { ...evidence, forge },
    });
    expect(todo(of)).toBe(`comment on ${pullRequest.url}: /stepgate promote shop ${v2.id} start`);
  });

  test('lift a hold, which no approval passes', () => {
    const held = record(v2, { holds: [holdOf(v2)] });
    expect(places([approval], held).step).toBe(`stepgate resume --release ${v2.id} --delivery shop`);
  });

  test('approve the start, not the step at which the release before waits', () => {
    const seen = observation(waiting(v1.id, 2), workload(v1, { id: v1.id }));
    const of = situation(record(v2), seen, { delivery: delivery({ startWhen: [approval] }), evidence });
    expect(todo(of)).toBe(`${promote} --step start`);
  });

  test("tick where the engine's own timer lets a step go", () => {
    const [first, ...rest] = steps('20%', '100%');
    const timed = first === undefined ? [] : [{ ...first, leaveWhen: [soak], timer: 'engine' as const }];
    const seen = observation(waiting(v2.id, 1, { timed: true, since: ago(60) }), workload(v2));
    expect(todo(situation(record(v2), seen, { delivery: delivery({ steps: [...timed, ...rest] }), evidence }))).toBe(
      tick,
    );
  });
});

describe('a command that brings the live template to every pod', () => {
  const blocked = { why: 'it never ends', run: 'kubectl patch', releasesAll: true } as const;
  const engine = { at: 'moving', step: 1, leaving: false, since: ago(90), detail: '', blocked } as const;
  const made = rollback(v2, v1);
  const back = { ...made, to: { ...made.to, template: v1.template } };
  const todoOf = (live: typeof v1, more: Parameters<typeof record>[1]) =>
    todo(situation(record(v2, more), observation({ ...engine, id: live.id }, workload(live))));

  test('is told where a rollback has put the template of its target back', () => {
    expect(todoOf({ ...v1, id: back.to.id }, { rollback: back })).toBe('kubectl patch');
  });

  test('is not told for a release, nor where the template is another one', () => {
    expect(todoOf(v2, {})).toBe('stepgate rollback --delivery shop');
    const changed = { ...back, to: { ...back.to, template: 'f'.repeat(64) } };
    expect(todoOf({ ...v1, id: back.to.id }, { rollback: changed })).not.toBe('kubectl patch');
  });
});
