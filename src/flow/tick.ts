import { decide } from '../release/decide.ts';
import { type Decision, isRestOfRollback, type Situation } from '../release/decision.ts';
import { deliveryReport } from '../release/delivery-report.ts';
import { asError, environmentError, retold, type StepgateError } from '../release/error.ts';
import type { ChangeReport, DeliveryReport } from '../release/report.ts';
import type { Finding, ForecastStep } from '../release/target.ts';
import { act } from './act.ts';
import { clockFinding } from './clock-finding.ts';
import { gather, mayRestOn, missingTargets, restsOnOthers } from './evidence.ts';
import { PATIENCE, patience } from './patience.ts';
import { situationOf } from './situation.ts';
import { refuseTooNew } from './too-new.ts';
import { goesOn, isTooLong, type Until, wakesAt } from './wait.ts';
import { observe, type Work } from './work.ts';

export interface Goal {
  readonly until: Until;
  /** Whether gates that are open may be acted on. */
  readonly advance: boolean;
  /** Whether Git work that failed before is tried again. */
  readonly retryGit: boolean;
  /** Whether what keeps Git from being back is an error, and not only a finding: for who has just asked for a rollback. */
  readonly loud: boolean;
  /** Null: no limit beyond the signal's. */
  readonly deadline: Date | null;
}

/** What a command found out beside the state, for its report. */
export interface Extras {
  readonly findings: readonly Finding[];
  readonly changes: readonly ChangeReport[];
  readonly forecast: readonly ForecastStep[];
}

export const noExtras: Extras = { findings: [], changes: [], forecast: [] };

/** So long is a time waited for before the cluster is asked for its clock again. Milliseconds. */
const CLOCK_HEARD = 60_000;
/** Pods were ready so lately: half of what a kubelet takes by default to say that one no longer is. Milliseconds. */
const FRESH = 15_000;

/**
 * Observe, gather, decide, act, confirm, until the goal is reached; then report. Kill it between any two lines: the
 * next run decides from what the cluster and the record say, and ends in the same place.
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
  /** Turns in a row in which others were asked anew, because a write is due. */
  let askedAnew = 0;
  let sent = '';
  // Where nothing is pushed to Git because somebody has to decide, the run that finds it says so as an error.
  let { loud } = goal;
  let heardAt = context.clock.now();
  for (;;) {
    context.signal.throwIfAborted();
    const observed = observe(work);
    await work.goBy(observed);
    const gathered = await gather(work, observed, askedAnew > 0 ? 'anew' : 'known');
    const evidence = { ...gathered.evidence, missing: await missingTargets(work, observed) };
    const situation = situationOf(work, observed, evidence, { advance: goal.advance, retryGit });
    const decision = decide(situation);
    context.decided?.(situation, decision);
    const now = context.clock.now();
    if (goal.until === 'observe' && !(alarming(decision) && following.shared)) {
      return finished(work, situation, decision, { ...extras, loud });
    }
    // Between the watches of two objects a release that just ended looks wedged, and a template set by hand like ours:
    // nothing rests on that word alone.
    const lags = decision.do === 'advance' && observed.observation.workload?.outdated === true;
    if (((alarming(decision) || lags) && !confirmed) || (following.shared && needsRefresh(decision))) {
      await following.refresh();
      confirmed = true;
      continue;
    }
    if (decision.do === 'advance' && isOld(following.sharedAt, now)) {
      await following.refreshPods();
      continue;
    }
    // Nothing goes on by a policy that has changed since it was read. A rollback asks for none: the steps that
    // it has to walk must not wait for Git's server either.
    if (goesByPolicy(decision, situation)) {
      // A newer version may count approvals by more than this one knows: its steps are not let go here either.
      refuseTooNew(observed.record, decision.do === 'start' ? 'deploy' : 'promote', name);
      if (await renewed(work)) continue;
    }
    if (restsOnOthers(decision, situation) && !mayRestOn(gathered, context.clock.now())) {
      askedAnew += 1;
      if (askedAnew > PATIENCE) throw tooSlow(name);
      continue;
    }
    confirmed = false;
    askedAnew = 0;
    if (decision.do !== 'wait') {
      briefSince = null;
      if (isRestOfRollback(decision)) retryGit = false;
      const approval = decision.do === 'advance' ? `step ${decision.step} of ${decision.release}` : null;
      if (approval !== null && approval === sent)
        context.log(`${name}: LOST_APPROVAL: the engine overwrote that of ${approval}: sent again`);
      acts += 1;
      if (acts > PATIENCE) {
        throw environmentError(
          'CLUSTER_CONFLICT',
          `${name}: ${PATIENCE} writes in a row have changed nothing: ${'why' in decision ? decision.why : decision.reason}`,
          { hint: 'something else undoes what stepgate writes: look at the managers of the Rollout and the workload' },
        );
      }
      const done = await tried(() => act(work, observed, decision));
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
    if (isTooLong(briefSince, now) || !goesOn(decision, goal.until))
      return toldLoudly(finished(work, situation, decision, { ...extras, loud }), byPolicy);
    if (goal.deadline !== null && now >= goal.deadline) {
      const report = finished(work, situation, decision, { ...extras, loud });
      return {
        ...report,
        error: {
          family: 'environment',
          code: 'TIMEOUT',
          message: `the time ran out: ${decision.message}`,
          hint: 'the release stays where it is; stepgate tick goes on',
          at: null,
        },
      };
    }
    const woke = await following.changed(wakesAt(work, decision, goal.deadline, now));
    // A machine that slept, or a clock that runs otherwise, is told from the cluster's by asking it now and then.
    const quiet = context.clock.now().getTime() - heardAt.getTime();
    if (woke === 'time' && decision.until !== null && quiet > CLOCK_HEARD) {
      await following.refresh();
      heardAt = context.clock.now();
    }
  }
}

/** Whether a decision needs today's policy: nothing starts or goes on that an old one would have let. A rollback needs none. */
function goesByPolicy(decision: Decision, { record: { rollback } }: Situation): boolean {
  if (rollback !== null && rollback.cluster !== 'done') return false;
  return decision.do === 'start' || decision.do === 'advance';
}

function tooSlow(name: string): StepgateError {
  return environmentError('CLUSTER_UNREACHABLE', `${name}: what it goes by was old before it could be acted on`, {
    hint: 'the clusters of the deliveries that its gates name answer too slowly: the next tick tries again',
  });
}

/** Reads the policy again; whether it says something else now. Throws (environment) where the remote does not answer. */
async function renewed(work: Work): Promise<boolean> {
  try {
    return await work.renew();
  } catch (error) {
    const known = asError(error);
    if (known.family !== 'environment') throw error;
    throw retold(known, `${work.delivery.name}: nothing goes on without today's policy (${known.message})`, {
      hint: 'the next tick goes on once the remote answers',
      cause: error,
    });
  }
}

/** An approval tests all it was decided on but the pods' readiness; everything else that is done is worth a look of its own. */
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
      return ['WEDGED', 'UNGATED', 'FOREIGN_RELEASE'].includes(decision.code);
    case 'start':
    case 'advance':
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

/** The run in which policy took a release back ends as a failure: nobody asked for it. */
function toldLoudly(report: DeliveryReport, reason: string | null): DeliveryReport {
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
  return deliveryReport(situation, decision, { ...extras, findings, changed: work.writer.count > 0, loud });
}
