import { expect, test } from 'vitest';
import { decide } from '../../src/release/decide.ts';
import type { Situation } from '../../src/release/decision.ts';
import type { CarrierView, Engine, WorkloadView } from '../../src/release/observation.ts';
import type { Rollback } from '../../src/release/record.ts';
import { brief, observation, record, rollback, situation, v1, v2, waiting, workload } from './situation.ts';

/** A rollback that writes an object of which a controller makes the workload, and what somebody changes of the two meanwhile. */

const asked = rollback(v2, v1);
const back: Rollback = { ...asked, to: { ...asked.to, template: v1.template } };
const made: CarrierView = { id: back.to.id, isRendered: true, waitsForAim: false, keepsRollout: true, trouble: null };
const target = workload({ ...v1, id: back.to.id });
const atStep = waiting(back.to.id, 1);
const idle: Engine = { at: 'idle', outcome: 'cancelled', id: back.to.id };

function given(engine: Engine, more: Partial<WorkloadView>, carrier: CarrierView | null, of = back): Situation {
  return situation(record(v2, { rollback: of }), observation(engine, { ...target, ...more }, { carrier }));
}

const edited = { template: 'by-hand' };
const rows: readonly (readonly [string, Situation, string])[] = [
  [
    'its target is written and not made yet',
    given(idle, {}, { ...made, isRendered: false }),
    'brief reverting STARTING',
  ],
  ['somebody edits it before anything is made', given(idle, edited, { ...made, isRendered: false }), 'revertWorkload'],
  ['its target waits at a step', given(atStep, {}, made), 'advance'],
  ['what was edited by hand waits at a step', given(atStep, edited, made), 'revertWorkload'],
  ['the image of what was made is another at a step', given(atStep, { remade: true }, made), 'revertWorkload'],
  ['its target serves', given(idle, {}, made), 'settleRollback'],
  ['what was edited by hand serves', given(idle, edited, made), 'revertWorkload'],
  ['the image of what was made is another, and it serves', given(idle, { remade: true }, made), 'revertWorkload'],
  ['nobody knows the template of its target', given(atStep, edited, made, asked), 'advance'],
  ['without a carrier its end compares the template', given(idle, edited, null), 'settleRollback'],
];

test.for(rows)('%s', ([, of, wanted]) => {
  expect(brief(decide(of))).toBe(wanted);
});
