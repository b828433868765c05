import { describe, expect, test } from 'vitest';
import { judgeComparison } from '../../src/gates/metric-comparison.ts';
import type { Comparison } from '../../src/release/measured.ts';
import type { MetricsAnswer } from '../../src/release/metrics.ts';

const asks: Comparison = { is: 'comparison', failures: 'f', total: 't', worse: 0.01, atLeast: 100, falseAlarms: 0.01 };
const at = new Date('2026-11-25T10:00:00Z');
const of = (...values: readonly number[]): MetricsAnswer => ({
  at,
  series: values.map((value, index) => ({ labels: { code: String(index) }, points: [{ at, value }] })),
});
const counts = (canary: readonly [MetricsAnswer, MetricsAnswer], stable: readonly [MetricsAnswer, MetricsAnswer]) => ({
  canary: { failures: canary[0], total: canary[1] },
  stable: { failures: stable[0], total: stable[1] },
});
const healthy: readonly [MetricsAnswer, MetricsAnswer] = [of(20), of(20_000)];

describe('a comparison', () => {
  test.each<[string, readonly [MetricsAnswer, MetricsAnswer], readonly [MetricsAnswer, MetricsAnswer], string, string]>(
    [
      [
        'of a worse canary',
        [of(200), of(2000)],
        healthy,
        'bad',
        '200 of 2000 (10%) of the new version failed, 20 of 20000 (0.1%) of the old one, in 5m: worse',
      ],
      ['of a good one', [of(2), of(5000)], healthy, 'good', 'not worse by more than 1%'],
      ['of few requests', [of(0), of(99)], healthy, 'notYet', 'too few to compare, 100 of each are needed'],
      ['that could be either', [of(3), of(150)], healthy, 'notYet', 'too few to tell'],
      ['without a total', [of(0), of()], healthy, 'notYet', 'the total of the new version has no result'],
      ['without failures', [of(), of(2000)], healthy, 'notYet', 'end the query with "or vector(0)"'],
      [
        'without failures of the old version',
        [of(2), of(2000)],
        [of(), of(100)],
        'notYet',
        'the failures of the old version have no result',
      ],
      ['with more failures than requests', [of(3000), of(2000)], healthy, 'notYet', 'the counts can not be'],
      ['with what is no number', [of(Number.NaN), of(2000)], healthy, 'notYet', 'the counts can not be'],
      ['with less than nothing', [of(-5), of(2000)], healthy, 'notYet', 'the counts can not be'],
      ['of several series, added up', [of(100, 100), of(1000, 1000)], healthy, 'bad', '200 of 2000'],
    ],
  )('%s', (_, canary, stable, is, why) => {
    const found = judgeComparison(asks, counts(canary, stable), 300);
    expect(found.is).toBe(is);
    expect(found.why).toContain(why);
  });

  test('shows the counts, and how far each share is known', () => {
    const { numbers } = judgeComparison(asks, counts([of(200), of(2000)], healthy), 300);
    expect(numbers).toMatchObject({ is: 'compared', worse: 0.01, canary: { failures: 200, total: 2000 } });
    if (numbers?.is !== 'compared') throw new Error('no comparison');
    expect(numbers.canary.low).toBeLessThan(0.1);
    expect(numbers.canary.high).toBeGreaterThan(0.1);
    expect(numbers.stable.high).toBeLessThan(numbers.canary.low);
  });
});
