import { expect, test } from 'vitest';
import { isLiveTemplate } from '../../src/release/as-written.ts';
import { observation, record, v1, v2, workload } from './situation.ts';

/** What a carrier says is live only while the record has it under the id that is live, and something is made of it. */

const { by: _by, run: _run, policy: _policy, plan: _plan, ...known } = v1;
const delivered = { ...known, at: v1.at, revision: null };
const edited = 'edited';

test.for([
  ['what was asked for', record(v1), v1.template, true, true],
  ['what somebody has edited, under the id of what was asked for', record(v1), edited, true, false],
  ['what was delivered', record(v2, { history: [delivered] }), v1.template, true, true],
  ['what was delivered, and nothing is made of it', record(v2, { history: [delivered] }), v1.template, false, false],
  [
    'what somebody has edited, under the id of what was delivered',
    record(v2, { history: [delivered] }),
    edited,
    true,
    false,
  ],
] as const)('%s', ([, of, template, isRendered, isLive]) => {
  const seen = observation({ at: 'idle', outcome: 'succeeded', id: v1.id }, { ...workload(v1), template, made: null });
  const carrier = { id: v1.id, isRendered, waitsForAim: false, keepsRollout: true, trouble: null };
  expect(isLiveTemplate({ record: of, observation: { ...seen, carrier } }, template)).toBe(isLive);
  expect(isLiveTemplate({ record: of, observation: { ...seen, carrier } }, 'another')).toBe(false);
});
