import { gates, needsOf } from '../gates/index.ts';
import { conditionsAhead, conditionsWatched } from '../release/ahead.ts';
import type { Decision, Situation } from '../release/decision.ts';
import { type Condition, type Delivery, everyCondition } from '../release/delivery.ts';
import { asError } from '../release/error.ts';
import type { Wanted } from '../release/finding.ts';
import { type AskedFor, rollbackUnderWay, stableOf } from '../release/record.ts';
import { parseRecord } from '../release/record-text.ts';
import type { AfterEvidence, Evidence } from '../release/verdict.ts';
import type { AskedRollout, Trouble } from './answers.ts';
import type { Context } from './context.ts';
import { forgeEvidence } from './forge-evidence.ts';
import { forgeFacts } from './forge-facts.ts';
import { look } from './look.ts';
import { metricEvidence } from './metric-evidence.ts';
import { type Found, lister } from './observe/lists.ts';
import { pageEvidence } from './page-evidence.ts';
import { type Observed, refuseForeign, serverTime, type Work } from './work.ts';
import { readTrouble } from './write.ts';

/** How long an answer about another delivery, or about a route, may be used. Milliseconds. */
const USABLE_FOR = 10_000;

/** Evidence, and whether every other delivery in it was read by name in this turn of the loop. */
export interface Gathered {
  readonly evidence: Evidence;
  readonly isAnew: boolean;
}

/**
 * Gathers evidence for the gates in front of a release: about other deliveries, and from the forge. Its age counts from when
 * it was requested.
 * - While a rollback is under way nothing is asked: a server that answers slowly must not delay it.
 * - A delivery is read only when a condition in front of the release names it. Between two gates none is read.
 * - `known`: an answer may be used for ten seconds. It may be older when the delivery's own objects come from an equally old
 *   list. A shared watch of the other Rollout is always current enough.
 * - The forge is asked only for what these gates need, once a minute.
 * - Metrics are asked for every 15 seconds: those of these gates, and those that the policy watches in every step.
 * - `anew`: everything is read in this turn, deliveries by name. A start, an advance and a finish need that, because a watch may lag behind.
 *   The answer must also be at most ten seconds old when the write is due (`isUsable`).
 */
export async function gather(work: Work, observed: Observed, how: 'known' | 'anew'): Promise<Gathered> {
  const { delivery, jumpTo: to } = work;
  const { record, observation } = observed;
  if (rollbackUnderWay(record) !== null) return gatherFor(work, observed, [], how);
  const ahead = conditionsAhead({ delivery, record, observation, to });
  return gatherFor(work, observed, [...ahead, ...conditionsWatched({ gates, delivery, record, observation })], how);
}

/** Gathers the evidence for some conditions, as `gather` does. */
export async function gatherFor(
  work: Work,
  observed: Observed,
  conditions: readonly Condition[],
  how: 'known' | 'anew',
): Promise<Gathered> {
  const { record } = observed;
  const { release } = record;
  const needs = needsOf(conditions);
  const [found, forge, ...asked] = await Promise.all([
    release === null ? [] : Promise.all(othersIn(conditions).map((name) => afterEvidence(work, name, release, how))),
    forgeEvidence(work, record, needs, how),
    metricEvidence(work, observed, needs, how),
    pageEvidence(work, observed, needs, how),
    forgeFacts(work, observed, needs, how),
  ]);
  return {
    evidence: { ...presentEvidence(work), after: found.map(({ after }) => after), forge, asked: asked.flat() },
    isAnew:
      found.every(({ isAnew }) => isAnew) &&
      ((forge === null && asked.every(({ length }) => length === 0)) || how === 'anew'),
  };
}

/** The evidence that needs no request: both clocks, and the freezes of the policy as it was read last. */
export function presentEvidence(work: Pick<Work, 'cluster' | 'context' | 'policy'>): Evidence {
  const { context, policy } = work;
  const now = serverTime(work);
  return { now, runnerNow: context.clock.now(), after: [], forge: null, asked: [], freezes: policy.freezes };
}

/** Whether a decision depends on such evidence. A rollback does not, so it never waits for it. */
export function needsEvidence(decision: Decision, { evidence, record }: Situation): boolean {
  if (rollbackUnderWay(record) !== null) return false;
  const hasAny = evidence.after.length > 0 || evidence.forge !== null || evidence.asked.length > 0;
  return hasAny && ['start', 'advance', 'finish', 'startJob'].includes(decision.do);
}

/** Whether a write that is due now may use this evidence: it was read in this turn, and not long ago. */
export function isUsable({ evidence: { after, forge, asked }, isAnew }: Gathered, now: Date): boolean {
  const read = [...after, ...asked, ...(forge === null ? [] : [forge])];
  return isAnew && read.every(({ observedAt }) => now.getTime() - observedAt.getTime() <= USABLE_FOR);
}

/** The deliveries that a delivery's gates name, each once. */
export function othersInGates(delivery: Delivery): readonly string[] {
  return othersIn(everyCondition(delivery));
}

function othersIn(conditions: readonly Condition[]): readonly string[] {
  return needsOf(conditions).flatMap((need) => (need.is === 'delivered' ? [need.delivery] : []));
}

/**
 * The Services and routes of the plan that are missing, as `Kind name`. They are read only while the engine prepares a
 * release or its first step: the engine then waits for a missing one for ever, and reports nothing (E25). No write
 * depends on the answer, so it may be used for ten seconds.
 */
export async function missingTargets(
  { cluster, context, delivery, target, answers }: Work,
  observed: Observed,
): Promise<readonly string[]> {
  const { engine, workload } = observed.observation;
  const begins = engine.at === 'starting' || (engine.at === 'moving' && workload?.taken === false);
  if (!begins) return [];
  const ask = async (wanted: Wanted) => {
    const { is } = await look(cluster, wanted, context.signal);
    return is === 'missing' || is === 'unserved' ? [`${wanted.kind.kind} ${wanted.name}`] : [];
  };
  const routes = target.routes(delivery);
  const now = context.clock.now();
  const key = JSON.stringify(routes.map(({ kind, name }) => [kind.kind, name]));
  const { titles } = await answers.missing.ask(key, new Date(now.getTime() - USABLE_FOR), async () => ({
    observedAt: now,
    titles: (await Promise.all(routes.map(ask))).flat(),
  }));
  return titles;
}

/** Whether another delivery has delivered the commit, or a later one; `unknown` when its cluster can't be read. */
async function afterEvidence(
  work: Work,
  name: string,
  release: AskedFor,
  how: 'known' | 'anew',
): Promise<{ readonly after: AfterEvidence; readonly isAnew: boolean }> {
  const { context, policy, answers } = work;
  const now = context.clock.now();
  const other = policy.deliveries.find((delivery) => delivery.name === name);
  if (other === undefined) {
    return {
      after: { delivery: name, has: 'unknown', why: `${name} is not configured`, observedAt: now },
      isAnew: true,
    };
  }
  const oldest = how === 'anew' ? now : oldestKnown(work, now);
  const shared = how === 'known' && work.lister.shares ? await sharedRollout(work, other, oldest) : null;
  const found = shared ?? (await answers.rollouts.ask(name, oldest, () => askRollout(work, other)));
  const judged = 'trouble' in found ? found : await asking(context, other, () => judge(work, other, release, found));
  const after =
    'trouble' in judged
      ? ({ delivery: name, has: 'unknown', why: judged.trouble, observedAt: judged.observedAt } as const)
      : judged;
  return { after, isAnew: shared === null && found.observedAt >= now };
}

async function judge(
  work: Work,
  other: Delivery,
  release: AskedFor,
  { object, observedAt }: Found,
): Promise<AfterEvidence> {
  const { name } = other;
  const snapshot = { takenAt: observedAt, rollout: object, workload: null, pods: [] };
  const observed = work.context.targets.of(other).observe(other, snapshot);
  refuseForeign(other, observed);
  const stable = stableOf(parseRecord(observed.rollout?.record ?? null));
  if (stable === null) return { delivery: name, has: false, why: `${name} has delivered nothing yet`, observedAt };
  const has = await contains(work, stable.commit, release.commit);
  const why = `${name} has ${has === true ? '' : 'not '}delivered ${release.commit.slice(0, 10)} (its stable is ${stable.commit.slice(0, 10)})`;
  return { delivery: name, has, why, observedAt };
}

/**
 * The oldest answer that may be used. When the delivery's own objects come from an old shared list, answers about others
 * may be as old.
 */
function oldestKnown({ following }: Work, now: Date): Date {
  const limit = new Date(now.getTime() - USABLE_FOR);
  return following.current().takenAt < limit ? new Date(0) : limit;
}

async function sharedRollout({ context, lister: shared }: Work, other: Delivery, oldest: Date) {
  return asking(context, other, async () => shared.sharedRollout(await context.connect(other.cluster), other, oldest));
}

function askRollout({ context }: Work, other: Delivery): Promise<AskedRollout> {
  return asking(context, other, async () => lister(context).rollout(await context.connect(other.cluster), other));
}

async function asking<T>(context: Context, other: Delivery, question: () => Promise<T>): Promise<T | Trouble> {
  const observedAt = context.clock.now();
  try {
    return await question();
  } catch (error) {
    if (context.signal.aborted) throw error;
    const known = asError(readTrouble(error, other.name));
    if (known.family === 'bug') throw error;
    return { trouble: `${other.name} can't be read: ${known.message}`, observedAt };
  }
}

async function contains({ context, answers }: Work, commit: string, ancestor: string): Promise<boolean | 'unknown'> {
  if (commit === ancestor) return true;
  const key = `${commit} ${ancestor}`;
  const known = answers.contained.get(key);
  if (known !== undefined) return known;
  const found = await context.repo.contains(commit, ancestor);
  // A shallow clone answers 'unknown'. The answer may change when more history is fetched, so it is not kept.
  if (found !== 'unknown') answers.contained.set(key, found);
  return found;
}
