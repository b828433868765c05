import type { Condition, Delivery } from '../../src/release/delivery.ts';
import type { Action, Case, Deed, Fault } from './case.ts';

type Deploy = Deed & { readonly do: 'deploy' };
type Promote = Deed & { readonly do: 'promote' };

const approval: Condition = { kind: 'approval', name: 'approval', from: [], count: 1 };

/** A deed, and what is not as usual: ada does it, at once, when everything before has ended. */
type Step = Deed & Partial<Pick<Action, 'who' | 'gap' | 'after'>>;

const push: Deed = { do: 'push', what: 'good' };
const byPlan: Deed = { do: 'tick', until: 'done', method: 'plan', fault: null };

function deploy(other: Partial<Deploy> = {}): Deploy {
  return { do: 'deploy', until: 'wait', older: false, takeOver: false, fault: null, ...other };
}

function promote(other: Partial<Promote> = {}): Promote {
  return { do: 'promote', names: 'nothing', force: false, jump: null, method: 'status', fault: null, ...other };
}

function rollback(fault: Fault | null = null): Deed {
  return { do: 'rollback', fault };
}

function meddle(what: (Deed & { readonly do: 'foreign' })['what']): Deed {
  return { do: 'foreign', what };
}

/** A partition release of four pods in two steps, the first of which waits for these conditions. */
function small(first: readonly Condition[], steps: readonly Step[], other: Partial<Delivery> = {}): Case {
  const step = { traffic: null, matches: [], timer: 'stepgate' } as const;
  const delivery: Delivery = {
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
    ...other,
  };
  const actions = steps.map((one): Action => ({ who: 'ada', gap: 0, after: true, ...one }));
  return { seed: 1, delivery, replicas: 4, start: Date.UTC(2026, 2, 2, 12), latency: 0, kind: 'storm', actions };
}

/**
 * Cases that every storm begins with: what it has found, in the smallest form that was left of it; and what has to meet for
 * one guard alone to matter, where chance brings it together too seldom.
 */
export const directed: readonly (readonly [string, Case])[] = [
  [
    'a rollback comes to its end though somebody has scaled the workload by hand',
    small([approval], [push, deploy(), meddle('scale'), rollback()]),
  ],
  [
    'a scale by hand gives the new version its share, more than the step allows: no promise of ours is broken',
    { ...small([approval], [push, deploy(), meddle('scale')]), replicas: 1 },
  ],
  ['a step that waits for nobody is let go by plan, once', small([], [push, deploy(), byPlan])],
  [
    'an approved step is let go by plan, once',
    small([approval], [push, deploy(), promote({ names: 'step', method: 'plan' })]),
  ],
  ['a restart by hand is taken on by the next deploy', small([], [meddle('restart'), deploy()])],
  [
    'an approval of what is over is not asked for again when a killed run is repeated',
    small(
      [approval],
      [
        push,
        deploy(),
        promote(),
        { ...promote({ fault: { fault: 'kill', write: 1, when: 'after' } }), gap: 420_000 },
        { ...promote(), gap: 1_000 },
      ],
    ),
  ],
];
