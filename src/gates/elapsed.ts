import type { Judgement } from '../release/gate.ts';

/** Open once so many seconds have passed since a moment. `why` gets the moment in words. */
export function elapsed({
  since,
  seconds,
  now,
  source,
  why,
}: {
  readonly since: Date;
  readonly seconds: number;
  readonly now: Date;
  readonly source: string;
  readonly why: (moment: string) => string;
}): Judgement {
  const until = new Date(since.getTime() + seconds * 1000);
  const words = why(`${since.toISOString().slice(0, 19).replace('T', ' ')} UTC`);
  const base = { source, observedAt: now, why: words };
  if (now >= until) return { ...base, is: 'open' };
  return { ...base, is: 'shut', until, missing: ['time'], opener: { by: 'time' } };
}
