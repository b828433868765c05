import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NumbersReport } from '../../src/release/report.ts';
import { columns, paint } from '../../src/views/lines.ts';
import { type PlotOptions, plotLines } from '../../src/views/metric-plot.ts';
import { labelsOf, shortNumber } from '../../src/views/metric-words.ts';
import { metrics, series } from './builder.ts';
import { lawful } from './hostile.ts';
import { anyNumbers } from './numbers.ts';

const usual: PlotOptions = { width: 60, height: 4, unicode: true };

function drawn(numbers: NumbersReport | null | undefined, options: Partial<PlotOptions> = {}): string {
  const lines = numbers === null || numbers === undefined ? [] : plotLines(numbers, { ...usual, ...options });
  return `\n${lines.map((line) => paint(line, false)).join('\n')}\n`;
}

const [errors, orders, failures] = metrics.map(({ numbers }) => numbers);
const falling = [1, 0.9996, 0.9994, 0.998, 0.993, 0.989, 0.991];

describe('a series', () => {
  test('stands above its maximum exactly where it is out of the range', () => {
    expect(drawn(errors)).toMatchInlineSnapshot(`
      "
         0.043 ┤                                ▁▁██▄▄
               │                                ██████▆▆▂▂
      max 0.01 ┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▁▁▂▂████████████┄
             0 ┤▂▂▂▂▂▂▃▃▄▄▃▃▂▂▂▂▃▃▅▅▆▆▇▇▆▆████████████████
                07:29                            07:39 UTC
      8 of 21 out of range
      "
    `);
  });

  test('has as many rows as are asked for, in ASCII too', () => {
    expect(drawn(errors, { height: 8, unicode: false })).toMatchInlineSnapshot(`
      "
         0.043 |                                  ##..
               |                                ..####
               |                                ######::
               |                                ########::
               |                              ############
      max 0.01 |--------------------------..::############-
               |                  ..::::::################
             0 |..::..::##::::..::########################
                07:29                            07:39 UTC
      8 of 21 out of range
      "
    `);
  });

  test('is drawn in few columns: a slot shows the worst of its points', () => {
    expect(drawn(errors, { width: 25 })).toMatchInlineSnapshot(`
      "
         0.043 ┤          ▁█▄
               │          ███▂
      max 0.01 ┤┄┄┄┄┄┄┄┄▁▂████┄
             0 ┤▂▂▃▄▂▃▅▇██████
               07:29  07:39 UTC
      8 of 21 out of range
      "
    `);
  });

  test('has a gap where points are missing', () => {
    expect(drawn(orders)).toMatchInlineSnapshot(`
      "
          320 ┤▃▃▃▃▆▆▆▆▅▅▅▅    ████▇▇▇▇▇▇▇▇
              │████████████    ████████████
      min 200 ┤████████████┄┄┄┄████████████┄
            0 ┤████████████    ████████████
               07:36:30        07:39:30 UTC
      "
    `);
  });

  test('does not fill its row of the minimum where it is out of the range, and begins near its values', () => {
    expect(drawn(series(falling, { min: 0.99 }))).toMatchInlineSnapshot(`
      "
             1 ┤████▇▇▇▇▇▇▇▇▃▃▃▃
               │████████████████
               │████████████████▇▇▇▇    ▂▂▂▂
      min 0.99 ┤████████████████████▁▁▁▁████┄
                07:36:30        07:39:30 UTC
      1 of 7 out of range
      "
    `);
  });

  test('has both bounds, and the days where they differ', () => {
    expect(drawn(series([5, 6, 7, 8, 7.5, 4, 2, 3, 5], { min: 3, max: 7.5, every: 36_000 }))).toMatchInlineSnapshot(`
      "
      max 7.5 ┤┄┄┄┄┄┄┄┄┄┄┄┄████┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
              │    ▃▃▃▃▆▆▆▆████████
              │▇▇▇▇████████████████▄▄▄▄        ▇▇▇▇
        min 3 ┤████████████████████████▅▅▅▅████████┄
               2026-11-17 23:39  2026-11-21 07:39 UTC
      2 of 9 out of range
      "
    `);
  });

  test('far out of its range leaves the range readable', () => {
    expect(drawn(series([0.002, 0.004, 0.006, 0.008, 3], { max: 0.01 }))).toMatchInlineSnapshot(`
      "
             3 ┤                ████
               │                ████
      max 0.01 ┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄████┄
             0 ┤▂▂▂▂▃▃▃▃▅▅▅▅▆▆▆▆████
                07:37:30  07:39:30 UTC
      1 of 5 out of range
      "
    `);
  });

  test.each<[string, readonly number[], { min?: number; max?: number }, string]>([
    [
      'one point',
      [5],
      { max: 10 },
      `
max 10 ┤┄┄┄┄┄
       │
       │▄▄▄▄
     0 ┤████
        07:39:30 UTC
`,
    ],
    [
      'a constant',
      [7, 7, 7],
      {},
      `
7 ┤████████████
  │████████████
  │████████████
0 ┤████████████
   07:38:30  07:39:30 UTC
`,
    ],
    [
      'nothing but zeros',
      [0, 0, 0],
      { max: 0.01 },
      `
max 0.01 ┤┄┄┄┄┄┄┄┄┄┄┄┄┄
         │
         │
       0 ┤▁▁▁▁▁▁▁▁▁▁▁▁
          07:38:30  07:39:30 UTC
`,
    ],
    [
      'negative values',
      [-5, -4, -6, -20],
      { min: -10 },
      `
     -4 ┤▅▅▅▅████▃▃▃▃
        │████████████
min -10 ┤████████████┄┄┄┄┄
    -20 ┤████████████▁▁▁▁
         07:38:00  07:39:30 UTC
1 of 4 out of range
`,
    ],
    [
      'the largest numbers',
      [1e300, -1.7e308, 1.7e308],
      {},
      `
 1.7e308 ┤        ████
         │        ████
         │████    ████
-1.7e308 ┤████▁▁▁▁████
          07:38:30  07:39:30 UTC
`,
    ],
    [
      'the smallest numbers',
      [5e-324, 0, 1e-320],
      {},
      `
1e-320 ┤        ████
       │        ████
       │        ████
     0 ┤▁▁▁▁▁▁▁▁████
        07:38:30  07:39:30 UTC
`,
    ],
    ['nothing', [], { max: 1 }, '\n\n'],
    ['no number', [Number.NaN, Number.POSITIVE_INFINITY], { max: 1 }, '\n\n'],
  ])('of %s is drawn', (_, values, bounds, picture) => {
    expect(drawn(series(values, bounds))).toBe(picture);
  });

  test('is in the tone for bad where it is out of its range, and only there', () => {
    if (errors === null || errors === undefined) throw new Error('no numbers');
    const bad = plotLines(errors, usual)
      .flat()
      .filter(({ tone }) => tone === 'bad')
      .map(({ text }) => text);
    expect(bad).toEqual(['▁▁██▄▄', '██████▆▆▂▂', '▁▁▂▂████████████', '████████████████', '8 of 21 out of range']);
  });
});

describe('a comparison', () => {
  test('shows the counts and the ranges of both on one scale', () => {
    expect(drawn(failures)).toMatchInlineSnapshot(`
      "
      new  12 of 340 (3.53%)          ├─────────●────────────────┤
      old  20 of 20000 (0.1%)  ●┤
                               0%                            6.94%
      "
    `);
  });

  test('has its ranges below the counts where it is narrow', () => {
    expect(drawn(failures, { width: 25, unicode: false })).toMatchInlineSnapshot(`
      "
      new  12 of 340 (3.53%)
               |-----o--------|
      old  20 of 20000 (0.1%)
           o|
           0%             6.94%
      "
    `);
  });

  test('of shares far from zero begins near them', () => {
    const canary = { failures: 500, total: 1000, low: 0.46, high: 0.54 };
    const stable = { failures: 4990, total: 10_000, low: 0.486, high: 0.512 };
    expect(drawn({ is: 'compared', worse: 0.01, canary, stable })).toMatchInlineSnapshot(`
      "
      new  500 of 1000 (50%)      ├──────────────●───────────────┤
      old  4990 of 10000 (49.9%)            ├────●────┤
                                  46%                          54%
      "
    `);
  });

  test('without counts has no percentage and no point', () => {
    const nothing = { failures: 0, total: 0, low: 0, high: 1 };
    expect(drawn({ is: 'compared', worse: 0.01, canary: nothing, stable: nothing })).toMatchInlineSnapshot(`
      "
      new  0 of 0  ├─────────────────────────────────────────────┤
      old  0 of 0  ├─────────────────────────────────────────────┤
                   0%                                         100%
      "
    `);
  });
});

test.each([
  [0, '0'],
  [0.0123456, '0.0123'],
  [123_456_789, '1.23e8'],
  [-0.000_000_123, '-1.23e-7'],
  [12_345_678, '12300000'],
  [Number.NaN, '?'],
])('%d is written %s', (value, text) => expect(shortNumber(value)).toBe(text));

test('labels of numbers that differ differ', () => {
  expect(labelsOf([0.9995, 1, 0.99])).toEqual(['0.9995', '1', '0.99']);
});

describe('whatever the numbers', () => {
  test('a plot keeps to its width and has no control, no NaN and no Infinity', () => {
    const options = fc.record({
      width: fc.integer({ min: 1, max: 200 }),
      height: fc.integer({ min: -1, max: 30 }),
      unicode: fc.boolean(),
    });
    fc.assert(
      fc.property(anyNumbers, options, (numbers, on) => {
        for (const line of plotLines(numbers, on)) {
          const text = line.map((one) => one.text).join('');
          expect(columns(text)).toBeLessThanOrEqual(on.width);
          expect(text).not.toMatch(/[\p{Cc}\p{Cf}]|NaN|Infinity|undefined/u);
          if (!on.unicode) expect(text).toMatch(/^[ -~]*$/u);
        }
      }),
      lawful,
    );
  });

  test('a bar reaches beyond its bound exactly where its value does', () => {
    const value = fc.oneof(fc.double({ min: -10, max: 10, noNaN: true }), fc.integer({ min: -3, max: 3 }));
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 12 }),
        value,
        fc.constantFrom('min' as const, 'max' as const),
        fc.integer({ min: 2, max: 9 }),
        (values, limit, which, height) => {
          const lines = plotLines(series(values, { [which]: limit }), { width: 120, height, unicode: true });
          const row = lines.map((line) => line.map(({ text }) => text).join('')).find((text) => text.includes(which));
          const cells = [...(row ?? '').slice((row ?? '').indexOf('┤') + 1, -1)];
          const seen = values.map((_, index) => cells[(index * cells.length) / values.length] ?? '');
          const isBeyond = seen.map((cell) => (which === 'max' ? '▁▂▃▄▅▆▇█'.includes(cell) : cell !== '█'));
          expect(isBeyond).toEqual(values.map((one) => (which === 'max' ? one > limit : one < limit)));
        },
      ),
      lawful,
    );
  });

  test('a point that is out of its range is seen in any width', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 30, max: 90 }),
        fc.integer({ min: 1, max: 300 }),
        fc.nat(),
        (width, count, which) => {
          const values = Array.from({ length: count }, (_, index) => (index === which % count ? 11 : 5));
          const lines = plotLines(series(values, { max: 10 }), { ...usual, width });
          const bad = lines.flat().filter(({ tone, text }) => tone === 'bad' && /[▁-█]/u.test(text));
          expect(bad.length).toBeGreaterThan(0);
        },
      ),
      { ...lawful, numRuns: 300 },
    );
  });
});
