import { expect, test } from 'vitest';
import { decide } from '../../src/release/decide.ts';
import { deliveryReport } from '../../src/release/delivery-report.ts';
import { type AskedFor, emptyRecord, type ReleaseRecord } from '../../src/release/record.ts';
import { supersededBy } from '../../src/release/superseded.ts';
import { asked, situation, was } from '../release/situation.ts';
import { type Recorded, recorded } from './recorded.ts';

/** Releases by the names that the recordings give them. */
const named = (id: string, template = id): AskedFor => ({ ...asked(`v${id.slice(1)}`), id, template });
const stable = was(named('r1'));

/** `r2`: what was asked for last, whose template is live; `r2!`: another template is live. */
function told({ observation, delivery }: Recorded, of: string, more: Partial<ReleaseRecord> = {}): string {
  const id = of.replace('!', '');
  const live = observation.workload?.template ?? '';
  const release = named(id, of.endsWith('!') ? 'another' : live);
  const record = { ...emptyRecord, release, history: [stable], ...more };
  const seen = situation(record, observation, {
    delivery,
    advance: false,
    evidence: { now: observation.takenAt, after: [], forge: null, asked: [], freezes: [] },
  });
  const report = deliveryReport(seen, decide(seen), {
    findings: [],
    changes: [],
    forecast: [],
    expected: [],
    changed: false,
    loud: false,
  });
  return `${report.state} ${report.reason}: ${report.todo}`;
}

const rollback = 'stepgate rollback --delivery shop@prod';
const partition = 'partition 20% 60% 100%';

/** What the real engine left behind, the code that it has, and the command to type. */
test.for<readonly [string, string, number, string, string, string]>([
  ['another release took over', 'T19-partition-v3', 17.5, partition, 'r2!', `stuck FOREIGN_RELEASE: ${rollback}`],
  ['it was delivered since', 'T19-partition-v3', 28, partition, 'r2!', `stuck FOREIGN_RELEASE: ${rollback}`],
  ['a template under the same id', 'T19-partition-v3', 17.5, partition, 'r3!', `stuck FOREIGN_RELEASE: ${rollback}`],
  [
    'blueGreen refuses v3',
    'T23-bluegreen-v3-refused',
    20,
    'blueGreen 50% 100%',
    'r2!',
    `waiting SUPERSEDE_REFUSED: ${rollback}`,
  ],
  [
    'blueGreen refuses v3, which was asked for',
    'T23-bluegreen-v3-refused',
    20,
    'blueGreen 50% 100%',
    'r3',
    `waiting SUPERSEDE_REFUSED: ${rollback}`,
  ],
  [
    'refused, under the id that was asked for',
    'T23-bluegreen-v3-refused',
    20,
    'blueGreen 50% 100%',
    'r3!',
    `waiting SUPERSEDE_REFUSED: ${rollback}`,
  ],
  [
    'v3 in Finalising is ungated',
    'E3pf-v3-during-finalising-partition',
    40,
    'partition 20% 100%',
    'r4',
    `ungated UNGATED: ${rollback}`,
  ],
  [
    'v3 in Finalising of blueGreen is ungated',
    'E3bf-v3-during-finalising-bluegreen',
    40,
    'blueGreen 50% 100%',
    'r4',
    `ungated UNGATED: ${rollback}`,
  ],
  [
    'v3 in Cancelling wedges',
    'E3pc-v3-during-cancelling-partition',
    40,
    'partition 20% 100%',
    'r4',
    'stuck WEDGED: stepgate tick --delivery shop@prod',
  ],
  [
    'the workload is gone',
    'T51-workload-deleted',
    20,
    partition,
    'r2',
    'stuck WORKLOAD_MISSING: stepgate promote --delivery shop@prod --release r2 --step start --force',
  ],
  ['the workload was created again', 'T51-workload-deleted', 29, partition, 'r2', `ungated UNGATED: ${rollback}`],
  ['pods after a percentage', 'T15c-percent-then-int', 25, 'partition 20% 3 100%', 'r2', `stuck BLOCKED: ${rollback}`],
  ['the same step as a percentage', 'T15c-percent-then-int', 48.5, partition, 'r2', 'rolling UPGRADING: null'],
])('%s', ([, id, seconds, plan, of, wanted]) => {
  expect(told(recorded(id, seconds, plan), of)).toBe(wanted);
});

test('wedged with nothing to go back to: deploy, for the next version is gated', () => {
  const seen = recorded('E3pc-v3-during-cancelling-partition', 40, 'partition 20% 100%');
  expect(told(seen, 'r4', { history: [] })).toBe('stuck WEDGED: stepgate deploy --delivery shop@prod');
});

test('a person who forces the start has the workload created', () => {
  const seen = recorded('T51-workload-deleted', 20, partition);
  const forced = { release: 'r2', step: 0, by: 'ada', at: '', run: null, forced: true, plan: null };
  expect(told(seen, 'r2', { approvals: [forced] })).toContain('waiting STARTING');
  expect(told(recorded('T51-workload-deleted', 29, partition), 'r2', { approvals: [forced] })).toContain('DELIVERED');
});

test('a run tells that its release was superseded, unless it was delivered or rolled back', () => {
  const record = { ...emptyRecord, release: named('r3'), before: named('r2'), history: [stable] };
  expect(supersededBy(record, 'r2')?.id).toBe('r3');
  expect([supersededBy(record, 'r3'), supersededBy(record, 'r1')]).toEqual([null, null]);
});
