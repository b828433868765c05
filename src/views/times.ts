import type { Report } from '../release/report.ts';

/**
 * A time for a person: the date, the time in UTC, the time in `zone` (an IANA name) if it differs, and the distance from
 * now. A text that is not a time is returned unchanged.
 */
export function formatMoment(iso: string, now: Date, zone = 'UTC'): string {
  const moment = new Date(iso);
  return Number.isNaN(moment.getTime()) ? iso : `${formatDate(iso, zone)} (${fromNow(moment, now)})`;
}

/** The same without the distance from now, for a text that is read later. */
export function formatDate(iso: string, zone = 'UTC'): string {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return iso;
  const local = clock(moment, zone) === clock(moment, 'UTC') ? '' : `, ${clock(moment, zone)} ${zone}`;
  const [day = '', hour = ''] = moment.toISOString().split('T');
  return `${weekday(moment, 'UTC')} ${day} ${hour.slice(0, 5)} UTC${local}`;
}

/** Day and time in a zone: `Mon 2026-11-30` and `08:00:15`. */
export function dayAndTime(iso: string, zone: string): { readonly day: string; readonly time: string } {
  const part: { [type: string]: string } = {};
  for (const { type, value } of calendar(zone).formatToParts(new Date(iso))) part[type] = value;
  const { weekday: name, year, month, day, hour, minute, second } = part;
  return { day: `${name} ${year}-${month}-${day}`, time: `${hour}:${minute}:${second}` };
}

/** Cached: a timeline formats hundreds of times, and a new formatter is slow. */
const calendars = new Map<string, Intl.DateTimeFormat>();

function calendar(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit';
  const made =
    calendars.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
      hourCycle: 'h23',
    });
  calendars.set(timeZone, made);
  return made;
}

/** `opens <time>`, or `was due <time>` when the time has passed: the next run will find the gate open. */
export function formatOpening(iso: string, now: Date, zone = 'UTC'): string {
  const due = new Date(iso).getTime() <= now.getTime();
  return `${due ? 'was due' : 'opens'} ${formatMoment(iso, now, zone)}`;
}

/** When the schedule of a tick came before, and how long ago that was; null when that is not known. */
export function lastTickText({ lastTick }: Pick<Report, 'lastTick'>, now: Date): string | null {
  if (lastTick === null) return null;
  const seconds = (now.getTime() - new Date(lastTick).getTime()) / 1000;
  return `the schedule came before at ${formatDate(lastTick)}, ${roundedDuration(Math.max(0, seconds))} ago`;
}

/** `in 1h 20m`, `12m ago`, `now`. */
export function fromNow(moment: Date, now: Date): string {
  const seconds = Math.round((moment.getTime() - now.getTime()) / 1000);
  if (Number.isNaN(seconds)) return '';
  if (seconds === 0) return 'now';
  return seconds > 0 ? `in ${roundedDuration(seconds)}` : `${roundedDuration(-seconds)} ago`;
}

/** A duration in its two largest units: `40s`, `12m`, `1h 20m`, `3d 4h`. Rounded down. */
export function roundedDuration(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return hours > 0 ? `${days}d ${hours}h` : `${days}d`;
  if (hours > 0) return minutes > 0 ? `${hours}h ${minutes}m` : `${hours}h`;
  if (minutes > 0) return `${minutes}m`;
  return `${Math.floor(seconds)}s`;
}

/** Weekday and time in a zone: `Sat 09:00`. */
function clock(moment: Date, zone: string): string {
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(moment);
  return `${weekday(moment, zone)} ${hour}`;
}

function weekday(moment: Date, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short' }).format(moment);
}
