import type { World } from '../../world.ts';
import type { BatchRelease } from '../types.ts';
import { type Batch, checkReady } from './batch.ts';
import { type Control, type Info, noteWorkload } from './control.ts';
import { labelPods } from './labels.ts';
import { countNoNeed, markNoNeed } from './no-need.ts';
import { type Owner, ownedPods } from './pods.ts';

/** One kind of workload whose pods are moved in place (partition style). */
export interface InPlace {
  readonly workload: Owner;
  readonly info: Info;
  /** Takes control, all pods staying old. */
  take(): void;
  /** The goal of the current batch, without the pods that need no rollback. */
  batch(noNeed: number | undefined): Target;
  letGo(): void;
}

export interface Target extends Pick<Batch, 'planned' | 'desired' | 'filter'> {
  /** Sets the number of new pods for the workload's controller; never reduces it. */
  move(): void;
}

/** Partition style: the workload's own controller moves the given number of pods. */
export function inPlaceControl(world: World, release: BatchRelease, inPlace: InPlace): Control {
  const { workload, info } = inPlace;
  const { failureThreshold } = release.spec.releasePlan;
  const pods = () => ownedPods(world, workload);
  return {
    info,
    initialize(draft) {
      inPlace.take();
      noteWorkload(draft, info);
      markNoNeed(world, release, draft, pods());
    },
    upgrade(draft) {
      const noNeed = countNoNeed(release, pods());
      if (noNeed !== undefined) draft.canaryStatus.noNeedUpdateReplicas = noNeed;
      const target = inPlace.batch(noNeed);
      target.move();
      labelPods(world, { release, info, pods: pods(), failureThreshold, ...target });
    },
    verify() {
      const target = inPlace.batch(release.status?.canaryStatus.noNeedUpdateReplicas);
      checkReady({ release, info, pods: pods(), failureThreshold, ...target });
    },
    finalise: () => inPlace.letGo(),
  };
}
