import type { Caution } from '../release/breaker.ts';
import { decide } from '../release/decide.ts';
import { type Decision, isRestOfRollback, type Situation } from '../release/decision.ts';
import { deliveryReport } from '../release/delivery-report.ts';
import { environmentError, type StepgateError } from '../release/error.ts';
import type { Finding } from '../release/finding.ts';
import type { ForecastStep } from '../release/forecast.ts';
import type { ChangeReport, DeliveryReport, ReleaseReport } from '../release/report.ts';
import { supersededBy, supersededReport } from '../release/superseded.ts';
import { act } from './act.ts';
import { gatherCaution } from './caution.ts';
import { clockFinding } from './clock-finding.ts';
import { gather, isUsable, missingTargets, needsEvidence } from './evidence.ts';
import { tellLate } from './late.ts';
import { lookAround } from './observe/around.ts';
import { PATIENCE, patience } from './patience.ts';
import { leftToNext } from './policy-rollback.ts';
import { needsPolicy, renewed, renewedIfAnswered } from './renew.ts';
import { situationOf } from './situation.ts';
import { refuseTooNew } from './too-new.ts';
import { isTooLong, keepsWaiting, type Until, wakesAt } from './wait.ts';
import { observe, type Work } from './work.ts';

export interface Goal {
  readonly until: Until;
  /** Whether the run may start or advance a release whose gates are open. */
  readonly advance: boolean;
  /** Whether the run retries Git work that failed before. */
  readonly retryGit: boolean;
  /** Whether an unfinished revert is an error, not only a finding: when somebody has just requested the rollback. */
  readonly loud: boolean;
  /** Null when only the signal ends the run. */
  readonly deadline: Date | null;
  /** The release that this run requested: the run ends when another one takes its place. Null follows any release. */
  readonly follows: ReleaseReport | null;
}

/** What a command adds to the report of the state. */
export interface Extras {
  readonly findings: readonly Finding[];
  readonly changes: readonly ChangeReport[];
  readonly forecast: readonly ForecastStep[];
}

export const noExtras: Extras = { findings: [], changes: [], forecast: [] };

/** Age at which the cluster's clock is read again after a wait for a time. Milliseconds. */
const CLOCK_AGE = 60_000;
/**
 * Greatest age of a shared list of pods when a step is left: half the time that a kubelet takes by default to report that
 * a pod is no longer ready. Milliseconds.
 */
const FRESH = 15_000;

/**
 * Observes, gathers, decides, acts and confirms until the goal is reached, then reports. The run may be killed at any
 * line: the next run decides from the cluster and the record, and ends in the same state.
 */
export async function drive(work: Work, goal: Goal, extras: Extras = noExtras): Promise<DeliveryReport> {
  const { context, following } = work;
  const { name } = work.delivery;
  let retryGit = goal.retryGit;
  const { tried } = patience(work);
  let acts = 0;
  let briefSince: Date | null = null;
  let byPolicy: string | null = null;
  let confirmed = false;
  /** How often in a row other deliveries were read again because a write is due. */
  let rereads = 0;
  let sent = '';
  // When no revert is pushed because a person has to decide, the run that notices it first reports an error.
  let { loud } = goal;
  let clockReadAt = context.clock.now();
  /** What a rollback by the policy that is due now depends on. */
  let caution: Caution | null = null;
  for (;;) {
    context.signal.throwIfAborted();
    let observed = observe(work);
    await work.goBy(observed);
    if (await lookAround(work, observed.observation)) observed = observe(work);
    const gathered = await gather(work, observed, rereads > 0 ? 'anew' : 'known');
    const missing = await missingTargets(work, observed);
    const evidence = { ...gathered.evidence, missing, ...(caution === null ? {} : { caution }) };
    const situation = situationOf(work, observed, evidence, { advance: goal.advance, retryGit });
    const newer = goal.follows === null ? null : supersededBy(observed.record, goal.follows.id);
    if (goal.follows !== null && newer !== null) {
      const report = finished(work, situation, decide(situation), { ...extras, loud });
      return supersededReport(report, goal.follows, newer);
    }
    const decision = decide(situation);
    context.decided?.(situation, decision);
    const now = context.clock.now();
    if (goal.until === 'observe' && !(alarming(decision) && following.shared)) {
      return finished(work, situation, decision, { ...extras, loud });
    }
    // One watch may lag behind the other, so that a release which just ended looks wedged. Both objects are read again first.
    if ((alarming(decision) && !confirmed) || (following.shared && needsRefresh(decision))) {
      await following.refresh();
      confirmed = true;
      continue;
    }
    if (decision.do === 'advance' && isOld(following.sharedAt, now)) {
      await following.refreshPods();
      continue;
    }
    if (decision.do === 'rollBack' && caution === null) {
      caution = await gatherCaution(work, observed, decision);
      continue;
    }
    // No release starts or advances under an outdated policy. The steps of a rollback must not wait for Git's server.
    if (needsPolicy(decision, situation)) {
      // A newer version of stepgate may count approvals by other rules, so this one does not apply its own.
      refuseTooNew(observed.record, decision.do === 'start' ? 'deploy' : 'promote', name);
      if (await renewed(work)) continue;
    }
    // Somebody may have lifted the freeze since.
    if (decision.do === 'wait' && decision.code === 'FROZEN' && (await renewedIfAnswered(work))) continue;
    if (needsEvidence(decision, situation) && !isUsable(gathered, context.clock.now())) {
      rereads += 1;
      if (rereads > PATIENCE) throw tooSlow(name);
      continue;
    }
    confirmed = false;
    rereads = 0;
    caution = null;
    if (decision.do !== 'wait') {
      briefSince = null;
      if (isRestOfRollback(decision)) retryGit = false;
      const approval = decision.do === 'advance' ? `step ${decision.step} of ${decision.release}` : null;
      if (approval !== null && approval === sent)
        context.log(`${name}: LOST_APPROVAL: the engine overwrote the approval of ${approval}, so it is sent again`);
      else tellLate(work, situation, decision);
      acts += 1;
      if (acts > PATIENCE) {
        throw environmentError(
          'CLUSTER_CONFLICT',
          `${name}: ${PATIENCE} writes in a row have changed nothing: ${'why' in decision ? decision.why : decision.reason}`,
          {
            hint: 'another client undoes what stepgate writes: check the field managers of the Rollout and the workload',
          },
        );
      }
      const leave = (error: unknown) => leftToNext(work, byPolicy, error);
      const done = await tried(() => act(work, observed, decision)).catch(leave);
      if (done !== null && 'code' in done)
        return { ...finished(work, situation, decision, { ...extras, loud }), error: done };
      if (done === null) {
        acts = 0;
        continue;
      }
      loud ||= done.answer.news;
      sent = approval ?? sent;
      if (decision.do === 'rollBack') byPolicy = decision.reason;
      continue;
    }
    acts = 0;
    briefSince = decision.wake === 'brief' ? (briefSince ?? now) : null;
    if (isTooLong(briefSince, now) || !keepsWaiting(decision, goal.until))
      return withPolicyRollback(finished(work, situation, decision, { ...extras, loud }), byPolicy);
    if (goal.deadline !== null && now >= goal.deadline) {
      const report = finished(work, situation, decision, { ...extras, loud });
      return {
        ...report,
        error: {
          family: 'environment',
          code: 'TIMEOUT',
          message: `the time ran out: ${decision.message}`,
          hint: 'the release stays as it is; stepgate tick continues it',
          at: null,
        },
      };
    }
    const woke = await following.changed(wakesAt(work, decision, goal.deadline, now));
    // The runner may have been suspended, or its clock may run fast or slow. So the cluster's clock is read again from
    // time to time.
    const quiet = context.clock.now().getTime() - clockReadAt.getTime();
    if (woke === 'time' && decision.until !== null && quiet > CLOCK_AGE) {
      await following.refresh();
      clockReadAt = context.clock.now();
    }
  }
}

function tooSlow(name: string): StepgateError {
  return environmentError(
    'CLUSTER_UNREACHABLE',
    `${name}: its evidence was out of date each time before it could be used`,
    {
      hint: 'the forge, a server of metrics, or the clusters of the deliveries that its gates name, answer too slowly; the next tick tries again',
    },
  );
}

/**
 * Whether the objects are read again before this decision is executed. A wait writes nothing. An advance tests everything
 * that it was decided on, except that the pods are ready.
 */
function needsRefresh(decision: Decision): boolean {
  return decision.do !== 'wait' && decision.do !== 'advance';
}

function isOld(sharedAt: Date | null, now: Date): boolean {
  return sharedAt !== null && now.getTime() - sharedAt.getTime() > FRESH;
}

function alarming(decision: Decision): boolean {
  switch (decision.do) {
    case 'repair':
      return true;
    case 'rollBack':
      return decision.code === 'WEDGED';
    case 'wait':
      return ['WEDGED', 'UNGATED', 'FOREIGN_RELEASE', 'WORKLOAD_MISSING', 'BLOCKED'].includes(decision.code);
    case 'start':
    case 'advance':
    case 'aim':
    case 'startJob':
    case 'noteMade':
    case 'note':
    case 'finish':
    case 'removePod':
    case 'restorePauses':
    case 'revertWorkload':
    case 'unpauseRollout':
    case 'settleRollback':
    case 'restoreBeside':
    case 'pushRevert':
    case 'undoRevert':
      return false;
  }
}

/** A run in which the policy rolled a release back ends with an error, because no person has requested the rollback. */
function withPolicyRollback(report: DeliveryReport, reason: string | null): DeliveryReport {
  if (reason === null || report.error !== null) return report;
  const message = `rolled back by policy: ${reason}`;
  const hint = 'the bad version is held; release another commit';
  return { ...report, error: { family: 'environment', code: 'ROLLED_BACK', message, hint, at: null } };
}

function finished(
  work: Work,
  situation: Situation,
  decision: Decision,
  { loud, ...extras }: Extras & { readonly loud: boolean },
): DeliveryReport {
  const findings = [...extras.findings, ...clockFinding(work)];
  const { delivery, observation } = situation;
  const expected = observation.workload === null ? [] : work.target.stepPods(delivery, observation.workload.replicas);
  const report = deliveryReport(situation, decision, {
    ...extras,
    findings,
    expected,
    changed: work.writer.count > 0,
    loud,
  });
  const { missing } = work.policy;
  if (missing === null || report.reason !== 'GATE_SHUT') return report;
  // The Rollout in the cluster has no gates: they are in the policy, which was not read.
  return { ...report, message: `a step waits, and its gates are not known: ${missing.message}`, todo: null };
}
