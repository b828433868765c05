import { describe, expect, test } from 'vitest';
import { decide } from '../../src/release/decide.ts';
import type { Shortage } from '../../src/release/observation.ts';
import { going, noWatch, openStop, stopped, stopSpans, type Watch } from '../../src/release/policy-watch.ts';
import { formatRecord, parseRecord } from '../../src/release/record-text.ts';
import {
  ago,
  brief,
  broken,
  delivery,
  moving,
  now,
  observation,
  record,
  situation,
  v2,
  waiting,
  workload,
} from './situation.ts';

const policy = delivery({ rollback: { on: ['stuck', 'unready'], stuckAfterSeconds: 900, git: 'commit' } });
const lacks = (seconds: number): Shortage => ({ of: 'nodes', pod: 'shop-x', since: ago(seconds), why: 'no node' });
const stop = (from: number, to: number | null) => ({
  from: ago(from).toISOString(),
  to: to === null ? null : ago(to).toISOString(),
});
const noted = (...stops: Watch['stops']): { watch: Watch } => ({ watch: { ...noWatch(v2.id), stops } });

interface Row {
  /** Seconds since the step began. */
  readonly step: number;
  readonly shortages?: readonly Shortage[];
  readonly trouble?: ReturnType<typeof broken>[];
  readonly unplaced?: readonly [from: number, to: number];
  readonly notes?: { watch: Watch };
  readonly advance?: boolean;
}

function decided({ step, shortages = [], trouble = [], unplaced, notes = noted(), advance = true }: Row): string {
  const spans = unplaced === undefined ? [] : [{ from: ago(unplaced[0]), to: ago(unplaced[1]) }];
  const engine = moving(v2.id, 1, { since: ago(step) });
  const seen = observation(engine, workload(v2), { shortages, trouble, unplaced: spans });
  const decision = decide(situation(record(v2, notes), seen, { delivery: policy, advance }));
  return decision.do === 'note' ? decision.note.is : brief(decision);
}

describe('the clock of stuckAfter', () => {
  test.each<readonly [string, Row, string]>([
    ['ends', { step: 900 }, 'rollBack'],
    ['has not ended', { step: 899 }, 'engine rolling UPGRADING'],
    ['stands, and that is noted', { step: 3600, shortages: [lacks(60)], trouble: [broken(60)] }, 'stop'],
    [
      'stands, as was noted',
      { step: 3600, shortages: [lacks(60)], notes: noted(stop(60, null)) },
      'rest stuck SHORTAGE',
    ],
    [
      'stands in the eyes of a run that only looks',
      { step: 3600, shortages: [lacks(60)], advance: false },
      'rest stuck SHORTAGE',
    ],
    ['a shortage of a moment is not noted', { step: 60, shortages: [lacks(5)] }, 'engine rolling UPGRADING'],
    ['runs again, and that is noted', { step: 3600, notes: noted(stop(3000, null)) }, 'go'],
    ['does not count what was noted', { step: 1200, notes: noted(stop(1000, 600)) }, 'engine rolling UPGRADING'],
    ['counts the rest', { step: 1300, notes: noted(stop(1000, 600)) }, 'rollBack'],
    ['counts what was noted before the step as nothing', { step: 900, notes: noted(stop(2000, 1000)) }, 'rollBack'],
    [
      'counts stops that overlap once',
      { step: 1299, notes: noted(stop(1000, 600), stop(800, 700)) },
      'engine rolling UPGRADING',
    ],
    ['does not count the time without a node', { step: 1200, unplaced: [1100, 700] }, 'engine rolling UPGRADING'],
    [
      'pods that fail by themselves are not excused by others without a node',
      { step: 1200, unplaced: [1100, 0], shortages: [{ ...lacks(1000), pod: 'shop-y' }], trouble: [broken(900)] },
      'rollBack',
    ],
    [
      'a stop of another release is nothing',
      { step: 900, notes: { watch: { ...noted(stop(800, null)).watch, release: 'x' } } },
      'rollBack',
    ],
  ])('%s', (_, row, expected) => {
    expect(decided(row)).toBe(expected);
  });

  test('stands too where pods are lost while a step waits', () => {
    const pods = { stable: { ready: 4, total: 4 }, canary: { ready: 0, total: 1 } };
    const seen = (shortages: readonly Shortage[]) =>
      observation(waiting(v2.id, 1), workload(v2), { pods, trouble: [broken(1000)], shortages });
    const told = (shortages: readonly Shortage[], notes: { watch: Watch }) =>
      brief(decide(situation(record(v2, notes), seen(shortages), { delivery: policy })));
    expect(told([], noted())).toBe('rollBack');
    expect(told([lacks(1000)], noted(stop(1000, null)))).toBe('gate waiting SHORTAGE');
    expect(told([], noted(stop(1000, 200)))).toBe('gate waiting PODS_NOT_READY');
  });

  test('without a policy a shortage is told, and nothing is noted', () => {
    const seen = observation(moving(v2.id, 1, { since: ago(60) }), workload(v2), { shortages: [lacks(60)] });
    expect(brief(decide(situation(record(v2), seen)))).toBe('rest stuck SHORTAGE');
  });
});

describe('what is noted of it', () => {
  test('a stop begins once and ends once', () => {
    const once = stopped(noWatch('r'), ago(60).toISOString());
    expect(stopped(once, ago(50).toISOString())).toBe(once);
    const over = going(once, ago(10).toISOString());
    expect(going(over, now.toISOString())).toEqual(over);
    expect([openStop(once)?.from, openStop(over)]).toEqual([ago(60).toISOString(), null]);
  });

  test('is bounded, and never makes the clock run longer', () => {
    let watch = noWatch('r');
    for (let left = 30; left > 0; left -= 1)
      watch = going(stopped(watch, ago(left * 60).toISOString()), ago(left * 60 - 30).toISOString());
    expect(watch.stops).toHaveLength(10);
    const seconds = stopSpans(watch, now).reduce(
      (sum, { from, to }) => sum + (to.getTime() - from.getTime()) / 1000,
      0,
    );
    expect(seconds).toBeGreaterThanOrEqual(30 * 30);
  });

  test('is read as it was written; what is none is refused', () => {
    const kept = record(v2, { watch: { release: v2.id, stops: [stop(60, null)], claimed: now.toISOString() } });
    expect(parseRecord(formatRecord(kept))).toEqual(kept);
    for (const watch of [
      1,
      {},
      { ...noWatch('r'), claimed: 'soon' },
      { ...noWatch('r'), stops: [{ from: 'x', to: null }] },
    ])
      expect(() => parseRecord(JSON.stringify({ ...kept, watch }))).toThrow(/'watch'/);
  });
});
