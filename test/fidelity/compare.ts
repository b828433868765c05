import { seeded } from '../../src/simulator/random.ts';
import { lasting } from './actions.ts';
import { type PlayOptions, play } from './play.ts';
import { gatesOf, type RecordedEvent, type Recording } from './recording.ts';
import { firstAnswerDifference, firstDifference, type Resting, restingStates } from './resting.ts';

/** How a recording compares: equal in that play, or where it first differs in the play that came furthest. */
export type Comparison =
  | { readonly is: 'equal'; readonly plays: number }
  | { readonly is: 'different'; readonly first: string };

/** A play, and the number of resting states it had in common with the recording. */
interface Attempt {
  readonly seed: number;
  readonly turns: ReadonlyMap<number, number>;
  readonly common: number;
}

/** Plays with one seed throughout, before a play that came far is gone on with. */
const fresh = 6;

/**
 * Plays a recording on the model. The engine's controllers race each other, and the scheduler picks nodes, in the recording
 * as in the model, where chance comes from a seed: what was recorded has to be what the model does in one of so many plays.
 * Later plays take the one that came furthest, and let chance go another way from one of its actions on.
 */
export function compare(recording: Recording, plays = 60): Comparison {
  const expected = lasting(recording.events);
  const gates = gatesOf(recording.engine);
  const resting = restingStates(expected);
  const random = seeded(1);
  let best: Attempt = { seed: 1, turns: new Map(), common: -1 };
  let furthest = '';
  for (let number = 1; number <= plays; number += 1) {
    const tried: PlayOptions & Omit<Attempt, 'common'> =
      number <= fresh
        ? { seed: number, turns: new Map(), gates }
        : { seed: best.seed, turns: turned(best, resting[best.common]?.after ?? 0, number, random), gates };
    const difference = differenceOf(expected, resting, tried);
    if (difference === null) return { is: 'equal', plays: number };
    const common = Number(/^resting state (\d+)/.exec(difference)?.[1] ?? 1) - 1;
    if (common > best.common) furthest = difference;
    if (common >= best.common) best = { ...tried, common };
  }
  return { is: 'different', first: furthest };
}

/** Chance goes another way from one of the actions before the state that differs. */
function turned({ turns }: Attempt, actions: number, seed: number, random: () => number): ReadonlyMap<number, number> {
  const at = Math.max(1, actions - Math.floor(random() * actions));
  return new Map([...turns].filter(([action]) => action < at)).set(at, seed);
}

function differenceOf(
  expected: readonly RecordedEvent[],
  resting: readonly Resting[],
  options: PlayOptions,
): string | null {
  try {
    const got = play(expected, options);
    return firstAnswerDifference(expected, got) ?? firstDifference(resting, restingStates(got));
  } catch (error) {
    // A model that breaks down differs too, and the other recordings are still to be looked at.
    return `the model broke down: ${error instanceof Error ? (error.stack ?? error.message).slice(0, 600) : String(error)}`;
  }
}
