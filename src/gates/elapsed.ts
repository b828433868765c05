import type { Judgement } from '../release/verdict.ts';

/** A judgement that is open once `seconds` have passed since a time. `why` gets that time as text. */
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
  if (now >= until) return { ...base, is: 'open', since: until };
  return { ...base, is: 'shut', until, missing: ['time'], opener: { by: 'time' } };
}

/** The first moment at which a number of seconds has passed. */
export function secondsAfter(
  seconds: number,
  { reached, from }: { readonly reached: Date; readonly from: Date },
): Date {
  const passed = new Date(reached.getTime() + seconds * 1000);
  return passed > from ? passed : from;
}
