import { expect, test } from 'vitest';
import { batch } from './batch.ts';

/** A slice of `npm run storm`: always the same cases, so that a failure here is the change's. */
test('a slice of the storm', { timeout: 120_000 }, async () => {
  const first = 5100;
  const seeds = Array.from({ length: 120 }, (_, index) => first + index);
  const tally = await batch(seeds, false);
  const told = tally.failures.map(({ seed, law, what }) => `--case ${seed}: ${law}: ${what}`);
  expect(told).toEqual([]);
});
