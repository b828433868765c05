import { matchesGlob } from 'node:path/posix';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matching } from '../../src/flow/matching.ts';

const plain = fc.constantFrom('a', 'b', 'a.yaml');
const odd = fc.constantFrom('ab', 'b.yaml', 'A', 'é', 'a b', '.a', '+a', 'a@b', '~', '😀', '！');
const globs = fc.constantFrom(
  '*',
  '**',
  '*.yaml',
  '?',
  '[ab]',
  '{a,b}',
  '!a',
  '+(a|b)',
  'a@(b)',
  '@a',
  '\\a',
  '.',
  '..',
  '',
);
const often = <T>(...all: readonly (readonly [number, fc.Arbitrary<T>])[]) =>
  fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));
const paths = fc.array(fc.array(often([4, plain], [1, odd]), { minLength: 1, maxLength: 3 }), {
  minLength: 12,
  maxLength: 30,
});
const patterns = fc.array(fc.array(often([4, plain], [1, odd], [4, globs]), { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 3,
});

test('what matches is what would match if every path were tried against every pattern', () => {
  let hits = 0;
  fc.assert(
    fc.property(paths, patterns, (manyParts, manyPieces) => {
      const all = [...new Set(manyParts.map((parts) => parts.join('/')))];
      const asked = manyPieces.map((pieces) => pieces.join('/'));
      const wanted = all.filter((path) => asked.some((one) => matchesGlob(path, one)));
      hits += wanted.length;
      expect(matching(all, asked)).toEqual(wanted);
    }),
    { numRuns: 1000 },
  );
  expect(hits).toBeGreaterThan(1000);
});
