import type { Target, Targets } from '../release/target.ts';
import { kruise } from './kruise/index.ts';

export { settingsInConfig } from './kruise/settings/index.ts';
export { trafficInConfig } from './kruise/traffic/index.ts';

const rows: readonly Target[] = [kruise];

/** Every target, and the one of each delivery: all of them are Kruise Rollouts so far. */
export const targets: Targets = { of: () => kruise, usual: kruise, all: rows };
