import type { Amount, Delivery, Step } from '../../release/delivery.ts';
import { clamp, scaledAmount } from '../kruise/amounts.ts';

/**
 * The pods of the new version after each step, of a workload of that size. A step with a smaller amount than one before it takes
 * no pod back.
 */
export function goalsOf(steps: readonly Pick<Step, 'replicas'>[], size: number): readonly number[] {
  let moved = 0;
  return steps.map(({ replicas }) => {
    moved = Math.max(moved, clamp(scaledAmount(replicas, size), size));
    return moved;
  });
}

/**
 * The batches with which KubeVela reaches those goals: what each step adds, in pods. Percentages would be rounded up in each batch
 * (docs/approllout.md#batches). A last step that does not reach every pod stays short of the size, and KubeVela refuses the sum.
 */
export function batchesOf(steps: readonly Pick<Step, 'replicas'>[], size: number): readonly number[] {
  const goals = goalsOf(steps, size);
  return goals.map((goal, index) => goal - (goals[index - 1] ?? 0));
}

/** The pods of the new version after a batch, from 0, by KubeVela's arithmetic: percentages of the total, each rounded up. */
export function reachedAfter(batches: readonly Amount[], size: number, batch: number): number {
  if (batch >= batches.length - 1) return size;
  return batches.slice(0, batch + 1).reduce((sum, amount) => sum + scaledAmount(amount, size), 0);
}

/** Why KubeVela would end a rollout with these batches before it moves a pod; null when it would not. */
export function wrongSum(batches: readonly Amount[], size: number): string | null {
  const last = batches.at(-1);
  if (last === undefined) return 'there are no batches';
  const before = batches.slice(0, -1).reduce((sum, amount) => sum + scaledAmount(amount, size), 0);
  if (before >= size) return `the batches before the last one come to ${before} of ${size} pods, and leave it none`;
  if (last.unit === 'percent' || before + last.value === size) return null;
  return `all batches come to ${before + last.value} of ${size} pods`;
}

/**
 * Whether KubeVela is told to stop after a step, from 0. The last batch can't be stopped after. A StatefulSet is stopped after
 * each step, because KubeVela counts its old pods as ready new ones.
 */
export function stopsAfter({ steps, workload }: Pick<Delivery, 'steps' | 'workload'>, index: number): boolean {
  const step = steps[index];
  if (step === undefined || index >= steps.length - 1) return false;
  return step.leaveWhen.length > 0 || workload.kind === 'StatefulSet';
}

/** The partition that lets batches run from one on, up to the next at which somebody decides; the last batch when there is none. */
export function partitionFrom(delivery: Pick<Delivery, 'steps' | 'workload'>, from: number): number {
  const next = delivery.steps.findIndex((_, index) => index >= from && stopsAfter(delivery, index));
  return next === -1 ? delivery.steps.length - 1 : next;
}
