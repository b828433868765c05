import fc from 'fast-check';
import type { Share } from '../../src/release/measured.ts';
import type { NumbersReport } from '../../src/release/report.ts';
import { series } from './builder.ts';
import { hostile } from './hostile.ts';

const anyNumber = fc.oneof(
  fc.double(),
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, -0, 1e-310, 1e300),
);
const anyShare: fc.Arbitrary<Share> = fc.record({
  failures: anyNumber,
  total: anyNumber,
  low: anyNumber,
  high: anyNumber,
});
const bound = fc.option(anyNumber);
const moment = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
/** Numbers of a metric, whatever a server answers and a report says. */
export const anyNumbers: fc.Arbitrary<NumbersReport> = fc.oneof(
  fc.record({
    is: fc.constant('series' as const),
    min: bound,
    max: bound,
    points: fc.oneof(
      fc.array(fc.record({ at: fc.oneof({ weight: 5, arbitrary: moment }, hostile), value: anyNumber }), {
        maxLength: 40,
      }),
      fc.array(anyNumber, { maxLength: 300 }).map((values) => {
        const numbers = series(values);
        return numbers.is === 'series' ? numbers.points : [];
      }),
    ),
  }),
  fc.record({ is: fc.constant('compared' as const), worse: anyNumber, canary: anyShare, stable: anyShare }),
);
