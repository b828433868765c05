import type { Action, Deed, Fault, Meddling, Naming, Who } from './case.ts';
import type { Dice } from './dice.ts';
import { carriedRows, toApplications } from './draw-carried.ts';
import { measuredRows, metricFault } from './draw-metrics.ts';
import { pushedSettings, settingsRows, toSettings } from './draw-settings.ts';

export function opening(dice: Dice, staged: boolean): readonly Action[] {
  const before = staged ? [at(dice, stage, true)] : [];
  return [
    at(dice, { do: 'push', what: dice.chance(0.85) ? 'good' : 'broken' }, true),
    ...before,
    at(dice, deploy(dice), true),
  ];
}

const stage: Deed = { do: 'stage', fault: null };

/** An action of somebody, some time after the one before. */
export function at(dice: Dice, deed: Deed, after: boolean): Action {
  const who = dice.weigh<Who>([
    [5, 'ada'],
    [3, 'bob'],
    [1, 'cid'],
    ...(dice.grown ? [[0.4, 'ship-it[bot]'] as const] : []),
  ]);
  const gap = dice.weigh<() => number>([
    [3, () => 0],
    [3, () => dice.between(1, 100)],
    [5, () => dice.between(1_000, 15_000)],
    [2, () => dice.between(60_000, 1_200_000)],
    [0.3, () => dice.between(3_600_000, 40_000_000)],
  ])();
  if (!dice.grown) return { ...deed, who, gap, after, skew: 0, via: 'shell' };
  const skew = dice.chance(0.8) ? 0 : dice.pick([20_000, 90_000, 1_800_000]) * dice.pick([-1, 1]);
  return { ...deed, who, gap, after, skew, via: dice.chance(0.4) ? 'workflow' : 'shell' };
}

function deploy(dice: Dice): Deed {
  return {
    do: 'deploy',
    until: dice.chance(0.2) ? 'done' : 'wait',
    at: dice.chance(0.06) ? 'older' : 'tip',
    takeOver: dice.chance(0.5),
    fault: fault(dice),
  };
}

function fault(dice: Dice): Fault | null {
  const when = dice.pick(['before', 'after'] as const);
  const write = dice.weigh<number>([
    [4, 1],
    [4, 2],
    [2, 3],
    [1, 4],
    [1, 5],
  ]);
  return dice.weigh<Fault | null>([
    [40, null],
    [18, { fault: 'kill', write, when }],
    [5, { fault: 'cut', write, when }],
    [6, { fault: 'touch', write }],
    [5, { fault: 'slow', write, late: dice.between(200, 12_000) }],
    [4, { fault: 'meddle', call: dice.between(1, 14), what: meddling(dice) }],
    [4, { fault: 'standstill', call: dice.between(1, 14), late: dice.between(200, 12_000) }],
    [6, { fault: 'answer', call: dice.between(1, 14), status: dice.pick([409, 429, 500]) }],
    ...(dice.measured ? [[12, metricFault(dice)] as const] : []),
  ]);
}

function meddling(dice: Dice): Meddling {
  return dice.weigh<Meddling>([
    [3, 'image'],
    [2, 'restart'],
    [2, 'approve'],
    [2, 'pause'],
    [1, 'unpause'],
    [2, 'zero pause'],
    [1, 'later step'],
    [1, 'this step down'],
    [2, 'scale'],
    [1, 'unlabel'],
    [2, 'kill pod'],
    [3, 'pod down'],
    [1, 'pods up'],
    ...(dice.grown
      ? ([
          [0.5, 'record'],
          [0.7, 'newer record'],
          [0.3, 'many holds'],
        ] as const)
      : []),
    ...(dice.broad ? [[2, 'crash'] as const] : []),
    ...(dice.measured ? [[1, 'drain'] as const] : []),
    ...(dice.carried ? toApplications : []),
    ...(dice.settled ? toSettings : []),
  ]);
}

function promote(dice: Dice): Deed {
  return {
    do: 'promote',
    names: dice.weigh([
      [8, 'nothing'],
      [5, 'step'],
      [4, 'both'],
      [3, 'next'],
      [1, 'wrong step'],
      [1, 'wrong release'],
    ] as const),
    force: dice.chance(0.08),
    jump: dice.chance(0.12) ? dice.pick([-1, 0, 1, 2, 2]) : null,
    method: dice.chance(0.2) ? 'plan' : 'status',
    fault: fault(dice),
  };
}

/** A rollback of what is live to what was before, or whatever its person says. */
function rollback(dice: Dice): Deed {
  const plain = { do: 'rollback', release: 'none', to: 'none', undo: false, also: false, fault: fault(dice) } as const;
  if (!dice.grown || dice.chance(0.4)) return plain;
  return {
    ...plain,
    release: naming(dice),
    to: dice.chance(0.5) ? 'none' : naming(dice),
    undo: dice.chance(0.2),
    also: dice.chance(0.2),
  };
}

function naming(dice: Dice): Naming {
  return dice.weigh<Naming>([
    [6, 'none'],
    [4, 'live'],
    [2, 'rolled back'],
    [2, 'stable'],
    [2, 'oldest'],
    [1, 'asked'],
    [1, 'unknown'],
  ]);
}

function holding(dice: Dice, what: 'hold' | 'resume'): Deed {
  const deed = { do: what, fault: fault(dice), release: 'none' } as const;
  return dice.grown ? { ...deed, release: naming(dice) } : deed;
}

/** What meets only where it is drawn together: what came to the storm after its first numbers were printed. */
function grownRows(dice: Dice): readonly (readonly [number, () => readonly Action[]])[] {
  const now = (deed: Deed) => at(dice, deed, true);
  const soon = (deed: Deed): Action => ({ ...at(dice, deed, false), gap: dice.between(0, 30_000) });
  const pushed = (what: 'good' | 'line' | 'broken') => now({ do: 'push', what });
  const tick: Deed = { do: 'tick', until: 'wait', method: 'status', fault: null };
  const named: Deed = { do: 'rollback', release: 'none', to: 'oldest', undo: false, also: false, fault: fault(dice) };
  const remote = (is: 'away' | 'back' | 'closed'): Deed => ({ do: 'remote', is });
  return [
    // A second rollback, while the first is under way or when it is over.
    [5, () => [now(rollback(dice)), dice.chance(0.5) ? soon(named) : soon(rollback(dice))]],
    [2, () => [now(rollback(dice)), now({ ...named, to: 'none', undo: true })]],
    // A fix is merged before Git is reverted.
    [
      6,
      () => [
        now(remote(dice.pick(['away', 'closed']))),
        now(rollback(dice)),
        pushed(dice.pick(['good', 'good', 'line', 'broken'])),
        now(remote('back')),
        dice.chance(0.5) ? now(deploy(dice)) : now(tick),
        now(dice.chance(0.3) ? { do: 'resume', release: 'rolled back', fault: fault(dice) } : deploy(dice)),
      ],
    ],
    [2, () => [pushed('line'), now(deploy(dice))]],
    [2, () => [now({ do: 'push', what: 'people' }), now(dice.chance(0.5) ? tick : promote(dice))]],
    // A run is started again.
    [
      6,
      () => {
        const deed = dice.pick([() => promote(dice), () => rollback(dice), () => holding(dice, 'hold')])();
        return [{ ...now(deed), via: 'workflow' }, now({ do: 'again', fault: fault(dice) })];
      },
    ],
    [3, () => [now({ do: 'again', fault: fault(dice) })]],
    // What nobody has merged.
    [3, () => [now({ do: 'push', what: 'aside' }), now({ ...plainDeploy, at: 'aside', fault: fault(dice) })]],
    [1, () => [now({ do: 'push', what: 'merge' }), now(deploy(dice))]],
  ];
}

const plainDeploy = { do: 'deploy', until: 'wait', takeOver: false } as const;

/** An approval of what is there, with nothing in its way. */
function plainly(deed: Deed): Deed {
  return deed.do === 'promote' ? { ...deed, names: 'nothing', force: false, jump: null, fault: null } : deed;
}

/** What only cases of the whole breadth do. */
function broadRows(dice: Dice, staged: boolean): readonly (readonly [number, () => readonly Action[]])[] {
  const now = (deed: Deed) => at(dice, deed, true);
  const tick: Deed = { do: 'tick', until: 'wait', method: 'status', fault: null };
  const pushed = now({ do: 'push', what: 'good' });
  return [
    // A container restarts while a step waits.
    [2, () => [now({ do: 'foreign', what: 'crash' }), { ...now(tick), gap: dice.between(1_000, 100_000) }]],
    ...(staged
      ? [
          [14, () => [pushed, now({ do: 'stage', fault: fault(dice) }), now(deploy(dice))]] as const,
          [8, () => [pushed, now(deploy(dice)), now(stage), now(tick)]] as const,
          [4, () => [now(stage)]] as const,
        ]
      : []),
  ];
}

/** What a case has around its actions. */
export interface Around {
  readonly twin: boolean;
  /** It comes after another environment. */
  readonly staged: boolean;
  /** Its plan waits for metrics. */
  readonly measured: boolean;
}

export function some(dice: Dice, { twin, staged, measured }: Around): readonly Action[] {
  const after = dice.chance(0.75);
  const one = (deed: Deed): readonly Action[] => [at(dice, deed, after)];
  const now = (deed: Deed) => at(dice, deed, true);
  const doers = {
    at: (deed: Deed) => at(dice, deed, true),
    deploy: () => deploy(dice),
    promote: () => promote(dice),
  };
  return dice.weigh<() => readonly Action[]>([
    [10, () => [at(dice, { do: 'push', what: 'good' }, after), at(dice, deploy(dice), after)]],
    [4, () => [at(dice, { do: 'push', what: 'broken' }, after), at(dice, deploy(dice), after)]],
    [2, () => one({ do: 'push', what: dice.pick(['good', 'docs', 'older', 'plan', 'lower plan']) })],
    [6, () => one(deploy(dice))],
    [twin ? 24 : 22, () => one(promote(dice))],
    [
      10,
      () =>
        one({
          do: 'tick',
          until: dice.chance(0.4) ? 'done' : 'wait',
          method: dice.chance(0.2) ? 'plan' : 'status',
          fault: fault(dice),
        }),
    ],
    [6, () => one(rollback(dice))],
    [3, () => one(holding(dice, 'hold'))],
    [2, () => one(holding(dice, 'resume'))],
    [2, () => one({ do: 'remote', is: dice.pick(['away', 'back', 'refusing']) })],
    [6, () => [at(dice, { do: 'lose', times: dice.between(1, 2) }, after), at(dice, promote(dice), after)]],
    // What has to meet for one guard alone to matter: two people at once, and a pod that is down when somebody approves.
    [twin ? 0 : 5, () => [at(dice, promote(dice), true), { ...at(dice, promote(dice), false), who: 'bob', gap: 0 }]],
    [
      twin ? 0 : 4,
      () => [
        at(dice, { do: 'foreign', what: 'pod down' }, true),
        { ...at(dice, plainly(promote(dice)), true), gap: 4_000 },
      ],
    ],
    [
      twin ? 0 : 14,
      () =>
        one({
          do: 'foreign',
          what: meddling(dice),
        }),
    ],
    ...(dice.grown && !twin ? grownRows(dice) : []),
    ...(dice.broad && !twin ? broadRows(dice, staged) : []),
    ...(measured && !twin ? measuredRows(dice, doers) : []),
    ...(dice.settled ? [[twin ? 20 : 10, () => [now(pushedSettings(dice)), now(deploy(dice))]] as const] : []),
    ...(dice.settled && !twin ? settingsRows(dice, { ...doers, rollback: () => rollback(dice) }) : []),
    ...(dice.carried && !twin ? carriedRows(dice, { ...doers, rollback: () => rollback(dice) }) : []),
  ])();
}

/** Milliseconds between the actions of twins: whatever a run or the engine does by itself is over by then. */
const twinGap = 150_000;

/** One after the other, with no fault but the one kill. */
export function calmed(action: Action, killed: boolean, dice: Dice): Action {
  const calm = { ...action, gap: twinGap, after: true };
  if (!('fault' in calm)) return calm;
  const kill: Fault = { fault: 'kill', write: dice.between(1, 4), when: dice.pick(['before', 'after']) };
  return { ...calm, fault: killed ? kill : null };
}
