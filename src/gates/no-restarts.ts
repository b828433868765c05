import { complain } from '../config/check.ts';
import { text } from '../config/shapes.ts';
import { parseDuration, parsedValue } from '../config/time.ts';
import { formatDuration } from '../release/delivery.ts';
import { elapsed, secondsAfter } from './elapsed.ts';
import { type Row, withoutEntry } from './row.ts';

declare module '../release/delivery.ts' {
  interface Conditions {
    noRestarts: { readonly seconds: number };
  }
}

/** Open when no container of the new pods has started or restarted for some time. A crash loop never opens it. */
export const noRestarts: Row<'noRestarts'> = {
  ...withoutEntry,
  inConfig: {
    key: {
      about: 'time for which every container of the new pods has to run without a restart, such as 10m',
      shape: text('duration'),
    },
    example: 'noRestarts: 10m',
    alone: null,
    read(duration, { reader, path, place }) {
      const seconds = parsedValue(parseDuration(duration));
      if (seconds === null) return null;
      if (place !== 'start') return { kind: 'noRestarts', name: 'noRestarts', seconds };
      const hint = 'put noRestarts into leaveWhen of a step; startWhen takes approvals and schedules';
      complain(reader, { path, says: 'is noRestarts, but no pod of the release runs before the start', hint });
      return null;
    },
  },
  judge({ seconds }, { observation: { running }, evidence: { now } }) {
    const source = 'the container statuses of the new pods';
    if (running === null) {
      const why = 'the time starts when every container of the new pods runs';
      const missing = ['running containers'];
      return { source, observedAt: now, is: 'shut', until: null, why, missing, opener: { by: 'pods' } };
    }
    const { since, restarts } = running;
    const after = restarts === 0 ? '' : `, after ${restarts === 1 ? 'a restart' : `${restarts} restarts`}`;
    return elapsed({ since, seconds, now, source, why: (moment) => `no restart since ${moment}${after}` });
  },
  words: ({ seconds }) => `no restarts for ${formatDuration(seconds)}`,
  isForceable: true,
  earliest: ({ seconds }, times) => secondsAfter(seconds, times),
  print: ({ seconds }) => ({ noRestarts: formatDuration(seconds) }),
  inDigest: ({ seconds }) => ({ seconds }),
};
