import type { Condition, Delivery, Step, Style } from '../../src/release/delivery.ts';
import { seeded } from '../../src/simulator/random.ts';
import { approval, byAda, byBoth, inOffice, soak } from './conditions.ts';
import { directed } from './directed.ts';
import { folded } from './seeds.ts';

/** Who types commands. The plan's approvals that name people name ada and bob. */
export type Who = 'ada' | 'bob' | 'cid' | 'ship-it[bot]';

/** Which release a command names: none, one of the record's as it is when it is typed, or one that nobody knows. */
export type Naming = 'none' | 'live' | 'rolled back' | 'stable' | 'oldest' | 'asked' | 'unknown';

/** What happens to one command on its way. Calls and writes count from 1. */
export type Fault =
  | { readonly fault: 'kill'; readonly write: number; readonly when: 'before' | 'after' }
  | { readonly fault: 'cut'; readonly write: number; readonly when: 'before' | 'after' }
  | { readonly fault: 'answer'; readonly call: number; readonly status: 409 | 429 | 500 }
  /** Somebody touches the object that is written, right before it. */
  | { readonly fault: 'touch'; readonly write: number }
  /** A write that takes so many milliseconds to get there: whatever it was decided on may be gone by then. */
  | { readonly fault: 'slow'; readonly write: number; readonly late: number }
  /** The process stands still for so many milliseconds before a call. */
  | { readonly fault: 'standstill'; readonly call: number; readonly late: number }
  /** Somebody does that right before a call. */
  | { readonly fault: 'meddle'; readonly call: number; readonly what: Meddling };

/** What people do to the cluster without stepgate. */
export type Meddling =
  | 'image'
  | 'restart'
  | 'approve'
  | 'pause'
  | 'unpause'
  | 'zero pause'
  | 'later step'
  | 'this step down'
  | 'scale'
  | 'unlabel'
  | 'kill pod'
  | 'pod down'
  | 'pods up'
  /** The record asks for a commit that nobody has merged. */
  | 'record'
  /** The record has what only a newer version knows. */
  | 'newer record'
  /** The record has as many holds as fit into an annotation. */
  | 'many holds';

export type Deed =
  | {
      readonly do: 'push';
      /**
       * `line` leaves the image as it is. `people` lets others approve. `aside` is pushed to a branch of its own, and `merge`
       * brings that one to the policy's.
       */
      readonly what: 'good' | 'broken' | 'docs' | 'older' | 'plan' | 'line' | 'people' | 'aside' | 'merge';
    }
  | {
      readonly do: 'deploy';
      readonly until: 'wait' | 'done';
      readonly at: 'tip' | 'older' | 'aside';
      readonly takeOver: boolean;
      readonly fault: Fault | null;
    }
  | {
      readonly do: 'promote';
      /** What the person says they looked at. `next` names the step after the one that is there. */
      readonly names: 'nothing' | 'step' | 'both' | 'next' | 'wrong step' | 'wrong release';
      readonly force: boolean;
      /** Where to jump: so many steps from here; null for no jump. */
      readonly jump: -1 | 0 | 1 | 2 | null;
      readonly method: 'status' | 'plan';
      readonly fault: Fault | null;
    }
  | {
      readonly do: 'tick';
      readonly until: 'wait' | 'done';
      readonly method: 'status' | 'plan';
      readonly fault: Fault | null;
    }
  | {
      readonly do: 'rollback';
      readonly release: Naming;
      readonly to: Naming;
      readonly undo: boolean;
      readonly also: boolean;
      readonly fault: Fault | null;
    }
  /** Of the delivery where no release is named. */
  | { readonly do: 'hold' | 'resume'; readonly release: Naming; readonly fault: Fault | null }
  /** The last run of a workflow is started again, by whoever presses the button. */
  | { readonly do: 'again'; readonly fault: Fault | null }
  /** `closed` refuses pushes until it is back. */
  | { readonly do: 'remote'; readonly is: 'away' | 'back' | 'refusing' | 'closed' }
  /** The next approval by status is overwritten by the engine, so often (E4). */
  | { readonly do: 'lose'; readonly times: number }
  | { readonly do: 'foreign'; readonly what: Meddling };

export type Action = Deed & {
  readonly who: Who;
  /** Milliseconds since the action before, or since its end where `after`. */
  readonly gap: number;
  /** Whether it begins only when every command before has ended. */
  readonly after: boolean;
  /** Milliseconds that the clock of the machine is ahead of the cluster's. */
  readonly skew: number;
  /** Whether the command runs in a workflow, whose runs can be started again. */
  readonly via: 'shell' | 'workflow';
};

/** Where a case begins: the world that an opening has come to, at one of the places where it was at rest. */
export interface Beginning {
  readonly opening: number;
  readonly place: number;
}

export interface Case {
  readonly seed: number;
  readonly delivery: Delivery;
  readonly replicas: number;
  /** When it begins, in milliseconds since 1970. */
  readonly start: number;
  /** Every call to the cluster takes up to so many milliseconds. */
  readonly latency: number;
  /** `storm`: everything at once, under the laws. `twin`: one after the other, once with a kill and once without. */
  readonly kind: 'storm' | 'twin';
  /** Null begins with a first deploy. */
  readonly from: Beginning | null;
  /** Whether it goes on until nothing moves any more, and is judged by how it ends. */
  readonly rests: boolean;
  readonly actions: readonly Action[];
}

/** Everything of a case follows from its seed; those below zero are the directed ones. */
export function caseOf(seed: number): Case {
  const [, known] = directed[-1 - seed] ?? [];
  if (known !== undefined) return known;
  const dice = diceOf(seed, seed >= mixedFrom);
  return dice.weigh<() => Case>([
    [985, () => burst(seed, dice)],
    [10, () => whole(seed, dice, 'storm')],
    [5, () => whole(seed, dice, 'twin')],
  ])();
}

/** Numbers from here on belong to mixed seeds. Those below were printed before: nothing new is drawn for them. */
const mixedFrom = 2 ** 32;

/** So many neighbours begin in the same opening: it is played once for all of them. */
export const neighbours = 100;

/** A few actions in a world that is under way already: most of what can meet, meets within them. */
function burst(seed: number, dice: Dice): Case {
  const opening = Math.floor(seed / neighbours);
  const count = dice.between(1, 3);
  const actions: Action[] = [];
  while (actions.length < count) actions.push(...some(dice, false));
  const from = { opening, place: dice.between(0, 99) };
  return { ...opened(opening), seed, latency: latency(dice), from, rests: dice.chance(0.1), actions };
}

/** The case that bursts begin in: one after the other, with no faults but people's. */
export function opened(opening: number): Case {
  const of = whole(opening, diceOf(-1 - opening, opening >= mixedFrom / neighbours), 'storm');
  const actions = of.actions.map((action) => ({
    ...action,
    after: true,
    ...('fault' in action ? { fault: null } : {}),
  }));
  return { ...of, actions };
}

/** From a first deploy to where nothing moves any more. */
function whole(seed: number, dice: Dice, kind: Case['kind']): Case {
  const twin = kind === 'twin';
  const delivery = deliveryOf(dice);
  const count = dice.between(3, twin ? 5 : 9);
  const actions: Action[] = [];
  while (actions.length < count) actions.push(...(actions.length === 0 ? opening(dice) : some(dice, twin)));
  const killable = [...actions.keys()].filter((index) => 'fault' in (actions[index] ?? {}));
  const killed = killable[dice.between(0, killable.length - 1)];
  return {
    seed,
    delivery,
    replicas: dice.between(2, 5),
    start: Date.UTC(2026, 2, 2) + dice.pick([8 * 60 + 57, 12 * 60, 12 * 60, 16 * 60 + 55, 20 * 60]) * 60_000,
    latency: latency(dice),
    kind,
    from: null,
    rests: true,
    actions: twin ? actions.map((action, index) => calmed(action, index === killed, dice)) : actions,
  };
}

function latency(dice: Dice): number {
  return dice.pick([0, 0, 3, 25]);
}

export interface Dice {
  /** Whether what came later is drawn too. */
  readonly grown: boolean;
  readonly chance: (of: number) => boolean;
  readonly between: (least: number, most: number) => number;
  readonly pick: <T>(items: readonly [T, ...T[]]) => T;
  /** Each with its weight. */
  readonly weigh: <T>(items: readonly (readonly [number, T])[]) => T;
}

export function diceOf(seed: number, grown: boolean): Dice {
  const random = seeded(folded(seed) * 31 + 7);
  const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  return {
    grown,
    chance: (of) => random() < of,
    between,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
    weigh(items) {
      let left = random() * items.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, item] of items) {
        left -= weight;
        if (left < 0) return item;
      }
      const last = items.at(-1);
      if (last === undefined) throw new RangeError('nothing to choose from');
      return last[1];
    },
  };
}

function deliveryOf(dice: Dice): Delivery {
  const style = dice.weigh<Style>([
    [5, 'partition'],
    [2, 'canary'],
    [2, 'blueGreen'],
  ]);
  const traffic = style !== 'partition' && dice.chance(0.25);
  return {
    name: 'shop',
    environment: null,
    namespace: 'shop',
    cluster: { context: null, exec: [] },
    workload: { kind: 'Deployment', name: 'shop' },
    source: { kind: 'files', patterns: ['deploy/*'] },
    style,
    steps: stepsOf(dice, style, traffic),
    traffic: traffic
      ? {
          service: 'shop',
          graceSeconds: 1,
          ingress: { name: 'shop', class: 'nginx' },
          gateway: null,
          custom: null,
          routing: null,
          canaryService: true,
        }
      : null,
    settings: {},
    startWhen: dice.chance(0.2) ? gates(dice).filter((gate) => gate.kind !== 'soak') : [],
    doneWhen: dice.chance(0.15) ? gates(dice) : [],
    rollback: {
      on: dice.pick([[], [], ['stuck'], ['unready'], ['stuck', 'unready']]),
      stuckAfterSeconds: dice.pick([45, 100]),
      git: 'commit',
    },
  };
}

function stepsOf(dice: Dice, style: Style, traffic: boolean): readonly Step[] {
  const sizes = [20, 34, 50, 67, 80].filter(() => dice.chance(0.4)).slice(0, 3);
  const last = dice.chance(0.9) ? [100] : [];
  const percents = sizes.length + last.length === 0 ? [100] : [...sizes, ...last];
  return percents.map((value, index) => {
    // What is everything passes by itself in these styles, whatever is asked for (E13).
    const passes = style !== 'blueGreen' && value === 100 && index === percents.length - 1;
    return {
      name: `s${index + 1}`,
      replicas: index === 0 && value < 50 && dice.chance(0.3) ? { unit: 'pods', value: 1 } : { unit: 'percent', value },
      traffic: traffic ? value : null,
      matches: [],
      leaveWhen: passes ? [] : gates(dice),
      requestHeaders: null,
      timer: 'stepgate',
    };
  });
}

function gates(dice: Dice): readonly Condition[] {
  const time = soak(dice.pick([20, 90, 600]));
  return dice.weigh<readonly Condition[]>([
    [8, [approval]],
    [2, [byAda]],
    [2, [byBoth]],
    [3, [time]],
    [2, [approval, time]],
    [2, [inOffice]],
    [1, [approval, inOffice]],
    [2, []],
  ]);
}

function opening(dice: Dice): readonly Action[] {
  return [at(dice, { do: 'push', what: dice.chance(0.85) ? 'good' : 'broken' }, true), at(dice, deploy(dice), true)];
}

function at(dice: Dice, deed: Deed, after: boolean): Action {
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

function some(dice: Dice, twin: boolean): readonly Action[] {
  const after = dice.chance(0.75);
  const one = (deed: Deed): readonly Action[] => [at(dice, deed, after)];
  return dice.weigh<() => readonly Action[]>([
    [10, () => [at(dice, { do: 'push', what: 'good' }, after), at(dice, deploy(dice), after)]],
    [4, () => [at(dice, { do: 'push', what: 'broken' }, after), at(dice, deploy(dice), after)]],
    [2, () => one({ do: 'push', what: dice.pick(['good', 'docs', 'older', 'plan']) })],
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
  ])();
}

/** Milliseconds between the actions of twins: whatever a run or the engine does by itself is over by then. */
const twinGap = 150_000;

/** One after the other, with no fault but the one kill. */
function calmed(action: Action, killed: boolean, dice: Dice): Action {
  const calm = { ...action, gap: twinGap, after: true };
  if (!('fault' in calm)) return calm;
  const kill: Fault = { fault: 'kill', write: dice.between(1, 4), when: dice.pick(['before', 'after']) };
  return { ...calm, fault: killed ? kill : null };
}
