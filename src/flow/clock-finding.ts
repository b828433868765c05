import type { Finding } from '../release/finding.ts';
import type { Work } from './work.ts';

/** A larger difference between the runner's clock and the cluster's is a finding. Milliseconds. */
const CLOCKS_APART = 30_000;

/**
 * The finding that the runner's clock differs from the cluster's. Only schedules use the runner's clock: they are open
 * when they are open by both clocks.
 */
export function clockFinding({
  cluster,
  context,
}: {
  readonly cluster: Pick<Work['cluster'], 'now'>;
  readonly context: { readonly clock: Pick<Work['context']['clock'], 'now'> };
}): readonly Finding[] {
  const there = cluster.now();
  const here = context.clock.now();
  if (there === null || Math.abs(there.getTime() - here.getTime()) <= CLOCKS_APART) return [];
  // In whole minutes, and without the times: a report that differs with each run would be written anew each time.
  const minutes = Math.round(Math.abs(there.getTime() - here.getTime()) / 60_000);
  const side = here < there ? 'behind' : 'ahead of';
  return [
    {
      code: 'CLOCKS_DIFFER',
      severity: 'warning',
      message: `this machine's clock is about ${minutes} min ${side} the cluster's; times are compared by the cluster's clock`,
      facts: [],
      wayOut: 'set the clock of the machine that runs stepgate',
    },
  ];
}
