import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Case } from './case.ts';
import { directed } from './directed.ts';
import { firstCase, neighbours, type Part, partEach, partFrom } from './seeds.ts';
import { noCounts, type Tally, together } from './tally.ts';

export interface StormOptions {
  /** How many random ones; `casesOfSeed` at most. */
  readonly cases: number;
  readonly seed: number;
  /** Only releases by an Application, or only those with settings. */
  readonly part?: Part | null;
  /** End with the first case that breaks a law. */
  readonly stop: boolean;
  /** Threads; as many as there are cores by default. */
  readonly threads?: number;
}

function isIn({ carrier, settled }: Case, part: Part | null): boolean {
  return part === null || (part === 'applications' ? carrier !== null : settled);
}

/** Neighbours are handed out together, so that one thread plays what they begin in. */
function toNextOpening(number: number): number {
  return (Math.floor(number / neighbours) + 1) * neighbours - number;
}

/** Plays the directed cases, then those of the seed one after the other, on all cores. Throws what a case threw: a case has to end. */
export async function storm({
  cases,
  seed,
  stop,
  part = null,
  threads = availableParallelism(),
}: StormOptions): Promise<Tally> {
  const first = firstCase(seed);
  // Those of Applications and of settings are the last ones in this order, and have the lowest numbers.
  const after = directed.findIndex(([, of]) => isIn(of, part));
  const numberOf = (index: number) =>
    part === null
      ? first + index
      : first + (partFrom[part] + Math.floor(index / neighbours) * (partEach - 1)) * neighbours + index;
  let next = after - directed.length;
  let tally: Tally = { cases: 0, counts: noCounts, failures: [] };
  const play = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), {
        workerData: { stop },
        resourceLimits: { maxYoungGenerationSizeMb: 64 },
      });
      const ask = () => {
        const count = next < 0 ? Math.min(10, -next) : Math.min(toNextOpening(numberOf(next)), cases - next);
        if (count <= 0 || (stop && tally.failures.length > 0)) {
          void worker.terminate().then(() => resolve());
          return;
        }
        worker.postMessage({ from: next < 0 ? next - after : numberOf(next), count });
        next += count;
      };
      worker.on('message', (part: Tally) => {
        tally = together(tally, part);
        ask();
      });
      worker.on('error', reject);
      ask();
    });
  await Promise.all(Array.from({ length: Math.max(1, threads) }, play));
  return tally;
}
