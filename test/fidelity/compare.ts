import { lasting } from './actions.ts';
import { play } from './play.ts';
import type { Recording } from './recording.ts';
import { firstAnswerDifference, firstDifference, restingStates } from './resting.ts';

/** Plays a recording on the model; the first difference as expected and got, null where there is none. */
export function compare(recording: Recording): string | null {
  const expected = lasting(recording.events);
  const got = play(expected);
  return firstAnswerDifference(expected, got) ?? firstDifference(restingStates(expected), restingStates(got));
}
