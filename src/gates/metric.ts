import { complain, complainUnknown } from '../config/check.ts';
import { text } from '../config/shapes.ts';
import { factOf } from '../release/fact.ts';
import { objectAt } from '../release/json.ts';
import type { Answered, Metric } from '../release/measured.ts';
import type { Observation } from '../release/observation.ts';
import { secondsAfter } from './elapsed.ts';
import { gone, goneWords } from './gone.ts';
import { judgeComparison, SHORTEST_COUNT } from './metric-comparison.ts';
import { printMetric } from './metric-print.ts';
import { placeholdersIn } from './metric-query.ts';
import { queryWords } from './metric-questions.ts';
import { boundWords, judgeThreshold, type Measure, wasBad } from './metric-threshold.ts';
import { percent } from './metric-words.ts';
import { type Place, plain, type Row } from './row.ts';

declare module '../release/delivery.ts' {
  interface Conditions {
    /** `gone`: today's config has no entry of that name, so the gate never opens; the other values are from the old entry. */
    metric: { readonly metric: Metric; readonly gone?: true };
  }
  interface Catalog {
    readonly metrics: ReadonlyMap<string, Metric>;
  }
}

/**
 * Open while the server says that a metric is good. A value that is missing, old, partial or not a number is not good. If the
 * metric is bad, the gate has failed, and the release is rolled back from any step where the policy says so.
 */
export const metric: Row<'metric'> = {
  ...plain,
  inConfig: {
    key: { about: 'a metric is good: the name of an entry of metrics', shape: text('word') },
    example: 'metric: NAME',
    alone: null,
    read(name, { reader, path, place, catalog: { metrics: known } }) {
      const found = known.get(name);
      const here = [...path, 'metric'];
      if (found === undefined) {
        // An entry with a problem is not in the catalog, and its problem was reported.
        const isWritten = Object.hasOwn(objectAt(reader.document.value, 'metrics'), name);
        if (!isWritten) complainUnknown(reader, { path: here, name, known, of: 'metrics' });
        return null;
      }
      const wrong = wrongAt(place, found);
      if (wrong === null) return { kind: 'metric', name, metric: found };
      complain(reader, { path: here, ...wrong });
      return null;
    },
  },
  judge({ name, metric: { asks, server }, gone: isGone }, { observation, evidence: { now, asked } }) {
    if (isGone) return gone('metrics', name, now);
    const measured = factOf(asked, 'samples', name);
    const { observedAt, found: answered } = measured ?? {
      observedAt: now,
      found: { is: 'unknown', why: 'it was not asked for' },
    };
    const wanted =
      asks.is === 'threshold' ? `${name} ${boundWords(asks)}` : `${name} not worse by more than ${percent(asks.worse)}`;
    const base = { source: `the metrics of ${server.name}`, observedAt };
    const closed = { ...base, until: null, missing: [wanted], opener: { by: 'metric' } } as const;
    if (answered.is === 'unknown') return { ...closed, is: 'shut', why: answered.why };
    const measure = measureOf(asks, answered.value, observation);
    const { why } = measure;
    const numbers = measure.numbers === null ? {} : { numbers: measure.numbers };
    switch (measure.is) {
      case 'good':
        return { ...base, is: 'open', why, ...numbers };
      case 'notYet': {
        const until = measure.inSeconds === null ? null : new Date(now.getTime() + measure.inSeconds * 1000);
        return { ...closed, is: 'shut', until, why, ...numbers };
      }
      case 'bad': {
        const { before } = answered.value;
        if (asks.is === 'comparison' || (before !== null && !wasBad(asks, before)))
          return { ...closed, is: 'failed', why: `${why} (${queryWords({ asks })})`, ...numbers };
        const since = before === null ? 'no pod of the release is there' : 'it was so before the release began';
        const words = `${since}, so it says nothing about the release`;
        return { ...closed, is: 'shut', why: `${why}; ${words}`, ...numbers };
      }
    }
  },
  words: ({ name, gone: isGone }) => (isGone ? `metric ${name}: ${goneWords('metrics', name)}` : `metric ${name}`),
  isForceable: true,
  trigger: 'metric',
  needs: ({ name, metric: one, gone: isGone }) => (isGone ? [] : [{ is: 'samples', name, metric: one }]),
  earliest({ metric: { asks }, gone: isGone }, times) {
    return isGone ? null : secondsAfter(asks.is === 'threshold' ? asks.forSeconds : SHORTEST_COUNT, times);
  },
  print: ({ name, metric: one }) => ({ metric: name, ...printMetric(one) }),
  // Where the server is, and how to sign in there, is today's.
  inDigest: ({ metric: { asks, maxAgeSeconds } }) => ({ asks: { ...asks }, maxAgeSeconds }),
  today({ kind, name, metric: started }, { metrics: known }) {
    const found = known.get(name);
    return found === undefined
      ? { kind, name, metric: started, gone: true }
      : { kind, name, metric: { ...started, server: found.server } };
  },
};

/** Whether the newest answer says that a metric is bad. Then stepgate also asks how it was before the release began. */
export function isBad({ asks }: Metric, answered: Answered, observation: Observation): boolean {
  return measureOf(asks, answered, observation).is === 'bad';
}

function measureOf(asks: Metric['asks'], { answers, stepSeconds }: Answered, { versions: pods }: Observation): Measure {
  const [first, second, third, fourth] = answers;
  const nothing: Measure = { is: 'notYet', why: 'it was not asked for', inSeconds: null, numbers: null };
  if (asks.is === 'threshold')
    return first === undefined ? nothing : judgeThreshold(asks, first, { pods, stepSeconds });
  if (first === undefined || second === undefined || third === undefined || fourth === undefined) return nothing;
  const canary = { failures: first, total: second };
  return judgeComparison(asks, { canary, stable: { failures: third, total: fourth } }, stepSeconds ?? 0);
}

/**
 * The time from which a metric may be measured: since then the engine waits in the step, moves its pods, or is paused there. For
 * an idle engine it is the time at which the last pod became ready. Null in every other state.
 */
export function stepSince({ engine, readySince }: Observation): Date | null {
  if (engine.at === 'waiting' || engine.at === 'moving' || engine.at === 'frozen') return engine.since;
  return engine.at === 'idle' ? readySince : null;
}

/** Why a metric can never have an answer at this place of the config; null if it can. */
function wrongAt(place: Place, { asks }: Metric): { readonly says: string; readonly hint: string } | null {
  const move = 'put it into leaveWhen of a step';
  if (place === 'start') {
    const needed = asks.is === 'threshold' ? placeholdersIn(asks.query) : [];
    const found = needed.find((word) => word !== 'name' && word !== 'namespace' && word !== 'release');
    if (asks.is === 'threshold' && found === undefined) return null;
    const says = found === undefined ? 'compares the two versions' : `uses {${found}}`;
    return { says, hint: `no pod of the release runs before the start: ${move}` };
  }
  if (place === 'step' || asks.is === 'threshold') return null;
  const hint = `no pod of the version before is left at the end: ${move}`;
  return { says: 'compares the two versions', hint };
}
