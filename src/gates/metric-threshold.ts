import { formatDuration } from '../release/delivery.ts';
import type { Numbers, Threshold } from '../release/measured.ts';
import type { MetricsAnswer, Point, Series } from '../release/metrics.ts';
import { rounded } from './metric-words.ts';

/** What a threshold is judged by, beside the answer. */
export interface Around {
  /** The pods of both versions. */
  readonly pods: { readonly new: readonly string[]; readonly old: readonly string[] };
  /** How long the present step has been as it is; null when that is not known. Seconds. */
  readonly stepSeconds: number | null;
}

export type Measure =
  | { readonly is: 'good' | 'bad'; readonly why: string; readonly numbers: Numbers }
  /** `inSeconds`: when time alone may make it good; null when that is not known. */
  | {
      readonly is: 'notYet';
      readonly why: string;
      readonly inSeconds: number | null;
      readonly numbers: Numbers | null;
    };

/** Points of a stretch of time: enough to see a gap, few enough for a plot. */
const POINTS = 40;
const SHORTEST_STEP = 5;

/** The stretch of time that a threshold is asked for, and the distance of its points. Seconds. */
export function stretchOf({ forSeconds, failedAfterSeconds }: Threshold): {
  readonly seconds: number;
  readonly stepSeconds: number;
} {
  const seconds = Math.max(forSeconds, failedAfterSeconds);
  return { seconds, stepSeconds: Math.max(SHORTEST_STEP, Math.ceil(seconds / POINTS)) };
}

/** Judges an answer for the stretch of time of `stretchOf`. */
export function judgeThreshold(asks: Threshold, answer: MetricsAnswer, around: Around): Measure {
  const { stepSeconds: distance } = stretchOf(asks);
  const notYet = (why: string, numbers: Numbers | null = null, inSeconds: number | null = null): Measure => {
    return { is: 'notYet', why, numbers, inSeconds };
  };
  const strange = strangeSeries(answer, around);
  if (strange !== null) return notYet(strange);
  const [worst] = answer.series.toSorted((left, right) => distanceOut(asks, right) - distanceOut(asks, left));
  if (worst === undefined) return notYet('the query has no result');
  const numbers: Numbers = { is: 'series', min: asks.min, max: asks.max, points: finite(worst.points) };
  const newest = worst.points.at(-1);
  const of = answer.series.length === 1 ? '' : ` for ${seriesWords(worst)}`;
  if (newest === undefined || !Number.isFinite(newest.value))
    return notYet(`the value${of} is no number (${newest?.value ?? 'no sample'})`, numbers);
  const value = `${rounded(newest.value)}${of}, ${boundWords(asks)}`;
  const at = answer.at.getTime();
  const lacking = answer.series.find(
    ({ points }) =>
      !reaches(points, { at, distance, seconds: 0 }) || points.some((point) => !Number.isFinite(point.value)),
  );
  const inStep = (seconds: number) => around.stepSeconds !== null && around.stepSeconds >= seconds;
  const bad = answer.series.filter((one) => isOutFor(asks, one, { at, distance }));
  if (bad.length > 0) {
    const words = formatDuration(asks.failedAfterSeconds);
    if (inStep(asks.failedAfterSeconds)) return { is: 'bad', why: `${value}: out of its range for ${words}`, numbers };
    return notYet(`${value}: out of its range, and the step is younger than ${words}`, numbers);
  }
  if (lacking !== undefined) return notYet(`samples are missing for ${seriesWords(lacking)}`, numbers);
  if (answer.series.some(({ points }) => isOut(asks, points.at(-1)?.value ?? Number.NaN)))
    return notYet(`${value}: out of its range`, numbers);
  const { forSeconds } = asks;
  if (forSeconds === 0) return { is: 'good', why: value, numbers };
  const words = formatDuration(forSeconds);
  if (!inStep(forSeconds)) {
    const left = around.stepSeconds === null ? null : forSeconds - around.stepSeconds;
    return notYet(`${value}: it has to stay so for ${words} of this step`, numbers, left);
  }
  const steady = answer.series.every(({ points }) => {
    const recent = points.filter((point) => at - point.at.getTime() <= forSeconds * 1000);
    return reaches(points, { at, distance, seconds: forSeconds }) && recent.every((one) => !isOut(asks, one.value));
  });
  if (steady) return { is: 'good', why: `${value}, for ${words}`, numbers };
  return notYet(`${value}: it has not been so for ${words}`, numbers);
}

/** Whether the metric was bad, by the rule for a failed release, in a stretch of time before the release began. */
export function wasBad(asks: Threshold, before: MetricsAnswer): boolean {
  const { stepSeconds: distance } = stretchOf(asks);
  return before.series.some((one) => isOutFor(asks, one, { at: before.at.getTime(), distance }));
}

/** `at most 0.01`, `at least 5`, `from 5 to 10`. */
export function boundWords({ min, max }: Pick<Threshold, 'min' | 'max'>): string {
  if (min !== null && max !== null) return `from ${rounded(min)} to ${rounded(max)}`;
  return max === null ? `at least ${rounded(min ?? 0)}` : `at most ${rounded(max)}`;
}

/** Why an answer is not about this release; null if nothing shows that. Only a label `pod` of a series can show it. */
function strangeSeries({ series }: MetricsAnswer, { pods }: Around): string | null {
  const seen = series.flatMap(({ labels }) => (labels['pod'] === undefined ? [] : [labels['pod']]));
  if (seen.length === 0) return null;
  const known = new Set([...pods.new, ...pods.old]);
  const foreign = seen.find((pod) => !known.has(pod));
  if (foreign !== undefined) return `the result has a pod of no version of this release: ${foreign}`;
  const missing = pods.new.filter((pod) => !seen.includes(pod));
  const onlyOld = missing.length === pods.new.length;
  if (missing.length === 0 || (onlyOld && pods.old.length > 0)) return null;
  return `${missing.length} of ${pods.new.length} new pods have no sample: ${missing[0]}`;
}

function isOut({ min, max }: Threshold, value: number): boolean {
  return (min !== null && value < min) || (max !== null && value > max);
}

/** How far the newest value is outside its range; negative inside it, infinite for what is not a number. */
function distanceOut({ min, max }: Threshold, { points }: Series): number {
  const value = points.at(-1)?.value ?? Number.NaN;
  if (!Number.isFinite(value)) return Number.POSITIVE_INFINITY;
  return Math.max(
    max === null ? Number.NEGATIVE_INFINITY : value - max,
    min === null ? Number.NEGATIVE_INFINITY : min - value,
  );
}

/** Whether the samples cover the last `failedAfter` without a gap, and each is a number outside the range. */
function isOutFor(
  asks: Threshold,
  { points }: Series,
  of: { readonly at: number; readonly distance: number },
): boolean {
  const seconds = asks.failedAfterSeconds;
  const recent = points.filter((point) => of.at - point.at.getTime() <= seconds * 1000);
  return (
    reaches(points, { ...of, seconds }) && recent.every(({ value }) => Number.isFinite(value) && isOut(asks, value))
  );
}

/** Whether the samples cover the last seconds without a gap. A gap is longer than twice the distance of the points. */
function reaches(
  points: readonly Point[],
  { at, distance, seconds }: { readonly at: number; readonly distance: number; readonly seconds: number },
): boolean {
  const slack = distance * 2000;
  const begin = at - seconds * 1000;
  const recent = points.filter((point) => point.at.getTime() >= begin - slack);
  const [first] = recent;
  const last = recent.at(-1);
  if (first === undefined || last === undefined) return false;
  if (at - last.at.getTime() > slack || first.at.getTime() - begin > slack) return false;
  return recent.every(
    (point, index) => index === 0 || point.at.getTime() - (recent[index - 1]?.at.getTime() ?? 0) <= slack,
  );
}

function finite(points: readonly Point[]): readonly Point[] {
  return points.filter(({ value }) => Number.isFinite(value));
}

function seriesWords({ labels }: Series): string {
  const all = Object.entries(labels).filter(([name]) => name !== '__name__');
  if (all.length === 0) return 'the series';
  return all
    .slice(0, 3)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
