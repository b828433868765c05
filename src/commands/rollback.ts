import { makeRevert } from '../flow/revert.ts';
import { beginRollback, planRollback } from '../flow/rollback.ts';
import { drive, noExtras } from '../flow/tick.ts';
import { see, type Work, writeRecord } from '../flow/work.ts';
import type { ChangeReport, DeliveryReport, Report } from '../release/report.ts';
import { eachDelivery } from './each.ts';
import { chosen, goal, policyOf, type Run, reportOf } from './run.ts';

/** Takes the release back: cluster first, then Git, and the bad version held. */
export async function rollback(run: Run): Promise<Report> {
  const policy = await policyOf(run);
  const reports = await eachDelivery(run, policy, chosen(policy, run.input, true), 'alone', (work) =>
    run.input.dryRun ? preview(run, work) : rollbackOne(run, work),
  );
  return reportOf('rollback', reports);
}

async function rollbackOne(run: Run, work: Work): Promise<DeliveryReport> {
  const seen = see(work);
  const { record } = seen;
  const under = record.rollback !== null && (record.rollback.cluster !== 'done' || record.rollback.git === 'todo');
  if (record.rollback !== null && under) {
    // Said again: what is under way is finished, with what the person adds to it.
    const next = { ...record.rollback, also: record.rollback.also || run.input.also };
    await writeRecord(work, seen, { ...record, rollback: next }, 'the rollback that is under way goes on');
  } else {
    await beginRollback(work, seen, wish(run));
  }
  return drive(work, goal(run, 'done', { retryGit: true }));
}

/** What a rollback would do, to the cluster and to Git. */
async function preview(run: Run, work: Work): Promise<DeliveryReport> {
  const { context, policy, delivery } = work;
  const { record, observation } = see(work);
  const rollback = planRollback(record, wish(run), {
    by: context.who,
    at: context.clock.now().toISOString(),
    live: observation.workload?.id ?? null,
    remote: policy.branch !== null,
  });
  const cluster: ChangeReport = {
    object: `Deployment ${delivery.workload.name}`,
    what: 'change',
    why: `from ${rollback.from.id} back to ${rollback.to.id} (commit ${rollback.to.commit.slice(0, 10)}); ${rollback.from.digest.slice(0, 8)} is held`,
    diff: null,
  };
  const changes = [cluster, ...(await gitChanges(work, rollback))];
  return drive(work, goal(run, 'look'), { ...noExtras, changes });
}

async function gitChanges(work: Work, rollback: Parameters<typeof makeRevert>[1]): Promise<readonly ChangeReport[]> {
  const { branch } = work.policy;
  if (branch === null)
    return [{ object: 'Git', what: 'leave', why: 'there is no remote to push a revert to', diff: null }];
  const { commit, undone, others } = await makeRevert(work, rollback);
  const list = undone.map((one) => `- ${one.commit.slice(0, 10)} ${one.subject}`);
  const others_ = others.length === 0 ? '' : `; it would change ${others.join(', ')} too: --also is needed`;
  const what = commit === null ? 'none' : 'change';
  const why =
    commit === null
      ? 'Git names that content already'
      : `one commit that restores its paths, undoing ${undone.length}${others_}`;
  return [{ object: `Git ${branch.remote}/${branch.branch}`, what, why, diff: list }];
}

function wish({ input }: Run) {
  return { to: input.to, reason: input.reason === '' ? 'no reason given' : input.reason, also: input.also };
}
