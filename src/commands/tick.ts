import { drive } from '../flow/tick.ts';
import { see, type Work } from '../flow/work.ts';
import { openRollback } from '../release/record.ts';
import type { Report } from '../release/report.ts';
import { eachDelivery } from './each.ts';
import { type Located, located } from './located.ts';
import { chosen, goal, policyOf, type Run, reportOf } from './run.ts';

/** Does what is due in every delivery, and ends where only time, a person or the engine goes on. */
export async function tick(run: Run): Promise<Report> {
  const { source, deliveries } = await toTick(run);
  const until = run.input.until === 'done' ? 'done' : 'act';
  const reports = await eachDelivery(run, source, deliveries, 'shared', async (work) => {
    needPolicy(work);
    return drive(work, goal(run, until, { advance: true, retryGit: true }));
  });
  return reportOf('tick', reports);
}

/** One that is named is found in the cluster where there is no policy to read: a rollback that has begun goes on without. */
async function toTick(run: Run): Promise<Located> {
  if (run.input.deliveries.length === 1) return located(run);
  const source = await policyOf(run);
  return { source, deliveries: chosen(source.current, run.input, false) };
}

/** Throws what keeps the policy from being read, where anything but a rollback that is under way or open would go by it. */
function needPolicy(work: Work): void {
  const { missing } = work.policy;
  const { record } = see(work);
  const underWay = record.rollback !== null && record.rollback.cluster !== 'done';
  if (missing !== null && !underWay && openRollback(record) === null) throw missing;
}
