import type { Code } from './codes.ts';
import type { Delivery } from './delivery.ts';
import { type Evidence, isOpen, judgeDone, judgeStart, judgeStep, opensAt, type Verdict } from './gate.ts';
import { type AskedFor, holdOn, type ReleaseRecord, type Rollback, stableOf } from './record.ts';
import type { State } from './report.ts';
import type { Engine, Observation, PodTrouble, WorkloadView } from './target.ts';

/**
 * What ends a wait. `engine`: it goes on by itself soon. `brief`: a matter of seconds, always sat out. `gate`: a person
 * or a time. `rest`: nothing is going on here.
 */
export type Wake = 'brief' | 'engine' | 'gate' | 'rest';

export interface Wait {
  readonly do: 'wait';
  readonly wake: Wake;
  readonly state: State;
  readonly code: Code;
  readonly message: string;
  readonly until: Date | null;
}

/** The one thing to do now. Each is safe to repeat, and each is decided anew from what the cluster says. */
export type Decision =
  | Wait
  /** Write the asked-for release's workload, after the dry-run has shown the gate. */
  | { readonly do: 'start'; readonly release: AskedFor; readonly why: string }
  | { readonly do: 'advance'; readonly release: string; readonly step: number; readonly why: string }
  /** The asked-for release was delivered whole: it is stable now. */
  | { readonly do: 'finish'; readonly release: AskedFor; readonly why: string }
  /** Put the plan's own pauses back where an approval by plan, or somebody, left another. */
  | { readonly do: 'restorePauses'; readonly steps: readonly number[]; readonly why: string }
  /** Policy takes the release back: record a rollback and carry it out. */
  | { readonly do: 'rollBack'; readonly reason: string; readonly code: Code; readonly to: string | null }
  /** Replace the template by stable's. */
  | { readonly do: 'revertWorkload'; readonly rollback: Rollback; readonly why: string }
  | { readonly do: 'unpauseRollout'; readonly why: string }
  /** The cluster serves stable again: clean up after the revert and record it. */
  | { readonly do: 'settleRollback'; readonly rollback: Rollback; readonly why: string }
  | { readonly do: 'pushRevert'; readonly rollback: Rollback; readonly why: string }
  /** The engine left the workload paused, ungated and half updated (E3, E32): set it free. */
  | { readonly do: 'repair'; readonly why: string };

export interface Situation {
  readonly delivery: Delivery;
  readonly record: ReleaseRecord;
  readonly observation: Observation;
  readonly evidence: Evidence;
  /** In words: how the Rollout in the cluster differs from the policy ref's plan; pauses aside. */
  readonly planDiffers: readonly string[];
  /** Steps whose pause in the cluster is not the plan's. */
  readonly pausesLeft: readonly number[];
  /** Whether Git work that failed before is tried again now. */
  readonly retryGit: boolean;
  /** Whether gates that are open may be acted on (`deploy --until wait` only looks). */
  readonly advance: boolean;
}

/** After this long with a pod that will not start by waiting, a person is told. Seconds. */
const HOPELESS_AFTER = 20;
/** A template that the engine has not taken up after this long went out ungated (engine/kruise.md 2.11). Seconds. */
const UNGATED_AFTER = 15;

/** Decides the one thing to do. Pure: the same situation always gives the same decision. */
export function decide(situation: Situation): Decision {
  const { record, observation } = situation;
  const { engine, workload } = observation;
  const dead = deadEnd(engine);
  if (dead !== null) return dead;
  const pauses = pausesToRestore(situation);
  if (pauses.length > 0) {
    return {
      do: 'restorePauses',
      steps: pauses,
      why: 'a pause that is not the plan’s would let a release through unapproved (E1)',
    };
  }
  const { rollback, release } = record;
  if (rollback !== null && rollback.cluster !== 'done') return rollBackOn(situation, rollback);
  if (rollback !== null && rollback.git === 'todo' && (rollback.trouble === null || situation.retryGit)) {
    return { do: 'pushRevert', rollback, why: 'the cluster is back on stable, Git still names the bad release' };
  }
  if (wedged(engine, workload)) return setFree(situation);
  if (release === null) return unknownLive(engine);
  if (workload?.id !== release.id) return finishBefore(situation) ?? startOn(situation, release);
  if (workload.template !== release.template) return foreign(engine);
  return goOn(situation, release, workload);
}

function deadEnd(engine: Engine): Wait | null {
  switch (engine.at) {
    case 'absent':
      return wait('rest', 'absent', 'ABSENT', 'nothing of this delivery is in the cluster yet');
    case 'off':
      return wait('rest', 'stuck', 'DISABLED', `the Rollout is ${engine.why}: nothing would be gated`);
    case 'unseen':
      return wait('brief', 'rolling', 'STARTING', 'the engine has not looked at the Rollout yet');
    default:
      return null;
  }
}

function wedged(engine: Engine, workload: WorkloadView | null): boolean {
  return engine.at === 'idle' && workload !== null && workload.wedged;
}

/**
 * A wedged workload is set free as it is only where it is known to have stable's template: unpaused with any other, that
 * would go to every pod ungated. Else it is taken back like a bad release.
 */
function setFree({ record, advance }: Situation): Decision {
  const why = 'the engine left the workload paused and half updated (E3, E32)';
  const stable = stableOf(record);
  if (stable !== null && record.release?.id === stable.id) return { do: 'repair', why };
  if (stable !== null && advance) return { do: 'rollBack', reason: why, code: 'WEDGED', to: stable.id };
  return wait('rest', 'stuck', 'WEDGED', why);
}

/** An approval by plan shows as a foreign pause on the step that waits; everything else is put back at once. */
function pausesToRestore({ record, observation, pausesLeft }: Situation): readonly number[] {
  const { engine } = observation;
  if (engine.at !== 'waiting' && engine.at !== 'moving') return engine.at === 'starting' ? [] : pausesLeft;
  return pausesLeft.filter((step) => {
    const ours = record.approvals.some((one) => one.step === step && one.release === record.release?.id);
    return !(ours && step === engine.step);
  });
}

function unknownLive(engine: Engine): Wait {
  if (engine.at === 'idle' || engine.at === 'noWorkload') {
    return wait('rest', 'idle', 'LIVE_COMMIT_UNKNOWN', 'the workload runs, but stepgate has released nothing here yet');
  }
  return wait('rest', 'rolling', 'FOREIGN_RELEASE', 'a release runs that stepgate did not start');
}

function foreign(engine: Engine): Wait {
  const message =
    engine.at === 'idle'
      ? 'somebody changed the pod template in the cluster since: deploy or roll back to be where Git says'
      : 'somebody changed the pod template in mid-release: it is not promoted; deploy again or roll back';
  return wait('rest', 'stuck', 'FOREIGN_RELEASE', message);
}

/**
 * Another release was asked for while this one was on its way through the last step: what came to its end is stable all
 * the same, and where a rollback of the next one goes.
 */
function finishBefore({ delivery, record, observation, evidence }: Situation): Decision | null {
  const { before } = record;
  const { engine, workload } = observation;
  if (before === null || workload?.id !== before.id || workload.template !== before.template) return null;
  if (engine.at !== 'idle' || engine.outcome === 'cancelled' || workload.gated || !workload.settled) return null;
  if (engine.id !== workload.id && !isFirst(record)) return null;
  if (judgeDone(delivery, { ...record, release: before }, observation, evidence).some((one) => !isOpen(one)))
    return null;
  if (workload.whole && onlyStable(observation, workload)) {
    return { do: 'finish', release: before, why: 'every pod is its version, before the next one begins' };
  }
  const { trouble, takenAt } = observation;
  const starting = trouble.some((one) => one.since !== null && secondsSince(one.since, takenAt) < HOPELESS_AFTER);
  if (!starting && onlyStable(observation, workload)) return null;
  return wait('engine', 'waiting', 'WAITING_FOR_WINDOW', `the last pods of ${before.id} are not ready yet`);
}

/** The asked-for release is not live yet. */
function startOn(situation: Situation, release: AskedFor): Decision {
  const { delivery, record, observation, evidence } = situation;
  const { engine, workload } = observation;
  const hold = holdOn(record, release.digest);
  if (hold !== null) return wait('rest', 'held', 'HELD', `held by ${hold.by}: ${hold.reason}`);
  const shut = judgeStart(delivery, record, observation, evidence).filter((verdict) => !isOpen(verdict));
  if (shut.length > 0) return gateWait('START_GATE_SHUT', 'the start', shut);
  switch (engine.at) {
    case 'noWorkload':
      return { do: 'start', release, why: 'first deploy: there is no workload yet' };
    case 'idle':
      if (workload === null || workload.settled || record.history.length === 0) {
        return { do: 'start', release, why: 'the engine is idle' };
      }
      return wait(
        'engine',
        'waiting',
        'WAITING_FOR_WINDOW',
        'the update before is not finished: its pods are still being replaced',
      );
    case 'waiting':
      if (delivery.style === 'blueGreen') return refused();
      if (situation.planDiffers.length > 0) return planDiffers(situation.planDiffers);
      // A last step that passes by itself shows as waiting for a moment too (E13): what is through is let through.
      if (!engine.asks && !engine.timed) {
        return wait(
          'brief',
          'waiting',
          'WAITING_FOR_WINDOW',
          `the release before is about to wait at step ${engine.step}`,
        );
      }
      return { do: 'start', release, why: `supersedes the release that waits at step ${engine.step}` };
    case 'refusing':
      return refused();
    case 'frozen':
      return wait('rest', 'waiting', 'PAUSED', 'somebody paused the Rollout: unpause it to go on');
    case 'moving':
    case 'starting':
    case 'finishing':
    case 'cancelling':
      // Fix forward: pods that will never start keep the step from ever waiting, and the engine takes the next version (T34).
      if (
        engine.at === 'moving' &&
        delivery.style !== 'blueGreen' &&
        hopeless(observation, 'canary') !== null &&
        workload?.taken &&
        workload.seen
      ) {
        if (situation.planDiffers.length > 0) return planDiffers(situation.planDiffers);
        return { do: 'start', release, why: `supersedes a release whose pods do not start (step ${engine.step})` };
      }
      if (delivery.style === 'blueGreen' && engine.at !== 'finishing' && engine.at !== 'cancelling') return refused();
      return wait(
        'engine',
        'waiting',
        'WAITING_FOR_WINDOW',
        'written now, it would go out ungated: waits until the engine is idle or waits at a step',
      );
    case 'absent':
    case 'unseen':
    case 'off':
      return deadEnd(engine) ?? wait('brief', 'rolling', 'STARTING', 'the engine has not looked yet');
  }
}

/** The asked-for release is what the label says. */
function goOn(situation: Situation, release: AskedFor, workload: WorkloadView): Decision {
  const { delivery, record, observation } = situation;
  const { engine } = observation;
  switch (engine.at) {
    case 'idle':
      return atRest(situation, release, workload, engine.id);
    case 'starting':
      return (
        targetsMissing(situation) ??
        wait('engine', 'rolling', 'STARTING', 'the engine has seen the new version and prepares the first step')
      );
    case 'moving':
      return moving(situation, engine);
    case 'waiting':
      return atGate(situation, release, engine);
    case 'frozen':
      return wait(
        'rest',
        'waiting',
        'PAUSED',
        `somebody paused the Rollout at step ${engine.step}: unpause it to go on`,
      );
    case 'refusing':
      return refused();
    case 'finishing':
      return wait('engine', 'finishing', 'FINISHING', 'the last step is through, the engine is closing the release');
    case 'cancelling':
      return wait('engine', 'reverting', 'ROLLING_BACK', 'the engine is taking the release back');
    case 'noWorkload':
      return wait('brief', 'rolling', 'STARTING', 'the engine has not seen the workload yet');
    case 'absent':
    case 'unseen':
    case 'off':
      return (
        deadEnd(engine) ??
        wait(
          'brief',
          'rolling',
          'STARTING',
          `the engine has not looked at ${delivery.name} yet (${record.history.length})`,
        )
      );
  }
}

function atRest(situation: Situation, release: AskedFor, workload: WorkloadView, id: string | null): Decision {
  const { delivery, record, observation, evidence } = situation;
  if (workload.gated)
    return wait('brief', 'rolling', 'STARTING', 'the webhook has gated the new version, the engine has not begun');
  if (id !== null && id !== workload.id && !isFirst(record)) {
    // What was delivered before has no steps to miss: only its label is new to the engine (a workload that was adopted).
    const known = stableOf(record)?.id === release.id;
    if (known || secondsSince(workload.changedAt, evidence.now) < UNGATED_AFTER) {
      return wait('brief', 'rolling', 'STARTING', 'the engine has not taken up the new version yet');
    }
    return wait('rest', 'ungated', 'UNGATED', 'the template went out without steps: the engine never took it up');
  }
  // The pods of canary style's extra Deployment go a moment after the engine calls itself idle.
  if (!workload.whole || !onlyStable(observation, workload)) {
    const broken = hopeless(observation);
    if (broken !== null) return wait('rest', 'stuck', 'POD_NOT_STARTING', broken);
    return wait(
      'engine',
      isFirst(record) ? 'rolling' : 'finishing',
      'PODS_NOT_READY',
      'the last pods are not ready yet',
    );
  }
  if (stableOf(record)?.id !== release.id) {
    const shut = judgeDone(delivery, record, observation, evidence).filter((verdict) => !isOpen(verdict));
    if (shut.length > 0) return gateWait('DONE_GATE_SHUT', 'the end, with every step through,', shut);
    return { do: 'finish', release, why: 'every pod is the new version, and the engine is idle' };
  }
  const { rollback } = record;
  if (rollback !== null && rollback.to.id === release.id) {
    if (rollback.git === 'todo') {
      return wait(
        'rest',
        'rolledBack',
        'ROLLED_BACK_GIT_TODO',
        `the cluster is back on stable, Git is not yet: ${rollback.trouble ?? 'the revert is still to be pushed'}`,
      );
    }
    return wait('rest', 'rolledBack', 'ROLLED_BACK', `rolled back by ${rollback.by}: ${rollback.reason}`);
  }
  if (record.history.length === 1)
    return wait(
      'rest',
      'done',
      'FIRST_DEPLOY',
      'serves; a first deploy is not progressive: there was nothing to go back to',
    );
  return wait('rest', 'done', 'DELIVERED', 'delivered whole, and serves');
}

function isFirst(record: ReleaseRecord): boolean {
  return record.history.length === 0;
}

function moving(situation: Situation, { step, leaving, since, detail }: Extract<Engine, { at: 'moving' }>): Decision {
  // Our own write says so at first: only a later word of the engine's is a confirmation.
  if (leaving) return wait('brief', 'rolling', 'UPGRADING', detail);
  const { delivery, observation, evidence } = situation;
  const { on, stuckAfterSeconds } = delivery.rollback;
  const stuck = since !== null && secondsSince(since, evidence.now) >= stuckAfterSeconds;
  // Pods of a version that was superseded stay for a moment, as broken as they were: the step counts from its beginning.
  const begun = since !== null && secondsSince(since, observation.takenAt) >= HOPELESS_AFTER;
  const broken = begun ? hopeless(observation, 'canary') : null;
  const message = broken ?? `step ${step} has not become ready in ${stuckAfterSeconds} s`;
  if (stuck && on.includes('stuck'))
    return policyRollback(situation, message, broken === null ? 'STUCK' : 'POD_NOT_STARTING');
  if (broken !== null) return wait('rest', 'stuck', 'POD_NOT_STARTING', broken);
  if (stuck) return wait('rest', 'stuck', 'STUCK', message);
  return wait('engine', 'rolling', 'UPGRADING', detail);
}

function atGate(situation: Situation, release: AskedFor, engine: Extract<Engine, { at: 'waiting' }>): Decision {
  const { step, asks, timed } = engine;
  const { delivery, record, observation, evidence, planDiffers: differs } = situation;
  const hold = holdOn(record, release.digest);
  if (hold !== null) return wait('rest', 'held', 'HELD', `held by ${hold.by}: ${hold.reason}`);
  if (differs.length > 0) return planDiffers(differs);
  if (timed) return wait('engine', 'waiting', 'GATE_SHUT', `the engine's own timer lets step ${step} go`);
  const verdicts = judgeStep(delivery, step, record, observation, evidence);
  const shut = verdicts.filter((verdict) => !isOpen(verdict));
  if (shut.length === 0) {
    // Before the engine asks, half of all approvals are overwritten (E4); a last step may also pass by itself (E13).
    if (!asks) return wait('brief', 'rolling', 'UPGRADING', `step ${step} is about to wait`);
    if (situation.advance) {
      return {
        do: 'advance',
        release: release.id,
        step,
        why: verdicts.map((verdict) => `${verdict.name}: ${verdict.why}`).join('; '),
      };
    }
    return wait('gate', 'waiting', 'GATE_SHUT', `step ${step} may go on: every gate is open`);
  }
  const unready = shut.find((verdict) => verdict.kind === 'ready');
  if (unready !== undefined) {
    const down = observation.trouble.find((one) => one.version === 'canary');
    const long =
      down !== undefined &&
      down.since !== null &&
      secondsSince(down.since, evidence.now) >= delivery.rollback.stuckAfterSeconds;
    if (long && delivery.rollback.on.includes('unready'))
      return policyRollback(situation, unready.why, 'PODS_NOT_READY');
    const young = down !== undefined && down.since !== null && secondsSince(down.since, evidence.now) < HOPELESS_AFTER;
    const settling = young && !down.hopeless;
    const wake = !asks ? 'brief' : settling ? 'engine' : 'gate';
    return { ...wait(wake, 'waiting', 'PODS_NOT_READY', `step ${step}: ${unready.why}`), until: null };
  }
  if (!asks) return wait('brief', 'rolling', 'UPGRADING', `step ${step} is about to wait`);
  return gateWait('GATE_SHUT', `step ${step}`, shut);
}

function policyRollback({ record, advance }: Situation, reason: string, code: Code): Decision {
  if (stableOf(record) === null || !advance) return wait('rest', 'stuck', code, reason);
  return { do: 'rollBack', reason, code, to: null };
}

/** Drives the cluster half of a rollback (design 5.7). Every gate but readiness is skipped. */
function rollBackOn(situation: Situation, rollback: Rollback): Decision {
  const { observation } = situation;
  const { engine, workload } = observation;
  if (workload === null)
    return wait('rest', 'stuck', 'WORKLOAD_MISSING', 'the workload is gone: there is nothing to roll back');
  const back = workload.id === rollback.to.id;
  switch (engine.at) {
    case 'idle':
      if (workload.gated) return rollingBack('brief', 'the engine has not begun yet');
      if (!back)
        return {
          do: 'revertWorkload',
          rollback,
          why: 'no release runs: stable goes out again as a release of its own',
        };
      // No mark has to be left: a rollback before the engine's batch controller came leaves nothing but the webhook's pause.
      if (workload.paused) return { do: 'repair', why: 'the engine left the workload paused in mid-rollback (E32)' };
      if (!workload.whole || !onlyStable(observation, workload))
        return rollingBack('engine', hopeless(observation) ?? 'the last pods of stable are not ready yet');
      return { do: 'settleRollback', rollback, why: 'only stable serves again' };
    case 'waiting':
      // A restart by hand keeps the id: only the generation tells that this step is the release before's (E32, E34).
      if (!back && !workload.seen)
        return rollingBack('engine', 'the engine has not seen the newest template yet (E32)');
      if (!back)
        return { do: 'revertWorkload', rollback, why: `step ${engine.step} waits: the template may be replaced` };
      if (!ready(observation)) return rollingBack('engine', 'the pods of stable in this step are not ready yet');
      if (!engine.asks) return rollingBack('brief', `step ${engine.step} is about to wait`);
      return {
        do: 'advance',
        release: rollback.to.id,
        step: engine.step,
        why: 'a rollback skips every gate but readiness',
      };
    case 'moving':
      if (back) return rollingBack('engine', engine.detail);
      // Before the new batch has taken the workload, a revert wedges it (E32).
      if (workload.taken && workload.seen)
        return { do: 'revertWorkload', rollback, why: 'the engine is upgrading this release' };
      return rollingBack('engine', 'the engine has not taken the workload yet: written now, it would wedge (E32)');
    case 'frozen':
      if (!back)
        return {
          do: 'revertWorkload',
          rollback,
          why: 'the Rollout is paused: the template goes first, then it is unpaused (E24)',
        };
      return { do: 'unpauseRollout', why: 'a paused Rollout does not roll back (E12)' };
    case 'refusing':
      return back
        ? rollingBack('engine', 'the engine has not seen the restored template yet')
        : { do: 'revertWorkload', rollback, why: 'the engine refuses a third version until the template goes back' };
    case 'starting':
      return (
        targetsMissing(situation) ??
        rollingBack(
          'engine',
          'written in the first seconds, a revert is not taken for one (E2): waits for the first step',
        )
      );
    case 'finishing':
    case 'cancelling':
      return rollingBack('engine', 'the engine is closing the release');
    case 'noWorkload':
      return rollingBack('brief', 'the engine has not seen the workload yet');
    case 'absent':
    case 'unseen':
    case 'off':
      return deadEnd(engine) ?? rollingBack('brief', 'the engine has not looked yet');
  }
}

/** What the plan routes with is not there: the engine says nothing and waits for it, the old version serving (E25). */
function targetsMissing({ evidence: { missing = [] } }: Situation): Wait | null {
  if (missing.length === 0) return null;
  const message = `the engine cannot begin, and only the old version serves: ${missing.join(', ')} not there; create it, and the next tick goes on`;
  return wait('rest', 'stuck', 'TRAFFIC_TARGET_MISSING', message);
}

function ready({ pods }: Observation): boolean {
  return pods.canary.ready === pods.canary.total;
}

function onlyStable({ pods: { stable, canary } }: Observation, { replicas }: WorkloadView): boolean {
  return stable.total + canary.total <= replicas;
}

function rollingBack(wake: Wake, message: string): Wait {
  return wait(wake, 'reverting', 'ROLLING_BACK', message);
}

function refused(): Wait {
  return wait(
    'rest',
    'waiting',
    'SUPERSEDE_REFUSED',
    'blueGreen takes no other version while a release runs: roll back or finish it first',
  );
}

function planDiffers(differences: readonly string[]): Wait {
  return wait(
    'rest',
    'waiting',
    'PLAN_DIFFERS',
    `the plan in the cluster is not the policy ref's: ${differences.join('; ')}`,
  );
}

function hopeless(observation: Observation, version: PodTrouble['version'] | null = null): string | null {
  const found = observation.trouble.find(
    (one) =>
      (version === null || one.version === version) &&
      one.hopeless &&
      one.since !== null &&
      secondsSince(one.since, observation.takenAt) >= HOPELESS_AFTER,
  );
  return found === undefined
    ? null
    : `${found.pod}: ${found.reason}${found.message === '' ? '' : `: ${found.message}`}`;
}

function gateWait(code: Code, lead: string, shut: readonly Verdict[]): Wait {
  return { ...wait('gate', 'waiting', code, `${lead} ${shut.map(needWords).join(', and ')}`), until: opensAt(shut) };
}

function needWords(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'approval':
      return verdict.why;
    case 'after':
      return `waits for ${verdict.name} to deliver it first`;
    case 'schedule':
    case 'soak':
    case 'ready':
    case 'hold':
      return `waits for ${verdict.name} (${verdict.why})`;
  }
}

function wait(wake: Wake, state: State, code: Code, message: string): Wait {
  return { do: 'wait', wake, state, code, message, until: null };
}

function secondsSince(then: Date, now: Date): number {
  return (now.getTime() - then.getTime()) / 1000;
}
