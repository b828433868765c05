import { withElsewhere } from '../flow/elsewhere.ts';
import { noPolicy, type PolicySource } from '../flow/policy.ts';
import { drive } from '../flow/tick.ts';
import type { Work } from '../flow/work.ts';
import { asError, type StepgateError } from '../release/error.ts';
import { type DeliveryReport, errorReport, type Report } from '../release/report.ts';
import { catchUp } from './catch-up.ts';
import { eachDelivery } from './fleet.ts';
import { lastTick } from './last-tick.ts';
import { rollingBackInCluster } from './located.ts';
import { driveAndPropose } from './propose.ts';
import { chosen, deadline, goal, policyOf, type Run, reportOf } from './run.ts';

/** Does what is due in every delivery, and ends where only time, a person or the engine can move it on. */
export async function tick(run: Run<'tick'>): Promise<Report> {
  let source: PolicySource;
  try {
    source = await policyOf(run, run.input.deploy ? 'fetched' : 'known');
  } catch (error) {
    return withoutPolicy(run, asError(error));
  }
  const until = run.input.until === 'done' ? 'done' : 'act';
  const { method } = run.input;
  const deliveries = chosen(source.current, run.input, false);
  const reports = await eachDelivery(run, source, deliveries, { read: 'shared', tells: true, method }, (work) =>
    tickOne(run, work, until),
  );
  return { ...reportOf('tick', reports), lastTick: await lastTick(run.context) };
}

async function tickOne(run: Run<'tick'>, work: Work, until: 'act' | 'done'): Promise<DeliveryReport> {
  const caught = await catchUp(work, { always: run.input.deploy, until: deadline(run) });
  const driven = await driveAndPropose(work, goal(run, until, { advance: true, retryGit: true }));
  const report = await withElsewhere(work, driven);
  if (caught.error === null) return report;
  return {
    ...report,
    findings: [...caught.findings, ...report.findings],
    error: report.error ?? errorReport(caught.error),
  };
}

/**
 * Without a policy, only rollbacks that are under way go on: the pods go back. Throws why there is no policy where there is no
 * such rollback.
 */
async function withoutPolicy(run: Run<'tick'>, why: StepgateError): Promise<Report> {
  const { context } = run;
  if (why.family === 'bug' || context.signal.aborted) throw why;
  const found = await rollingBackInCluster(run).catch((error: unknown) => {
    context.log(`the cluster can't be asked for rollbacks either: ${asError(error).message}`);
    return [];
  });
  if (found.length === 0) throw why;
  const reports: DeliveryReport[] = [];
  for (const delivery of found) {
    const report = await eachDelivery(run, noPolicy(delivery, why), [delivery], { read: 'alone' }, (work) =>
      drive(work, goal(run, 'act', { advance: true, retryGit: true })),
    );
    reports.push(...report);
  }
  return { ...reportOf('tick', reports), error: errorReport(why) };
}
