import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Around, judgeThreshold, stretchOf, wasBad } from '../../src/gates/metric-threshold.ts';
import type { Threshold } from '../../src/release/measured.ts';
import type { MetricsAnswer } from '../../src/release/metrics.ts';

const asks: Threshold = { is: 'threshold', query: 'q', min: null, max: 1, forSeconds: 120, failedAfterSeconds: 60 };
const at = new Date('2026-11-25T10:00:00Z');
const { seconds, stepSeconds: distance } = stretchOf(asks);
const around: Around = { pods: { new: ['shop-b'], old: ['shop-a'] }, stepSeconds: 600 };
const all = Math.floor(seconds / distance) + 1;

/** An answer with one series for each list of values: the newest last, the newest at `at`. */
function answer(...lists: readonly (readonly (number | null)[])[]): MetricsAnswer {
  return {
    at,
    series: lists.map((values, index) => ({
      labels: lists.length === 1 ? {} : { code: String(index) },
      points: values.flatMap((value, place) =>
        value === null ? [] : [{ at: new Date(at.getTime() - (values.length - 1 - place) * distance * 1000), value }],
      ),
    })),
  };
}

const values = (value: number | null, count = all) => Array.from({ length: count }, () => value);
const last = (count: number, value: number | null, before: number | null = 0) => [
  ...values(before, all - count),
  ...values(value, count),
];
/** The points of `failedAfter`, whole. */
const minute = 60 / distance + 1;

describe('a threshold', () => {
  test.each<[string, MetricsAnswer, Partial<Around>, string, string]>([
    ['in its range all the time', answer(values(0.5)), {}, 'good', '0.5, at most 1, for 2m'],
    ['at its bound', answer(values(1)), {}, 'good', '1, at most 1, for 2m'],
    ['in its range since a minute', answer(last(minute, 0, 5)), {}, 'notYet', 'it has not been so for 2m'],
    ['in its range, in a young step', answer(values(0)), { stepSeconds: 30 }, 'notYet', 'for 2m of this step'],
    [
      'in its range, in a step of unknown age',
      answer(values(0)),
      { stepSeconds: null },
      'notYet',
      'for 2m of this step',
    ],
    ['out of it now', answer(last(1, 5)), {}, 'notYet', '5, at most 1: out of its range'],
    ['out of it for a minute', answer(last(minute, 5)), {}, 'bad', '5, at most 1: out of its range for 1m'],
    ['out of it, in a young step', answer(values(5)), { stepSeconds: 59 }, 'notYet', 'the step is younger than 1m'],
    [
      'out of it, with a gap',
      answer([...last(minute, 5)].map((one, index) => (index > all - 6 && index < all - 2 ? null : one))),
      {},
      'notYet',
      'out of its range',
    ],
    ['without a result', answer(), {}, 'notYet', 'the query has no result'],
    ['no number now', answer(last(1, Number.NaN)), {}, 'notYet', 'no number (NaN)'],
    ['no number before', answer(last(all - 2, 0, Number.NaN)), {}, 'notYet', 'samples are missing'],
    ['infinite', answer(values(Number.POSITIVE_INFINITY)), {}, 'notYet', 'no number (Infinity)'],
    ['gone since a while', answer([...values(0, all - 4), ...values(null, 4)]), {}, 'notYet', 'samples are missing'],
    ['one of two out of it', answer(values(0), last(minute, 5)), {}, 'bad', '5 for code=1, at most 1'],
    [
      'one of two missing',
      answer(values(0), [...values(0, all - 4), ...values(null, 4)]),
      {},
      'notYet',
      'samples are missing for code=1',
    ],
  ])('%s', (_, given, more, is, why) => {
    const found = judgeThreshold(asks, given, { ...around, ...more });
    expect(found.is).toBe(is);
    expect(found.why).toContain(why);
  });

  test.each<[string, readonly string[], string]>([
    ['of a stranger', ['shop-b', 'shop-c'], 'a pod of no version of this release: shop-c'],
    ['without a new pod', ['shop-a', 'shop-x'], 'a pod of no version'],
  ])('with pods %s is never good', (_, pods, why) => {
    const given = answer(values(0));
    const series = pods.flatMap((pod) => given.series.map((one) => ({ ...one, labels: { pod } })));
    expect(judgeThreshold(asks, { at, series }, around)).toMatchObject({
      is: 'notYet',
      why: expect.stringContaining(why),
    });
  });

  test('with some of the new pods is not good yet', () => {
    const given = answer(values(0));
    const series = given.series.map((one) => ({ ...one, labels: { pod: 'shop-b' } }));
    const pods = { new: ['shop-b', 'shop-d'], old: ['shop-a'] };
    const found = judgeThreshold(asks, { at, series }, { ...around, pods });
    expect(found).toMatchObject({ is: 'notYet', why: '1 of 2 new pods have no sample: shop-d' });
  });

  test('says when time alone may make it good', () => {
    expect(judgeThreshold(asks, answer(values(0)), { ...around, stepSeconds: 30 })).toMatchObject({ inSeconds: 90 });
  });

  test('has a smallest value too', () => {
    const low: Threshold = { ...asks, min: 2, max: null };
    expect(judgeThreshold(low, answer(values(1)), around)).toMatchObject({
      is: 'bad',
      why: '1, at least 2: out of its range for 1m',
    });
    expect(judgeThreshold(low, answer(values(2)), around).is).toBe('good');
  });

  test('was bad before only where it was bad for as long as that takes', () => {
    expect(wasBad(asks, answer(last(minute, 5)))).toBe(true);
    expect(wasBad(asks, answer(last(1, 5)))).toBe(false);
    expect(wasBad(asks, answer())).toBe(false);
  });

  const anyValue = fc.oneof(
    fc.double({ min: 0, max: 2, noNaN: true }),
    fc.constantFrom(null, Number.NaN, Number.POSITIVE_INFINITY),
  );

  test('is good only where every sample of its time is a number in its range, and there is no gap (law)', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { minLength: all, maxLength: all }), (list) => {
        const found = judgeThreshold(asks, answer(list), around).is;
        const isWhole = list.every((value) => value !== null && value <= 1);
        if (found === 'good') expect(list.every((value) => value === null || value <= 1)).toBe(true);
        if (isWhole) expect(found).toBe('good');
        const gap = list.some((value, index) => value === null && list[index + 1] === null);
        if (gap && found === 'good') expect(list.slice(-minute * 2).some((value) => value !== null)).toBe(true);
      }),
    );
  });

  test('is bad only where every sample of its time is a number out of its range (law)', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { minLength: all, maxLength: all }), (list) => {
        if (judgeThreshold(asks, answer(list), around).is !== 'bad') return;
        expect(list.slice(-minute).every((value) => value === null || (Number.isFinite(value) && value > 1))).toBe(
          true,
        );
      }),
    );
  });
});
