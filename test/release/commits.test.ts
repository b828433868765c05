import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refMatches } from '../../src/release/commits.ts';

test.each<[string, readonly string[], readonly string[]]>([
  ['main', ['main'], ['Main', 'main2', 'a/main', '']],
  ['release/*', ['release/1.2', 'release/'], ['release/a/b', 'release', 'releases/1', 'x/release/1']],
  ['release/**', ['release/1', 'release/a/b'], ['release', 'prerelease/1']],
  ['**/hotfix', ['a/hotfix', 'a/b/hotfix'], ['hotfix', 'a/hotfix/b']],
  ['*', ['main', 'v1.0'], ['a/b']],
  ['**', ['main', 'a/b'], []],
  ['v?.*', ['v1.2', 'v1.'], ['v10.2', 'v.2', 'v/.2', 'v1x2']],
  ['a*b*c', ['abc', 'aXbYc', 'abbc'], ['ab', 'acb', 'a/bc']],
  ['a.b', ['a.b'], ['axb']],
  ['a+(b)', ['a+(b)'], ['aab', 'ab']],
  ['?', ['é', '😀'], ['ab', '']],
])('%s', (pattern, yes, no) => {
  expect([...yes, ...no].filter((name) => refMatches(pattern, name))).toEqual(yes);
});

test('matches as the regular expression does that says the same', () => {
  const letters = (...of: readonly string[]) =>
    fc.array(fc.constantFrom(...of), { maxLength: 8 }).map((all) => all.join(''));
  fc.assert(
    fc.property(letters('a', 'b', '/', '*', '**', '?'), letters('a', 'b', '/'), (pattern, name) => {
      const source = pattern.replace(/\*{2,}|\*|\?/g, (one) => (one === '?' ? '[^/]' : one === '*' ? '[^/]*' : '.*'));
      expect(refMatches(pattern, name)).toBe(new RegExp(`^${source}$`).test(name));
    }),
  );
});

test('takes no longer for a name that was chosen to be slow', () => {
  const started = performance.now();
  expect(refMatches(`${'*a'.repeat(120)}b`, 'a'.repeat(255))).toBe(false);
  expect(performance.now() - started).toBeLessThan(1000);
});
