import { describe, expect, test } from 'vitest';
import { type Caution, MOST, type RecentRollback, SETTLES, WINDOW } from '../../src/release/breaker.ts';
import { decide } from '../../src/release/decide.ts';
import type { Decision } from '../../src/release/decision.ts';
import { barsIn } from '../../src/release/no-rollback-past.ts';
import { noWatch, type Watch } from '../../src/release/policy-watch.ts';
import type { ReleaseRecord } from '../../src/release/record.ts';
import { ago, delivery, holdOf, moving, now, observation, record, situation, v2, workload } from './situation.ts';

const policy = delivery({ rollback: { on: ['stuck'], stuckAfterSeconds: 900, git: 'commit' } });

function recent(is: RecentRollback['is'], seconds: number, delivery = 'other'): RecentRollback {
  return { delivery, namespace: 'shop', release: 'r', is, at: ago(seconds) };
}

const begun = (seconds: number, count = MOST) => Array.from({ length: count }, (_, i) => recent('begun', seconds + i));
const claims = (seconds: number, count = MOST) => Array.from({ length: count }, () => recent('claimed', seconds));

function decided(
  caution: Partial<Caution> | null,
  { watch, ...more }: Omit<Partial<ReleaseRecord>, 'watch'> & { readonly watch?: Partial<Watch> } = {},
): string {
  const watched = watch === undefined ? {} : { watch: { ...noWatch(v2.id), ...watch } };
  const evidence = { now, after: [], forge: null, asked: [], freezes: [] };
  const quiet: Caution = { at: now, recent: [], narrow: null, bars: { is: 'known', bars: [] } };
  const stuck = observation(moving(v2.id, 1, { since: ago(3600) }), workload(v2));
  const grounds = {
    delivery: policy,
    evidence: caution === null ? evidence : { ...evidence, caution: { ...quiet, ...caution } },
  };
  return told(decide(situation(record(v2, { ...more, ...watched }), stuck, grounds)));
}

function told(decision: Decision): string {
  if (decision.do === 'wait') return `wait ${decision.state} ${decision.code}`;
  if (decision.do !== 'note') return decision.do;
  return decision.note.is === 'hold' ? `hold ${decision.note.bars}` : decision.note.is;
}

const claimed = (seconds: number) => ({ watch: { claimed: ago(seconds).toISOString() } });
const bar = { commit: 'a'.repeat(40), reason: 'drops a column' };

describe('a rollback by the policy', () => {
  test.each([
    ['first looks around', null, {}, 'rollBack'],
    ['is claimed before others are counted', {}, {}, 'claim'],
    ['waits until claims have settled', {}, claimed(SETTLES - 1), 'wait stuck STUCK'],
    ['waits for a list that began after that', { at: ago(60) }, claimed(60), 'wait stuck STUCK'],
    ['is made', {}, claimed(SETTLES), 'rollBack'],
    ['is made as the third', { recent: begun(60, MOST - 1) }, claimed(SETTLES), 'rollBack'],
    ['is not made as the fourth', { recent: begun(60) }, claimed(SETTLES), 'hold breaker'],
    ['is not even claimed as the fourth', { recent: begun(60) }, {}, 'hold breaker'],
    ['counts those of a quarter of an hour', { recent: begun(WINDOW) }, claimed(SETTLES), 'rollBack'],
    ['counts what began after its own claim', { recent: begun(1) }, claimed(60), 'hold breaker'],
    ['counts earlier claims', { recent: claims(SETTLES + 1) }, claimed(SETTLES), 'hold breaker'],
    ['does not count later claims', { recent: claims(SETTLES - 1) }, claimed(SETTLES), 'rollBack'],
    ['is claimed anew where its run was killed long ago', {}, claimed(600), 'claim'],
    [
      'is not claimed by the claim of another release',
      {},
      { watch: { release: 'x', claimed: ago(60).toISOString() } },
      'claim',
    ],
    ['is barred by a commit', { bars: { is: 'known', bars: [bar] } }, claimed(SETTLES), 'hold past'],
    ['is made where no clone can tell', { bars: { is: 'unknown', why: 'w' } }, claimed(SETTLES), 'rollBack'],
    ['stays held', {}, { holds: [holdOf(null, { bars: 'breaker' })] }, 'wait held ROLLBACKS_STOPPED'],
    ['stays barred', {}, { holds: [holdOf(null, { bars: 'past' })] }, 'wait held ROLLBACK_BARRED'],
    ['passes the hold of a person', {}, { ...claimed(SETTLES), holds: [holdOf(null)] }, 'rollBack'],
    [
      'leaves the hold of a person in place of its own',
      { recent: begun(60) },
      { holds: [holdOf(null)] },
      'wait held HELD',
    ],
  ] as const)('%s', (_, caution, more, expected) => {
    expect(decided(caution, more)).toBe(expected);
  });

  test('of claims at the same moment, the name decides', () => {
    const same = (name: string) => Array.from({ length: MOST }, () => recent('claimed', SETTLES, name));
    expect(decided({ recent: same('a') }, claimed(SETTLES))).toBe('hold breaker');
    expect(decided({ recent: same('z') }, claimed(SETTLES))).toBe('rollBack');
  });
});

test.each([
  ['Stepgate-No-Rollback-Past: drops a column', ['drops a column']],
  ['fix\n\nbody\n\nStepgate-No-Rollback-Past:drops\nSigned-off-by: a', ['drops']],
  ['squash (#1)\n\n* one\n\nStepgate-No-Rollback-Past: a\n\n* two\n\n  stepgate-no-rollback-past : b', ['a', 'b']],
  ['* Stepgate-No-Rollback-Past: a', ['a']],
  ['Stepgate-No-Rollback-Past:', ['no reason given']],
  ['Stepgate-No-Rollback-Past: a\r\nx', ['a']],
  ['this needs no Stepgate-No-Rollback-Past: line', []],
  ['Stepgate-No-Rollback-Past', []],
  ['X-Stepgate-No-Rollback-Past: a', []],
])('the bars in %j', (message, reasons) => {
  expect(barsIn({ commit: 'c', message }).map(({ reason }) => reason)).toEqual(reasons);
});
