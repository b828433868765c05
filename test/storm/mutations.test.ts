import { expect, test } from 'vitest';
import { locate, scopesIn, without } from '../guards/locate.ts';
import { sources } from '../guards/syntax.ts';
import { mutations } from './mutations.ts';

const scopes = scopesIn(sources());

/** `npm run storm:mutations` shows that each is caught; here only that each is found, once, and can be taken out. */
test.each(mutations)('the guard is in the code: $promise ($in)', (guard) => {
  const place = locate(guard, scopes);
  expect(without(guard, place)).not.toBe(place.file.text);
});

test('every promise is another one', () => {
  const promises = mutations.map(({ promise }) => promise);
  expect(new Set(promises).size).toBe(promises.length);
});
