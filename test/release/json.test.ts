import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonical, type Json, same } from '../../src/release/json.ts';

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false, 0, 1, '', 'a'),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('json'), { maxKeys: 3 }),
  ),
}));

test('values are the same where their canonical JSON is', () => {
  fc.assert(
    fc.property(json, json, (left, right) => {
      expect(same(left, right)).toBe(canonical(left) === canonical(right));
      expect(same(left, structuredClone(left))).toBe(true);
    }),
  );
  expect(same(undefined, undefined)).toBe(true);
  expect(same(undefined, null)).toBe(false);
});
