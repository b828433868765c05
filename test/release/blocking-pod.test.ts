import { expect, test } from 'vitest';
import { decide } from '../../src/release/decide.ts';
import type { Engine } from '../../src/release/observation.ts';
import {
  ago,
  brief,
  holdOf,
  moving,
  observation,
  record,
  rollback,
  situation,
  v1,
  v2,
  v3,
  workload,
} from './situation.ts';

const blocking = (seconds: number) => ({ blocking: [{ name: 'shop-3', uid: 'u', since: ago(seconds) }] });
const cancelled: Engine = { at: 'idle', outcome: 'cancelled', id: v2.id };
const back = rollback(v2, v1);
const restored = workload(v1, { id: back.to.id, whole: false });

test.for([
  [
    'a fix: the pod of the version before makes room',
    situation(record(v3), observation(moving(v3.id, 1), workload(v3), blocking(30))),
    'removePod',
  ],
  [
    'a pod that may still become ready',
    situation(record(v3), observation(moving(v3.id, 1), workload(v3), blocking(10))),
    'engine rolling UPGRADING',
  ],
  [
    'a version that is held gets no room',
    situation(
      record(v3, { holds: [holdOf(v3, { reason: 'wait' })] }),
      observation(moving(v3.id, 1), workload(v3), blocking(30)),
    ),
    'engine rolling UPGRADING',
  ],
  [
    'a rollback asks no hold: the engine is idle again, and the broken pod is still there',
    situation(
      record(v2, { rollback: back, holds: [holdOf(v2, { reason: 'bad' })] }),
      observation(cancelled, restored, blocking(30)),
    ),
    'removePod',
  ],
  [
    'a rollback too waits until the pod has had its time',
    situation(record(v2, { rollback: back }), observation(cancelled, restored, blocking(10))),
    'engine reverting ROLLING_BACK',
  ],
] as const)('%s', ([, of, expected]) => {
  expect(brief(decide(of))).toBe(expected);
});
