import { annotationOf } from '../../api/things.ts';
import { type Amount, scaled } from '../../workloads/amounts.ts';
import type { CloneSet } from '../../workloads/types.ts';
import type { BatchRelease } from '../types.ts';
import { controlAnnotation, maxReadySeconds } from '../words.ts';
import { plannedAmount } from './batch.ts';
import { type Partitioned, revisionedInfo } from './partition.ts';
import type { Surging } from './surging.ts';

export function partitionedCloneSet(release: BatchRelease, set: CloneSet): Partitioned {
  const info = revisionedInfo(set);
  return {
    kind: 'CloneSet',
    set,
    info,
    partition: set.spec.updateStrategy.partition ?? 0,
    held: { paused: false, partition: '100%' },
    free: { partition: null, paused: false },
    batch({ stable }) {
      const planned = plannedAmount(release);
      return { partition: typeof planned === 'string' ? asPercent(stable, info.replicas, planned) : stable };
    },
  };
}

/** Old pods as a percent, so that later sizes keep the share (docs/engine.md#pods). */
function asPercent(stable: number, all: number, planned: string): Amount {
  if (stable >= all) return '100%';
  if (stable <= 0) return '0%';
  const percent = `${Math.floor((stable * 100) / all)}%`;
  return scaled(percent, all) <= 0 && planned !== '100%' ? '1%' : percent;
}

export function surgingCloneSet(set: CloneSet): Surging<'CloneSet'> {
  const { spec, status } = set;
  return {
    kind: 'CloneSet',
    workload: set,
    info: revisionedInfo(set),
    settings: {
      maxUnavailable: spec.updateStrategy.maxUnavailable ?? '20%',
      maxSurge: spec.updateStrategy.maxSurge ?? '0%',
      minReadySeconds: spec.minReadySeconds ?? 0,
      progressDeadlineSeconds: 0,
    },
    held: { minReadySeconds: maxReadySeconds, updateStrategy: { paused: false, maxSurge: 1, maxUnavailable: 0 } },
    isHeld: annotationOf(set, controlAnnotation) !== '' && spec.minReadySeconds === maxReadySeconds,
    surged: (maxSurge) => ({ updateStrategy: { partition: null, maxSurge } }),
    restored: ({ minReadySeconds, maxSurge = null, maxUnavailable = null }) => ({
      spec: { minReadySeconds: minReadySeconds || null, updateStrategy: { maxSurge, maxUnavailable } },
    }),
    planned: (amount) => scaled(amount, spec.replicas),
    isDone: () => (status?.readyReplicas ?? 0) === (status?.updatedReadyReplicas ?? 0),
  };
}
