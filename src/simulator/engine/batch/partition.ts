import type { Json } from '../../api/json.ts';
import { type Amount, scaled } from '../../workloads/amounts.ts';
import type { CloneSet, DaemonSet, StatefulSet } from '../../workloads/types.ts';
import type { World } from '../../world.ts';
import type { BatchRelease } from '../types.ts';
import { controlAnnotation } from '../words.ts';
import { patch } from '../writes.ts';
import { type Info, isSettled } from './control.ts';
import { controlInfo, isControlled } from './control-info.ts';
import type { InPlace, Target } from './in-place.ts';
import { filterUnordered, type Shares, sharesOf } from './no-need.ts';

/** A set that keeps as many old pods as its partition says. */
export interface Partitioned {
  readonly kind: 'CloneSet' | 'StatefulSet' | 'AdvancedStatefulSet' | 'AdvancedDaemonSet';
  readonly set: CloneSet | StatefulSet | DaemonSet;
  readonly info: Info;
  readonly partition: Amount;
  /** Its settings while no pod is moved yet. */
  readonly held: Json;
  /** Its settings once it is released. */
  readonly free: Json;
  /** The partition of the batch, and the number of new pods to reach when the kind computes it differently. */
  batch(shares: Shares): { readonly partition: Amount } & Partial<Pick<Target, 'desired' | 'filter'>>;
}

/** Control of a set by its partition. */
export function byPartition(world: World, release: BatchRelease, partitioned: Partitioned): InPlace {
  const { kind, set, info } = partitioned;
  const spec = (settings: Json) => ({
    updateStrategy: kind === 'CloneSet' ? settings : { rollingUpdate: settings },
  });
  return {
    workload: set,
    info,
    take() {
      if (isControlled(release, set)) return;
      const annotations = { [controlAnnotation]: controlInfo(release) };
      patch(world, kind, set, { metadata: { annotations }, spec: spec(partitioned.held) });
    },
    batch(noNeed) {
      const shares = sharesOf(release, info.replicas, noNeed);
      const { partition, ...own } = partitioned.batch(shares);
      return {
        planned: shares.planned,
        desired: shares.desired,
        ...(noNeed === undefined ? {} : { filter: filterUnordered(release, shares) }),
        ...own,
        move() {
          if (scaled(partitioned.partition, info.replicas) > scaled(partition, info.replicas))
            patch(world, kind, set, { spec: spec({ partition }) });
        },
      };
    },
    letGo() {
      const isOver = release.spec.releasePlan.batchPartition === undefined;
      patch(world, kind, set, {
        metadata: { annotations: { [controlAnnotation]: null } },
        ...(isOver ? { spec: spec(partitioned.free) } : {}),
      });
    },
  };
}

/** Of a set that names its revisions. */
export function revisionedInfo(set: CloneSet | StatefulSet): Info {
  const { status } = set;
  return {
    replicas: set.spec.replicas,
    settled: isSettled(set),
    statusReplicas: status?.replicas ?? 0,
    updated: status?.updatedReplicas ?? 0,
    updatedReady: status?.updatedReadyReplicas ?? 0,
    updateRevision: status?.updateRevision ?? '',
    stableRevision: status?.currentRevision ?? '',
  };
}
