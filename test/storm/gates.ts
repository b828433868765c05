import type { Condition, Delivery } from '../../src/release/delivery.ts';
import type { Approval } from './facts.ts';
import { isSurelyGood, type MetricFacts, whyNotGood } from './facts-of-metrics.ts';
import type { Vote } from './votes.ts';

/** What gates are judged on: the raw history, not stepgate's reading of it. Times in milliseconds since 1970. */
export interface Evidence {
  readonly now: number;
  /** Approvals of this step of this release by people who gave them. */
  readonly approvals: readonly Approval[];
  /** The same by what they did at the forge. */
  readonly votes: readonly Vote[];
  /** The teams that somebody was in. */
  readonly teamsOf: TeamsOf;
  /** Who wrote the release; null where nobody knows. */
  readonly author: string | null;
  /** When the step's pods were in place and ready; null where they are not. */
  readonly soakedSince: number | null;
  /** When a container of the step's pods was last started; null where there is none. */
  readonly startedAt: number | null;
  /** Whether the environment before has delivered the commit, or a later one. */
  readonly isStaged: boolean;
  readonly metrics: MetricFacts;
  /** Milliseconds that the runner's clock is ahead: a schedule needs both. */
  readonly skew: number;
}

type TeamsOf = (by: string) => readonly string[];

/** Times in the cluster are whole seconds, and what was looked at is a moment old. */
const slack = 2_500;

/** The gates that are not open, in words; `lenient` for what may have been open a moment ago. */
export function shutGates(conditions: readonly Condition[], evidence: Evidence, lenient: boolean): readonly string[] {
  // Who may not say yes may not skip what it waits for either.
  const forced = evidence.approvals.some((one) => one.forced && mayApprove(conditions, one.by, evidence.teamsOf));
  return conditions.flatMap((condition) => why(condition, { ...evidence, forced }, lenient) ?? []);
}

/** What is shut by every one of some policies: of those that may be gone by, the most lenient counts. */
export function shutBy(
  policies: readonly Delivery[],
  shut: (policy: Delivery) => readonly string[],
): readonly string[] {
  const each = policies.map(shut);
  return each.some((one) => one.length === 0) ? [] : (each[0] ?? []);
}

/** Whether somebody may approve what waits for these: what names nobody is anybody's. */
export function mayApprove(conditions: readonly Condition[], by: string, teamsOf: TeamsOf): boolean {
  return conditions.every((one) => one.kind !== 'approval' || isNamed(one.from, by, teamsOf));
}

function isNamed(from: readonly string[], by: string, teamsOf: TeamsOf): boolean {
  const names = namesOf(from);
  return names.length === 0 || [by, ...teamsOf(by)].some((one) => names.includes(one));
}

function namesOf(from: readonly string[]): readonly string[] {
  return from.map((name) => name.replace('@', '').toLowerCase());
}

function why(condition: Condition, evidence: Evidence & { readonly forced: boolean }, lenient: boolean): string | null {
  const { now, soakedSince, startedAt, isStaged, skew, forced } = evidence;
  switch (condition.kind) {
    case 'approval': {
      const { name, count } = condition;
      // Where a commit of the release came by no pull request, nobody counts.
      if (condition.notAuthor && !lenient) return `${name}: its authors may be unknown`;
      const people = approvedBy(condition, evidence);
      return people.size >= count ? null : `${name}: ${people.size} of ${count}`;
    }
    case 'soak': {
      const left = soakedSince === null ? Number.POSITIVE_INFINITY : soakedSince + condition.seconds * 1000 - now;
      return forced || left <= (lenient ? slack : -slack) ? null : `soak: ${Math.round(left / 1000)} s left`;
    }
    case 'schedule':
      return forced || [now, now + skew].every((time) => inOffice(time) || (lenient && inOffice(time - slack)))
        ? null
        : 'schedule: outside its window';
    case 'noRestarts': {
      const left = startedAt === null ? Number.POSITIVE_INFINITY : startedAt + condition.seconds * 1000 - now;
      return forced || left <= (lenient ? slack : -slack)
        ? null
        : `noRestarts: a container was started too late, ${Math.round(left / 1000)} s left`;
    }
    case 'http':
    case 'check':
    case 'job':
      return `${condition.kind}: ${condition.name} is not drawn`;
    case 'metric':
      if (forced) return null;
      if (lenient) return whyNotGood(condition, evidence.metrics);
      return isSurelyGood(condition, evidence.metrics) ? null : `${condition.name}: it is not surely good`;
    case 'after':
      return isStaged ? null : `after: ${condition.delivery} has not delivered it`;
  }
}

/** The people whose approvals count, by command or at the forge. */
function approvedBy(
  { by, from, notAuthor }: Extract<Condition, { kind: 'approval' }>,
  { approvals, votes, teamsOf, author }: Evidence,
): ReadonlySet<string> {
  const commands = approvals.map((one) => ({ by: one.by, way: 'command' as const }));
  const given = [...commands, ...votes].filter((one) => by.includes(one.way)).map((one) => one.by);
  return new Set(given.filter((who) => isNamed(from, who, teamsOf) && !(notAuthor && who === author)));
}

/** Every day from 9 to 17 h, UTC: the one schedule that cases have. */
function inOffice(time: number): boolean {
  const minute = Math.floor(time / 60_000) % (24 * 60);
  return minute >= 9 * 60 && minute < 17 * 60;
}
