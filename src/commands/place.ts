import { type Delivery, placeName, placeNamed } from '../release/delivery.ts';
import { inputError } from '../release/error.ts';

/** The place that `--step`, or a comment, names. Throws STEP_UNKNOWN. */
export function placeMeant(delivery: Delivery, text: string): number {
  const place = placeNamed(delivery, text);
  if (place !== null) return place;
  const [start, end] = [placeName(delivery, 0), placeName(delivery, delivery.steps.length + 1)];
  throw stepUnknown(delivery, text, [start, ...stepsIn(delivery), end]);
}

/** The step that `--to` names: the start and the end are none. Throws STEP_UNKNOWN. */
export function stepMeant(delivery: Delivery, text: string): number {
  const place = placeNamed(delivery, text);
  if (place === null || place < 1 || place > delivery.steps.length)
    throw stepUnknown(delivery, text, stepsIn(delivery));
  return place;
}

function stepsIn({ steps }: Delivery): readonly string[] {
  return steps.map(({ name }, index) => `${index + 1} ${name}`);
}

function stepUnknown({ name }: Delivery, text: string, known: readonly string[]) {
  return inputError('STEP_UNKNOWN', `${name} has no step '${text}'`, { hint: `known: ${known.join(', ')}` });
}
