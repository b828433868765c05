/**
 * A moment as a person needs it: the date, the hour in UTC, the hour where they are if that is another, and how far away.
 * `zone` is an IANA name. What is no time is shown as it came.
 */
export function formatMoment(iso: string, now: Date, zone = 'UTC'): string {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return iso;
  const local = clock(moment, zone) === clock(moment, 'UTC') ? '' : `, ${clock(moment, zone)} ${zone}`;
  const [day = '', hour = ''] = moment.toISOString().split('T');
  return `${weekday(moment, 'UTC')} ${day} ${hour.slice(0, 5)} UTC${local} (${fromNow(moment, now)})`;
}

/** `Mon 2026-11-30` and `08:00:15`, as a calendar and a clock in that zone show them. */
export function dayAndTime(iso: string, zone: string): { readonly day: string; readonly time: string } {
  const part: { [type: string]: string } = {};
  for (const { type, value } of calendar(zone).formatToParts(new Date(iso))) part[type] = value;
  const { weekday: name, year, month, day, hour, minute, second } = part;
  return { day: `${name} ${year}-${month}-${day}`, time: `${hour}:${minute}:${second}` };
}

/** A timeline asks hundreds of times, and making one costs. */
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

/** `opens <moment>`, or that it should have: the next run will find it open. */
export function formatOpening(iso: string, now: Date, zone = 'UTC'): string {
  const due = new Date(iso).getTime() <= now.getTime();
  return `${due ? 'was due' : 'opens'} ${formatMoment(iso, now, zone)}`;
}

/** `in 1h 20m`, `12m ago`, `now`. */
export function fromNow(moment: Date, now: Date): string {
  const seconds = Math.round((moment.getTime() - now.getTime()) / 1000);
  if (Number.isNaN(seconds)) return '';
  if (seconds === 0) return 'now';
  return seconds > 0 ? `in ${roundedDuration(seconds)}` : `${roundedDuration(-seconds)} ago`;
}

/** The two largest units that matter: `40s`, `12m`, `1h 20m`, `3d 4h`. Rounded down. */
export function roundedDuration(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return hours > 0 ? `${days}d ${hours}h` : `${days}d`;
  if (hours > 0) return minutes > 0 ? `${hours}h ${minutes}m` : `${hours}h`;
  if (minutes > 0) return `${minutes}m`;
  return `${Math.floor(seconds)}s`;
}

/** `Sat 09:00`, as a clock in that zone shows it. */
function clock(moment: Date, zone: string): string {
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(moment);
  return `${weekday(moment, zone)} ${hour}`;
}

function weekday(moment: Date, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short' }).format(moment);
}
