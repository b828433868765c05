import fc from 'fast-check';
import { expect, test } from 'vitest';
import { caseOf, neighbours } from './draw.ts';
import { casesOfSeed, drawnFor, firstCase, folded, forgedCases } from './seeds.ts';

const seed = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test('two seeds share neither a case nor an opening', () => {
  expect(casesOfSeed % neighbours).toBe(0);
  fc.assert(
    fc.property(seed, seed, (one, two) => {
      fc.pre(one !== two);
      expect(Math.abs(firstCase(one) - firstCase(two))).toBeGreaterThanOrEqual(casesOfSeed);
    }),
  );
});

test('every case of every seed has a number that can be typed', () => {
  fc.assert(
    fc.property(seed, (one) => {
      expect(Number.isSafeInteger(firstCase(one) + casesOfSeed)).toBe(true);
      expect(firstCase(one) % neighbours).toBe(0);
      expect(firstCase(one)).toBeGreaterThan(2 ** 32);
    }),
  );
});

test('seeds beside each other begin far apart', () => {
  const firsts = Array.from({ length: 1000 }, (_, index) => firstCase(index)).sort((one, two) => one - two);
  expect(new Set(firsts).size).toBe(firsts.length);
  const apart = firsts.slice(1).map((first, index) => first - (firsts[index] ?? 0));
  expect(Math.max(...apart) / casesOfSeed).toBeLessThan(2 ** 32 / 50);
});

test('what was printed before seeds were mixed is still the same case', () => {
  for (const number of [0, 1, 5100, 12_007_298, 1_772_452_800, 2 ** 32 - 1, -1, -120_073])
    expect(folded(number)).toBe(number);
});

test('beyond 32 bits neighbours are still different cases', () => {
  const first = firstCase(1);
  const numbers = Array.from({ length: 1000 }, (_, index) => folded(first + index));
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(caseOf(first)).toEqual(caseOf(first));
});

test('a case with a forge has a number of its own, and begins in one opening with its neighbours', () => {
  fc.assert(
    fc.property(seed, fc.integer({ min: 0, max: casesOfSeed / neighbours - 1 }), (one, opening) => {
      const number = forgedCases(firstCase(one) + opening * neighbours, neighbours);
      const numbers = [number, number + neighbours - 1];
      expect(numbers.map((number) => drawnFor(number).forged)).toEqual([true, true]);
      expect(new Set(numbers.map((number) => Math.floor(number / neighbours))).size).toBe(1);
      expect(numbers.every(Number.isSafeInteger)).toBe(true);
      expect(drawnFor(firstCase(one)).forged).toBe(false);
    }),
  );
});
