import type { Remote } from './repo.ts';

/** What people have said and done at the forge, noted as they did it: nothing here is stepgate's own reading. */

/** The team that approvals name. */
export const team = 'acme/sre';

/** An approval of a step of a release, while it is there as it was given. Times in milliseconds since 1970. */
export interface Vote {
  readonly way: 'comment' | 'review' | 'merge';
  readonly by: string;
  readonly release: string;
  readonly step: number;
  readonly at: number;
  /** When it was edited or deleted, its pull request closed, or its content changed; without end while it stands. */
  until: number;
  /** The comment, or the pull request. */
  readonly number: number;
  /** Whether it is on the pull request that brought the release's own commit; every promotion is. */
  readonly isOnRelease: boolean;
  /** The plans that a promotion may be of, in a line each; null for a comment, which is of the plan that it comes after. */
  readonly under: readonly string[] | null;
  /** The plan of the policy when the promotion was opened. */
  readonly openedUnder: string | null;
}

/** A command in a comment. */
export interface Line {
  readonly by: string;
  readonly what: string;
  /** When it was edited or deleted. */
  until: number;
}

/** That somebody belonged to the team, or might write. */
interface Membership {
  readonly by: string;
  readonly of: 'team' | 'repository';
  readonly from: number;
  until: number;
}

/** Somebody closed a promotion pull request that was as stepgate had written it. */
export interface Closing {
  readonly by: string;
  readonly release: string;
  readonly step: number;
  readonly number: number;
  readonly at: number;
}

export interface ForgeLedger {
  /** Whether the forge gives no answer. */
  away: boolean;
  readonly votes: Vote[];
  readonly lines: Map<number, Line>;
  readonly memberships: Membership[];
  /** Promotion pull requests that somebody has changed. */
  readonly spoiled: Set<number>;
  /** Places, `release/step`, whose promotion file is on the policy branch as stepgate wrote it. */
  readonly filed: Set<string>;
  readonly closings: Closing[];
  /** Who wrote a commit. */
  readonly authors: Map<string, string>;
  /** Since when a release has its plan. */
  readonly planSince: Map<string, number>;
  /** What comments have brought about, by their number. */
  readonly acts: Map<number, string>;
  /** When a version was last held. */
  readonly lastHeld: Map<string, number>;
}

export function nothingSaid(): ForgeLedger {
  return {
    away: false,
    votes: [],
    lines: new Map(),
    memberships: [],
    spoiled: new Set(),
    filed: new Set(),
    closings: [],
    authors: new Map(),
    planSince: new Map(),
    acts: new Map(),
    lastHeld: new Map(),
  };
}

/** So old may an answer of the forge be on which something is written, and so long may that take. Milliseconds. */
export const forgeAge = 15_000;

/** A release's plan is noted when it is written, and counts from when that was decided. Milliseconds. */
const noteAge = 15_000;

/** What of a moment is asked: from then on, until then. */
interface Window {
  readonly from: number;
  readonly to: number;
}

/** Whether somebody was in the team, or might write, at any time of a window. */
export function isMember(
  { memberships }: ForgeLedger,
  by: string,
  of: Membership['of'],
  { from, to }: Window,
): boolean {
  return memberships.some((one) => one.by === by && one.of === of && one.from <= to && one.until >= from);
}

/** Somebody joins the team, or may write from now on. */
export function addMember({ memberships }: ForgeLedger, by: string, of: Membership['of'], now: number): void {
  const isIn = memberships.some((one) => one.by === by && one.of === of && one.until === Number.POSITIVE_INFINITY);
  if (!isIn) memberships.push({ by, of, from: now, until: Number.POSITIVE_INFINITY });
}

/** Somebody leaves the team, or may not write any more. */
export function endMember({ memberships }: ForgeLedger, by: string, of: Membership['of'], now: number): void {
  for (const one of memberships) if (one.by === by && one.of === of) one.until = Math.min(one.until, now);
}

/** The approvals of a step that stood at any time of a window, by people who might write then. `plan`: that of the Rollout. */
export function votesIn(
  ledger: ForgeLedger,
  { release, step, plan }: { readonly release: string; readonly step: number; readonly plan: string | null },
  window: Window,
): readonly Vote[] {
  const since = (ledger.planSince.get(release) ?? 0) - noteAge;
  return ledger.votes.filter(
    (one) =>
      one.release === release &&
      one.step === step &&
      one.at <= window.to &&
      one.until >= window.from &&
      (one.under === null ? one.at >= since : plan === null || one.under.includes(plan)) &&
      isMember(ledger, one.by, 'repository', window),
  );
}

/** Those that surely count now: `today` is the plan of the policy, `isClosed` tells of a pull request. */
export function standingVotes(
  ledger: ForgeLedger,
  of: { readonly release: string; readonly step: number },
  {
    now,
    today,
    isClosed,
  }: { readonly now: number; readonly today: string; readonly isClosed: (number: number) => boolean },
): readonly Vote[] {
  const since = (ledger.planSince.get(of.release) ?? 0) + 2_000;
  return votesIn(ledger, { ...of, plan: null }, { from: now, to: now }).filter(
    (one) =>
      one.isOnRelease &&
      one.at >= since &&
      (one.openedUnder === null || one.openedUnder === today) &&
      (one.way !== 'review' || !isClosed(one.number)),
  );
}

/** Whether a freeze is in force at a commit of the policy branch. Every freeze here is of all deliveries, and begins at once. */
export function isFrozenAt(git: Pick<Remote, 'at'>, commit: string, time: number): boolean {
  return Object.entries(git.at(commit).files).some(([path, text]) => {
    if (!path.startsWith('.stepgate/freezes/')) return false;
    const until = /^until: ["']?([^"'\n]+)/m.exec(text)?.[1];
    return until === undefined || Date.parse(until) > time;
  });
}
