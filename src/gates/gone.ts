import type { Judgement } from '../release/verdict.ts';

/** Why a condition without its entry never opens. `entries` is the config key that had the entry. */
export function goneWords(entries: string, name: string): string {
  return `${entries} has no entry ${name} any more`;
}

/** Judges a condition of the plan in force whose entry today's policy does not have. */
export function gone(entries: string, name: string, now: Date): Judgement {
  return {
    source: "today's policy",
    observedAt: now,
    is: 'shut',
    until: null,
    why: goneWords(entries, name),
    missing: [`an entry ${name} of ${entries} in stepgate.yaml`],
    opener: { by: 'policy' },
  };
}
