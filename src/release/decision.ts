import type { CodeOf } from './codes.ts';
import type { Delivery } from './delivery.ts';
import type { Job } from './fact.ts';
import { shutWords } from './gate.ts';
import type { Blocked, BlockingPod, Engine, Observation, PodTrouble, WorkloadView } from './observation.ts';
import type { PolicyNote } from './policy-note.ts';
import { type AskedFor, type Hold, knownIds, type ReleaseRecord, type Rollback } from './record.ts';
import type { State } from './report.ts';
import { earlier } from './rollback-request.ts';
import { type Gates, type Grounds, opensAt, type Verdict } from './verdict.ts';
import { contentId, sameContent } from './whole.ts';

/**
 * What ends a wait. `engine`: the engine, soon. `brief`: the engine, within seconds; every run waits for it. `gate`: a
 * person or a time. `rest`: nothing that is under way.
 */
export type Wake = 'brief' | 'engine' | 'gate' | 'rest';

export interface Wait {
  readonly do: 'wait';
  readonly wake: Wake;
  readonly state: State;
  readonly code: CodeOf<'state'>;
  readonly message: string;
  readonly until: Date | null;
}

/** The one thing to do now. Each decision is safe to repeat, and follows from the present state of the cluster. */
export type Decision =
  | Wait
  /** Write the workload of the requested release, after a dry-run has shown that it is gated. */
  | { readonly do: 'start'; readonly release: AskedFor; readonly why: string }
  | { readonly do: 'advance'; readonly release: string; readonly step: number; readonly why: string }
  /** Start the run of a workflow for a gate of this place. */
  | {
      readonly do: 'startJob';
      readonly release: string;
      readonly place: number;
      readonly name: string;
      readonly job: Job;
      readonly why: string;
    }
  /** Begin the steps of what a controller made of the carrier. `back`: it is the target of a rollback. */
  | { readonly do: 'aim'; readonly release: string; readonly back: boolean; readonly why: string }
  /** Record the pod template that a controller made of the release's carrier. */
  | { readonly do: 'noteMade'; readonly release: AskedFor; readonly made: string; readonly why: string }
  /** Record that the requested release was delivered whole and is stable now. */
  | { readonly do: 'finish'; readonly release: AskedFor; readonly why: string }
  /** Restore the plan's pauses that an approval by plan, or somebody, has changed. */
  | { readonly do: 'restorePauses'; readonly steps: readonly number[]; readonly why: string }
  /** The policy rolls the release back: record a rollback and execute it. */
  | { readonly do: 'rollBack'; readonly reason: string; readonly code: CodeOf<'state'>; readonly to: string | null }
  /** Write into the record what later runs, and those of other deliveries, have to know of the policy. */
  | { readonly do: 'note'; readonly note: PolicyNote; readonly why: string }
  /** Delete an unready pod that the controller would never replace. */
  | { readonly do: 'removePod'; readonly pod: BlockingPod; readonly why: string }
  /** Replace the pod template by the one of stable. */
  | { readonly do: 'revertWorkload'; readonly rollback: Rollback; readonly why: string }
  | { readonly do: 'unpauseRollout'; readonly why: string }
  /** Only stable serves again: restore the field owners and record it. */
  | { readonly do: 'settleRollback'; readonly rollback: Rollback; readonly why: string }
  /** The pods are back: restore the objects that stable reads, which could not be rendered earlier. */
  | { readonly do: 'restoreBeside'; readonly rollback: Rollback; readonly why: string }
  | { readonly do: 'pushRevert'; readonly rollback: Rollback; readonly why: string }
  /** A person lifted the rollback: restore the version in Git. */
  | {
      readonly do: 'undoRevert';
      readonly rollback: Rollback;
      readonly undo: NonNullable<Rollback['undo']>;
      readonly why: string;
    }
  /** The engine left the workload paused, ungated and half updated (E3, E32): unpause it; it has the template of `stable`. */
  | { readonly do: 'repair'; readonly stable: Rollback['to']; readonly why: string };

/** Whether a decision finishes a rollback whose pods are back; a run tries such a decision once. */
export function isRestOfRollback(decision: Decision): decision is Extract<Decision, { do: RestOfRollback }> {
  return decision.do === 'pushRevert' || decision.do === 'restoreBeside' || decision.do === 'undoRevert';
}

export type RestOfRollback = 'restoreBeside' | 'pushRevert' | 'undoRevert';

export interface Situation extends Grounds {
  /** How the Rollout in the cluster differs from the plan in force, in words; pauses are not compared. */
  readonly planDiffers: readonly string[];
  /** Whether the engine accepts another version during a release. */
  readonly takesThird: boolean;
  /** Whether another version that begins now reaches no more pods than its own first step says. */
  readonly keepsToFirstStep: boolean;
  /** Steps whose pause in the cluster is not the plan's. */
  readonly pausesLeft: readonly number[];
  /** Whether to retry Git work that failed in an earlier run. */
  readonly retryGit: boolean;
  /** The step that a promotion jumps to; the gates of skipped steps have to be open too. Null without a jump. */
  readonly to: number | null;
  /** Whether a release may pass open gates; false for `deploy --until wait`. */
  readonly advance: boolean;
}

/** Seconds after which a pod that cannot start by waiting is reported. */
export const HOPELESS_AFTER = 20;

export function deadEnd({ engine, workload }: Pick<Observation, 'engine' | 'workload'>): Wait | null {
  switch (engine.at) {
    case 'absent': {
      const none = 'the cluster has no Rollout and no workload of this delivery yet';
      const alone = 'the workload is there, and it has no Rollout: nothing stops what is released to it';
      return wait('rest', 'absent', 'ABSENT', workload === null ? none : alone);
    }
    case 'off':
      return wait('rest', 'stuck', 'DISABLED', `the Rollout is ${engine.why}, so a release would not be gated`);
    case 'unseen':
      return wait('brief', 'rolling', 'STARTING', 'the engine has not looked at the Rollout yet');
    case 'noWorkload':
    case 'idle':
    case 'starting':
    case 'moving':
    case 'waiting':
    case 'frozen':
    case 'refusing':
    case 'finishing':
    case 'cancelling':
      return null;
  }
}

export function wedged(engine: Engine, workload: WorkloadView | null): boolean {
  return engine.at === 'idle' && workload !== null && workload.wedged;
}

export function hopeless(observation: Observation, version: PodTrouble['version'] | null = null): string | null {
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

/** The removal of a pod that blocks its controller and has had time to become ready; null when there is none. */
export function podToRemove({ observation: { blocking, takenAt } }: Situation): Decision | null {
  const pod = blocking.find(({ since }) => since !== null && secondsSince(since, takenAt) >= HOPELESS_AFTER);
  if (pod === undefined) return null;
  return {
    do: 'removePod',
    pod,
    why: `${pod.name} is not ready, and its controller does not replace it before it is ready`,
  };
}

export function onlyStable({ pods: { stable, canary } }: Observation, { replicas }: WorkloadView): boolean {
  return stable.total + canary.total <= replicas;
}

/** A wait when a Service or route of the plan is missing: the engine waits for it without a message (E25). */
export function targetsMissing({ evidence: { missing = [] } }: Situation): Wait | null {
  if (missing.length === 0) return null;
  const message = `the engine cannot begin, and only the old version serves: missing ${missing.join(', ')}; create it, and the next tick continues`;
  return wait('rest', 'stuck', 'TRAFFIC_TARGET_MISSING', message);
}

/** Rolls the release back by policy, where there is something to go back to and this run may move a release. */
export function policyRollback({ record, advance }: Situation, reason: string, code: CodeOf<'state'>): Decision {
  const { release } = record;
  if (release === null || earlier(record, release) === undefined || !advance)
    return wait('rest', 'stuck', code, reason);
  return { do: 'rollBack', reason, code, to: null };
}

/** What keeps the engine from ever ending the present step; null when nothing does. */
export function blockedIn({ observation: { engine } }: Situation): Blocked | null {
  return engine.at === 'moving' || engine.at === 'waiting' ? engine.blocked : null;
}

export function blockedWait(situation: Situation): Wait | null {
  const blocked = blockedIn(situation);
  return blocked === null ? null : wait('rest', 'stuck', 'BLOCKED', blocked.why);
}

/** Whether the record has a release to go back to from the present one. */
export function canRollBack({ release, history }: ReleaseRecord): boolean {
  return history.some((one) => release === null || one.id !== release.id || !sameContent(one, release));
}

/**
 * Whether another release than the requested one has become live that stepgate did not start. A release that was live
 * when another one was requested is in the record.
 */
export function takenOver(record: ReleaseRecord, release: AskedFor, workload: WorkloadView | null): boolean {
  if (workload === null || workload.id === null || record.history.length === 0) return false;
  return !knownIds(record).includes(workload.id) && workload.template !== release.template;
}

export function heldWait(hold: Hold): Wait {
  const what = hold.digest === null ? 'the delivery is held' : 'this version is held';
  return wait(
    'rest',
    'held',
    hold.bars === undefined ? 'HELD' : barCodes[hold.bars],
    `${what} by ${hold.by}: ${hold.reason}`,
  );
}

/** The code of a delivery that is held in place of a rollback by the policy. */
export const barCodes = {
  breaker: 'ROLLBACKS_STOPPED',
  past: 'ROLLBACK_BARRED',
} as const satisfies Record<NonNullable<Hold['bars']>, CodeOf<'state'>>;

/** The part of a rollback that is not done yet, and the reason, as a message. */
export function leftWords({ undo, beside, git, from, to, trouble }: Rollback): string {
  if (undo !== null) {
    return `the rollback of ${contentId(from)} is lifted, and Git does not have it again yet: ${trouble ?? 'the commit is still to be pushed'}`;
  }
  const why = trouble ?? (git === 'todo' ? 'the revert is still to be pushed' : 'stable could not be rendered');
  if (git === 'todo' && beside === 'todo') {
    return `the pods are back on ${contentId(to)}; what they read may not be, and Git still has the bad release: ${why}`;
  }
  return git === 'todo'
    ? `the cluster is back on ${contentId(to)}, and Git still has the bad release: ${why}`
    : `the cluster is back on ${contentId(to)}, and the objects that it reads are not restored yet: ${why}`;
}

/** A wait when the style takes no other version now; `engine.at` is `refusing` when one was written all the same. */
export function refused({ style }: Delivery, { at }: Engine): Wait {
  const message =
    at === 'refusing'
      ? `${style} refuses the version that was written during a release, and nothing moves until its template goes back: roll back, and approve nothing meanwhile`
      : `${style} does not accept another version during a release: finish the release or roll it back first`;
  return wait('rest', 'waiting', 'SUPERSEDE_REFUSED', message);
}

/** A wait when another version would reach the pods of the step where the release is. */
export function tooFar({ workload }: Delivery, step: number): Wait {
  return wait(
    'rest',
    'waiting',
    'SUPERSEDE_REFUSED',
    `${tooFarWords(workload.kind, step)}: finish the release or roll it back first`,
  );
}

/** Why no other version may begin at a step after the first one. */
export function tooFarWords(kind: string, step: number): string {
  return `another version of this ${kind} would reach the pods of step ${step} at once, without an approval`;
}

export function planDiffers(differences: readonly string[]): Wait {
  return wait(
    'rest',
    'waiting',
    'PLAN_DIFFERS',
    `the steps in the cluster differ from the plan in force: ${differences.join('; ')}`,
  );
}

/** A wait after an approval by plan. The engine never overwrites it, so it is not sent again (E21). */
export function openedByPlan(step: number): Wait {
  return wait(
    'brief',
    'rolling',
    'UPGRADING',
    `the pause of step ${step} is open: the engine is about to leave the step`,
  );
}

/**
 * What is done about shut gates of a place: a run that one of them needs is started, where this run may move a release and
 * nothing freezes it; otherwise they are waited for.
 */
export function atShutGates(
  situation: Situation,
  { place, ...told }: Parameters<typeof gateWait>[1] & { readonly place: number },
): Decision {
  const { gates, record, advance } = situation;
  const { release } = record;
  const frozen = told.shut.some(({ kind }) => kind === 'freeze');
  for (const verdict of told.shut) {
    if (!('opener' in verdict) || verdict.opener.by !== 'job' || verdict.opener.starts === null) continue;
    if (release === null || !advance || frozen) break;
    return { do: 'startJob', release: release.id, place, ...verdict.opener.starts, why: verdict.why };
  }
  return gateWait(gates, told);
}

/** A wait for shut gates. A freeze among them is named by a code of its own. */
export function gateWait(
  gates: Gates,
  { code, lead, shut }: { readonly code: CodeOf<'state'>; readonly lead: string; readonly shut: readonly Verdict[] },
): Wait {
  const words = shut.map((verdict) => shutWords(gates, verdict));
  const frozen = shut.some(({ kind }) => kind === 'freeze');
  const why = `${lead} ${words.join(', and ')}`;
  return { ...wait('gate', 'waiting', frozen ? 'FROZEN' : code, why), until: opensAt(shut) };
}

export function wait(wake: Wake, state: State, code: CodeOf<'state'>, message: string): Wait {
  return { do: 'wait', wake, state, code, message, until: null };
}

export function secondsSince(then: Date, now: Date): number {
  return (now.getTime() - then.getTime()) / 1000;
}
