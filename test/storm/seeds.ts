/** A seed has so many cases. They are whole openings, so that two seeds share none of those either. */
export const casesOfSeed = 90_000;

/** So many a seed had before Applications came: their numbers take what is left of the safe integers. */
const casesBefore = 1_000_000;

const range = 2 ** 32;
/** Seeds are mixed from here on. */
const mixedFrom = Math.ceil(range / casesBefore) * casesBefore;
/** Here every kind of workload, gate, route and setting is drawn. */
const broadFrom = mixedFrom + range * casesBefore;
/** Here some are released by an Application. */
const carriedFrom = broadFrom + range * casesBefore;

/** So many neighbours begin in the same opening: it is played once for all of them. */
export const neighbours = 100;

/** A part of the storm: of so many openings, one is tried, from this one on. */
export type Part = 'applications' | 'settings';
export const partEach = 5;
export const partFrom: Readonly<Record<Part, number>> = { applications: 0, settings: 2 };

/** Of so many openings, two have settings beside the workload; those that are released by an Application are not among them. */
const settledEach = 5;

/** Of so many openings, one has a forge. */
const forgedEach = 6;

/** Of so many openings, one is released by an Application: the first of every seed, and each so many after it. */
export const carriedEach = partEach;

/** What is drawn for a number: a case that was printed once is still the same case, so that nothing is added to its draw. */
export interface Drawn {
  /** What came to the storm with the mixing of seeds. */
  readonly grown: boolean;
  /** What came with the breadth of the engine. */
  readonly broad: boolean;
  /** People at a forge. */
  readonly forged: boolean;
  /** Servers of metrics. */
  readonly measured: boolean;
  /** Releases by an Application of KubeVela. */
  readonly carried: boolean;
  /** Settings beside the workload, and another delivery that renders one of them too. */
  readonly settled: boolean;
}

/**
 * No case that was printed before has become another. With metrics came the numbers below zero that no seed had used: all
 * above were taken, and below those there are cases of the same breadth with a forge. With Applications came the largest ones, and
 * with settings the smallest.
 */
export function drawnFor(number: number): Drawn {
  const size = Math.abs(number);
  const isSettled = number < -carriedFrom;
  const isNewest = number >= carriedFrom || isSettled;
  const measured = isNewest || (number < 0 && size > mixedFrom && size <= broadFrom);
  const opening = Math.floor(number / neighbours);
  const forged = measured ? opening % forgedEach === 0 : number <= -range;
  const carried = isNewest && opening % carriedEach === 0;
  const settled = isSettled && [1, 3].includes(Math.abs(opening % settledEach));
  return { grown: size >= range, broad: measured || size >= broadFrom, forged, measured, carried, settled };
}

/**
 * The number of a seed's first case. Mixing is a bijection on 32 bits: two seeds never share a case, and neighbours among
 * seeds are far apart. All numbers are safe integers, and none is one that was printed before so much was drawn.
 */
export function firstCase(seed: number): number {
  return -(carriedFrom + (mixed(seed + 0x9e3779b9) + 1) * casesOfSeed);
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
