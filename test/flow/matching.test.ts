import { matchesGlob } from 'node:path/posix';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matching } from '../../src/flow/matching.ts';

const plain = fc.constantFrom('a', 'b', 'a.yaml');
const odd = fc.constantFrom('ab', 'b.yaml', 'A', 'é', 'a b', '.a', '+a', 'a@b', '~', '！');
const globs = fc.constantFrom('*', '**', '***', '*.yaml', '?', '?*', '*b*', '.*');
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

test('what matches is what Node would match with these stars', () => {
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

test.each<[string, readonly string[], readonly string[]]>([
  [
    'deploy/*.yaml',
    ['deploy/a.yaml', 'deploy/a b.yaml'],
    ['deploy/.a.yaml', 'deploy/x/a.yaml', 'a.yaml', 'deploy/a.yml'],
  ],
  ['deploy/**/*.yaml', ['deploy/a.yaml', 'deploy/x/y/a.yaml'], ['deploy/.x/a.yaml', 'deploy/x/.a.yaml', 'a.yaml']],
  ['deploy/**', ['deploy/a', 'deploy/x/y'], ['deploy', 'deploy/.a', 'deploy/.x/a', 'deployment/a']],
  ['**/shop.yaml', ['shop.yaml', 'a/b/shop.yaml'], ['a/b/myshop.yaml', '.a/shop.yaml']],
  ['*/shop.yaml', ['a/shop.yaml'], ['shop.yaml', 'a/b/shop.yaml', '.a/shop.yaml']],
  ['.github/*', ['.github/a'], ['.github/.a']],
  ['a/?.yaml', ['a/b.yaml', 'a/😀.yaml'], ['a/bc.yaml', 'a/.yaml']],
  ['a/x**y.yaml', ['a/xy.yaml', 'a/x1y.yaml'], ['a/x/y.yaml']],
  ['a/[b]+(c).yaml', ['a/[b]+(c).yaml'], ['a/b.yaml', 'a/bc.yaml']],
])('%s', (pattern, yes, no) => {
  expect(matching([...yes, ...no], [pattern])).toEqual(yes);
});

test('patterns and names that were made to take time take none', () => {
  const begin = performance.now();
  const long = 'a'.repeat(250);
  const paths = Array.from({ length: 200 }, (_, n) => `deploy/${long}${n}/${'a/'.repeat(200)}${long}.yaml`);
  for (const pattern of [
    `deploy/${'*a'.repeat(40)}b.yaml`,
    `deploy/**/${'*a'.repeat(120)}b.yaml`,
    `${'**/'.repeat(150)}b.yaml`,
    `deploy/${'**/a/'.repeat(90)}b.yaml`,
    `deploy/${'*?'.repeat(120)}b`,
    `deploy/${'?*'.repeat(60)}/${'*/'.repeat(60)}b`,
  ])
    expect(matching(paths, [pattern]), pattern).toEqual([]);
  expect(matching(paths, ['**'.repeat(200)])).toEqual([]);
  expect(performance.now() - begin).toBeLessThan(3_000);
});
