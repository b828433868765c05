import { isObject, type Json } from './json.ts';

/** A stretch of time. */
export interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** What a policy rollback needs to know of earlier runs. It is about one release, and without meaning for any other. */
export interface Watch {
  /** The id of the release. */
  readonly release: string;
  /** Times in which a shortage stopped the clock of `stuckAfter`, as ISO times; `to` is null while it stands. Oldest first. */
  readonly stops: readonly { readonly from: string; readonly to: string | null }[];
  /** When the policy asked to roll the release back, in case others do so too; null while it has not. ISO. */
  readonly claimed: string | null;
}

/** Stops that a watch keeps. */
const KEPT = 10;

export function noWatch(release: string): Watch {
  return { release, stops: [], claimed: null };
}

/** The watch over a release; an empty one where the record has one over another release, or none. */
export function watchOver(record: { readonly watch?: Watch }, release: string): Watch {
  const { watch } = record;
  return watch !== undefined && watch.release === release ? watch : noWatch(release);
}

/** The shortage that stands, as far as earlier runs have noted; null when they noted its end, or none. */
export function openStop({ stops }: Watch): { readonly from: string } | null {
  const last = stops.at(-1);
  return last === undefined || last.to !== null ? null : last;
}

/** The clock stands since that time. Safe to repeat. */
export function stopped(watch: Watch, from: string): Watch {
  if (openStop(watch) !== null) return watch;
  const stops = [...watch.stops, { from, to: null }];
  const [first, second, ...rest] = stops;
  // Two stops become one: the clock then stands longer than it should, and never shorter.
  const fits = stops.length <= KEPT || first === undefined || second === undefined;
  return { ...watch, stops: fits ? stops : [{ from: first.from, to: second.to }, ...rest] };
}

/** The clock runs again from that time on. Safe to repeat. */
export function going(watch: Watch, to: string): Watch {
  const stops = watch.stops.map((one) => (one.to === null ? { from: one.from, to } : one));
  return { ...watch, stops };
}

/** The stops as stretches of time; one that stands lasts until now. */
export function stopSpans({ stops }: Watch, now: Date): readonly Span[] {
  return stops.map(({ from, to }) => ({ from: new Date(from), to: to === null ? now : new Date(to) }));
}

/** Parses the part of a record; null when it is no watch. Fields that this version does not know are kept. */
export function watchIn(value: Json): Watch | null {
  if (!isObject(value)) return null;
  const { release, stops, claimed } = value;
  if (typeof release !== 'string' || !Array.isArray(stops) || !(claimed === null || isTime(claimed))) return null;
  const read: Watch['stops'][number][] = [];
  for (const stop of stops) {
    if (!isObject(stop)) return null;
    const { from, to } = stop;
    if (!isTime(from) || !(to === null || isTime(to))) return null;
    read.push({ ...stop, from, to });
  }
  return { ...value, release, stops: read, claimed };
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}
