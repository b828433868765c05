import { factsOf } from '../flow/act.ts';
import { checkCommit } from '../flow/commits.ts';
import { execute } from '../flow/execute.ts';
import { finishPending, finishRollback } from '../flow/finish-pending.ts';
import { appliesOf, planRelease } from '../flow/plan-release.ts';
import { requestRelease } from '../flow/request-release.ts';
import { seenByEngine } from '../flow/seen-by-engine.ts';
import { survey } from '../flow/survey.ts';
import { noExtras } from '../flow/tick.ts';
import { refuseTooNew } from '../flow/too-new.ts';
import { observe, type Work } from '../flow/work.ts';
import { planDigest } from '../policy/plan-digest.ts';
import { changesOf } from '../release/changes/compared.ts';
import { ensureChanges, newPlanChanges, sameChanges } from '../release/changes/deploy.ts';
import { isIdle } from '../release/changes/facts.ts';
import { refusal } from '../release/error.ts';
import type { Finding } from '../release/finding.ts';
import type { DeliveryReport, Report } from '../release/report.ts';
import { eachDelivery } from './fleet.ts';
import { driveAndPropose } from './propose.ts';
import { chosen, deadline, failed, goal, policyOf, type Run, reportOf } from './run.ts';

/** Writes what a commit wants, and follows it to its first wait, or to the end. */
export async function deploy(run: Run<'deploy'>): Promise<Report> {
  const [source, commit] = await Promise.all([policyOf(run, 'fetched'), run.context.repo.resolve(run.input.at)]);
  const access = { read: 'alone', takeOver: run.input['take-over'] } as const;
  const reports = await eachDelivery(run, source, chosen(source.current, run.input, true), access, (work) =>
    deployOne(run, work, commit),
  );
  return reportOf('deploy', reports);
}

async function deployOne(run: Run<'deploy'>, work: Work, commit: string): Promise<DeliveryReport> {
  const { delivery } = work;
  refuseTooNew(observe(work).record, 'deploy', delivery.name);
  await checkCommit(work, commit);
  await finishPending(work);
  await finishRollback(work);
  const judged = observe(work);
  const asked = await planRelease(work, judged, commit, run.input.live);
  const surveyed = await survey(work, observe(work), appliesOf(work, asked), asked);
  const findings = work.target.traps(work.today, asked.rendered, observe(work).observation, surveyed.around);
  const errors = findings.filter((finding) => finding.severity === 'error');
  const { denied } = surveyed;
  if (errors.length > 0 && (asked.is !== 'same' || denied !== null)) return refusedBy(work, findings);
  if (denied !== null) throw denied;
  // Without diffs: `plan` shows them, and the log has a line for each write.
  const changes = changesOf(surveyed, isIdle(observe(work)), null);
  const facts = () => factsOf(work, observe(work));
  await execute(work, ensureChanges(facts()));
  await seenByEngine(work, deadline(run));
  await requestRelease(work, judged, asked, run.input.live);
  if (asked.is === 'same' || asked.is === 'adopt')
    await execute(work, sameChanges(facts(), surveyed, asked.is === 'adopt'));
  if (asked.is === 'same') {
    const { today } = work;
    const { rendered } = asked;
    const { around } = surveyed;
    await execute(work, newPlanChanges(facts(), { today, plan: planDigest(today), rendered, around }));
  }
  const follows = observe(work).record.release;
  return driveAndPropose(work, goal(run, run.input.until, { follows }), { ...noExtras, findings, changes });
}

function refusedBy(work: Work, findings: readonly Finding[]): DeliveryReport {
  const first = findings.find((finding) => finding.severity === 'error');
  const error = refusal('FINDINGS', `${work.delivery.name}: ${first?.message ?? ''}`, first?.wayOut);
  return { ...failed(work.delivery, error, false), findings };
}
