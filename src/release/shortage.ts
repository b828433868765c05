import { type Decision, HOPELESS_AFTER, type Situation, secondsSince, type Wait, type Wake, wait } from './decision.ts';
import type { Shortage } from './observation.ts';
import { openStop, type Span, stopSpans, watchOver } from './policy-watch.ts';
import type { State } from './report.ts';

/** The clock of `stuckAfter`: it stands while new pods lack what a pod of any other version would lack too. */
export interface PolicyClock {
  /** How long it has run. */
  readonly seconds: number;
  /** What it stands for; null while it runs. */
  readonly stands: Shortage | null;
}

/** The clock of `stuckAfter` that began at `since`. */
export function policyClock(situation: Situation, since: Date): PolicyClock {
  const { observation, record, evidence } = situation;
  const { now } = evidence;
  const noted = stopSpans(watchOver(record, record.release?.id ?? ''), now);
  const broken = hasBroken(situation);
  const [stands = null] = broken ? [] : observation.shortages;
  // Where pods fail by themselves, others that have waited for a node excuse nothing.
  const spans = broken ? noted : [...noted, ...observation.unplaced];
  const standing = stands?.since == null ? [] : [{ from: stands.since, to: now }];
  const lost = lengthOf([...spans, ...standing], { from: since, to: now });
  return { seconds: Math.max(0, secondsSince(since, now) - lost / 1000), stands };
}

/** Whether a new pod fails by itself: it can't start, or had the whole time to become ready, and lacks nothing. */
function hasBroken({ observation, delivery, evidence }: Situation): boolean {
  const lacking = new Set(observation.shortages.map(({ pod }) => pod));
  return observation.trouble.some(({ version, pod, hopeless, since }) => {
    if (version !== 'canary' || lacking.has(pod) || since === null) return false;
    const seconds = secondsSince(since, evidence.now);
    return seconds >= (hopeless ? HOPELESS_AFTER : delivery.rollback.stuckAfterSeconds);
  });
}

/** How much of a stretch of time others cover, in milliseconds. */
function lengthOf(spans: readonly Span[], within: Span): number {
  let end = within.from.getTime();
  let length = 0;
  for (const { from, to } of spans.toSorted((one, other) => one.from.getTime() - other.from.getTime())) {
    const begin = Math.max(end, from.getTime());
    const last = Math.min(to.getTime(), within.to.getTime());
    if (last <= begin) continue;
    length += last - begin;
    end = last;
  }
  return length;
}

/** A wait for what new pods lack; null while they lack nothing, or only for a moment. */
export function shortageWait(
  situation: Situation,
  { stands }: PolicyClock,
  { wake, state }: { readonly wake: Wake; readonly state: State },
): Wait | null {
  if (stands === null || !isLong(situation, stands)) return null;
  const { on } = situation.delivery.rollback;
  const clock = on.includes('stuck') || on.includes('unready') ? '; the clock of stuckAfter stands meanwhile' : '';
  return wait(wake, state, 'SHORTAGE', `${stands.pod}: ${stands.why}; ${wayOuts[stands.of]}${clock}`);
}

const wayOuts: Readonly<Record<Shortage['of'], string>> = {
  nodes: 'no node takes the new pods, of whatever version: add nodes, or make room on them',
  quota: 'the namespace lets no more pods in, of whatever version: raise its ResourceQuota or LimitRange, or make room',
  registry: 'nobody can pull from this registry: bring it back, or its pull secret',
};

/**
 * Notes in the record that the clock stands, or runs again: a later run can't see a shortage that is over. Null where there is
 * nothing to note, and where the policy rolls nothing back.
 */
export function clockNote(situation: Situation, { stands }: PolicyClock): Decision | null {
  const { record, delivery, advance, evidence } = situation;
  const { release } = record;
  const { on } = delivery.rollback;
  if (release === null || !advance || !(on.includes('stuck') || on.includes('unready'))) return null;
  const open = openStop(watchOver(record, release.id));
  if (stands !== null && open === null && isLong(situation, stands)) {
    const from = (stands.since ?? evidence.now).toISOString();
    return { do: 'note', note: { is: 'stop', from }, why: `the clock of stuckAfter stands: ${stands.why}` };
  }
  if (stands !== null || open === null) return null;
  const to = evidence.now.toISOString();
  return { do: 'note', note: { is: 'go', to }, why: 'the shortage is over: the clock of stuckAfter runs again' };
}

function isLong({ evidence, delivery }: Situation, { since }: Shortage): boolean {
  const least = Math.min(HOPELESS_AFTER, delivery.rollback.stuckAfterSeconds);
  return since === null || secondsSince(since, evidence.now) >= least;
}
