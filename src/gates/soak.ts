import { complain } from '../config/check.ts';
import { text } from '../config/shapes.ts';
import { parseDuration, parsedValue } from '../config/time.ts';
import { type Condition, formatDuration } from '../release/delivery.ts';
import { enoughReady } from '../release/gate.ts';
import { latest } from '../release/moments.ts';
import type { Observation } from '../release/observation.ts';
import { elapsed, secondsAfter } from './elapsed.ts';
import { type Row, withoutEntry } from './row.ts';

declare module '../release/delivery.ts' {
  interface Conditions {
    soak: { readonly seconds: number };
  }
}

/** The condition for a soak of some seconds. */
export function soakOf(seconds: number): Condition<'soak'> {
  return { kind: 'soak', name: 'soak', seconds };
}

/** Open when the step has been ready for some time. */
export const soak: Row<'soak'> = {
  ...withoutEntry,
  inConfig: {
    key: { about: 'time that the step has to be ready for, such as 10m', shape: text('duration') },
    example: 'soak: 10m',
    alone: null,
    read(duration, { reader, path, place }) {
      const seconds = parsedValue(parseDuration(duration));
      if (seconds === null) return null;
      if (place !== 'start') return soakOf(seconds);
      const hint = 'put the soak into leaveWhen of a step; startWhen takes approvals and schedules';
      complain(reader, { path, says: 'is a soak, but no pod of the release runs before the start', hint });
      return null;
    },
  },
  judge({ seconds }, { observation, evidence: { now } }) {
    const source = "when the engine finished the step, and the pods' own Ready times";
    const since = soakSince(observation);
    if (since === null) {
      const why = 'the time starts when the pods are ready';
      return { source, observedAt: now, is: 'shut', until: null, why, missing: ['ready pods'], opener: { by: 'pods' } };
    }
    return elapsed({ since, seconds, now, source, why: (moment) => `ready since ${moment}` });
  },
  words: ({ seconds }) => `soak ${formatDuration(seconds)}`,
  isForceable: true,
  earliest: ({ seconds }, times) => secondsAfter(seconds, times),
  print: ({ seconds }) => ({ soak: formatDuration(seconds) }),
  engineSeconds: ({ seconds }) => seconds,
  inDigest: ({ seconds }) => ({ seconds }),
};

/**
 * The start of a soak: when the engine finished the step, or when the last pod became ready after that. It is read from
 * the cluster, so it does not depend on our runs. A pod that becomes unready starts the soak again.
 */
function soakSince(observation: Observation): Date | null {
  const { engine, pods, readySince } = observation;
  if (pods.canary.total === 0 || !enoughReady(observation)) return engine.at === 'idle' ? readySince : null;
  const step = engine.at === 'waiting' ? engine.since : null;
  return latest([step, readySince]);
}
