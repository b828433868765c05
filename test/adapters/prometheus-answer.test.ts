import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readAnswer } from '../../src/adapters/prometheus/answer.ts';
import { MetricsError, type MetricsQuery } from '../../src/release/metrics.ts';
import { date, failing, matrix, now, over, success, usual, vector } from './prometheus.ts';

/** The series of a body, as in `pod=shop-0: 5@-1.5`: each value, and its seconds from the Date header on. */
function read(body: object, query = usual): readonly string[] {
  const { series } = readAnswer({ status: 200, date, text: JSON.stringify(body), hide: (told) => told }, query);
  return series.map(
    ({ labels, points }) =>
      `${Object.entries(labels).map(([name, value]) => `${name}=${value}`)}: ${points.map(
        ({ at, value }) => `${value}@${(at.getTime() - now * 1000) / 1000}`,
      )}`,
  );
}

describe('an answer', () => {
  it.each<[string, object, MetricsQuery, readonly string[]]>([
    [
      'of one point a series',
      vector([now - 1.5, '5'], [now, '0.25']),
      usual,
      ['pod=shop-0: 5@-1.5', 'pod=shop-1: 0.25@0'],
    ],
    ['of no series', vector(), usual, []],
    [
      'of numbers as Go writes them',
      vector([now, '-1e+06'], [now, '+7']),
      usual,
      ['pod=shop-0: -1000000@0', 'pod=shop-1: 7@0'],
    ],
    [
      'of no numbers',
      vector([now, 'NaN'], [now, '+Inf'], [now, '-Inf']),
      usual,
      ['pod=shop-0: NaN@0', 'pod=shop-1: Infinity@0', 'pod=shop-2: -Infinity@0'],
    ],
    ['of a scalar', success('scalar', [now, '3']), usual, [': 3@0']],
    ['with an old sample', vector([now - 60, '1'], [now - 60.001, '2']), usual, ['pod=shop-0: 1@-60']],
    [
      'over a time',
      matrix([
        [now - 300, '1'],
        [now - 285, 'NaN'],
      ]),
      over,
      [': 1@-300,NaN@-285'],
    ],
    ['over a time, with an empty series', matrix([], [[now, '1']]), over, [': 1@0']],
    ['with remarks', success('vector', [], { infos: ['might not be a counter'], warnings: [] }), usual, []],
    ['with fields of later versions', { ...vector([now, '1']), stats: {}, more: [] }, usual, ['pod=shop-0: 1@0']],
  ])('%s', (_, body, query, expected) => {
    expect(read(body, query)).toEqual(expected);
  });

  it.each<[string, string | undefined, readonly [unknown, unknown][], Date | null, string]>([
    ['of its Date header', date, [[now - 5, '1']], null, '2026-11-30T19:00:00.000Z'],
    ['of its newest point, when that is later', date, [[now + 0.5, '1']], null, '2026-11-30T19:00:00.500Z'],
    ['of its newest point without a header', undefined, [[now, '1']], null, '2026-11-30T19:00:00.000Z'],
    ['of the query', date, [[now - 3600, '1']], new Date((now - 3600) * 1000), '2026-11-30T18:00:00.000Z'],
  ])('has the time %s', (_, header, pairs, at, expected) => {
    const body = JSON.stringify(vector(...pairs));
    const answer = readAnswer({ status: 200, date: header, text: body, hide: (told) => told }, { ...usual, at });
    expect(answer.at.toISOString()).toBe(expected);
    expect(answer.series).toHaveLength(1);
  });

  it('has no label that it does not name', () => {
    const metric = '{"__proto__": "a", "constructor": "b"}';
    const body = JSON.stringify(vector([now, '1'])).replace('{"pod":"shop-0"}', metric);
    const [series] = readAnswer({ status: 200, date, text: body, hide: (told) => told }, usual).series;
    expect(Object.entries(series?.labels ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(series?.labels['toString']).toBeUndefined();
  });
});

describe('a body that is no answer', () => {
  const many = Array.from({ length: 501 }, () => [now, '1'] as const);
  const long = Array.from({ length: 20_001 }, (_, index) => [now + index, '1'] as const);
  it.each<[string, unknown, MetricsQuery, RegExp]>([
    ['warns', { ...vector([now, '1']), warnings: ['a store\nis away', 7] }, usual, /^partial: .*: a store is away$/],
    ['is partial', { ...vector(), isPartial: true }, usual, /^partial: /],
    ['has too many series', vector(...many), usual, /^tooMuch: the answer has 501 series, and 500 are read at most$/],
    ['has too many points', matrix(long.slice(1), [[now, '1']]), over, /^tooMuch: the answer has 20001 points/],
    ['is a text', success('string', [now, 'a']), usual, /^query: the expression gives a text/],
    ['is a range', matrix([[now, '1']]), usual, /^query: the expression gives a range/],
    ['has histograms', success('vector', [{ metric: {}, histogram: [now, {}] }]), usual, /^query: .* histograms/],
    ['has no result', { status: 'success' }, usual, /^foreign: /],
    ['has no known type', success('tensor', []), usual, /^foreign: /],
    ['is of one time', vector([now, '1']), over, /^foreign: /],
    ['is null', null, usual, /^foreign: /],
    ['is a list', [], usual, /^foreign: /],
    ['has warnings of another kind', { ...vector(), warnings: 'a' }, usual, /^foreign: /],
    ['has a series that is none', success('vector', [7]), usual, /^foreign: /],
    ['has labels that are no texts', success('vector', [{ metric: { a: 1 }, value: [now, '1'] }]), usual, /^foreign: /],
    ['has no labels', success('vector', [{ value: [now, '1'] }]), usual, /^foreign: /],
    [
      'has points in no order',
      matrix([
        [now, '1'],
        [now, '1'],
      ]),
      over,
      /^foreign: /,
    ],
    ...[
      [now],
      [now, 1],
      [now, ''],
      [now, '0x10'],
      [now, ' 1'],
      [now, '1_0'],
      [`${now}`, '1'],
      [1e300, '1'],
      {},
      null,
    ].map((value): [string, unknown, MetricsQuery, RegExp] => [
      `has the point ${JSON.stringify(value)}`,
      success('vector', [{ metric: {}, value }]),
      usual,
      /^foreign: /,
    ]),
  ])('%s', async (_, body, query, expected) => {
    const asked = async () =>
      readAnswer({ status: 200, date, text: JSON.stringify(body), hide: (told) => told }, query);
    expect(await failing(asked())).toMatch(expected);
  });

  it('has no date', async () => {
    const asked = async () =>
      readAnswer({ status: 200, date: 'soon', text: JSON.stringify(vector()), hide: (told) => told }, usual);
    expect(await failing(asked())).toBe('foreign: the answer has no date');
  });
});

describe('whatever a server says', () => {
  /** Bodies that are nearly an answer: a good one with one value replaced by any JSON. */
  const nearly = fc
    .tuple(
      fc.constantFrom(vector([now, '1'], [now, '2']), matrix([[now, '1']])),
      fc.nat(40),
      fc.jsonValue({ maxDepth: 2 }),
    )
    .map(([body, index, value]) => {
      let seen = 0;
      return JSON.stringify(body, (_, old) => (seen++ === index ? value : old));
    });
  const body = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), nearly);

  test('it is an answer or MetricsError', () => {
    fc.assert(
      fc.property(
        body,
        fc.integer({ min: 200, max: 599 }),
        fc.option(fc.string(), { nil: undefined }),
        fc.boolean(),
        (told, status, header, wide) => {
          try {
            const answer = readAnswer(
              { status: wide ? status : 200, date: header, text: told, hide: (one) => one },
              wide ? over : usual,
            );
            for (const { points } of answer.series) expect(points.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(MetricsError);
            expect(error).toMatchObject({ message: expect.stringMatching(/^[^\r\n]{1,800}$/) });
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('deep nesting is no answer', async () => {
    for (const told of [
      '['.repeat(2_000_000),
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      '{"a":'.repeat(500_000),
    ]) {
      const asked = async () => readAnswer({ status: 200, date, text: told, hide: (one) => one }, usual);
      expect(await failing(asked())).toMatch(/^foreign: /);
    }
  });
});
