import type { JsonMap } from '../../api/json.ts';
import { annotationOf, labelOf } from '../../api/things.ts';
import { type Amount, type RollingUpdate, scaled } from '../../workloads/amounts.ts';
import { setsOf } from '../../workloads/deployment-sets.ts';
import { hashOf } from '../../workloads/template.ts';
import type { Deployment } from '../../workloads/types.ts';
import type { World } from '../../world.ts';
import { activeSets } from '../finder.ts';
import { extraStatusOf, isAdvanced, limitOf, readStrategy, writeStrategy } from '../strategy.ts';
import type { BatchRelease } from '../types.ts';
import {
  advancedLabel,
  controlAnnotation,
  extraStatusAnnotation,
  manager,
  maxProgressSeconds,
  maxReadySeconds,
  stableLabel,
  strategyAnnotation,
} from '../words.ts';
import { patch } from '../writes.ts';
import { plannedAmount } from './batch.ts';
import { type Info, isSettled } from './control.ts';
import { controlInfo } from './control-info.ts';
import type { InPlace } from './in-place.ts';
import type { Surging } from './surging.ts';

/** Counts the ready new pods; the source depends on the style. */
export function deploymentInfo(deployment: Deployment, updatedReady: number): Info {
  const { spec, status } = deployment;
  return {
    replicas: spec.replicas,
    settled: isSettled(deployment),
    statusReplicas: status?.replicas ?? 0,
    updated: status?.updatedReplicas ?? 0,
    updatedReady,
    updateRevision: hashOf('kruise', spec.template),
    stableRevision: labelOf(deployment, stableLabel),
  };
}

/** A Deployment in partition style: Kruise's controller moves its pods, controlled by an annotation. */
export function deploymentInPlace(world: World, release: BatchRelease, deployment: Deployment): InPlace {
  const { spec } = deployment;
  return {
    workload: deployment,
    info: deploymentInfo(deployment, extraStatusOf(deployment)),
    take() {
      if (isAdvanced(deployment)) return;
      const rollingUpdate = spec.strategy.rollingUpdate ?? readStrategy(deployment).rollingUpdate;
      const strategy = writeStrategy({ rollingStyle: 'Partition', rollingUpdate, paused: false, partition: 0 });
      patch(world, 'Deployment', deployment, {
        metadata: {
          labels: { [advancedLabel]: 'true' },
          annotations: { [strategyAnnotation]: strategy, [controlAnnotation]: controlInfo(release) },
        },
        spec: { paused: true, strategy: { type: 'Recreate', rollingUpdate: null } },
      });
    },
    batch() {
      const partition = plannedAmount(release);
      const planned = limitOf(partition, spec.replicas);
      return {
        planned,
        desired: planned,
        move() {
          if (!isAdvanced(deployment)) return;
          const strategy = readStrategy(deployment);
          if (reaches(strategy.partition, partition)) return;
          const annotations = { [strategyAnnotation]: writeStrategy({ ...strategy, partition }) };
          patch(world, 'Deployment', deployment, { metadata: { annotations } });
        },
      };
    },
    letGo() {
      if (annotationOf(deployment, controlAnnotation) === '' || spec.paused !== true) return;
      if (release.spec.releasePlan.batchPartition !== undefined) {
        patch(world, 'Deployment', deployment, { metadata: { annotations: { [controlAnnotation]: null } } });
        return;
      }
      const { rollingUpdate = {} } = readStrategy(deployment);
      const strategy = spec.strategy.type === 'Recreate' ? { strategy: rolling(rollingUpdate) } : {};
      patch(world, 'Deployment', deployment, {
        metadata: {
          labels: { [stableLabel]: null, [advancedLabel]: null },
          annotations: { [strategyAnnotation]: null, [extraStatusAnnotation]: null, [controlAnnotation]: null },
        },
        spec: { paused: false, ...strategy },
      });
    },
  };
}

function rolling(rollingUpdate: RollingUpdate): JsonMap {
  return { type: 'RollingUpdate', rollingUpdate: { ...rollingUpdate } };
}

/** `"20%"` against 2 is compared as the engine does: a percent of ten million against the bare number (T15c). */
function reaches(current: Amount, desired: Amount): boolean {
  return scaled(current, 10_000_000) >= scaled(desired, 10_000_000);
}

/** A Deployment that surges: Kubernetes' controller makes the new pods. */
export function surgingDeployment(world: World, deployment: Deployment): Surging<'Deployment'> {
  const { spec } = deployment;
  const { maxUnavailable = '25%', maxSurge = '25%' } = spec.strategy.rollingUpdate ?? {};
  return {
    kind: 'Deployment',
    workload: deployment,
    info: deploymentInfo(deployment, setsOf(world, deployment).current?.status?.readyReplicas ?? 0),
    settings: {
      maxUnavailable,
      maxSurge,
      minReadySeconds: spec.minReadySeconds ?? 0,
      progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
    },
    held: {
      strategy: rolling({ maxSurge: 1, maxUnavailable: 0 }),
      minReadySeconds: maxReadySeconds,
      progressDeadlineSeconds: maxProgressSeconds,
    },
    isHeld:
      annotationOf(deployment, controlAnnotation) !== '' &&
      spec.strategy.type === 'RollingUpdate' &&
      spec.minReadySeconds === maxReadySeconds &&
      spec.progressDeadlineSeconds === maxProgressSeconds,
    hold() {
      const stable = activeSets(world, deployment)[0];
      if (stable === undefined) return;
      // Old pods also count as not available; otherwise a rollback would remove the new pods at once.
      const held = { ...stable, spec: { ...stable.spec, minReadySeconds: maxReadySeconds } };
      world.api.update('ReplicaSet', held, { manager });
    },
    surged: (amount) => ({ paused: false, strategy: rolling({ maxSurge: amount, maxUnavailable: 0 }) }),
    restored: (original) => ({
      labels: { [stableLabel]: null },
      spec: {
        paused: false,
        minReadySeconds: original.minReadySeconds || null,
        progressDeadlineSeconds: original.progressDeadlineSeconds || null,
        strategy: {
          rollingUpdate: { maxSurge: original.maxSurge ?? null, maxUnavailable: original.maxUnavailable ?? null },
        },
      },
    }),
    planned: (amount) => limitOf(amount, spec.replicas),
    // Only the pass that restores the settings checks the pods; later passes check nothing (control.go, Finalize).
    isDone: (restored) => restored === null || isAllNew(restored),
  };
}

function isAllNew({ spec, status }: Deployment): boolean {
  if ((status?.readyReplicas ?? 0) !== (status?.updatedReplicas ?? 0)) return false;
  const unavailable = scaled(spec.strategy.rollingUpdate?.maxUnavailable, spec.replicas, 'down');
  return unavailable + (status?.availableReplicas ?? 0) >= (status?.replicas ?? 0);
}
