import type { Finding } from '../release/finding.ts';
import type { Work } from './work.ts';

/** A larger difference between the runner's clock and the cluster's is a finding. Milliseconds. */
const CLOCKS_APART = 30_000;

/**
 * The finding that the runner's clock differs from the cluster's. Only schedules use the runner's clock: they are open
 * when they are open by both clocks.
 */
export function clockFinding({ cluster, context }: Pick<Work, 'cluster' | 'context'>): readonly Finding[] {
  const there = cluster.now();
  const here = context.clock.now();
  if (there === null || Math.abs(there.getTime() - here.getTime()) <= CLOCKS_APART) return [];
  const seconds = Math.round(Math.abs(there.getTime() - here.getTime()) / 1000);
  const side = here < there ? 'behind' : 'ahead of';
  return [
    {
      code: 'CLOCKS_DIFFER',
      severity: 'warning',
      message: `this machine's clock is ${seconds} s ${side} the cluster's; times are compared by the cluster's clock`,
      facts: [`here ${here.toISOString()}`, `cluster ${there.toISOString()}`],
      wayOut: 'set the clock of the machine that runs stepgate',
    },
  ];
}
