import { describe, expect, test } from 'vitest';
import { serverClock } from '../../../src/adapters/kubernetes/server-clock.ts';

/** The clock alone, on a time that is only counted: what it makes of the Dates that a server sends. */

const noon = Date.UTC(2026, 10, 25, 12);
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const header = (time: number) => new Date(time).toUTCString();

/** A clock under test, and the time that passes for it. */
function begin() {
  const time = { passed: 0 };
  const clock = serverClock(() => time.passed);
  return { time, clock, now: () => clock.now()?.getTime() ?? null };
}

interface Row {
  readonly what: string;
  /** What the server's clock shows after so many milliseconds. */
  readonly server: (passed: number) => number;
  /** Milliseconds between two answers, and those that one takes each way. */
  readonly every: number;
  readonly takes: number;
  /** The most that the estimate may be behind, and the most that it may be ahead. */
  readonly behind: number;
  readonly ahead: number;
  /** The most that two readings may go back. */
  readonly back: number;
}

const steady = { every: 7 * second + 130, takes: 40, behind: 1100, ahead: 0, back: 0 };
const rows: readonly Row[] = [
  { what: 'right', server: (passed) => noon + passed, ...steady },
  { what: 'within its second', server: (passed) => noon + 999 + passed, ...steady },
  { what: 'a day ahead', server: (passed) => noon + day + passed, ...steady },
  { what: 'a day behind', server: (passed) => noon - day + passed, ...steady },
  { what: 'half a minute ahead', server: (passed) => noon + 30 * second + passed, ...steady },
  { what: 'slower by 300 in a million', server: (passed) => noon + passed * 0.9997, ...steady },
  { what: 'faster by 300 in a million', server: (passed) => noon + passed * 1.0003, ...steady },
  {
    what: 'slow, and asked once in ten minutes',
    server: (passed) => noon + passed * 0.9998,
    ...steady,
    every: 10 * minute + 77,
    behind: 2000,
  },
  { what: 'far away', server: (passed) => noon + passed, ...steady, takes: 900, behind: 2000 },
  {
    what: 'set forward by an hour',
    server: (passed) => noon + passed + (passed > 30 * minute ? hour : 0),
    ...steady,
    behind: hour + 1100,
  },
  {
    what: 'set back by an hour',
    server: (passed) => noon + passed - (passed > 30 * minute ? hour : 0),
    ...steady,
    ahead: hour,
    back: hour,
  },
  // No real clock: the embedded cluster's time may be slower or faster than ours.
  {
    what: 'at half the speed',
    server: (passed) => noon + passed / 2,
    ...steady,
    every: 2 * second,
    ahead: 2100,
    back: 2000,
  },
  {
    what: 'at twenty times the speed',
    server: (passed) => noon + passed * 20,
    ...steady,
    every: 2 * second,
    behind: 43 * second,
  },
];

describe('a server whose clock is', () => {
  test.each(rows)('$what', ({ server, every, takes, ...most }) => {
    const { time, clock, now } = begin();
    const seen = { behind: 0, ahead: 0, back: 0 };
    let before = Number.NEGATIVE_INFINITY;
    const look = () => {
      const estimate = now() ?? 0;
      seen.ahead = Math.max(seen.ahead, estimate - server(time.passed));
      seen.behind = Math.max(seen.behind, server(time.passed) - estimate);
      seen.back = Math.max(seen.back, before - estimate);
      before = estimate;
    };
    while (time.passed < 3 * hour) {
      const asked = clock.elapsed();
      time.passed += takes;
      const told = header(server(time.passed));
      time.passed += takes;
      clock.hear([told], asked);
      // The skew is measured within two seconds whenever there is an answer.
      expect(Math.abs((now() ?? 0) - server(time.passed))).toBeLessThan(2000);
      for (const until = time.passed + every; time.passed < until; time.passed += every / 10) look();
    }
    expect(seen.ahead).toBeLessThanOrEqual(most.ahead);
    expect(seen.behind).toBeLessThanOrEqual(most.behind);
    expect(seen.back).toBeLessThanOrEqual(most.back);
  });

  test('unknown: no time before the first answer', () => {
    expect(begin().clock.now()).toBeNull();
  });
});

describe('an answer', () => {
  test('late in its second moves nothing back, one at its begin moves forward', () => {
    const { time, clock, now } = begin();
    clock.hear([header(noon)], 0);
    time.passed = 990;
    clock.hear([header(noon)], 980);
    expect(now()).toBe(noon + 989);
    time.passed = 991;
    clock.hear([header(noon + second)], 980);
    expect(now()).toBe(noon + second);
  });

  test('that was long under way, or comes behind a later one, moves nothing back', () => {
    const { time, clock, now } = begin();
    time.passed = 10 * second;
    clock.hear([header(noon + 10 * second)], 9 * second);
    clock.hear([header(noon)], 0);
    expect(now()).toBe(noon + 10 * second);
  });

  test('of a server that was set back is believed at once', () => {
    const { time, clock, now } = begin();
    clock.hear([header(noon)], 0);
    time.passed = 5 * second;
    clock.hear([header(noon - day)], 5 * second - 10);
    expect(now()).toBe(noon - day);
  });

  test('that was wrong is put right by the next', () => {
    const { time, clock, now } = begin();
    clock.hear([header(noon + 3 * day)], 0);
    time.passed = 100;
    clock.hear([header(noon)], 90);
    expect(now()).toBe(noon);
  });
});

const odd: readonly (readonly [what: string, dates: readonly string[] | undefined])[] = [
  ['none', undefined],
  ['not one', []],
  ['empty', ['']],
  ['blank', [' ']],
  ['garbage', ['yesterday']],
  ['a number', ['1795608000']],
  ['a number of milliseconds', ['1795608000000']],
  ['minus', ['-1']],
  ['the year 9999', ['Fri, 31 Dec 9999 23:59:59 GMT']],
  ['the year 10000', [header(Date.UTC(10000, 0))]],
  ['the year 2100', [header(Date.UTC(2100, 0))]],
  ['the year 1999', [header(Date.UTC(1999, 11, 31))]],
  ['the year 0001', [header(Date.parse('0001-01-01T00:00:00Z'))]],
  ['1970', [header(0)]],
  ['two', [header(noon), header(noon + day)]],
  ['the same twice', [header(noon), header(noon)]],
  ['two in one', [`${header(noon)}, ${header(noon)}`]],
  ['another form', ['2026-11-25T12:00:00Z']],
  ['an old form', ['Wednesday, 25-Nov-26 12:00:00 GMT']],
  ["C's form", ['Wed Nov 25 12:00:00 2026']],
  ['another zone', ['Wed, 25 Nov 2026 12:00:00 +0200']],
  ['a zone by its name', ['Wed, 25 Nov 2026 12:00:00 EST']],
  ['no zone', ['Wed, 25 Nov 2026 12:00:00']],
  ['a day that is none', ['Tue, 31 Nov 2026 12:00:00 GMT']],
  ['another day of the week', ['Thu, 25 Nov 2026 12:00:00 GMT']],
  ['hour 24', ['Wed, 25 Nov 2026 24:00:00 GMT']],
  ['a leap second', ['Wed, 25 Nov 2026 23:59:60 GMT']],
  ['a comment behind', ['Wed, 25 Nov 2026 12:00:00 GMT (noon)']],
  ['a very long one', [header(noon).padEnd(100_000, '0')]],
];

describe('a Date that is not used:', () => {
  test.each(odd)('%s', (_what, dates) => {
    const { time, clock, now } = begin();
    clock.hear(dates, 0);
    expect(now()).toBeNull();
    // Nor does it disturb what is known.
    clock.hear([header(noon)], 0);
    time.passed = 2000;
    clock.hear(dates, 1990);
    expect(now()).toBe(noon + 1998);
  });

  test('and the nearest that is', () => {
    for (const time of [Date.UTC(2000, 0), noon, Date.UTC(2099, 11, 31, 23, 59, 59), Date.UTC(2028, 1, 29)]) {
      const { clock, now } = begin();
      clock.hear([header(time)], 0);
      expect(now()).toBe(time);
    }
  });
});
