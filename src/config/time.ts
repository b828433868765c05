/** The result of a parser: the value, or the problem and a hint. */
export type Parsed<T> = { readonly value: T } | { readonly wrong: string; readonly hint: string };

/** The parsed value; null when there was a problem. */
export function parsedValue<T>(parsed: Parsed<T>): T | null {
  return 'value' in parsed ? parsed.value : null;
}

/** Days count from 0 (Sunday); minutes from midnight in the schedule's zone, `to` exclusive. */
export interface Window {
  readonly days: readonly number[];
  readonly from: number;
  readonly to: number;
}

const secondsOf = { h: 3600, m: 60, s: 1 } as const;
const year = 365 * 24 * 3600;
const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Seconds of `30s`, `10m`, `2h` or `1h30m`; at most a year. */
export function parseDuration(text: string): Parsed<number> {
  const hint = 'write numbers with h, m or s, such as 30s, 10m or 1h30m';
  const match = /^(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/.exec(text);
  if (match === null || text === '') return { wrong: 'is not a duration', hint };
  const [, h = '0', m = '0', s = '0'] = match;
  const seconds = Number(h) * secondsOf.h + Number(m) * secondsOf.m + Number(s) * secondsOf.s;
  return seconds > year ? { wrong: 'is longer than a year', hint: 'write at most 8760h' } : { value: seconds };
}

/**
 * Parses a window such as `Mon-Fri 09:00-16:30`, `Mon,Wed 09:00-10:00`, `* 00:00-24:00`. A window whose end is before its
 * begin (`Fri 22:00-02:00`) continues after midnight and belongs to the day of its begin: `to` is less than `from`.
 */
export function parseWindow(text: string): Parsed<Window> {
  const hint = 'write days and times, such as "Mon-Fri 09:00-16:30", "Sat,Sun 10:00-12:00" or "* 22:00-02:00"';
  const match = /^(\S{1,64}) +(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(text);
  if (match === null) return { wrong: 'is not a window of time', hint };
  const [, dayText = '', ...numbers] = match;
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = numbers.map(Number);
  const from = fromHour * 60 + fromMinute;
  const to = toHour * 60 + toMinute;
  if (fromMinute > 59 || toMinute > 59 || from >= 24 * 60 || to > 24 * 60) {
    return { wrong: 'has an impossible time', hint: 'times go from 00:00 to 23:59, and 24:00 as an end' };
  }
  if (from === to) return { wrong: 'ends when it begins', hint: 'the whole day is 00:00-24:00' };
  const days = new Set<number>();
  for (const part of dayText.split(',')) {
    const found = daysOf(part);
    if (found === null) return { wrong: `has ${JSON.stringify(part)} where a day was expected`, hint };
    for (const index of found) days.add(index);
  }
  return { value: { days: [...days].sort((a, b) => a - b), from, to } };
}

function daysOf(part: string): readonly number[] | null {
  if (part === '*') return [0, 1, 2, 3, 4, 5, 6];
  const [first, last, more] = part.split('-').map((name) => dayNames.indexOf(name));
  if (first === undefined || first < 0 || more !== undefined || (last !== undefined && last < 0)) return null;
  if (last === undefined) return [first];
  const days = [first];
  for (let index = first; index !== last; days.push(index)) index = (index + 1) % 7;
  return days;
}

/** The window as text, which parseWindow reads back. */
export function formatWindow({ days, from, to }: Window): string {
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return `${days.length === 7 ? '*' : dayText(days)} ${clock(from)}-${clock(to)}`;
}

/** Days as text: `Mon-Fri`, `Sun,Sat`. Three or more days in a row are a range. */
function dayText(days: readonly number[]): string {
  const runs: { first: number; last: number }[] = [];
  for (const day of days) {
    const run = runs.at(-1);
    if (run !== undefined && run.last + 1 === day) run.last = day;
    else runs.push({ first: day, last: day });
  }
  const name = (index: number) => dayNames[index] ?? '';
  const texts = runs.map(({ first, last }) => {
    if (first === last) return name(first);
    return `${name(first)}${last === first + 1 ? ',' : '-'}${name(last)}`;
  });
  return texts.join(',');
}

/** A date and time with its zone, such as `2026-11-27T15:50Z`; whole seconds, as the engine's clock has them. */
export function parseMoment(text: string): Parsed<Date> {
  const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const found = new Date(text);
  // JavaScript takes February the 30th for a day in March.
  if (iso && isDate(text.slice(0, 10)) && !Number.isNaN(found.getTime())) return { value: found };
  return {
    wrong: 'is not a date and time',
    hint: 'write a date, a time and a zone, such as 2026-11-27T15:50Z or 2026-11-27T16:50+01:00',
  };
}

/** A day (`2026-05-01`) or days from and to, both included (`2026-12-24/2027-01-02`). */
export function parseDays(text: string): Parsed<{ readonly from: string; readonly to: string }> {
  const hint = 'write a date or two, such as 2026-05-01 or 2026-12-24/2027-01-02';
  const match = /^(\d{4}-\d\d-\d\d)(?:\/(\d{4}-\d\d-\d\d))?$/.exec(text);
  const [, from = '', to = from] = match ?? [];
  if (match === null) return { wrong: 'is not a date or a range of dates', hint };
  for (const date of [from, to]) if (!isDate(date)) return { wrong: `has ${date}, which is not a date`, hint };
  return to < from ? { wrong: 'ends before it begins', hint } : { value: { from, to } };
}

function isDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Reads the IANA name of a time zone in Node's time zone data. */
export function parseZone(text: string): Parsed<string> {
  const hint = 'write an IANA name, such as Europe/Berlin, America/New_York or UTC';
  // Intl also accepts offsets such as +02:00, but these have no summer time.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/.test(text)) return { wrong: 'is not the name of a time zone', hint };
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return { value: text };
  } catch (error) {
    if (error instanceof RangeError) return { wrong: 'is not a known time zone', hint };
    throw error;
  }
}
