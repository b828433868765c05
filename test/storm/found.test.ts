import { expect, test } from 'vitest';
import type { Condition, Delivery } from '../../src/release/delivery.ts';
import type { Action, Case, Deed } from './case.ts';
import { play } from './play.ts';

/** What the storm has found, in the smallest form it was left in. Each broke a law once. */

const approval: Condition = { kind: 'approval', name: 'approval', from: [], count: 1 };

function delivery(first: readonly Condition[]): Delivery {
  const step = { traffic: null, matches: [], timer: 'stepgate' } as const;
  return {
    name: 'shop',
    environment: null,
    namespace: 'shop',
    cluster: { context: null, exec: [] },
    workload: { kind: 'Deployment', name: 'shop' },
    source: { kind: 'files', patterns: ['deploy/*'] },
    style: 'partition',
    steps: [
      { ...step, name: 's1', replicas: { unit: 'percent', value: 50 }, leaveWhen: first },
      { ...step, name: 's2', replicas: { unit: 'percent', value: 100 }, leaveWhen: [] },
    ],
    traffic: null,
    startWhen: [],
    doneWhen: [],
    rollback: { on: [], stuckAfterSeconds: 300, git: 'commit' },
  };
}

function small(first: readonly Condition[], ...deeds: readonly Deed[]): Case {
  const actions: readonly Action[] = deeds.map((deed) => ({ ...deed, who: 'ada', gap: 0, after: true }));
  const start = Date.UTC(2026, 2, 2, 12);
  return { seed: 1, delivery: delivery(first), replicas: 4, start, latency: 0, kind: 'storm', actions };
}

const push: Deed = { do: 'push', what: 'good' };
const deploy: Deed = { do: 'deploy', until: 'wait', older: false, takeOver: false, fault: null };
const rollback: Deed = { do: 'rollback', fault: null };
const byPlan: Deed = { do: 'tick', until: 'done', method: 'plan', fault: null };
const promote: Deed = { do: 'promote', names: 'step', force: false, jump: null, method: 'plan', fault: null };

const found: readonly (readonly [string, Case])[] = [
  [
    'a rollback comes to its end though somebody has scaled the workload by hand',
    small([approval], push, deploy, { do: 'foreign', what: 'scale' }, rollback),
  ],
  [
    'a scale by hand gives the new version its share, more than the step allows: no promise of ours is broken',
    { ...small([approval], push, deploy, { do: 'foreign', what: 'scale' }), replicas: 1 },
  ],
  ['a step that waits for nobody is let go by plan, once', small([], push, deploy, byPlan)],
  ['an approved step is let go by plan, once', small([approval], push, deploy, promote)],
];

test.each(found)('%s', async (_name, of) => {
  const { broken, log } = await play(of);
  expect(broken, log.join('\n')).toEqual([]);
  expect(log.filter((line) => line.includes('LOST_APPROVAL'))).toEqual([]);
});
