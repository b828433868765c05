import type { Finding } from '../release/target.ts';
import type { Work } from './work.ts';

/** A larger difference between the runner's clock and the cluster's is a finding. Milliseconds. */
const CLOCKS_APART = 30_000;

/** The finding that the runner's clock is wrong. Only schedules are decided by it, and they need both clocks. */
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
      message: `this machine's clock is ${seconds} s ${side} the cluster's: times are compared by the cluster's`,
      facts: [`here ${here.toISOString()}`, `cluster ${there.toISOString()}`],
      wayOut: 'set the clock of the machine that runs stepgate',
    },
  ];
}
