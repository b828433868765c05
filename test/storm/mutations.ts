import type { Guard } from '../guards/locate.ts';
import { mutationsOfBreadth } from './mutations-of-breadth.ts';
import { mutationsOfCarriers } from './mutations-of-carriers.ts';
import { mutationsOfCommands } from './mutations-of-commands.ts';
import { mutationsOfDecisions } from './mutations-of-decisions.ts';
import { mutationsOfForge } from './mutations-of-forge.ts';
import { mutationsOfMetrics } from './mutations-of-metrics.ts';
import { mutationsOfSettings } from './mutations-of-settings.ts';

/** Every guard that the storm has to miss: without one of them a law breaks. */
export const mutations: readonly Guard[] = [
  ...mutationsOfDecisions,
  ...mutationsOfCommands,
  ...mutationsOfBreadth,
  ...mutationsOfForge,
  ...mutationsOfMetrics,
  ...mutationsOfCarriers,
  ...mutationsOfSettings,
];
