import { expect, test } from 'vitest';
import { decide } from '../../src/release/decide.ts';
import type { Situation } from '../../src/release/decision.ts';
import type { Engine } from '../../src/release/observation.ts';
import { askedFor } from '../../src/release/record-after.ts';
import {
  brief,
  delivery,
  moving,
  observation,
  record,
  rollback,
  situation,
  v1,
  v2,
  v3,
  waiting,
  workload,
} from './situation.ts';

/** What the engine can leave behind, and where a revert must not be written yet (E2, E25, E32, E34). */

const idle: Engine = { at: 'idle', outcome: 'cancelled', id: v2.id };
const stuck = { paused: true, wedged: true, whole: false, settled: false };
const back = rollback(v2, v1);
const starting = (
  missing: readonly string[],
  undo: boolean,
  engine: Engine = { at: 'starting', id: v2.id },
): Situation => {
  const base = situation(
    undo ? record(v2, { rollback: back }) : record(v2),
    observation(engine, workload(v2, { taken: false })),
    { delivery: delivery() },
  );
  return { ...base, evidence: { ...base.evidence, missing } };
};

const rows: readonly (readonly [string, Situation, string])[] = [
  ['wedged in a release', situation(record(v2), observation(idle, workload(v2, stuck)), { advance: true }), 'rollBack'],
  [
    'wedged, and only looked at',
    situation(record(v2), observation(idle, workload(v2, stuck)), { advance: false }),
    'rest stuck WEDGED',
  ],
  [
    'wedged with nothing to go back to',
    situation(record(v2, { history: [] }), observation(idle, workload(v2, stuck)), { advance: true }),
    'rest stuck WEDGED',
  ],
  ['wedged on stable', situation(record(v1), observation(idle, workload(v1, stuck)), { advance: false }), 'repair'],
  [
    'wedged in mid-rollback, with another template',
    situation(record(v2, { rollback: back }), observation(idle, workload(v3, stuck))),
    'revertWorkload',
  ],
  [
    'wedged in mid-rollback, with the restored template',
    situation(record(v2, { rollback: back }), observation(idle, workload(v1, { ...stuck, id: back.to.id }))),
    'repair',
  ],
  [
    'paused without any mark, with the restored template',
    situation(
      record(v2, { rollback: back }),
      observation(idle, workload(v1, { ...stuck, wedged: false, id: back.to.id })),
    ),
    'repair',
  ],
  [
    'a restart by hand that the engine has not seen at its step',
    situation(record(v2, { rollback: back }), observation(waiting(v2.id, 1), workload(v2, { seen: false }))),
    'engine reverting ROLLING_BACK',
  ],
  [
    'the step it has seen',
    situation(record(v2, { rollback: back }), observation(waiting(v2.id, 1), workload(v2))),
    'revertWorkload',
  ],
  ['initializing', starting([], false), 'engine rolling STARTING'],
  ['initializing without its Service', starting(['Service shop'], false), 'rest stuck TRAFFIC_TARGET_MISSING'],
  ['initializing in a rollback', starting([], true), 'engine reverting ROLLING_BACK'],
  ['the same without its Service', starting(['Service shop'], true), 'rest stuck TRAFFIC_TARGET_MISSING'],
  [
    'before the first step without its Service',
    starting(['Service shop'], false, moving(v2.id, 1)),
    'rest stuck TRAFFIC_TARGET_MISSING',
  ],
  ['there in a rollback', starting([], true, moving(v2.id, 1)), 'engine reverting ROLLING_BACK'],
  [
    'there in a rollback without its Service',
    starting(['Service shop'], true, moving(v2.id, 1)),
    'rest stuck TRAFFIC_TARGET_MISSING',
  ],
];

test.for(rows)('%s', ([, given, expected]) => {
  expect(brief(decide(given))).toBe(expected);
});

test('a release asked for after a rollback takes the revert that is still to be pushed with it', () => {
  const undone = record({ ...v1, id: back.to.id }, { rollback: { ...back, cluster: 'done', trouble: 'away' } });
  expect(askedFor(undone, v3).rollback).toBeNull();
  const underWay = record(v2, { rollback: back });
  expect(askedFor(underWay, v3).rollback).toEqual(back);
});
