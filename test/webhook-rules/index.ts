import type { Rule } from './rule.ts';
import { rulesOfFields } from './rules-of-fields.ts';
import { rulesOfPlans } from './rules-of-plans.ts';
import { rulesOfReleases } from './rules-of-releases.ts';
import { rulesOfTraffic } from './rules-of-traffic.ts';

/** The rules of the engine's webhook for Rollouts, and those of the Rollout's schema. */
export const rules: readonly Rule[] = [...rulesOfPlans, ...rulesOfTraffic, ...rulesOfReleases, ...rulesOfFields];
