import type { Caution } from './breaker.ts';
import type { Condition, Delivery, Kind, RollbackTrigger } from './delivery.ts';
import type { Fact, Job, Page } from './fact.ts';
import type { Freeze } from './freeze.ts';
import type { Metric, Numbers } from './measured.ts';
import type { Observation } from './observation.ts';
import type { Approval, ReleaseRecord } from './record.ts';
import type { ForgeEvidence, ForgeWay, Vote, Way } from './vote.ts';

/** The result of judging the evidence. `until` is when the gate opens by itself. */
export type Judgement = {
  readonly source: string;
  readonly observedAt: Date;
  readonly why: string;
} /** `since`: when it opened, where that is known. */ & (
  | { readonly is: 'open' | 'skipped'; readonly since?: Date; readonly numbers?: Numbers }
  | {
      readonly is: 'shut' | 'failed';
      readonly until: Date | null;
      readonly missing: readonly string[];
      readonly opener: Opener;
      readonly numbers?: Numbers;
    }
);

/** The judgement of a named gate. The gates `ready`, `hold` and `freeze` are not in the config. */
export type Verdict = Judgement & { readonly name: string; readonly kind: Kind | BuiltIn };

/** `ready`: at every step. `hold` and `freeze`: at the start and at every step, while there is one. */
export type BuiltIn = 'ready' | 'hold' | 'freeze';

/**
 * What opens a shut gate: a person with a command or at the forge, time, the pods, a change of the policy, an issue, or another
 * delivery.
 */
export type Opener =
  | { readonly by: 'resume' | 'time' | 'pods' | 'policy' | 'issue' | 'metric' }
  /** `ways` has those at the forge that do too. */
  | { readonly by: 'promote'; readonly ways: readonly Way[] }
  | { readonly by: 'forge'; readonly ways: readonly ForgeWay[] }
  | { readonly by: 'delivery'; readonly name: string }
  /** A run of a workflow; `starts` where there is none yet, and this gate may start one. */
  | { readonly by: 'job'; readonly starts: { readonly name: string; readonly job: Job } | null }
  /** What an address or a check says. */
  | { readonly by: 'answer' }
  /** `thaw`: the command that lifts the freeze. */
  | { readonly by: 'thaw'; readonly run: string };

/** Evidence that has to be fetched for a gate. */
export type Need =
  /** Whether another delivery has delivered the release. */
  | { readonly is: 'delivered'; readonly delivery: string }
  /** What the server of a metric says. */
  | { readonly is: 'samples'; readonly name: string; readonly metric: Metric }
  /** What an address answers. */
  | { readonly is: 'page'; readonly name: string; readonly page: Page }
  | ForgeNeed;

/** Evidence of the forge. */
export type ForgeNeed =
  | VoteNeed
  /** A status or a check on the commit of the release. */
  | { readonly is: 'state'; readonly name: string }
  /** The run of a workflow for this step. */
  | { readonly is: 'run'; readonly name: string; readonly job: Job };

/** Evidence of the forge for approvals. */
export type VoteNeed =
  /** The approvals at the forge of those who are named; an empty list is everybody. */
  | { readonly is: 'votes'; readonly ways: readonly ForgeWay[]; readonly from: readonly string[] }
  /** The members of a group that an approval names. */
  | { readonly is: 'group'; readonly name: string }
  /** Who wrote and merged the release. */
  | { readonly is: 'authors' };

export function isForgeNeed(need: Need): need is ForgeNeed {
  return isVoteNeed(need) || need.is === 'state' || need.is === 'run';
}

export function isVoteNeed(need: Need): need is VoteNeed {
  return need.is === 'votes' || need.is === 'group' || need.is === 'authors';
}

/** Whether another delivery has delivered the release, or a later one. `unknown` when Git or its cluster can't be read. */
export interface AfterEvidence {
  readonly delivery: string;
  readonly has: boolean | 'unknown';
  readonly why: string;
  readonly observedAt: Date;
}

export interface Evidence {
  /** The cluster's clock; times from the cluster are compared with it. */
  readonly now: Date;
  /** The runner's clock. A schedule is open when it is open by both clocks. */
  readonly runnerNow?: Date;
  /** Missing Services and routes of the plan; looked for only when the engine may wait for them. */
  readonly missing?: readonly string[];
  readonly after: readonly AfterEvidence[];
  /** Null when no gate in front of the release needs it. */
  readonly forge: ForgeEvidence | null;
  /** What was asked for gates that name something to ask. */
  readonly asked: readonly Fact[];
  /** Every freeze that is there, of any delivery, in force or not. */
  readonly freezes: readonly Freeze[];
  /** Read only where the policy is about to roll back. */
  readonly caution?: Caution;
}

/** The input of a judgement. */
export interface Facts {
  /** Approvals for this place of the release, and for the plan in force. */
  readonly approvals: readonly Approval[];
  /** Approvals at the forge for this place of the release. */
  readonly votes: readonly Vote[];
  readonly observation: Observation;
  readonly evidence: Evidence;
}

/** One kind of gate, as release/ uses it. Pure. */
export interface Gate<K extends Kind = Kind> {
  judge(condition: Condition<K>, facts: Facts): Judgement;
  /** A condition as text, such as `soak 10m`. */
  words(condition: Condition<K>): string;
  /** What the release waits for while this gate is shut, as text. */
  shutWords(shut: Pick<Verdict, 'name' | 'why'>): string;
  /** Whether `promote --force` skips it at a step. Only what opens by itself may be skipped: not people, not another delivery. */
  readonly isForceable: boolean;
  /** Whether `deploy --urgent` skips it at the start. */
  readonly yieldsToUrgency: boolean;
  /** The word of `rollback.on` for which the policy takes a release back when this gate has failed; null for none. */
  readonly trigger: RollbackTrigger | null;
  /** Whether a person (by personKey) may approve this condition, as far as is known about its groups. */
  admits(condition: Condition<K>, person: string, forge: ForgeEvidence | null): boolean;
  /** Whether the part that somebody has in the release, or may have in it, keeps their approval from counting. */
  bars(condition: Condition<K>, approver: Approver, forge: ForgeEvidence | null): boolean;
}

/** Who approves; `account` is the number at the forge, where it is known. */
export type Approver = Pick<Approval, 'by' | 'account'>;

/** Every kind of gate. Passed in, because release/ must not name a kind. */
export type Gates = Readonly<Record<Kind, Gate>>;

/** The input of every verdict on a release. */
export interface Grounds {
  readonly gates: Gates;
  readonly delivery: Delivery;
  /** The digest of the plan in force. Approvals for another plan don't count. */
  readonly plan: string;
  readonly record: ReleaseRecord;
  readonly observation: Observation;
  readonly evidence: Evidence;
}

export function isOpen(verdict: Verdict): boolean {
  return verdict.is === 'open' || verdict.is === 'skipped';
}

/** When the last gate opened, as far as is known; null when a gate is shut, or nothing is known. */
export function dueSince(verdicts: readonly Verdict[]): Date | null {
  let latest: Date | null = null;
  for (const verdict of verdicts) {
    if (!isOpen(verdict)) return null;
    const since = 'since' in verdict ? verdict.since : undefined;
    if (since !== undefined && (latest === null || since > latest)) latest = since;
  }
  return latest;
}

/** When the last shut gate opens by itself; null when a gate needs more than time. */
export function opensAt(verdicts: readonly Verdict[]): Date | null {
  let latest: Date | null = null;
  for (const verdict of verdicts) {
    if (!('until' in verdict)) continue;
    if (verdict.until === null) return null;
    if (latest === null || verdict.until > latest) latest = verdict.until;
  }
  return latest;
}
