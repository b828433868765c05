import { expect, test } from 'vitest';
import { batch } from './batch.ts';
import { neighbours } from './draw.ts';
import { firstCase, forgedCases } from './seeds.ts';
import { notMet, together } from './tally.ts';

/** The first case of a seed, as it was numbered before the whole breadth was drawn. */
const printed = 2_527_136_306_000_000;

/** Of seed 11: together they meet all that is drawn. */
const openings = [67, 70, 84, 88, 89, 90, 101, 110, 118, 128];

/** Of the same seed, with a forge. */
const forged = [25, 58];

/**
 * A slice of `npm run storm`: always the same cases, so that a failure here is the change's. Those that were printed before
 * have to stay what they were.
 */
test('a slice of the storm', { timeout: 240_000 }, async () => {
  const slice = (first: number, length: number) => Array.from({ length }, (_, index) => first + index);
  const before = together(await batch(slice(5100, 60), false), await batch(slice(printed, 60), false));
  const broad = openings.flatMap((opening) => slice(firstCase(11) + opening * neighbours, 8));
  const atForge = forged.flatMap((opening) => slice(forgedCases(firstCase(11) + opening * neighbours, neighbours), 8));
  const tally = together(before, await batch([...broad, ...atForge], false));
  const told = tally.failures.map(({ seed, law, what }) => `--case=${seed}: ${law}: ${what}`);
  expect(told).toEqual([]);
  expect(notMet(tally)).toEqual([]);
});
