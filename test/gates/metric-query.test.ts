import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fill,
  longestRange,
  placeholdersIn,
  podsPattern,
  safe,
  type Values,
  wrongIn,
} from '../../src/gates/metric-query.ts';

const values: Values = {
  ...{ name: 'shop', namespace: 'prod', release: '0123456789-abcdef01', canary: 'shop-b', stable: 'shop-a' },
  ...{ pods: 'shop-a|shop-b', step: '2', window: '90s' },
};

describe('a query', () => {
  test('is filled in, and everything else of PromQL stays', () => {
    const query = 'sum by (pod) (rate(x{pod=~"{canary}", ns="{namespace}", code=~"5.{2}"}[{window}])) / {step}';
    expect(fill(query, values)).toEqual({
      text: 'sum by (pod) (rate(x{pod=~"shop-b", ns="prod", code=~"5.{2}"}[90s])) / 2',
    });
  });

  test('that needs what is not there names it', () => {
    expect(fill('x{pod=~"{canary}"}', { ...values, canary: null })).toEqual({ missing: 'canary' });
  });

  test('with a word that is filled in twice gets it twice', () => {
    expect(placeholdersIn('{pods} + {pods} + {step}')).toEqual(['pods', 'step']);
  });

  test.each([
    ['{canry}', 'did you mean {canary}?'],
    ['x{job="a"} + {zzzzzz}', 'filled in are name'],
  ])('%s has an unknown word', (query, hint) => {
    expect(wrongIn(query)?.hint).toContain(hint);
  });

  test.each(['x{job="a"}', '{__name__="a"}', '{"a.b"}', 'x{}', 'a{b=~"c{2,3}"}'])('%s has none', (query) => {
    expect(wrongIn(query)).toBeNull();
  });

  test.each([
    ['rate(x[5m])', 300],
    ['rate(x[1h30m]) + rate(y[90s])', 5400],
    ['max_over_time(rate(x[1m])[10m:30s])', 600],
    ['x', 0],
    ['x{a="[5m"}', 0],
    ['rate(x[{window}])', 0],
  ])('%s looks back %d seconds', (query, seconds) => {
    expect(longestRange(query)).toBe(seconds);
  });
});

describe('names of pods', () => {
  test('are one expression that means just them', () => {
    expect(podsPattern(['b.x', 'a'])).toBe('a|b[.]x');
    expect(podsPattern([])).toBeNull();
  });

  test.each(['a"b', 'a\\b', 'a|b', '', '-a', 'a b', 'a\nb', 'a{b'])('%j is none', (name) => {
    expect(() => safe(name)).toThrow(RangeError);
  });

  const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?$/);

  test('match themselves and nothing else, in every kind of quotes (law)', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), name, (names, other) => {
        const pattern = podsPattern(names) ?? '';
        expect(pattern).not.toMatch(/["'`\\]/);
        // PromQL anchors an expression at both ends.
        const matches = new RegExp(`^(?:${pattern})$`);
        for (const one of names) expect(matches.test(one)).toBe(true);
        expect(matches.test(other)).toBe(names.includes(other));
      }),
    );
  });
});
