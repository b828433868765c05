import type { Judgement } from '../release/gate.ts';

/** Why a condition whose entry is gone never opens. `entries` is the key of the config that had it. */
export function goneWords(entries: string, name: string): string {
  return `${entries} has no entry ${name} any more`;
}

/** The condition is of the plan that the release started with, and today's policy has no entry of its name. */
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
