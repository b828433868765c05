import { expect, test } from 'vitest';
import { dueAt } from '../../src/flow/late.ts';
import type { Condition } from '../../src/release/delivery.ts';
import type { Freeze } from '../../src/release/freeze.ts';
import type { ReleaseRecord } from '../../src/release/record.ts';
import {
  ago,
  approve,
  delivery,
  now,
  observation,
  record,
  situation,
  steps,
  v2,
  waiting,
  workload,
} from '../release/situation.ts';

// A Saturday, 10:00 UTC. The engine finished the step an hour ago.
const hour = 3600;
const soak: Condition = { kind: 'soak', name: 'soak', seconds: 600 };
/** A schedule whose windows are on every day, in minutes. */
const windows = (...allow: readonly (readonly [number, number])[]): Condition => ({
  kind: 'schedule',
  name: 'office',
  schedule: { zone: 'UTC', allow: allow.map(([from, to]) => ({ days: [0, 1, 2, 3, 4, 5, 6], from, to })), except: [] },
});
const freeze = (begins: Date | null, ends: Date, more: Partial<Freeze> = {}): Freeze => ({
  name: 'weekend',
  from: { is: 'file', path: '.stepgate/freezes/weekend.yaml' },
  deliveries: [],
  environments: [],
  by: 'ada',
  reason: 'stocktaking',
  begins,
  ends,
  unreadable: null,
  ...more,
});
const approved = (seconds: number, forced = false) => ({
  approvals: [{ ...approve(v2, 1, forced), at: ago(seconds).toISOString() }],
});
const approval: Condition = {
  kind: 'approval',
  by: ['command'],
  notAuthor: false,
  notMerger: false,
  name: 'approval',
  from: [],
  count: 1,
};
const resumed = { by: 'ada', at: ago(300).toISOString(), run: null, command: 'resume', about: '' };

interface Row {
  readonly gates: readonly Condition[];
  readonly its?: Partial<ReleaseRecord>;
  readonly freezes?: readonly Freeze[];
  readonly readySince?: Date;
}

/** The seconds for which step 1 could have gone on. */
function lateBy({ gates, its = {}, freezes = [], readySince = ago(2 * hour) }: Row): number | null {
  const [first, ...rest] = steps('20%', '100%');
  const plan = first === undefined ? [] : [{ ...first, leaveWhen: gates }, ...rest];
  const due = dueAt(
    situation(record(v2, its), observation(waiting(v2.id, 1, { since: ago(hour) }), workload(v2), { readySince }), {
      delivery: delivery({ steps: plan }),
      evidence: { now, after: [], forge: null, asked: [], freezes },
    }),
    1,
  );
  return due === null ? null : (now.getTime() - due.getTime()) / 1000;
}

test.each<readonly [string, Row, number | null]>([
  ['no gate: since the engine finished the step', { gates: [] }, 3600],
  ['no gate, and a pod that got ready later', { gates: [], readySince: ago(1800) }, 1800],
  ['a soak', { gates: [soak] }, 3000],
  ['a shut gate', { gates: [approval] }, null],
  ['an approval that came before the soak was over', { gates: [soak, approval], its: approved(3300) }, 3000],
  ['an approval that came after it', { gates: [soak, approval], its: approved(60) }, 60],
  ['a soak that somebody skips', { gates: [{ ...soak, seconds: 2 * hour }], its: approved(30, true) }, 30],
  [
    'the second of two approvals',
    {
      gates: [{ ...approval, count: 2 }],
      its: {
        approvals: [
          { ...approve(v2, 1), at: ago(20).toISOString() },
          { ...approve(v2, 1), by: 'bob', at: ago(90).toISOString() },
        ],
      },
    },
    20,
  ],
  ['a schedule that opened after the soak', { gates: [soak, windows([570, 1020])] }, 1800],
  [
    'a schedule that was open for the soak, and has shut and opened since',
    { gates: [soak, windows([540, 555], [590, 1020])] },
    3000,
  ],
  ['a freeze that ended after the soak', { gates: [soak], freezes: [freeze(null, ago(900))] }, 900],
  [
    'freezes one after the other, the later one first',
    {
      gates: [soak],
      freezes: [freeze(ago(1500), ago(600)), freeze(ago(4000), ago(1200))],
    },
    600,
  ],
  ['a freeze that began after the soak', { gates: [soak], freezes: [freeze(ago(2000), ago(900))] }, 3000],
  [
    'a freeze of another delivery',
    { gates: [soak], freezes: [freeze(null, ago(900), { deliveries: ['cart'] })] },
    3000,
  ],
  [
    'a freeze that ended before the schedule opened',
    { gates: [windows([590, 1440])], freezes: [freeze(null, ago(900))] },
    600,
  ],
  ['a hold that was lifted', { gates: [soak], its: { runs: [resumed] } }, 300],
])('%s', (_, row, wanted) => expect(lateBy(row)).toBe(wanted));
