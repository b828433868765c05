export type Random = () => number;

/** True in that part of all draws. */
export function chance(random: Random, part: number): boolean {
  return random() < part;
}

/** Whole numbers, both ends included. */
export function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

export function pick<const T>(random: Random, from: readonly [T, ...T[]]): T {
  return from[Math.floor(random() * from.length)] ?? from[0];
}

export function weighted<T>(random: Random, from: readonly (readonly [number, T])[]): T {
  let left = random() * from.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, value] of from) {
    left -= weight;
    if (left < 0) return value;
  }
  const [last] = from.slice(-1);
  if (last === undefined) throw new Error('there is nothing to choose from');
  return last[1];
}
