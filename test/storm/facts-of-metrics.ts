import type { Condition } from '../../src/release/delivery.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import { pointOf, versionOf, wantedVersion } from './facts.ts';
import { type Change, type MetricName, type MetricState, metricNames, stateAt, stretchesOf } from './metric-states.ts';
import type { Sight } from './sight.ts';

/** How metrics were when something was decided. Nothing here is stepgate's own reading. Times in milliseconds since 1970. */
export interface MetricFacts {
  readonly changes: readonly Change[];
  /** What was decided may rest on an answer of any time from then on, until then. */
  readonly from: number;
  readonly to: number;
  /** Since when the step is as it is, as early and as late as that may be; null where nobody knows. */
  readonly heldSince: { readonly earliest: number; readonly latest: number } | null;
  /** Since when the release is live, and since when the engine has come to it. */
  readonly liveSince: number;
  readonly takenUpSince: number;
  /** Since when the new pods are there; without end while there are none. */
  readonly newSince: number;
  /** When the first new pod was made, whatever became of it. A paused Rollout makes it late. */
  readonly firstSince: number;
  /** Whether there are pods of both versions. */
  readonly hasBoth: boolean;
}

type Metric = Extract<Condition, { kind: 'metric' }>;

/** So old may an answer be on which a step is left, with what it takes to send that. */
const age = 13_000;

/** Points are five seconds apart, and two of them may be missing. */
const lag = 11_000;

/** Times in the cluster are whole seconds. */
const slack = 2_500;

/** Counts of a shorter time are not asked for. */
const shortest = 30_000;

/** What is as it is for so long has been looked at by a run, at the end of a case. Milliseconds. */
export const settledAtEnd = 280_000;

/** Nothing that a release changes is older than this before its template is written. */
const wayBefore = 30_000;

export function metricFacts(sight: Sight, time: number, answersAge = age): MetricFacts {
  const { phase, state } = pointOf(sight.rollout());
  const since = newSince(sight);
  return {
    changes: sight.metrics,
    from: time - answersAge,
    to: time,
    heldSince: heldSince(sight, phase === 'Progressing', state === 'StepPaused'),
    liveSince: sight.liveSince,
    takenUpSince: sight.takenUpSince,
    newSince: since,
    firstSince: Math.min(since, sight.firstOf.get(wantedVersion(sight.workload())) ?? since),
    hasBoth: hasBoth(sight.pods(), wantedVersion(sight.workload())),
  };
}

function newSince(sight: Sight): number {
  const wanted = wantedVersion(sight.workload());
  const ours = sight.pods().filter((pod) => versionOf(pod) === wanted);
  return Math.min(...ours.map(({ metadata: { name } }) => sight.startsOf.get(name)?.[0] ?? Number.POSITIVE_INFINITY));
}

function heldSince(sight: Sight, isUnderWay: boolean, waits: boolean): MetricFacts['heldSince'] {
  const { stepSince, pausedAt, readySince } = sight;
  if (isUnderWay) return { earliest: stepSince, latest: waits ? pausedAt : stepSince };
  return readySince === null ? null : { earliest: Math.min(readySince, stepSince), latest: readySince };
}

function hasBoth(pods: readonly Thing[], wanted: string): boolean {
  return new Set(pods.map((pod) => versionOf(pod) === wanted)).size === 2;
}

/** The one of that name, where the storm has it. */
export function metricNamed(name: string): MetricName | null {
  return metricNames.find((one) => one === name) ?? null;
}

/** Why a metric can't have been good; null where it may have been. */
export function whyNotGood({ name, metric: { asks } }: Metric, facts: MetricFacts): string | null {
  const of = metricNamed(name);
  if (of === null) return `${name}: nobody measures it`;
  const seconds = asks.is === 'threshold' ? asks.forSeconds : shortest / 1_000;
  const young = youth(facts, seconds);
  if (young !== null) return `${name}: the step is ${young} s old, not ${seconds} s`;
  const may = timesOf(facts).some((time) => {
    if (asks.is === 'comparison') return stateAt(facts.changes, of, time) === 'good';
    return isAnswered(facts, of, time) && goodFor(facts, of, { time, seconds: asks.forSeconds });
  });
  return may ? null : `${name}: it was ${stateAt(facts.changes, of, facts.to)}`;
}

/** Why a metric can't have failed; null where it may have. */
export function whyNotFailed({ name, metric: { asks } }: Metric, facts: MetricFacts): string | null {
  const of = metricNamed(name);
  if (of === null) return `${name}: nobody measures it`;
  const seconds = asks.is === 'threshold' ? asks.failedAfterSeconds : shortest / 1_000;
  const young = youth(facts, seconds);
  if (young !== null) return `${name}: the step is ${young} s old, not ${seconds} s`;
  if (asks.is === 'comparison') {
    const was = timesOf(facts).some((time) => stateAt(facts.changes, of, time) === 'bad');
    return was ? null : `${name}: it was ${stateAt(facts.changes, of, facts.to)}`;
  }
  const may = timesOf(facts).some((time) => isAnswered(facts, of, time) && badFor(facts, of, { time, seconds }));
  if (!may) return `${name}: it was ${stateAt(facts.changes, of, facts.to)}, and not bad for ${seconds} s`;
  // Of pods that were not there then, nothing was measured.
  const before = { from: facts.liveSince - wayBefore - seconds * 1_000 - lag, to: facts.from };
  const wasSo = stretchesOf(facts.changes, of, before).every(({ is }) => is === 'bad');
  return of === 'range' && wasSo ? `${name}: it was bad before the release began` : null;
}

/** Whether a metric is surely good, at the end of a case. */
export function isSurelyGood({ name, metric: { asks } }: Metric, facts: MetricFacts): boolean {
  const of = metricNamed(name);
  return (
    of !== null &&
    isSettled(facts, of, { is: 'good', settled: settledAtEnd }) &&
    (asks.is === 'threshold' || facts.hasBoth)
  );
}

/** Whether a metric has surely failed, for so many milliseconds: it got bad after the engine had come to the release. */
export function isSurelyFailed({ name, metric: { asks } }: Metric, facts: MetricFacts, settled: number): boolean {
  const of = metricNamed(name);
  if (of === null || !isSettled(facts, of, { is: 'bad', settled })) return false;
  if (asks.is === 'comparison') return facts.hasBoth;
  // Of pods that are not there nothing is measured.
  if (facts.newSince > facts.to - settled) return false;
  const last = facts.changes.findLast((one) => one.of === of);
  // Of pods that are older than the release it was so before.
  const isOfRelease = of === 'steady' && facts.newSince >= facts.takenUpSince;
  if (isOfRelease || last === undefined) return isOfRelease;
  // What was bad before the release began takes nothing back, also where it was good for a while since.
  const wasBad = [facts.takenUpSince, facts.firstSince].some((began) =>
    stretchesOf(facts.changes, of, { from: began - lookedBack, to: began }).some(({ is }) => is === 'bad'),
  );
  return !wasBad && last.at > Math.max(facts.takenUpSince, facts.firstSince);
}

/** So long before a release began a metric may be asked for, in milliseconds. */
const lookedBack = 600_000;

function isSettled(
  facts: MetricFacts,
  of: MetricName,
  { is, settled }: { readonly is: MetricState; readonly settled: number },
): boolean {
  const from = facts.to - settled;
  const isHeld = facts.heldSince !== null && facts.heldSince.latest <= from;
  return isHeld && stretchesOf(facts.changes, of, { from, to: facts.to }).every((one) => one.is === is);
}

/** How old the step is in seconds, where that is surely less than so many; null where it may be so old. */
function youth({ heldSince: held, to }: MetricFacts, seconds: number): number | null {
  const old = held === null ? Number.POSITIVE_INFINITY : to - held.earliest;
  return old < seconds * 1_000 - slack ? Math.round(old / 1_000) : null;
}

/** Every second at which something may have been asked. */
function timesOf({ from, to }: MetricFacts): readonly number[] {
  return Array.from({ length: Math.ceil((to - from) / 1_000) + 1 }, (_, index) => Math.max(from, to - index * 1_000));
}

function isAnswered({ changes }: MetricFacts, of: MetricName, time: number): boolean {
  const is = stateAt(changes, of, time);
  return is !== 'away' && is !== 'partial';
}

/** Whether a value may have been in its range for so long, as far as points show it. */
function goodFor(
  { changes }: MetricFacts,
  of: MetricName,
  { time, seconds }: { time: number; seconds: number },
): boolean {
  const newest = stretchesOf(changes, of, { from: time - lag, to: time + 1 });
  if (!newest.some(({ is }) => is === 'good' || is === 'partial')) return false;
  const all = stretchesOf(changes, of, { from: time - Math.max(0, seconds * 1_000 - slack), to: time - lag });
  return all.every(({ is, from, to }) => is === 'good' || is === 'partial' || to - from <= lag);
}

/** Whether a value may have been out of its range for so long. */
function badFor(
  { changes }: MetricFacts,
  of: MetricName,
  { time, seconds }: { time: number; seconds: number },
): boolean {
  const all = stretchesOf(changes, of, { from: time - seconds * 1_000 + lag, to: time });
  return all.every(({ is, from, to }) => is === 'bad' || to - from <= lag);
}
