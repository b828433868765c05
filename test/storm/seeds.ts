/** A seed has so many cases. They are whole openings, so that two seeds share none of those either. */
export const casesOfSeed = 1_000_000;

const range = 2 ** 32;
/** Seeds are mixed from here on. */
const mixedFrom = Math.ceil(range / casesOfSeed) * casesOfSeed;
/** Here every kind of workload, gate, route and setting is drawn. */
const broadFrom = mixedFrom + range * casesOfSeed;

/** What is drawn for a number: a case that was printed once is still the same case, so that nothing is added to its draw. */
export interface Drawn {
  /** What came to the storm with the mixing of seeds. */
  readonly grown: boolean;
  /** What came with the breadth of the engine. */
  readonly broad: boolean;
  /** People at a forge. */
  readonly forged: boolean;
}

/** Cases with a forge have the numbers below zero, each beside one without: none that was printed before has become another. */
export function drawnFor(number: number): Drawn {
  const size = Math.abs(number);
  return { grown: size >= range, broad: size >= broadFrom, forged: number <= -range };
}

/** The first of so many cases with a forge in place of those from a number on. */
export function forgedCases(from: number, count: number): number {
  return -from - count;
}

/**
 * The number of a seed's first case. Mixing is a bijection on 32 bits: two seeds never share a case, and neighbours among
 * seeds are far apart. All numbers are safe integers, and beyond those that were printed before so much was drawn.
 */
export function firstCase(seed: number): number {
  return broadFrom + mixed(seed + 0x9e3779b9) * casesOfSeed;
}

/**
 * A case's number in 32 bits, for what is drawn for it. Small ones stay as they are, so that a case that was printed once is
 * still the same case; beyond, arithmetic on the number itself would lose its last digits, and neighbours would be equal.
 */
export function folded(number: number): number {
  if (Math.abs(number) < range) return number;
  const high = Math.floor(number / range);
  return mixed(mixed(number - high * range) ^ high);
}

/** The finalizer of MurmurHash3, on 32 bits. */
function mixed(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
