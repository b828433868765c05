import { expect, test } from 'vitest';
import { notAtRest } from '../../src/release/handover.ts';
import type { Engine } from '../../src/release/observation.ts';
import { emptyRecord } from '../../src/release/record.ts';
import { observation, v1, workload } from './situation.ts';

const idle: Engine = { at: 'idle', outcome: 'succeeded', id: 'a' };

test.for<[string, Engine, object | null, boolean]>([
  ['at rest', idle, {}, true],
  ['without a workload', { at: 'noWorkload' }, null, true],
  ['switched off', { at: 'off', why: 'disabled' }, {}, true],
  ['with a new version that is written', idle, { gated: true }, false],
  ['with an update of its pods', idle, { settled: false }, false],
  ['not seen yet', { at: 'unseen' }, {}, false],
  ['starting', { at: 'starting', id: 'a' }, {}, false],
  ['refusing', { at: 'refusing', id: 'a', step: 1 }, {}, false],
  ['closing', { at: 'finishing', id: 'a' }, {}, false],
  ['cancelling', { at: 'cancelling', id: 'a' }, {}, false],
  ['being deleted', { at: 'off', why: 'terminating' }, {}, false],
])('a delivery %s is handed over: %s', ([, engine, more, may]) => {
  const view = more === null ? null : workload(v1, { gated: false, settled: true, ...more });
  expect(notAtRest(observation(engine, view), emptyRecord) === null).toBe(may);
});
