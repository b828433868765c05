import type { Target, Targets } from '../release/target.ts';
import { kruise } from './kruise/index.ts';

export { settingsInConfig } from './kruise/settings/index.ts';
export { trafficInConfig } from './kruise/traffic/index.ts';

const rows: readonly Target[] = [kruise];

/** All targets, and the target of a delivery. So far every delivery has the target kruise. */
export const targets: Targets = { of: () => kruise, usual: kruise, all: rows };
