import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { directed } from './directed.ts';
import { carriedEach, firstCase, neighbours } from './seeds.ts';
import { noCounts, type Tally, together } from './tally.ts';

export interface StormOptions {
  /** How many random ones; `casesOfSeed` at most. */
  readonly cases: number;
  readonly seed: number;
  /** Only releases by an Application. */
  readonly carried?: boolean;
  /** End with the first case that breaks a law. */
  readonly stop: boolean;
  /** Threads; as many as there are cores by default. */
  readonly threads?: number;
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
  carried = false,
  threads = availableParallelism(),
}: StormOptions): Promise<Tally> {
  const first = firstCase(seed);
  // The directed cases with an Application are the last ones, and have the lowest numbers.
  const after = carried ? directed.filter(([, of]) => of.carrier === null).length : 0;
  const numberOf = (index: number) =>
    first + (carried ? Math.floor(index / neighbours) * (carriedEach - 1) * neighbours : 0) + index;
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
