import { isBad, stepSince } from '../gates/metric.ts';
import { SHORTEST_COUNT } from '../gates/metric-comparison.ts';
import { fill, NO_POD, type Placeholder, podsPattern, safe, type Values } from '../gates/metric-query.ts';
import { stretchOf } from '../gates/metric-threshold.ts';
import type { Fact } from '../release/fact.ts';
import type { Answered, Comparison, Metric, Threshold } from '../release/measured.ts';
import { type Metrics, MetricsError } from '../release/metrics.ts';
import type { Need } from '../release/verdict.ts';
import { type Asked, known, unknown } from '../release/vote.ts';
import { askFact } from './answers.ts';
import { type Observed, serverTime, type Work } from './work.ts';

/** How long an answer may be used while nothing depends on it. Milliseconds. */
const USABLE_FOR = 15_000;
/** How long before the first new pod a release has surely changed nothing. Milliseconds. */
const BEFORE = 30_000;

/**
 * What the servers of metrics say, for the release that is asked for. What can't be learned is `unknown`, so a server that is
 * away opens no gate and takes nothing back. `anew`: asked in this turn, because a write depends on it.
 */
export async function metricEvidence(
  work: Work,
  observed: Observed,
  needs: readonly Need[],
  how: 'known' | 'anew',
): Promise<readonly Fact[]> {
  const { record, observation } = observed;
  const { versions, engine } = observation;
  const wanted = needs.filter((need) => need.is === 'samples');
  return Promise.all(
    wanted.map(({ is, name, metric }) => {
      // Other pods make another question, and so does another release: where pods are changed in place, both have the same names.
      const about = [record.release?.id, 'step' in engine ? engine.step : 0, engine.at, stepSince(observation)];
      const key = JSON.stringify([is, name, metric, versions, about]);
      return askFact(work, how, { key, usableFor: USABLE_FOR }, async (observedAt) => ({
        is,
        name,
        observedAt,
        found: await ask(work, observed, metric),
      }));
    }),
  );
}

async function ask(work: Work, observed: Observed, metric: Metric): Promise<Asked<Answered>> {
  const { context } = work;
  try {
    const metrics = await context.metrics(metric.server);
    const { asks } = metric;
    return asks.is === 'threshold'
      ? await askThreshold(work, observed, { metric, asks, metrics })
      : await askComparison(work, observed, { metric, asks, metrics });
  } catch (error) {
    if (context.signal.aborted) throw error;
    if (error instanceof MetricsError) return unknown(error.message);
    if (error instanceof RangeError) return unknown(`the query can't be filled in: ${error.message}`);
    throw error;
  }
}

interface Asking<A extends Metric['asks']> {
  readonly metric: Metric;
  readonly asks: A;
  readonly metrics: Metrics;
}

async function askThreshold(
  work: Work,
  observed: Observed,
  { metric, asks, metrics }: Asking<Threshold>,
): Promise<Asked<Answered>> {
  const { context } = work;
  const filled = fill(asks.query, valuesOf(work, observed));
  if ('missing' in filled) return unknown(missingWords(filled.missing));
  const query = { expression: filled.text, over: stretchOf(asks), staleAfterSeconds: metric.maxAgeSeconds };
  const answer = await metrics.query({ ...query, at: null }, context.signal);
  const answered: Answered = {
    answers: [answer],
    before: null,
    questions: [filled.text],
    stepSeconds: stepSeconds(work, observed),
  };
  const began = changedSince(observed);
  if (began === null || !isBad(metric, answered, observed.observation)) return known(answered);
  const age = serverTime(work).getTime() - began.getTime();
  const at = new Date(answer.at.getTime() - age - BEFORE);
  return known({ ...answered, before: await metrics.query({ ...query, at }, context.signal) });
}

/**
 * When the release changed something first: when its oldest pod was created. Where pods are changed in place, or all of them
 * have been replaced since, they do not tell: then when the engine began. It may have been asked for long before, or the engine may
 * have begun with the version that it replaced: the later counts. Null where no pod is of the release.
 */
function changedSince({ record, observation: { versions, engine, begunAt } }: Observed): Date | null {
  const { newSince } = versions;
  if (newSince === null || record.release === null) return null;
  const asked = new Date(record.release.at);
  const begun = begunAt !== null && begunAt > asked ? begunAt : asked;
  const isLater = (engine.at === 'moving' && engine.step > 1) || engine.at === 'waiting' || engine.at === 'frozen';
  const areReplaced = isLater && engine.since !== null && newSince > engine.since;
  return newSince < begun || areReplaced ? begun : newSince;
}

async function askComparison(
  work: Work,
  observed: Observed,
  { metric, asks, metrics }: Asking<Comparison>,
): Promise<Asked<Answered>> {
  const { versions } = observed.observation;
  const seconds = stepSeconds(work, observed);
  if (seconds === null || seconds < SHORTEST_COUNT) return unknown('the step has just begun');
  const values = valuesOf(work, observed);
  const questions: string[] = [];
  for (const names of [versions.new, versions.old]) {
    for (const query of [asks.failures, asks.total]) {
      const filled = fill(query, { ...values, pods: podsPattern(names) });
      if ('missing' in filled) {
        const version = names === versions.new ? 'new' : 'old';
        return unknown(
          filled.missing === 'pods' ? `there is no pod of the ${version} version` : missingWords(filled.missing),
        );
      }
      questions.push(filled.text);
    }
  }
  const answers = await Promise.all(
    questions.map((expression) =>
      metrics.query({ expression, over: null, at: null, staleAfterSeconds: metric.maxAgeSeconds }, work.context.signal),
    ),
  );
  return known({ answers, before: null, questions, stepSeconds: seconds });
}

/** What is filled into a query now. */
function valuesOf(work: Work, { record, observation }: Observed): Values {
  const { versions, engine } = observation;
  const { delivery } = work;
  const seconds = stepSeconds(work, { observation });
  return {
    name: safe(delivery.workload.name),
    namespace: safe(delivery.namespace),
    release: record.release === null ? null : safe(record.release.id),
    canary: podsPattern(versions.new),
    // Where every pod is new, a query over both versions has an answer all the same.
    stable: podsPattern(versions.old) ?? NO_POD,
    pods: podsPattern([...versions.new, ...versions.old]),
    step: 'step' in engine ? String(engine.step) : null,
    window: seconds === null ? null : `${Math.max(1, Math.floor(seconds))}s`,
  };
}

function stepSeconds(work: Work, { observation }: Pick<Observed, 'observation'>): number | null {
  const since = stepSince(observation);
  return since === null ? null : Math.max(0, (serverTime(work).getTime() - since.getTime()) / 1000);
}

function missingWords(placeholder: Placeholder): string {
  return placeholder === 'canary'
    ? 'there is no pod of the new version'
    : `there is nothing to fill in for {${placeholder}} now`;
}
