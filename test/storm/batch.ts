import { caseOf } from './draw.ts';
import { play } from './play.ts';
import { type Failure, noCounts, sum, type Tally } from './tally.ts';

/** Plays the cases of these seeds, until one breaks a law where `stop` says so. */
export async function batch(seeds: Iterable<number>, stop: boolean): Promise<Tally> {
  let counts = noCounts;
  let cases = 0;
  const failures: Failure[] = [];
  for (const seed of seeds) {
    const played = await play(caseOf(seed));
    cases += 1;
    counts = sum(counts, played.counts);
    const laws = new Set<string>();
    for (const { law, what } of played.broken) {
      if (!laws.has(law)) failures.push({ seed, law, what });
      laws.add(law);
    }
    if (stop && failures.length > 0) break;
  }
  return { cases, counts, failures };
}
