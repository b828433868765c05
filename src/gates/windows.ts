import type { Window } from '../config/time.ts';

export interface Schedule {
  /** IANA zone. */
  readonly zone: string;
  readonly allow: readonly Window[];
  /** Days (ISO dates, inclusive) without windows. */
  readonly except: readonly { readonly from: string; readonly to: string }[];
}

const minute = 60_000;
const day = 24 * 60 * minute;

export interface OpenOrShut {
  readonly open: boolean;
  /** When this changes next; null when it does not within 400 days. */
  readonly until: Date | null;
}

const horizon = 400 * day;

/**
 * Whether the local time of the schedule's zone is inside a window, and until when. An hour that the change to summer time
 * skips is in no window; an hour that occurs twice counts twice.
 */
export function scheduleOpen(schedule: Schedule, now: Date): OpenOrShut {
  const offsetAt = offsets(schedule.zone);
  // In local time, a schedule changes only at these minutes of a day, or when the offset of the zone changes.
  const marks = new Set([0, ...schedule.allow.flatMap(({ from, to }) => [from, to % (24 * 60)])]);
  const sorted = [...marks].sort((a, b) => a - b).map((mark) => mark * minute);
  const end = now.getTime() + horizon;
  let time = now.getTime();
  let offset = offsetAt(time);
  const open = openOnWall(schedule, time + offset);
  while (time < end) {
    const wall = time + offset;
    const midnight = Math.floor(wall / day) * day;
    const mark = sorted.find((candidate) => midnight + candidate > wall) ?? day;
    const next = midnight + mark - offset;
    const nextOffset = offsetAt(next);
    time = nextOffset === offset ? next : firstWithout({ offset, after: time, upTo: next, offsetAt });
    offset = offsetAt(time);
    if (openOnWall(schedule, time + offset) !== open) return { open, until: new Date(time) };
  }
  return { open, until: null };
}

/**
 * `wall` is the local time of the zone, written as if it were UTC. A window over midnight belongs to the day of its begin: without
 * windows on that day, it does not go on after midnight either.
 */
function openOnWall(schedule: Schedule, wall: number): boolean {
  if (isExcepted(schedule, wall)) return false;
  const today = new Date(wall).getUTCDay();
  const minutes = Math.floor((wall - Math.floor(wall / day) * day) / minute);
  return schedule.allow.some(({ days, from, to }) => {
    if (from < to) return days.includes(today) && from <= minutes && minutes < to;
    if (days.includes(today) && from <= minutes) return true;
    return days.includes((today + 6) % 7) && minutes < to && !isExcepted(schedule, wall - day);
  });
}

function isExcepted({ except }: Schedule, wall: number): boolean {
  const date = new Date(wall).toISOString().slice(0, 10);
  return except.some(({ from, to }) => from <= date && date <= to);
}

/** The first second between two instants at which the zone no longer has the offset of the first one. */
function firstWithout(search: {
  offset: number;
  after: number;
  upTo: number;
  offsetAt: (time: number) => number;
}): number {
  let before = Math.floor(search.after / 1000);
  let from = Math.ceil(search.upTo / 1000);
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2);
    if (search.offsetAt(middle * 1000) === search.offset) before = middle;
    else from = middle;
  }
  return from * 1000;
}

/** How far the local time of a zone is ahead of UTC at an instant, in milliseconds. */
function offsets(zone: string): (time: number) => number {
  const known = zones.get(zone);
  if (known !== undefined) return known;
  const made = newOffsets(zone);
  zones.set(zone, made);
  return made;
}

/** Cached, because a new formatter is slow, and a config has few zones. */
const zones = new Map<string, (time: number) => number>();

function newOffsets(zone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (time) => {
    const part: { [type: string]: number } = {};
    for (const { type, value } of format.formatToParts(time)) part[type] = Number(value);
    const { year: y = 0, month: mo = 1, day: d = 1, hour = 0, minute: mi = 0, second = 0 } = part;
    return Date.UTC(y, mo - 1, d, hour, mi, second) - Math.floor(time / 1000) * 1000;
  };
}
