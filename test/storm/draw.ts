import type { Delivery } from '../../src/release/delivery.ts';
import type { Action, Case } from './case.ts';
import { type Dice, diceOf } from './dice.ts';
import { directed } from './directed.ts';
import { type Around, calmed, opening, some } from './draw-actions.ts';
import { broadened, shapeOf } from './draw-breadth.ts';
import { carrierOf, withCarrier } from './draw-carried.ts';
import { deliveryOf } from './draw-delivery.ts';
import { someAtForge, withForge } from './draw-forge.ts';
import { withMetrics } from './draw-metrics.ts';
import { withGatedStart } from './draw-settings.ts';
import { drawnFor, neighbours } from './seeds.ts';

/** Everything of a case follows from its seed; those below zero are the directed ones. */
export function caseOf(seed: number): Case {
  const [, known] = directed[-1 - seed] ?? [];
  if (known !== undefined) return known;
  const dice = diceOf(seed, drawnFor(seed));
  return dice.weigh<() => Case>([
    [985, () => burst(seed, dice)],
    [10, () => whole(seed, dice, 'storm')],
    [5, () => whole(seed, dice, 'twin')],
  ])();
}

/** A few actions in a world that is under way already: most of what can meet, meets within them. */
function burst(seed: number, dice: Dice): Case {
  const opening = Math.floor(seed / neighbours);
  const of = opened(opening);
  const kind = { twin: false, staged: isStaged(of.delivery), measured: isMeasured(of.delivery) };
  const count = dice.between(1, 3);
  const actions: Action[] = [];
  while (actions.length < count) actions.push(...more(dice, kind));
  const from = { opening, place: dice.between(0, 99) };
  return { ...of, seed, latency: latency(dice), from, rests: dice.chance(0.1), actions };
}

/** The case that bursts begin in: one after the other, with no faults but people's. */
export function opened(opening: number): Case {
  const of = whole(opening, diceOf(-1 - opening, drawnFor(opening * neighbours)), 'storm');
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
  const plain = deliveryOf(dice);
  const broad = dice.broad ? broadened(plain, dice) : plain;
  const atForge = dice.forged ? withForge(broad, dice) : broad;
  const measuring = dice.measured ? withMetrics(atForge, dice) : atForge;
  const carrier = dice.carried ? carrierOf(dice) : null;
  const carried = carrier === null ? measuring : withCarrier(measuring, dice);
  const delivery = dice.settled ? withGatedStart(carried, dice) : carried;
  const staged = isStaged(delivery);
  const measured = isMeasured(delivery);
  const count = dice.between(3, twin ? 5 : 9);
  const actions: Action[] = [];
  while (actions.length < count)
    actions.push(...(actions.length === 0 ? opening(dice, staged) : more(dice, { twin, staged, measured })));
  const killable = [...actions.keys()].filter((index) => 'fault' in (actions[index] ?? {}));
  const killed = killable[dice.between(0, killable.length - 1)];
  return {
    seed,
    delivery,
    replicas: dice.between(2, 5),
    shape: shapeOf(dice),
    carrier,
    settled: dice.settled,
    forge: dice.forged,
    start: Date.UTC(2026, 2, 2) + dice.pick([8 * 60 + 57, 12 * 60, 12 * 60, 16 * 60 + 55, 20 * 60]) * 60_000,
    latency: latency(dice),
    kind,
    from: null,
    rests: true,
    actions: twin ? actions.map((action, index) => calmed(action, index === killed, dice)) : actions,
  };
}

/** What happens next; where there is a forge, mostly there. */
function more(dice: Dice, of: Around): readonly Action[] {
  return dice.forged && !of.twin && dice.chance(0.65) ? someAtForge(dice) : some(dice, of);
}

function isStaged({ environment }: Delivery): boolean {
  return environment !== null;
}

function isMeasured({ steps, doneWhen }: Delivery): boolean {
  return [...steps.flatMap(({ leaveWhen }) => leaveWhen), ...doneWhen].some(({ kind }) => kind === 'metric');
}

function latency(dice: Dice): number {
  return dice.pick([0, 0, 3, 25]);
}
