export type Random = () => number;

/** How many of n independent requests fail. Exact, by inversion of parts that have about 30 failures. */
export function binomial(random: Random, total: number, share: number): number {
  if (share <= 0) return 0;
  if (share > 0.5) return total - binomial(random, total, 1 - share);
  const part = Math.max(1, Math.floor(30 / share));
  let failures = 0;
  for (let left = total; left > 0; left -= part) failures += inverted(random(), Math.min(part, left), share);
  return failures;
}

function inverted(chance: number, total: number, share: number): number {
  const odds = share / (1 - share);
  let probability = (1 - share) ** total;
  let sum = probability;
  let failures = 0;
  while (sum < chance && failures < total) {
    probability *= (odds * (total - failures)) / (failures + 1);
    failures += 1;
    sum += probability;
  }
  return failures;
}

/** How many requests come where `mean` are expected: about Poisson's distribution. */
export function arrivals(random: Random, mean: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
}

/** 1, 2, 3, ..., with this mean: every next one is as probable as the one before. */
export function geometric(random: Random, mean: number): number {
  return mean <= 1 ? 1 : 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / mean));
}

/**
 * The number of events in `trials` that is exceeded with a probability of at most `chance`, where each has the
 * probability `promised`.
 */
export function bound(trials: number, promised: number, chance: number): number {
  let probability = (1 - promised) ** trials;
  let above = 1 - probability;
  let events = 0;
  for (; above > chance && events < trials; events += 1) {
    probability *= ((promised / (1 - promised)) * (trials - events)) / (events + 1);
    above -= probability;
  }
  return events;
}
