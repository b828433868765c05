import { expect, test } from 'vitest';
import { conditionsAhead } from '../../src/release/ahead.ts';
import { decide } from '../../src/release/decide.ts';
import type { Condition } from '../../src/release/delivery.ts';
import { deliveryReport } from '../../src/release/delivery-report.ts';
import type { Engine } from '../../src/release/observation.ts';
import type { ReleaseRecord } from '../../src/release/record.ts';
import {
  delivery,
  moving,
  now,
  observation,
  record,
  situation,
  steps,
  v1,
  v2,
  v3,
  waiting,
  was,
  workload,
} from './situation.ts';

/** What is in front of a release is all that is asked about: nothing else may turn a decision or a report. */

const after = (name: string): Condition => ({ kind: 'after', name: `after ${name}`, delivery: name });
const plan = delivery({
  startWhen: [after('start')],
  steps: steps('20%', '60%', '100%').map((step, index) => ({ ...step, leaveWhen: [after(`step ${index + 1}`)] })),
  doneWhen: [after('done')],
});
const everybody = ['start', 'step 1', 'step 2', 'step 3', 'done'];

const engines: readonly Engine[] = [
  { at: 'idle', outcome: 'succeeded', id: v2.id },
  { at: 'idle', outcome: 'fresh', id: null },
  { at: 'starting', id: v2.id },
  moving(v2.id, 1),
  waiting(v2.id, 1),
  waiting(v2.id, 2),
  waiting(v2.id, 2, { asks: false }),
  { at: 'frozen', id: v2.id, step: 1, since: null },
  { at: 'finishing', id: v2.id },
  { at: 'cancelling', id: v2.id },
  { at: 'noWorkload' },
  { at: 'absent' },
];

const records: readonly (readonly [string, ReleaseRecord])[] = [
  ['v2 is asked for', record(v2)],
  ['v2 is delivered', record(v2, { history: [was(v2), was(v1)] })],
  ['v3 is asked for while v2 runs', record(v3, { before: v2 })],
  ['v3 is asked for', record(v3)],
  ['nothing is asked for', record(null)],
];

const rows = records.flatMap(([words, given]) =>
  engines.flatMap((engine) =>
    [null, 3].flatMap((to) => [true, false].map((has) => ({ words, given, engine, to, has }))),
  ),
);

test.each(rows)(
  '$words, the engine is $engine.at, jump to $to: others that have delivered it: $has',
  ({ given, engine, to, has }) => {
    const seen = observation(engine, engine.at === 'noWorkload' ? null : workload(v2));
    const about = (names: readonly string[]) => ({
      now,
      asked: [],
      freezes: [],
      after: names.map((name) => ({ delivery: name, has, why: name, observedAt: now })),
      forge: null,
    });
    const full = situation(given, seen, { delivery: plan, to, evidence: about(everybody) });
    const ahead = conditionsAhead(full).flatMap((one) => (one.kind === 'after' ? [one.delivery] : []));
    const asked = { ...full, evidence: about(ahead) };
    const decision = decide(full);
    expect(decide(asked)).toEqual(decision);
    if (decision.do !== 'wait') return;
    const extras = { findings: [], changes: [], forecast: [], expected: [], changed: false, loud: false };
    expect(deliveryReport(asked, decision, extras)).toEqual(deliveryReport(full, decision, extras));
  },
);

test('a release on its way between two places asks nobody', () => {
  const ahead = (engine: Engine) =>
    conditionsAhead(situation(record(v2), observation(engine, workload(v2)), { delivery: plan })).map(
      ({ name }) => name,
    );
  expect(engines.map((engine) => [engine.at, ahead(engine)])).toEqual([
    ['idle', ['after done']],
    ['idle', ['after done']],
    ['starting', []],
    ['moving', []],
    ['waiting', ['after step 1']],
    ['waiting', ['after step 2']],
    ['waiting', ['after step 2']],
    ['frozen', []],
    ['finishing', []],
    ['cancelling', []],
    ['noWorkload', []],
    ['absent', []],
  ]);
});
