import type { DaemonSet } from '../../workloads/types.ts';
import type { World } from '../../world.ts';
import { type Info, isSettled } from './control.ts';
import type { Partitioned } from './partition.ts';
import { countReady, ownedPods, podsOfRevision } from './pods.ts';

/** Kruise's DaemonSet: as many pods as nodes. */
export function partitionedDaemonSet(world: World, set: DaemonSet): Partitioned {
  const info = infoOf(world, set);
  return {
    kind: 'AdvancedDaemonSet',
    set,
    info,
    partition: set.spec.updateStrategy.rollingUpdate?.partition ?? 0,
    held: { paused: false, partition: info.replicas },
    free: { partition: null, paused: false },
    batch: ({ stable }) => ({ partition: Math.max(0, stable) }),
  };
}

/** Has no stable revision (docs/engine.md#going-back). */
function infoOf(world: World, set: DaemonSet): Info {
  const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, daemonSetHash = '' } = set.status ?? {};
  return {
    replicas: desiredNumberScheduled,
    settled: isSettled(set),
    statusReplicas: desiredNumberScheduled,
    updated: updatedNumberScheduled,
    updatedReady: countReady(podsOfRevision(ownedPods(world, set), daemonSetHash)),
    updateRevision: daemonSetHash,
    stableRevision: '',
  };
}
