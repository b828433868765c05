import type { Controller } from '../controllers.ts';
import type { World } from '../world.ts';
import { revisionController } from './application.ts';
import { appRolloutController } from './controller.ts';
import type { VelaVersion } from './types.ts';

export type { VelaVersion } from './types.ts';

/** KubeVela's controllers in a cluster with AppRollouts; none without a version. */
export function approlloutControllers(world: World, version: VelaVersion | undefined): readonly Controller[] {
  return version === undefined ? [] : [revisionController(world.api, version), appRolloutController(world, version)];
}
