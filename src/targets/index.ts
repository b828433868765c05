import type { TargetName } from '../release/delivery.ts';
import type { Target, Targets } from '../release/target.ts';
import { velaAppRollout } from './approllout/index.ts';
import { kruise } from './kruise/index.ts';
import { velaApplication } from './vela/index.ts';

export { settingsInConfig } from './kruise/settings/index.ts';
export { trafficInConfig } from './kruise/traffic/index.ts';

const rows = { kruise, 'vela-application': velaApplication, 'vela-approllout': velaAppRollout } satisfies {
  readonly [N in TargetName]: Target;
};

/** Every target by its word in the config. A target that is missing here does not compile. */
const byName: Readonly<Record<TargetName, Target>> = rows;

/** All targets, and the target of a delivery: what its `target` names, else kruise. */
export const targets: Targets = {
  of: ({ target = 'kruise' }) => byName[target],
  usual: kruise,
  all: Object.values(byName),
};
