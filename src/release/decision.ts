import type { CodeOf } from './codes.ts';
import type { Delivery } from './delivery.ts';
import { type Gates, type Grounds, opensAt, shutWords, type Verdict } from './gate.ts';
import type { AskedFor, Hold, Rollback } from './record.ts';
import type { State } from './report.ts';
import type { BlockingPod, Engine, Observation, PodTrouble, WorkloadView } from './target.ts';

/**
 * What ends a wait. `engine`: it goes on by itself soon. `brief`: a matter of seconds, always sat out. `gate`: a person
 * or a time. `rest`: nothing is going on here.
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
  | { readonly do: 'rollBack'; readonly reason: string; readonly code: CodeOf<'state'>; readonly to: string | null }
  /** Delete a pod that its controller waits for, for ever, before it replaces it. */
  | { readonly do: 'removePod'; readonly pod: BlockingPod; readonly why: string }
  /** Replace the template by stable's. */
  | { readonly do: 'revertWorkload'; readonly rollback: Rollback; readonly why: string }
  | { readonly do: 'unpauseRollout'; readonly why: string }
  /** The cluster serves stable again: clean up after the revert and record it. */
  | { readonly do: 'settleRollback'; readonly rollback: Rollback; readonly why: string }
  /** The pods are back: restore what stable reads beside its template, which could not be rendered before. */
  | { readonly do: 'restoreBeside'; readonly rollback: Rollback; readonly why: string }
  | { readonly do: 'pushRevert'; readonly rollback: Rollback; readonly why: string }
  /** A person lifted the rollback: let Git name the version again. */
  | {
      readonly do: 'undoRevert';
      readonly rollback: Rollback;
      readonly undo: NonNullable<Rollback['undo']>;
      readonly why: string;
    }
  /** The engine left the workload paused, ungated and half updated (E3, E32): set it free, where it has the template of `stable`. */
  | { readonly do: 'repair'; readonly stable: Rollback['to']; readonly why: string };

/** Whether a decision is what is left of a rollback whose pods are back: it is tried once in a run. */
export function isRestOfRollback(decision: Decision): decision is Extract<Decision, { do: RestOfRollback }> {
  return decision.do === 'pushRevert' || decision.do === 'restoreBeside' || decision.do === 'undoRevert';
}

export type RestOfRollback = 'restoreBeside' | 'pushRevert' | 'undoRevert';

export interface Situation extends Grounds {
  /** In words: how the Rollout in the cluster differs from the policy ref's plan; pauses aside. */
  readonly planDiffers: readonly string[];
  /** Whether the engine takes another version while a release runs. */
  readonly takesThird: boolean;
  /** Steps whose pause in the cluster is not the plan's. */
  readonly pausesLeft: readonly number[];
  /** Whether Git work that failed before is tried again now. */
  readonly retryGit: boolean;
  /** The step that a promotion jumps to: what it passes needs its gates too. Null lets one step go. */
  readonly to: number | null;
  /** Whether gates that are open may be acted on (`deploy --until wait` only looks). */
  readonly advance: boolean;
}

/** After this long with a pod that will not start by waiting, a person is told. Seconds. */
export const HOPELESS_AFTER = 20;

export function deadEnd(engine: Engine): Wait | null {
  switch (engine.at) {
    case 'absent':
      return wait('rest', 'absent', 'ABSENT', 'nothing of this delivery is in the cluster yet');
    case 'off':
      return wait('rest', 'stuck', 'DISABLED', `the Rollout is ${engine.why}: nothing would be gated`);
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

/** The pod to delete, once it has had the time that a pod may take; null for none. */
export function podToRemove({ observation: { blocking, takenAt } }: Situation): Decision | null {
  const pod = blocking.find(({ since }) => since !== null && secondsSince(since, takenAt) >= HOPELESS_AFTER);
  if (pod === undefined) return null;
  return { do: 'removePod', pod, why: `${pod.name} is not ready, and is not replaced before it is` };
}

export function onlyStable({ pods: { stable, canary } }: Observation, { replicas }: WorkloadView): boolean {
  return stable.total + canary.total <= replicas;
}

/** What the plan routes with is not there: the engine says nothing and waits for it, the old version serving (E25). */
export function targetsMissing({ evidence: { missing = [] } }: Situation): Wait | null {
  if (missing.length === 0) return null;
  const message = `the engine cannot begin, and only the old version serves: ${missing.join(', ')} not there; create it, and the next tick goes on`;
  return wait('rest', 'stuck', 'TRAFFIC_TARGET_MISSING', message);
}

export function heldWait(hold: Hold): Wait {
  const what = hold.digest === null ? 'the delivery is held' : 'held';
  return wait('rest', 'held', 'HELD', `${what} by ${hold.by}: ${hold.reason}`);
}

/** What a rollback whose pods are back has still to do, and why it has not been done, in words. */
export function leftWords({ undo, git, from, to, trouble }: Rollback): string {
  if (undo !== null) {
    return `the rollback of ${from.id} is lifted, Git does not name it again yet: ${trouble ?? 'that is still to be pushed'}`;
  }
  const why = trouble ?? (git === 'todo' ? 'the revert is still to be pushed' : 'stable could not be rendered');
  return git === 'todo'
    ? `the cluster is back on ${to.id}, Git still names the bad release: ${why}`
    : `the cluster is back on ${to.id}, what it reads beside its pod template is not restored yet: ${why}`;
}

export function refused({ style }: Delivery): Wait {
  return wait(
    'rest',
    'waiting',
    'SUPERSEDE_REFUSED',
    `${style} takes no other version while a release runs: roll back or finish it first`,
  );
}

export function planDiffers(differences: readonly string[]): Wait {
  return wait(
    'rest',
    'waiting',
    'PLAN_DIFFERS',
    `the plan in the cluster is not the policy ref's: ${differences.join('; ')}`,
  );
}

/** An approval by plan that the engine has not followed yet: it is never overwritten, so it is not sent again (E21). */
export function openedByPlan(step: number): Wait {
  return wait('brief', 'rolling', 'UPGRADING', `the pause of step ${step} is open: the engine is about to leave it`);
}

export function gateWait(
  gates: Gates,
  { code, lead, shut }: { readonly code: CodeOf<'state'>; readonly lead: string; readonly shut: readonly Verdict[] },
): Wait {
  const words = shut.map((verdict) => shutWords(gates, verdict));
  return { ...wait('gate', 'waiting', code, `${lead} ${words.join(', and ')}`), until: opensAt(shut) };
}

export function wait(wake: Wake, state: State, code: CodeOf<'state'>, message: string): Wait {
  return { do: 'wait', wake, state, code, message, until: null };
}

export function secondsSince(then: Date, now: Date): number {
  return (now.getTime() - then.getTime()) / 1000;
}
