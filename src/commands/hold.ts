import { drive } from '../flow/tick.ts';
import { see, writeRecord } from '../flow/work.ts';
import { refusal } from '../release/error.ts';
import { held } from '../release/record.ts';
import type { Report } from '../release/report.ts';
import { eachDelivery } from './each.ts';
import { chosen, goal, policyOf, type Run, reportOf } from './run.ts';

/** Forbids to start or to advance what is released now, until it is resumed. */
export async function hold(run: Run): Promise<Report> {
  const policy = await policyOf(run);
  const reports = await eachDelivery(run, policy, chosen(policy, run.input, true), 'alone', async (work) => {
    const { context, delivery } = work;
    const seen = see(work);
    const { release } = seen.record;
    if (release === null)
      throw refusal('NO_RELEASE', `${delivery.name}: no release to hold`, 'stepgate deploy starts one');
    const reason = run.input.reason === '' ? 'no reason given' : run.input.reason;
    const next = held(seen.record, {
      digest: release.digest,
      by: context.who,
      at: context.clock.now().toISOString(),
      reason,
    });
    await writeRecord(work, seen, next, `${context.who} holds ${release.id}: ${reason}`);
    return drive(work, goal(run, 'look'));
  });
  return reportOf('hold', reports);
}

/** Lifts every hold of a delivery; nothing goes on by that alone. */
export async function resume(run: Run): Promise<Report> {
  const policy = await policyOf(run);
  const reports = await eachDelivery(run, policy, chosen(policy, run.input, true), 'alone', async (work) => {
    const seen = see(work);
    if (seen.rollout !== null) {
      await writeRecord(work, seen, { ...seen.record, holds: [] }, `${work.context.who} lifts the holds`);
    }
    return drive(work, goal(run, 'look'));
  });
  return reportOf('resume', reports);
}
