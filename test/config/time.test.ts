import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatWindow, parseDays, parseDuration, parseWindow, parseZone, type Window } from '../../src/config/time.ts';
import { type Schedule, scheduleOpen } from '../../src/gates/windows.ts';
import { formatDuration } from '../../src/release/delivery.ts';

it.each<[string, number | string]>([
  ['30s', 30],
  ['10m', 600],
  ['1h30m', 5400],
  ['90m', 5400],
  ['1h0m1s', 3601],
  ['0s', 0],
  ['8760h', 31_536_000],
  ['8761h', 'is longer than a year'],
  ['', 'is not a duration'],
  ['10', 'is not a duration'],
  ['5x', 'is not a duration'],
  ['30m1h', 'is not a duration'],
  ['-5m', 'is not a duration'],
  ['1.5h', 'is not a duration'],
  ['10 m', 'is not a duration'],
  [`${'9'.repeat(100_000)}m`, 'is not a duration'],
])('reads the duration %.20j', (text, expected) => {
  const parsed = parseDuration(text);
  expect('value' in parsed ? parsed.value : parsed.wrong).toBe(expected);
});

it('prints durations that read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 31_536_000 }), (seconds) => {
      expect(parseDuration(formatDuration(seconds))).toEqual({ value: seconds });
    }),
  );
});

it.each<[string, Window | string]>([
  ['Mon-Fri 09:00-16:30', { days: [1, 2, 3, 4, 5], from: 540, to: 990 }],
  ['Sat 10:00-12:00', { days: [6], from: 600, to: 720 }],
  ['* 09:00-17:00', { days: [0, 1, 2, 3, 4, 5, 6], from: 540, to: 1020 }],
  ['Mon,Wed 09:00-10:00', { days: [1, 3], from: 540, to: 600 }],
  ['Fri-Mon 00:00-24:00', { days: [0, 1, 5, 6], from: 0, to: 1440 }],
  ['Fri 22:00-02:00', { days: [5], from: 1320, to: 120 }],
  ['Mon 09:00-09:00', 'ends when it begins'],
  ['Mon 24:00-09:00', 'has an impossible time'],
  ['Mon 09:60-10:00', 'has an impossible time'],
  ['Mon 09:00-24:01', 'has an impossible time'],
  ['Mo 09:00-10:00', 'has "Mo" where a day was expected'],
  ['Mon- 09:00-10:00', 'has "Mon-" where a day was expected'],
  ['Mon-Tue-Wed 09:00-10:00', 'has "Mon-Tue-Wed" where a day was expected'],
  ['9:00-10:00', 'is not a window of time'],
  ['Mon 9:00-10:00', 'is not a window of time'],
  [`${'Mon,'.repeat(30_000)}`, 'is not a window of time'],
])('reads the window %.30j', (text, expected) => {
  const parsed = parseWindow(text);
  expect('value' in parsed ? parsed.value : parsed.wrong).toEqual(expected);
  if ('value' in parsed) expect(parseWindow(formatWindow(parsed.value))).toEqual(parsed);
});

it.each<[string, string]>([
  ['2026-12-24/2027-01-02', '2026-12-24 2027-01-02'],
  ['2026-05-01', '2026-05-01 2026-05-01'],
  ['2026-02-30', 'has 2026-02-30, which is not a date'],
  ['2026-13-01', 'has 2026-13-01, which is not a date'],
  ['2027-01-02/2026-12-24', 'ends before it begins'],
  ['tomorrow', 'is not a date or a range of dates'],
])('reads the days %j', (text, expected) => {
  const parsed = parseDays(text);
  expect('value' in parsed ? `${parsed.value.from} ${parsed.value.to}` : parsed.wrong).toBe(expected);
});

it.each<[string, boolean]>([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['America/Argentina/Buenos_Aires', true],
  ['Europe/Atlantis', false],
  ['+02:00', false],
  ['', false],
])('knows whether %j is a zone', (text, good) => {
  expect('value' in parseZone(text)).toBe(good);
});

const schedule = (zone: string, allow: readonly string[], except: readonly string[] = []): Schedule => ({
  zone,
  allow: allow.map((text) => parsedOf(parseWindow(text))),
  except: except.map((text) => parsedOf(parseDays(text))),
});

function parsedOf<T>(parsed: { value: T } | { wrong: string }): T {
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  return parsed.value;
}

const office = schedule('Europe/Berlin', ['Mon-Fri 09:00-16:30'], ['2026-12-24/2027-01-02', '2026-05-01']);

it.each<[string, Schedule, string, boolean, string | null]>([
  ['inside', office, '2026-11-20T08:00:00Z', true, '2026-11-20T15:30:00.000Z'],
  ['one second before', office, '2026-11-20T07:59:59.500Z', false, '2026-11-20T08:00:00.000Z'],
  ['at the end', office, '2026-11-20T15:30:00Z', false, '2026-11-23T08:00:00.000Z'],
  ['over the holidays', office, '2026-12-23T16:00:00Z', false, '2027-01-04T08:00:00.000Z'],
  ['on a free day', office, '2026-05-01T09:00:00Z', false, '2026-05-04T07:00:00.000Z'],
  ['always', schedule('UTC', ['* 00:00-24:00']), '2026-01-01T00:00:00Z', true, null],
  ['never', schedule('UTC', ['* 00:00-24:00'], ['2026-01-01/2030-01-01']), '2026-01-01T00:00:00Z', false, null],
  ['after midnight', schedule('UTC', ['Fri 22:00-02:00']), '2026-11-21T01:59:59Z', true, '2026-11-21T02:00:00.000Z'],
  [
    'not the night before',
    schedule('UTC', ['Fri 22:00-02:00']),
    '2026-11-20T01:00:00Z',
    false,
    '2026-11-20T22:00:00.000Z',
  ],
  [
    'not into a free day',
    schedule('UTC', ['Fri 22:00-02:00'], ['2026-11-21']),
    '2026-11-20T23:00:00Z',
    true,
    '2026-11-21T00:00:00.000Z',
  ],
  [
    'not out of a free day',
    schedule('UTC', ['* 22:00-02:00'], ['2026-12-24/2026-12-25']),
    '2026-12-26T01:00:00Z',
    false,
    '2026-12-26T22:00:00.000Z',
  ],
  [
    'the hour that comes twice',
    schedule('Europe/Berlin', ['Sun 02:00-03:00']),
    '2026-10-25T00:00:00Z',
    true,
    '2026-10-25T02:00:00.000Z',
  ],
  [
    'half of it',
    schedule('Europe/Berlin', ['Sun 02:30-03:00']),
    '2026-10-25T00:45:00Z',
    true,
    '2026-10-25T01:00:00.000Z',
  ],
  [
    'the hour left out',
    schedule('Europe/Berlin', ['Sun 02:00-03:00']),
    '2026-03-29T00:30:00Z',
    false,
    '2026-04-05T00:00:00.000Z',
  ],
  [
    'beginning in it',
    schedule('Europe/Berlin', ['Sun 02:30-04:00']),
    '2026-03-29T00:30:00Z',
    false,
    '2026-03-29T01:00:00.000Z',
  ],
  [
    'half an hour of summer time',
    schedule('Australia/Lord_Howe', ['* 09:00-10:00']),
    '2026-10-03T12:00:00Z',
    false,
    '2026-10-03T22:00:00.000Z',
  ],
])('schedule: %s', (_, given, now, open, until) => {
  const answer = scheduleOpen(given, new Date(now));
  expect([answer.open, answer.until?.toISOString() ?? null]).toEqual([open, until]);
});

/** What the clock on the wall of a zone says, a reading for each moment that was asked for. */
function wall(zone: string) {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const known = new Map<number, { readonly date: string; readonly today: number; readonly minutes: number }>();
  return (time: number) => {
    const read = known.get(time);
    if (read !== undefined) return read;
    const part = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]));
    const reading = {
      date: `${part['year']}-${part['month']}-${part['day']}`,
      today: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(part['weekday'] ?? ''),
      minutes: Number(part['hour']) * 60 + Number(part['minute']),
    };
    known.set(time, reading);
    return reading;
  };
}

/** An independent reading of the rule, one instant at a time: text in, text compared. */
function openAt(given: Schedule, clock: ReturnType<typeof wall>, time: number): boolean {
  const { date, today, minutes } = clock(time);
  const before = new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
  const [isFree, wasFree] = [date, before].map((one) => given.except.some(({ from, to }) => from <= one && one <= to));
  if (isFree) return false;
  return given.allow.some(({ days, from, to }) =>
    days.some((first) =>
      from < to
        ? first === today && minutes >= from && minutes < to
        : (first === today && minutes >= from) || ((first + 1) % 7 === today && !wasFree && minutes < to),
    ),
  );
}

// Around a change of the clocks: spring and autumn, both hemispheres, half an hour, at midnight, and a day left out.
const changes: readonly [string, string][] = [
  ['Europe/Berlin', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00:00Z'],
  ['America/New_York', '2026-03-08T07:00:00Z'],
  ['America/New_York', '2026-11-01T06:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
  ['America/Santiago', '2026-09-06T04:00:00Z'],
  ['Asia/Beirut', '2026-03-28T22:00:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z'],
  ['Asia/Kathmandu', '2026-06-01T00:00:00Z'],
];

it.each(changes)('agrees with a scan of every minute in %s around %s', (zone, at) => {
  const clock = wall(zone);
  const minute = 60_000;
  const window = fc.record({
    days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
    from: fc.oneof(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 0, max: 210 })),
    to: fc.oneof(fc.integer({ min: 0, max: 1440 }), fc.integer({ min: 0, max: 210 })),
  });
  const around = (days: number) => new Date(Date.parse(at) + days * 86_400_000).toISOString().slice(0, 10);
  const free = fc.tuple(fc.integer({ min: -1, max: 1 }), fc.integer({ min: 0, max: 1 }));
  fc.assert(
    fc.property(
      fc.array(
        window.filter(({ from, to }) => from !== to),
        { minLength: 1, maxLength: 3 },
      ),
      fc.array(free, { maxLength: 1 }),
      fc.integer({ min: -26 * 60, max: 4 * 60 }),
      (allow, frees, offset) => {
        const except = frees.map(([day, more]) => ({ from: around(day), to: around(day + more) }));
        const given = { zone, allow, except };
        const start = Date.parse(at) + offset * minute;
        const answer = scheduleOpen(given, new Date(start + 12_345));
        const open = openAt(given, clock, start);
        expect(answer.open).toBe(open);
        const end = Math.min(start + 36 * 60 * minute, answer.until?.getTime() ?? Number.POSITIVE_INFINITY);
        const wrong: string[] = [];
        for (let time = start; time < end; time += minute) {
          if (openAt(given, clock, time) !== open) wrong.push(new Date(time).toISOString());
        }
        expect(wrong).toEqual([]);
        if (answer.until === null) return;
        expect(answer.until.getTime() % minute).toBe(0);
        expect(openAt(given, clock, answer.until.getTime())).toBe(!open);
        expect(openAt(given, clock, answer.until.getTime() - minute)).toBe(open);
      },
    ),
    { numRuns: 25 },
  );
});
