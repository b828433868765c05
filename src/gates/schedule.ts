import { gone, goneWords } from './gone.ts';
import { plain, type Row } from './row.ts';
import { type Schedule, scheduleOpen } from './windows.ts';

declare module '../release/delivery.ts' {
  interface Conditions {
    /** `gone`: today's config has no entry of that name, so it never opens; the rest is what the entry said once. */
    schedule: { readonly schedule: Schedule; readonly gone?: true };
  }
  interface Catalog {
    readonly schedules: ReadonlyMap<string, Schedule>;
  }
}

/** It is the time for it. */
export const schedule: Row<'schedule'> = {
  ...plain,
  judge(condition, { evidence: { now, runnerNow = now } }) {
    if (condition.gone) return gone('schedules', condition.name, now);
    const byCluster = scheduleOpen(condition.schedule, now);
    const answer = byCluster.open ? scheduleOpen(condition.schedule, runnerNow) : byCluster;
    const base = { source: `schedule ${condition.name} (${condition.schedule.zone})`, observedAt: now };
    if (answer.open) return { ...base, is: 'open', why: 'inside its window' };
    // All times are told by the cluster's clock: where the runner's keeps it shut, it opens that much earlier or later.
    const ahead = byCluster.open ? now.getTime() - runnerNow.getTime() : 0;
    const until = answer.until === null ? null : new Date(answer.until.getTime() + ahead);
    // One that never opens is the policy's to change.
    const opener = { by: until === null ? 'policy' : 'time' } as const;
    return { ...base, is: 'shut', until, why: 'outside its window', missing: ['time'], opener };
  },
  words: ({ name, gone: isGone }) =>
    isGone ? `schedule ${name}: ${goneWords('schedules', name)}` : `schedule ${name}`,
  inDigest: () => ({}),
  today(condition, { schedules }) {
    const { kind, name } = condition;
    const found = schedules.get(name);
    return found === undefined ? { ...condition, gone: true } : { kind, name, schedule: found };
  },
};
