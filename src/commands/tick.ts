import { drive } from '../flow/tick.ts';
import type { Report } from '../release/report.ts';
import { eachDelivery } from './each.ts';
import { chosen, goal, policyOf, type Run, reportOf } from './run.ts';

/** Does what is due in every delivery, and ends where only time, a person or the engine goes on. */
export async function tick(run: Run): Promise<Report> {
  const policy = await policyOf(run);
  const until = run.input.until === 'done' ? 'done' : 'act';
  const reports = await eachDelivery(run, policy, chosen(policy.current, run.input, false), 'shared', (work) =>
    drive(work, goal(run, until, { advance: true, retryGit: true })),
  );
  return reportOf('tick', reports);
}
