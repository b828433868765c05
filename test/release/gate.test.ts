import { describe, expect, test } from 'vitest';
import { conditionWords } from '../../src/gates/index.ts';
import type { Condition, Delivery } from '../../src/release/delivery.ts';
import { judgeDone, judgeStart, judgeStep } from '../../src/release/gate.ts';
import type { Observation } from '../../src/release/observation.ts';
import type { ReleaseRecord } from '../../src/release/record.ts';
import { type Evidence, opensAt, type Verdict } from '../../src/release/verdict.ts';
import {
  ago,
  approve,
  delivery,
  holdOf,
  now,
  observation,
  record,
  situation,
  steps,
  v2,
  v3,
  waiting,
  workload,
} from './situation.ts';

const weekdays = { zone: 'UTC', allow: [{ days: [1, 2, 3, 4, 5], from: 540, to: 990 }], except: [] };
const sre = {
  kind: 'approval',
  by: ['command'],
  notAuthor: false,
  notMerger: false,
  name: 'sre',
  from: ['Ann', '@bob'],
  count: 2,
} as const;
const soak: Condition = { kind: 'soak', name: 'soak', seconds: 600 };
// The tests' now is a Saturday, 10:00 UTC.
const office = { kind: 'schedule', name: 'office', schedule: weekdays } as const;
const always = { zone: 'UTC', allow: [{ days: [0, 1, 2, 3, 4, 5, 6], from: 0, to: 1440 }], except: [] };
const noRestarts: Condition = { kind: 'noRestarts', name: 'noRestarts', seconds: 600 };
const after: Condition = { kind: 'after', name: 'shop@staging', delivery: 'shop@staging' };

const at1 = (more: Partial<Observation> = {}) => observation(waiting(v2.id, 1, { since: ago(60) }), workload(v2), more);
/** So many of the new pods are ready. */
const of = (ready: number, total: number) => ({ stable: { ready: 5, total: 5 }, canary: { ready, total } });
const said = (verdict: Verdict) =>
  `${verdict.name} ${verdict.is}${'until' in verdict && verdict.until !== null ? ` ${verdict.until.toISOString()}` : ''}`;

function grounds(
  of: Delivery,
  its: ReleaseRecord,
  seen: Observation,
  evidence: Evidence = { now, after: [], forge: null, asked: [], freezes: [] },
) {
  return situation(its, seen, { delivery: of, evidence });
}

function judge(
  conditions: readonly Condition[],
  of: ReleaseRecord,
  seen = at1(),
  has?: boolean | 'unknown',
): readonly string[] {
  const [first, ...rest] = steps('20%', '100%');
  const plan = first === undefined ? [] : [{ ...first, leaveWhen: conditions }, ...rest];
  const evidence = {
    now,
    asked: [],
    freezes: [],
    after: has === undefined ? [] : [{ delivery: 'shop@staging', has, why: 'told', observedAt: now }],
    missing: [],
    forge: null,
  };
  return judgeStep(grounds(delivery({ steps: plan }), of, seen, evidence), 1).map(said);
}

const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['nothing but ready pods', judge([], record(v2)), ['ready open']],
  [
    'pods not ready',
    judge([], record(v2), at1({ pods: { stable: { ready: 4, total: 4 }, canary: { ready: 1, total: 2 } } })),
    ['ready shut'],
  ],
  ['a pod that may be unready', judge([], record(v2), at1({ pods: of(4, 5), mayBeUnready: 1 })), ['ready open']],
  ['one more than may be', judge([], record(v2), at1({ pods: of(3, 5), mayBeUnready: 1 })), ['ready shut']],
  ['not even one is ready', judge([], record(v2), at1({ pods: of(0, 1), mayBeUnready: 1 })), ['ready shut']],
  [
    'soaking with a pod that may be unready',
    judge([soak], record(v2), at1({ pods: of(4, 5), mayBeUnready: 1, readySince: ago(10) })),
    ['ready open', 'soak shut 2026-11-21T10:09:50.000Z'],
  ],
  [
    'no pod at all is not ready',
    judge([], record(v2), at1({ pods: { stable: { ready: 5, total: 5 }, canary: { ready: 0, total: 0 } } })),
    ['ready shut'],
  ],
  ['one of two approvals', judge([sre], record(v2, { approvals: [approve(v2, 1)] })), ['ready open', 'sre shut']],
  [
    'the same person twice is one',
    judge([sre], record(v2, { approvals: [approve(v2, 1), approve(v2, 1)] })),
    ['ready open', 'sre shut'],
  ],
  [
    'two people',
    judge([sre], record(v2, { approvals: [approve(v2, 1), { ...approve(v2, 1), by: 'bob' }] })),
    ['ready open', 'sre open'],
  ],
  [
    'two people, one of whom may not',
    judge([sre], record(v2, { approvals: [approve(v2, 1), { ...approve(v2, 1), by: 'mallory' }] })),
    ['ready open', 'sre shut'],
  ],
  [
    'approvals of another release',
    judge([sre], record(v2, { approvals: [approve(v3, 1), { ...approve(v3, 1), by: 'bob' }] })),
    ['ready open', 'sre shut'],
  ],
  [
    'soaking since the step was in place',
    judge([soak], record(v2), at1({ readySince: ago(900) })),
    ['ready open', 'soak shut 2026-11-21T10:09:00.000Z'],
  ],
  [
    'soaking anew since a pod came back',
    judge([soak], record(v2), at1({ readySince: ago(10) })),
    ['ready open', 'soak shut 2026-11-21T10:09:50.000Z'],
  ],
  [
    'containers that have run for too short a time',
    judge([noRestarts], record(v2), at1({ running: { since: ago(590), restarts: 0 } })),
    ['ready open', 'noRestarts shut 2026-11-21T10:00:10.000Z'],
  ],
  [
    'containers that have run for long enough, restarts or not',
    judge([noRestarts], record(v2), at1({ running: { since: ago(600), restarts: 3 } })),
    ['ready open', 'noRestarts open'],
  ],
  [
    'a container that does not run, or a pod that is missing',
    judge([noRestarts], record(v2), at1({ running: null })),
    ['ready open', 'noRestarts shut'],
  ],
  ['a schedule that is shut', judge([office], record(v2)), ['ready open', 'office shut 2026-11-23T09:00:00.000Z']],
  [
    'an approval that has no entry any more, whoever gave it',
    judge([{ ...sre, count: 1, gone: true }], record(v2, { approvals: [approve(v2, 1)] })),
    ['ready open', 'sre shut'],
  ],
  [
    'an approval of anybody that has no entry any more',
    judge([{ ...sre, from: [], count: 1, gone: true }], record(v2, { approvals: [approve(v2, 1)] })),
    ['ready open', 'sre shut'],
  ],
  [
    'a schedule that has no entry any more, inside the window that it had',
    judge([{ ...office, schedule: always, gone: true }], record(v2)),
    ['ready open', 'office shut'],
  ],
  ['a schedule that is open', judge([{ ...office, schedule: always }], record(v2)), ['ready open', 'office open']],
  [
    'a user of the cluster approves in its own case only',
    judge(
      [{ ...sre, from: ['kube:Ada'], count: 1 }],
      record(v2, { approvals: [{ ...approve(v2, 1), by: 'kube:ada' }] }),
    ),
    ['ready open', 'sre shut'],
  ],
  [
    'a user of the cluster approves',
    judge(
      [{ ...sre, from: ['kube:Ada'], count: 1 }],
      record(v2, { approvals: [{ ...approve(v2, 1), by: 'kube:Ada' }] }),
    ),
    ['ready open', 'sre open'],
  ],
  ['the other delivery has it', judge([after], record(v2), at1(), true), ['ready open', 'shop@staging open']],
  ['the other delivery has not', judge([after], record(v2), at1(), false), ['ready open', 'shop@staging shut']],
  ['nobody can tell', judge([after], record(v2), at1(), 'unknown'), ['ready open', 'shop@staging shut']],
  [
    'forced: readiness and what opens by itself',
    judge(
      [sre, soak, office, noRestarts, after],
      record(v2, { approvals: [approve(v2, 1, true)] }),
      at1({ pods: { stable: { ready: 4, total: 4 }, canary: { ready: 0, total: 1 } } }),
      false,
    ),
    ['ready skipped', 'sre shut', 'soak skipped', 'office skipped', 'noRestarts skipped', 'shop@staging shut'],
  ],
  [
    'a hold stands before everything, forced or not',
    judge(
      [soak],
      record(v2, {
        approvals: [approve(v2, 1, true)],
        holds: [holdOf(v2)],
      }),
    ),
    ['hold failed', 'ready open', 'soak skipped'],
  ],
];

describe('leaving a step', () => {
  test.for(rows)('%s', ([, found, wanted]) => {
    expect(found).toEqual(wanted);
  });
});

test('a soak says since when the pods are ready, to the second', () => {
  const [first, ...rest] = steps('20%', '100%');
  const plan = first === undefined ? [] : [{ ...first, leaveWhen: [soak] }, ...rest];
  const evidence = { now, after: [], forge: null, asked: [], freezes: [], missing: [] };
  const verdicts = judgeStep(grounds(delivery({ steps: plan }), record(v2), at1({ readySince: ago(10) }), evidence), 1);
  expect(verdicts.map(({ why }) => why)).toContain('ready since 2026-11-21 09:59:50 UTC');
});

test.each([
  [0, 'no restart since 2026-11-21 09:59:00 UTC'],
  [1, 'no restart since 2026-11-21 09:59:00 UTC, after a restart'],
  [3, 'no restart since 2026-11-21 09:59:00 UTC, after 3 restarts'],
])('a gate on restarts says since when there is none: %d before', (restarts, wanted) => {
  const gated = delivery({ doneWhen: [noRestarts] });
  const verdicts = judgeDone(grounds(gated, record(v2), at1({ running: { since: ago(60), restarts } })));
  expect(verdicts.map(({ why }) => why)).toEqual([wanted]);
  expect(gated.doneWhen.map(conditionWords)).toEqual(['no restarts for 10m']);
});

test('a condition without an entry says so, and what would open it', () => {
  const gated = delivery({
    startWhen: [
      { ...sre, gone: true },
      { ...office, gone: true },
    ],
  });
  const verdicts = judgeStart(grounds(gated, record(v2), at1()));
  expect(verdicts).toMatchObject([
    {
      why: 'approvals has no entry sre any more',
      missing: ['an entry sre of approvals in stepgate.yaml'],
      until: null,
    },
    { why: 'schedules has no entry office any more', missing: ['an entry office of schedules in stepgate.yaml'] },
  ]);
  expect(gated.startWhen.map(conditionWords)).toEqual([
    '2 approvals sre, which can not be given: approvals has no entry sre any more',
    'schedule office: schedules has no entry office any more',
  ]);
});

test('starting and finishing have gates of their own, whose approvals are not those of a step', () => {
  const approval: Condition = {
    kind: 'approval',
    by: ['command'],
    notAuthor: false,
    notMerger: false,
    name: 'approval',
    from: [],
    count: 1,
  };
  const gated = delivery({ startWhen: [approval], doneWhen: [approval], steps: steps('20%', '100%') });
  const given = (step: number) => grounds(gated, record(v2, { approvals: [approve(v2, step)] }), at1());
  const start = (step: number) => judgeStart(given(step)).map(said);
  const done = (step: number) => judgeDone(given(step)).map(said);
  expect([start(0), start(1), done(3), done(2)]).toEqual([
    ['approval open'],
    ['approval shut'],
    ['approval open'],
    ['approval shut'],
  ]);
});

describe('when all gates will be open', () => {
  const shut = (until: Date | null): Verdict => ({
    name: 'g',
    kind: 'soak',
    source: '',
    observedAt: now,
    why: '',
    is: 'shut',
    until,
    missing: [],
    opener: { by: 'time' },
  });
  const open: Verdict = { name: 'g', kind: 'soak', source: '', observedAt: now, why: '', is: 'open' };
  const later = new Date('2026-11-21T12:00:00Z');
  test.for([
    ['the latest of them', [shut(now), open, shut(later)], later],
    ['one needs a person', [shut(now), shut(null)], null],
    ['all open', [open], null],
  ] as const)('%s', ([, verdicts, wanted]) => {
    expect(opensAt(verdicts)).toEqual(wanted);
  });
});
