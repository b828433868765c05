import { factsOf } from '../flow/act.ts';
import { checkCommit } from '../flow/commits.ts';
import { presentEvidence } from '../flow/evidence.ts';
import { execute } from '../flow/execute.ts';
import { finishPending, finishRollback } from '../flow/finish-pending.ts';
import { manifestError, manifestFindings } from '../flow/manifest-findings.ts';
import { ownership, refusedBy } from '../flow/owner-findings.ts';
import { appliesOf, planRelease } from '../flow/plan-release.ts';
import { requestRelease, type Urgency } from '../flow/request-release.ts';
import { seenByEngine } from '../flow/seen-by-engine.ts';
import { judgeSettings } from '../flow/settings.ts';
import { survey } from '../flow/survey.ts';
import { type Extras, noExtras } from '../flow/tick.ts';
import { refuseTooNew } from '../flow/too-new.ts';
import { observe, type Work } from '../flow/work.ts';
import { Moved } from '../flow/write.ts';
import { isLiveTemplate } from '../release/as-written.ts';
import { changesOf } from '../release/changes/compared.ts';
import { ensureChanges, newPlanChanges, sameChanges, takenOn, takesPlan } from '../release/changes/deploy.ts';
import { isIdle } from '../release/changes/facts.ts';
import { refusal, type StepgateError } from '../release/error.ts';
import type { Finding } from '../release/finding.ts';
import { judgeFreezes } from '../release/gate.ts';
import { type AskedFor, releaseWith } from '../release/record.ts';
import { bySize, differs, isPending } from '../release/settings.ts';
import { findingsError, located } from './findings.ts';

/** What became of a commit: it is asked for, or its findings refuse it. */
export type Released =
  | { readonly is: 'requested'; readonly follows: AskedFor | null; readonly extras: Extras }
  | { readonly is: 'refused'; readonly findings: readonly Finding[]; readonly error: StepgateError };

/**
 * Writes what a commit wants, up to its record: the release starts once its gates are open. `live` is the commit that is live
 * where no record says it; `until` ends the wait for the engine to see a new plan. Throws the refusal of a commit that may not
 * be released.
 */
export async function releaseCommit(
  work: Work,
  commit: string,
  {
    live,
    until,
    urgent = null,
  }: { readonly live: string | null; readonly until: Date; readonly urgent?: Urgency | null },
): Promise<Released> {
  refuseTooNew(observe(work).record, 'deploy', work.delivery.name);
  await checkCommit(work, commit);
  const manifests = await manifestFindings(work.context, work.today, commit, 'server');
  const invalid = manifestError(work.today, manifests);
  if (invalid !== null) return { is: 'refused', findings: manifests, error: invalid };
  await finishPending(work);
  await finishRollback(work);
  const judged = observe(work);
  const asked = await planRelease(work, judged, commit, live);
  const seen = await survey(work, observe(work), appliesOf(work, asked), asked);
  const { surveyed, findings: owners } = await ownership(work, seen, asked.rendered);
  const traps = work.target.traps(work.today, asked.rendered, observe(work).observation, surveyed.around);
  const findings = [...manifests, ...located(work.today, [...owners, ...traps])];
  // Checked even when there is nothing to release: objects that differ would still be written.
  const notOwn = refusedBy(work.delivery.name, owners);
  if (notOwn !== null) return { is: 'refused', findings, error: notOwn };
  const error = findingsError(findings, ([first]) => `${work.delivery.name}: ${first?.message ?? ''}`);
  const { denied } = surveyed;
  if (error !== null && (asked.is !== 'same' || denied !== null)) return { is: 'refused', findings, error };
  if (denied !== null) throw denied;
  // Without diffs: `plan` shows them, and the log has a line for each write.
  const changes = changesOf(surveyed, isIdle(observe(work)), null);
  const facts = () => factsOf(work, observe(work));
  const { today } = work;
  const { rendered } = asked;
  const newPlan = { today, rendered, around: surveyed.around };
  const { sizes, rest } = bySize(work.target, surveyed);
  const isLive = isLiveTemplate(facts().observed, asked.template);
  const judging = { commit, live, urgent: urgent?.reason ?? null };
  const { record, observation } = facts().observed;
  const isDue = differs(rest) || isPending(record, observation.workload?.id ?? null, rendered);
  const settings = isLive && isDue ? await judgeSettings(work, judged, asked, judging) : 'let through';
  // A release that was asked for and has not started writes all of its objects when its start is open.
  const serves = asked.is === 'adopt' || (asked.is === 'same' && isLive);
  const besideRelease =
    asked.is === 'adopt' ||
    (asked.is === 'same' && ((serves && settings !== 'asked' && differs(rest)) || takesPlan(facts(), today)));
  const stopped = besideRelease && urgent === null && (await isStopped(work, isLive));
  await execute(work, ensureChanges(facts(), rendered));
  await seenByEngine(work, until);
  await requestRelease(work, judged, asked, { liveRef: live, urgent, settings });
  if (serves) {
    const adopted = asked.is === 'adopt' && !stopped;
    const taken = settings === 'left' ? { ...sizes, written: surveyed.written } : surveyed;
    const replaces = releaseWith(facts().observed.record, observation.workload?.id ?? null);
    // The record first: whoever takes the release back restores what its commit has, and no more.
    if (settings === 'taken on' && !stopped) await execute(work, takenOn(facts(), rendered));
    const written = stopped || settings === 'asked' ? sizes : taken;
    await execute(work, sameChanges(facts(), written, { release: rendered.release, replaces, adopted }));
  }
  if (asked.is === 'same' && !stopped) await execute(work, newPlanChanges(facts(), newPlan));
  return { is: 'requested', follows: observe(work).record.release, extras: { ...noExtras, findings, changes } };
}

/**
 * Whether a freeze stops what a deploy writes beside a release. Throws FROZEN where the wanted template is live already: nothing
 * is requested then that would write it when the freeze ends.
 */
async function isStopped(work: Work, isLive: boolean): Promise<boolean> {
  if (await work.renew()) throw new Moved('the policy has changed');
  const [freeze] = judgeFreezes(work.today, presentEvidence(work));
  if (freeze === undefined) return false;
  if (!isLive) return true;
  throw refusal(
    'FROZEN',
    `${work.today.name}: nothing was written: ${freeze.why}`,
    'deploy again when the freeze ends',
  );
}
