import type { Code } from './codes.ts';
import { type Decision, heldWait, type Situation, secondsSince, type Wait, wait } from './decision.ts';
import { type Bars, barWords, NO_ROLLBACK_PAST } from './no-rollback-past.ts';
import { watchOver } from './policy-watch.ts';
import { deliveryHold } from './record.ts';

/** A rollback by the policy in this cluster, of the last quarter of an hour. */
export interface RecentRollback {
  readonly delivery: string;
  readonly namespace: string;
  /** The id of the release that was rolled back, or that is about to be. */
  readonly release: string;
  /** `begun`: it is recorded. `claimed`: its run looks whether there are too many. */
  readonly is: 'begun' | 'claimed';
  readonly at: Date;
}

/** What a rollback by the policy depends on, beside the release. Read right before it. */
export interface Caution {
  /** The cluster's time at which the records were asked for. */
  readonly at: Date;
  /** Those of this delivery are among them, except for its own claim. */
  readonly recent: readonly RecentRollback[];
  /** Why only the records of the delivery's namespace are known; null where it is all of the cluster. */
  readonly narrow: string | null;
  readonly bars: Bars;
}

/** So many rollbacks by the policy within `WINDOW` are made in a cluster; the next one is not. */
export const MOST = 3;
/** Seconds. */
export const WINDOW = 15 * 60;
/**
 * Seconds between a claim and the look at the claims of others. All who claim wait as long. A claim that took longer than
 * `LANDS_WITHIN` to be written is made again, so that nobody misses an earlier one.
 */
export const SETTLES = 5;
export const LANDS_WITHIN = 2;
/** Seconds after which a claim that a killed run left is made anew. To others it counts for the whole window. */
const CLAIM_LASTS = 5 * 60;

/**
 * What becomes of a rollback that the policy decided on. It is claimed in the record, and made when fewer than `MOST` others in
 * the cluster were made or claimed before: a claim is written before the others are read, so that of any number of runs at the
 * same time no two take the same place. Where it may not be made, the delivery is held. Needs `evidence.caution`; without one
 * it is returned as it is, and not to be executed.
 */
export function withBreaker(situation: Situation, decision: Extract<Decision, { do: 'rollBack' }>): Decision {
  const { record, evidence } = situation;
  const { release } = record;
  const { caution, now } = evidence;
  const hold = deliveryHold(record);
  if (hold?.bars !== undefined) return heldWait(hold);
  if (caution === undefined || release === null) return decision;
  const { bars } = caution;
  if (bars.is === 'known' && bars.bars.length > 0) {
    const why = `${NO_ROLLBACK_PAST} is in ${barWords(bars.bars)}`;
    return hold !== null ? heldWait(hold) : held('past', `${decision.reason}; the policy does not roll back: ${why}`);
  }
  // A workload that the engine left half updated has to be set free.
  if (decision.code === 'WEDGED') return decision;
  const { claimed } = watchOver(record, release.id);
  const mine = claimed === null ? null : new Date(claimed);
  const isClaimed = mine !== null && secondsSince(mine, now) < CLAIM_LASTS;
  const before = caution.recent
    .filter(({ at }) => secondsSince(at, now) < WINDOW)
    .filter((one) => one.is === 'begun' || (isClaimed && isEarlier(one, { ...situation.delivery, at: mine })));
  if (before.length >= MOST) {
    const why = `${decision.reason}; the policy does not roll back: ${before.length} others went before it ${whereWords(caution)} within ${WINDOW / 60} minutes, so the releases may not be what is wrong: ${before.map(words).join(', ')}`;
    return hold !== null ? heldWait(hold) : held('breaker', why);
  }
  if (!isClaimed)
    return { do: 'note', note: { is: 'claim' }, why: `the policy is about to roll back: ${decision.reason}` };
  if (secondsSince(mine, caution.at) >= SETTLES) return decision;
  const until = new Date(mine.getTime() + SETTLES * 1000);
  return {
    ...wait('brief', 'stuck', decision.code, `${decision.reason}; about to be rolled back by the policy`),
    until,
  };
}

/** Reasons for which the policy rolls back. */
const reasons: readonly Code[] = ['STUCK', 'POD_NOT_STARTING', 'PODS_NOT_READY', 'METRIC_FAILED'];

/** Replaces the wait for a bad release by the hold that was recorded in place of its rollback. */
export function insteadOfRollback({ record }: Situation, decision: Wait): Wait {
  const hold = deliveryHold(record);
  return hold?.bars !== undefined && reasons.includes(decision.code) ? heldWait(hold) : decision;
}

function held(bars: 'breaker' | 'past', reason: string): Decision {
  return { do: 'note', note: { is: 'hold', bars, reason }, why: reason };
}

/** Orders claims by time, then by namespace and name, so that every run sees the same order. */
function isEarlier(
  one: RecentRollback,
  mine: { readonly at: Date; readonly namespace: string; readonly name: string },
): boolean {
  const apart = one.at.getTime() - mine.at.getTime();
  return apart === 0 ? `${one.namespace}/${one.delivery}` < `${mine.namespace}/${mine.name}` : apart < 0;
}

function whereWords({ narrow }: Caution): string {
  return narrow === null ? 'in this cluster' : `in this namespace (others could not be asked: ${narrow})`;
}

function words({ delivery, at, is }: RecentRollback): string {
  return `${delivery} ${is === 'begun' ? 'at' : 'claimed at'} ${at.toISOString().slice(11, 16)}`;
}
