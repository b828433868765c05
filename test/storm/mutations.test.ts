import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mutations } from './mutations.ts';

/** `npm run storm:mutations` shows that each is caught; here only that each still is a guard of the code. */
test.each(mutations)('the guard stands where it is taken out: $promise ($file)', ({ file, find, replace }) => {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  expect(text.split(find)).toHaveLength(2);
  expect(replace).not.toBe(find);
});
