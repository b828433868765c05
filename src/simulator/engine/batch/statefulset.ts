import type { StatefulSet } from '../../workloads/types.ts';
import type { World } from '../../world.ts';
import type { BatchRelease } from '../types.ts';
import type { Info } from './control.ts';
import { filterOrdered } from './no-need.ts';
import { type Partitioned, revisionedInfo } from './partition.ts';
import { countReady, ownedPods, podsOfRevision } from './pods.ts';

/** A StatefulSet of Kubernetes or Kruise: pods move by ordinal, highest first. */
export function partitionedStatefulSet(
  world: World,
  release: BatchRelease,
  kind: 'StatefulSet' | 'AdvancedStatefulSet',
  set: StatefulSet,
): Partitioned {
  const info = infoOf(world, set);
  const { rollingUpdate } = set.spec.updateStrategy;
  const unordered = rollingUpdate?.unorderedUpdate !== undefined;
  return {
    kind,
    set,
    info,
    partition: rollingUpdate?.partition ?? 0,
    held: { partition: 32767 },
    free: { partition: null },
    batch({ planned, stable, noNeed }) {
      if (unordered || noNeed === undefined) return { partition: stable };
      const partition = stable + noNeed;
      const needed = info.replicas - partition;
      return {
        partition,
        desired: needed + noNeed,
        filter: filterOrdered(release, { planned, needed, partition }),
      };
    },
  };
}

/** Kubernetes' StatefulSet does not count ready new pods; the engine does. */
function infoOf(world: World, set: StatefulSet): Info {
  const info = revisionedInfo(set);
  if (info.updatedReady > 0) return info;
  return { ...info, updatedReady: countReady(podsOfRevision(ownedPods(world, set), info.updateRevision)) };
}
