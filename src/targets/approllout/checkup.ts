import type { Checkup } from '../../release/checkup.ts';
import { stuck } from '../kruise/checkup/stuck.ts';
import { definedBy, isRunning, kubevela } from '../vela/installed.ts';
import { FINALIZER } from './keys.ts';
import { isPaused } from './workload.ts';

/** KubeVela v1.1 moves the pods itself: Kruise Rollouts is not needed. */
export const checkup: Checkup = {
  installations: [kubevela, definedBy('approllouts.core.oam.dev', 'AppRollouts')],
  leftOver({ workload: { kind, name } }, workload) {
    if (!isPaused(workload)) return null;
    // Some of its pods may have another template, which the others would get at once.
    return { isHarmless: false, says: `${kind}/${name} is paused, and there is no AppRollout that would end it` };
  },
  leftObjects: {
    wanted: () => [],
    labelled: () => null,
    // Everything else of a rollout is in the AppRollout and in the workload.
    judge(seen) {
      const going = { object: seen.rollout, finalizer: FINALIZER, resource: 'approllouts.core.oam.dev' };
      return stuck([going], { seen, controller: 'KubeVela', isRunning: isRunning(seen.looked) });
    },
  },
};
