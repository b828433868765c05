import type { Rule } from './rule.ts';
import { rulesOfPlans } from './rules-of-plans.ts';
import { rulesOfReleases } from './rules-of-releases.ts';
import { rulesOfTraffic } from './rules-of-traffic.ts';

/** Every rule of the engine's webhook for Rollouts. */
export const rules: readonly Rule[] = [...rulesOfPlans, ...rulesOfTraffic, ...rulesOfReleases];
