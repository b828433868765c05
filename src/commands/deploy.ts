import { sayUncommitted } from '../flow/uncommitted.ts';
import type { Work } from '../flow/work.ts';
import type { DeliveryReport, Report } from '../release/report.ts';
import { eachDelivery } from './fleet.ts';
import { driveAndPropose } from './propose.ts';
import { releaseCommit } from './release-commit.ts';
import { chosen, deadline, failed, goal, policyOf, type Run, reportOf } from './run.ts';
import { urgencyOf } from './urgent.ts';

/** Writes what a commit wants, and follows it to its first wait, or to the end. */
export async function deploy(run: Run<'deploy'>): Promise<Report> {
  const [source, commit] = await Promise.all([policyOf(run, 'fetched'), run.context.repo.resolve(run.input.at)]);
  const access = { read: 'alone', tells: true, takeOver: run.input['take-over'] } as const;
  const deliveries = chosen(source.current, run.input, true);
  await sayUncommitted(run.context, 'deploy', deliveries, commit);
  const reports = await eachDelivery(run, source, deliveries, access, (work) => deployOne(run, work, commit));
  return reportOf('deploy', reports);
}

async function deployOne(run: Run<'deploy'>, work: Work, commit: string): Promise<DeliveryReport> {
  const urgent = await urgencyOf(work, commit, run.input);
  const released = await releaseCommit(work, commit, { live: run.input.live, until: deadline(run), urgent });
  if (released.is === 'refused')
    return { ...failed(work.delivery, released.error, false), findings: released.findings };
  const { follows, extras } = released;
  return driveAndPropose(work, goal(run, run.input.until, { follows }), extras);
}
