import { lasting } from './actions.ts';
import { play } from './play.ts';
import type { RecordedEvent, Recording } from './recording.ts';
import { firstAnswerDifference, firstDifference, type Resting, restingStates } from './resting.ts';

/** How a recording compares: equal in the play with that seed, or where it first differs in the play that came furthest. */
export type Comparison =
  | { readonly is: 'equal'; readonly seed: number }
  | { readonly is: 'different'; readonly first: string };

/**
 * Plays a recording on the model. The engine's controllers race each other, in the recording as in the model, where chance
 * comes from a seed: what was recorded has to be what the model does for one of the seeds 1 to `seeds`.
 */
export function compare(recording: Recording, seeds = 12): Comparison {
  const expected = lasting(recording.events);
  const resting = restingStates(expected);
  let furthest = { at: -1, text: '' };
  for (let seed = 1; seed <= seeds; seed += 1) {
    const difference = differenceOf(expected, resting, seed);
    if (difference === null) return { is: 'equal', seed };
    const at = Number(/^resting state (\d+)/.exec(difference)?.[1] ?? 0);
    if (at > furthest.at) furthest = { at, text: difference };
  }
  return { is: 'different', first: furthest.text };
}

function differenceOf(expected: readonly RecordedEvent[], resting: readonly Resting[], seed: number): string | null {
  try {
    const got = play(expected, { seed });
    return firstAnswerDifference(expected, got) ?? firstDifference(resting, restingStates(got));
  } catch (error) {
    // A model that breaks down differs too, and the other recordings are still to be looked at.
    return `the model broke down: ${error instanceof Error ? (error.stack ?? error.message).slice(0, 600) : String(error)}`;
  }
}
