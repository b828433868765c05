import { checkCommit } from '../flow/commits.ts';
import { type Compared, changeReport } from '../flow/compare.ts';
import { ensureRollout, seenByEngine } from '../flow/ensure-rollout.ts';
import { finishPending, finishRollback } from '../flow/finish-pending.ts';
import { takeNewPlan } from '../flow/new-plan.ts';
import { type PlannedRelease, planRelease } from '../flow/plan-release.ts';
import { requestRelease } from '../flow/request-release.ts';
import { type Survey, survey } from '../flow/survey.ts';
import { drive, noExtras } from '../flow/tick.ts';
import { refuseTooNew } from '../flow/too-new.ts';
import { type Observed, observe, type Work } from '../flow/work.ts';
import { withVersion } from '../flow/write.ts';
import { refusal } from '../release/error.ts';
import { at, same } from '../release/json.ts';
import type { KubeObject } from '../release/ports.ts';
import type { ChangeReport, DeliveryReport, Report } from '../release/report.ts';
import type { Finding } from '../release/target.ts';
import { eachDelivery } from './fleet.ts';
import { chosen, deadline, failed, goal, policyOf, type Run, reportOf } from './run.ts';

/** Writes what a commit wants, and follows it to its first wait, or to the end. */
export async function deploy(run: Run): Promise<Report> {
  const [source, commit] = await Promise.all([policyOf(run, 'fetched'), run.context.repo.resolve(run.input.at)]);
  const reports = await eachDelivery(run, source, chosen(source.current, run.input, true), 'alone', (work) =>
    deployOne(run, work, commit),
  );
  return reportOf('deploy', reports);
}

async function deployOne(run: Run, work: Work, commit: string): Promise<DeliveryReport> {
  const { delivery } = work;
  refuseTooNew(observe(work).record, 'deploy', delivery.name);
  await checkCommit(work, commit);
  await finishPending(work);
  await finishRollback(work);
  const judged = observe(work);
  const asked = await planRelease(work, judged, commit, run.input.live);
  const surveyed = await survey(work, observe(work), asked.rendered);
  const findings = work.target.traps(delivery, asked.rendered, observe(work).observation, surveyed.around);
  const errors = findings.filter((finding) => finding.severity === 'error');
  if (errors.length > 0 && asked.is !== 'same') return refusedBy(work, findings);
  // The plan command shows the diffs; what was done is told in the log as it happens.
  const changes = changesOf(surveyed, asked, observe(work), null);
  await ensureRollout(work);
  await seenByEngine(work, deadline(run));
  await requestRelease(work, judged, asked, run.input.live);
  if (asked.is === 'same' || asked.is === 'adopt') await applySame(work, asked, surveyed);
  if (asked.is === 'same') await takeNewPlan(work, { rendered: asked.rendered, around: surveyed.around });
  return drive(work, goal(run, run.input.until), { ...noExtras, findings, changes });
}

function refusedBy(work: Work, findings: readonly Finding[]): DeliveryReport {
  const first = findings.find((finding) => finding.severity === 'error');
  const error = refusal('FINDINGS', `${work.delivery.name}: ${first?.message ?? ''}`, first?.wayOut);
  return { ...failed(work.delivery, error, false), findings };
}

/**
 * Nothing to release; what else differs is written all the same, the engine's things only while it is idle. Each write is
 * bound to the version that was compared: a rollback that began meanwhile must not find its work undone.
 */
async function applySame(work: Work, asked: PlannedRelease, { before, idleOnly, workload }: Survey): Promise<void> {
  const { writer, following } = work;
  const { apply } = work.target.managers;
  const idle = observe(work).observation.engine.at === 'idle';
  for (const compared of [...before, ...(idle ? idleOnly : [])]) {
    if (compared.change !== 'none')
      await writer.apply(over(compared.wanted, compared.live), {
        manager: apply,
        why: 'differs, and releases nothing',
      });
  }
  const live = at(workload.live, 'spec');
  if (!same(live, at(workload.answer, 'spec')) || asked.is === 'adopt') {
    const { templateOf } = work.target;
    if (workload.live === null || !same(templateOf(workload.live), templateOf(workload.answer))) return;
    following.wrote(
      await writer.apply(over(asked.rendered.workload, workload.live), {
        manager: apply,
        why: 'differs outside the template',
      }),
    );
  }
}

/** The object, to be written only over what was there when it was looked at. */
function over(wanted: KubeObject, live: KubeObject | null): KubeObject {
  return live === null ? wanted : withVersion(wanted, live);
}

/** What a deploy changes, object by object, and why; how each changes where `diff` makes the lines. */
export function changesOf(
  surveyed: Survey,
  asked: PlannedRelease,
  observed: Observed,
  diff: Parameters<typeof changeReport>[2],
): readonly ChangeReport[] {
  const engineIdle = observed.observation.engine.at === 'idle' || observed.rollout === null;
  const tell = (compared: Compared, why: string) =>
    changeReport(compared, compared.change === 'none' ? 'as it should be' : why, diff);
  const left = (compared: Compared): ChangeReport =>
    engineIdle || compared.change === 'none'
      ? tell(compared, 'the engine is idle')
      : { ...tell(compared, 'the engine uses it until the release is through'), what: 'leave' };
  return [
    ...surveyed.before.map((one) => tell(one, 'the workload reads it, so it goes first')),
    tell(surveyed.rollout, 'the plan of the policy ref'),
    tell(surveyed.workload, workloadWhy(asked)),
    ...surveyed.idleOnly.map(left),
  ];
}

function workloadWhy(asked: PlannedRelease): string {
  const { id } = asked.rendered.release;
  switch (asked.is) {
    case 'same':
      return 'differs outside the pod template: releases nothing';
    case 'adopt':
      return `already runs this template: taken on as ${id}`;
    case 'first':
      return `first deploy as ${id}: not progressive, there is nothing to go back to`;
    case 'release':
      return asked.supersedes === null
        ? `starts release ${id}`
        : `starts release ${id}, in place of ${asked.supersedes}`;
  }
}
