import { complainUnknown } from '../config/check.ts';
import { keys, list, text } from '../config/shapes.ts';
import { formatWindow, parseDays, parsedValue, parseWindow } from '../config/time.ts';
import { objectAt, stringAt, textsAt } from '../release/json.ts';
import { gone, goneWords } from './gone.ts';
import { type Entries, plain, type Row } from './row.ts';
import { type Schedule, scheduleOpen } from './windows.ts';

declare module '../release/delivery.ts' {
  interface Conditions {
    /** `gone`: today's config has no entry of that name, so the gate never opens; the other values are from the old entry. */
    schedule: { readonly schedule: Schedule; readonly gone?: true };
  }
  interface Catalog {
    readonly schedules: ReadonlyMap<string, Schedule>;
  }
}

/** Open inside the windows of a schedule. */
export const schedule: Row<'schedule'> = {
  ...plain,
  inConfig: {
    key: { about: 'open inside the windows of a schedule: the name of an entry of schedules', shape: text('word') },
    example: 'schedule: NAME',
    alone: null,
    read(name, { reader, path, catalog: { schedules: known } }) {
      const found = known.get(name);
      if (found !== undefined) return { kind: 'schedule', name, schedule: found };
      complainUnknown(reader, { path: [...path, 'schedule'], name, known, of: 'schedules' });
      return null;
    },
  },
  judge(condition, { evidence: { now, runnerNow = now } }) {
    if (condition.gone) return gone('schedules', condition.name, now);
    const byCluster = scheduleOpen(condition.schedule, now);
    const answer = byCluster.open ? scheduleOpen(condition.schedule, runnerNow) : byCluster;
    const base = { source: `schedule ${condition.name} (${condition.schedule.zone})`, observedAt: now };
    if (answer.open) return { ...base, is: 'open', why: 'inside its window' };
    // `until` is in cluster time. When the runner's clock keeps the gate shut, the difference of the clocks is added.
    const ahead = byCluster.open ? now.getTime() - runnerNow.getTime() : 0;
    const until = answer.until === null ? null : new Date(answer.until.getTime() + ahead);
    // A schedule that never opens needs a change of the policy.
    const opener = { by: until === null ? 'policy' : 'time' } as const;
    return { ...base, is: 'shut', until, why: 'outside its window', missing: ['time'], opener };
  },
  words: ({ name, gone: isGone }) =>
    isGone ? `schedule ${name}: ${goneWords('schedules', name)}` : `schedule ${name}`,
  isForceable: true,
  yieldsToUrgency: true,
  earliest({ schedule: windows, gone: isGone }, { from }) {
    const { open, until } = scheduleOpen(windows, from);
    if (isGone) return null;
    return open ? from : until;
  },
  closesAt({ schedule: windows }, from) {
    const now = scheduleOpen(windows, from);
    if (now.open || now.until === null) return now.open ? now.until : null;
    return scheduleOpen(windows, now.until).until;
  },
  print({ name, schedule: { zone, allow, except } }) {
    const days = except.map(({ from, to }) => (from === to ? from : `${from}/${to}`));
    return { schedule: name, zone, allow: allow.map(formatWindow), except: days };
  },
  inDigest: () => ({}),
  today(condition, { schedules }) {
    const { kind, name } = condition;
    const found = schedules.get(name);
    return found === undefined ? { ...condition, gone: true } : { kind, name, schedule: found };
  },
};

export const schedules: Entries<ReadonlyMap<string, Schedule>> = {
  key: {
    about: 'time windows, by name',
    shape: {
      is: 'names',
      names: 'word',
      of: keys({
        zone: { about: 'the time zone, such as Europe/Berlin', shape: text('zone'), required: true },
        allow: {
          about: 'windows, such as "Mon-Fri 09:00-16:30"',
          shape: list(text('window'), { min: 1, max: 50 }),
          required: true,
        },
        except: {
          about: 'days on which no window begins or goes on, such as 2026-12-24/2027-01-02',
          shape: list(text('days'), { max: 400 }),
        },
      }),
    },
  },
  read({ document }) {
    const found = Object.entries(objectAt(document.value, 'schedules')).map(([name, entry]): [string, Schedule] => {
      const allow = textsAt(entry, 'allow').map((one) => parsedValue(parseWindow(one)));
      const except = textsAt(entry, 'except').map((one) => parsedValue(parseDays(one)));
      const zone = stringAt(entry, 'zone') ?? 'UTC';
      return [name, { zone, allow: allow.filter((one) => one !== null), except: except.filter((one) => one !== null) }];
    });
    return new Map(found);
  },
};
