import { scaled } from '../workloads/amounts.ts';
import type { Plan } from './types.ts';

/** Each batch is rounded up on its own, and percentages are of the total (docs/approllout.md#batches). */
function sizes({ batches }: Plan, total: number): readonly number[] {
  return batches.map(({ replicas }) => scaled(replicas, total));
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

/** Why the batches of a rollout can't reach `total`; null when they can. */
export function wrongForRollout(plan: Plan, total: number): string | null {
  const wrong = (found: number) =>
    `the rollout plan batch size mismatch, total batch size = ${found}, totalReplicas size = ${total}`;
  const last = plan.batches.at(-1);
  if (last === undefined) return 'the rolloutPlan must have batches';
  const before = sum(sizes(plan, total).slice(0, -1));
  if (before >= total) return wrong(before);
  // A percentage in last place is ignored.
  if (typeof last.replicas !== 'number' || before + last.replicas === total) return null;
  return wrong(before + last.replicas);
}

/** Why the batches of a scale operation can't reach `target` from `from`; null when they can. */
export function wrongForScale(plan: Plan, from: number, target: number): string | null {
  const last = plan.batches.at(-1);
  if (last === undefined) return 'the rolloutPlan must have batches';
  const grows = target > from;
  const sign = grows ? 1 : -1;
  const before = from + sign * sum(sizes(plan, Math.abs(target - from)).slice(0, -1));
  const wrong = (what: string, found: number) =>
    `the rollout plan ${what}, total batch size = ${found}, targetSize size = ${target}`;
  if (grows && before >= target) return wrong('increased too much', before);
  if (target < from && before <= target) return wrong('reduced too much', before);
  if (target === from && before !== target) return wrong('changed on no-op scale', before);
  if (typeof last.replicas !== 'number') return null;
  const all = before + sign * last.replicas;
  return all === target ? null : wrong('batch size mismatch', all);
}

/** The pods that there are after a batch, from 0, on the way from one size to another. The last batch always reaches the end. */
export function goalAfter(plan: Plan, from: number, target: number, batch: number): number {
  if (batch === plan.batches.length - 1) return target;
  const moved = sum(sizes(plan, Math.abs(target - from)).slice(0, Math.max(0, batch + 1)));
  return target > from ? from + moved : from - moved;
}

/** The pods of a batch that may be unready. `of`: the number that percentages are of. */
export function unreadyAllowed({ batches }: Plan, batch: number, of: number): number {
  return scaled(batches[batch]?.maxUnavailable, of);
}
