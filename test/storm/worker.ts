import { parentPort, workerData } from 'node:worker_threads';
import { batch } from './batch.ts';

/** Plays batches of seeds as they are asked for. Stacks cost more than the cases: a case that fails is played again elsewhere. */
Error.stackTraceLimit = 0;

const { stop } = workerData as { readonly stop: boolean };

parentPort?.on('message', async ({ from, count }: { readonly from: number; readonly count: number }) => {
  const seeds = Array.from({ length: count }, (_, index) => from + index);
  parentPort?.postMessage(await batch(seeds, stop));
});
