import fc from 'fast-check';
import { expect, test } from 'vitest';
import { targets } from '../../src/targets/index.ts';
import { caseOf, opened } from './draw.ts';
import { carriedEach, casesOfSeed, drawnFor, firstCase, folded, neighbours, partEach } from './seeds.ts';

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
      expect(Number.isSafeInteger(firstCase(one))).toBe(true);
      expect(Math.abs(firstCase(one) % neighbours)).toBe(0);
      const [first, last] = [firstCase(one), firstCase(one) + casesOfSeed - 1].map(drawnFor);
      expect(first).toMatchObject({ grown: true, broad: true, measured: true, carried: true, settled: false });
      expect(last).toMatchObject({ grown: true, broad: true, measured: true });
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

test('one opening in six has a forge, and its neighbours have it too', () => {
  fc.assert(
    fc.property(seed, fc.integer({ min: 0, max: casesOfSeed / neighbours - 6 }), (one, opening) => {
      const first = firstCase(one) + opening * neighbours;
      const forged = Array.from({ length: 6 }, (_, index) => drawnFor(first + index * neighbours).forged);
      expect(forged.filter(Boolean).length).toBe(1);
      expect(drawnFor(first + neighbours - 1).forged).toBe(forged[0]);
    }),
  );
});

test('one opening in five is released by an Application, the first of every seed among them', () => {
  fc.assert(
    fc.property(seed, fc.integer({ min: 0, max: casesOfSeed / neighbours - carriedEach }), (one, opening) => {
      const first = firstCase(one) + opening * neighbours;
      const carried = Array.from({ length: carriedEach }, (_, index) => drawnFor(first + index * neighbours).carried);
      expect(carried).toEqual(carried.map((_, index) => (opening + index) % carriedEach === 0));
    }),
  );
});

test('two openings in five have settings, and none of those is released by an Application', () => {
  fc.assert(
    fc.property(seed, fc.integer({ min: 0, max: casesOfSeed / neighbours - partEach }), (one, opening) => {
      const first = firstCase(one) + opening * neighbours;
      const drawn = Array.from({ length: partEach }, (_, index) => drawnFor(first + index * neighbours));
      expect(drawn.filter(({ settled }) => settled).length).toBe(2);
      expect(drawn.filter(({ settled, carried }) => settled && carried)).toEqual([]);
    }),
  );
});

test('what is drawn for an Application is what its trait has words for', () => {
  fc.assert(
    fc.property(seed, (one) => {
      const { delivery, carrier } = opened(firstCase(one) / neighbours);
      expect([carrier === null, targets.of(delivery).refuses(delivery)]).toEqual([false, []]);
    }),
  );
});

const plainly = { grown: false, broad: false, forged: false, measured: false, carried: false, settled: false };

/** The first numbers of seed 11, as each part of the storm came. */
test.each([
  [5100, plainly],
  [2_527_136_306_000_000, { ...plainly, grown: true }],
  [6_253_461_055_000_000, { ...plainly, grown: true, broad: true }],
  [-6_253_461_055_000_100, { ...plainly, grown: true, broad: true, forged: true }],
  [-2_336_482_127_000_000, { ...plainly, grown: true, broad: true, measured: true }],
  [8_766_202_938_760_000, { ...plainly, grown: true, broad: true, measured: true, carried: true }],
])('what was printed before settings came is drawn as it was: %i', (number, drawn) => {
  expect(drawnFor(number)).toEqual(drawn);
});
