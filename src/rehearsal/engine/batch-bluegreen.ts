import type { Json } from '../api/json.ts';
import { annotationOf, isGoing, labelOf } from '../api/things.ts';
import { setsOf } from '../workloads/rolling.ts';
import { hashOf } from '../workloads/template.ts';
import { type Amount, type CloneSet, type Deployment, type RollingUpdate, scaled } from '../workloads/types.ts';
import type { World } from '../world.ts';
import { limitOf } from './advanced.ts';
import {
  type BatchContext,
  BatchFailed,
  checkReady,
  controlInfo,
  type Info,
  isControlled,
  labelPods,
  ownedPods,
} from './batch-context.ts';
import type { Control } from './batch-partition.ts';
import { activeSets } from './finder.ts';
import { switchHpa } from './hpa.ts';
import type { BatchRelease } from './types.ts';
import {
  controlAnnotation,
  manager,
  maxProgressSeconds,
  maxReadySeconds,
  originalAnnotation,
  stableLabel,
} from './words.ts';

/** The user's settings while a blueGreen release has its own. */
interface Original {
  readonly maxUnavailable?: Amount;
  readonly maxSurge?: Amount;
  readonly minReadySeconds?: number;
  readonly progressDeadlineSeconds?: number;
}

interface Surging {
  readonly info: Info;
  readonly context: () => BatchContext;
  readonly take: () => void;
  /** Throws where the workload is not set up for it. */
  readonly surge: (amount: Amount) => void;
  readonly current: Amount;
  /** Throws while pods are waited for. */
  readonly letGo: () => void;
}

export function blueGreenControl(world: World, release: BatchRelease, kind: string): Control {
  const namespace = release.metadata.namespace ?? '';
  const { name } = release.spec.workloadRef;
  const workload = find(world, release, kind, namespace, name);
  const must = (): Surging => {
    if (workload === null) throw new BatchFailed('the workload is gone');
    return workload;
  };
  return {
    info: workload?.info ?? null,
    initialize(draft) {
      const { take, info } = must();
      take();
      draft.stableRevision = info.stableRevision;
      draft.updateRevision = info.updateRevision;
      draft.observedWorkloadReplicas = info.replicas;
    },
    upgrade() {
      const { info, surge, current } = must();
      if (info.replicas === 0) return;
      const batch = release.status?.canaryStatus.currentBatch ?? 0;
      const desired = release.spec.releasePlan.batches[batch]?.canaryReplicas ?? 0;
      // 1 is what the engine itself begins with.
      const now = current === 1 ? 0 : scaled(current, info.replicas);
      surge(now >= scaled(desired, info.replicas) ? -1 : desired);
    },
    verify() {
      const { info, context } = must();
      if (info.replicas === 0) return;
      const current = context();
      labelPods(world, release, current);
      checkReady(current);
    },
    finalise() {
      // A superseding release is not taken: the settings stay.
      if (release.spec.releasePlan.batchPartition !== undefined) return;
      workload?.letGo();
    },
  };
}

function find(world: World, release: BatchRelease, kind: string, namespace: string, name: string): Surging | null {
  if (kind === 'Deployment') {
    const deployment = world.api.get('Deployment', namespace, name);
    return deployment === undefined ? null : surgingDeployment(world, release, deployment);
  }
  const set = world.api.get('CloneSet', namespace, name);
  return set === undefined ? null : surgingCloneSet(world, release, set);
}

function batchContext(release: BatchRelease, info: Info, pods: BatchContext['pods'], planned: number): BatchContext {
  const { rolloutID = '' } = release.spec.releasePlan;
  return {
    pods,
    rolloutId: rolloutID,
    currentBatch: release.status?.canaryStatus.currentBatch ?? 0,
    updateRevision: release.status?.updateRevision ?? '',
    replicas: info.replicas,
    updated: info.updated,
    updatedReady: info.updatedReady,
    planned,
    desired: planned,
    // The plan's threshold does not count here (kruise.md 1.1).
    failureThreshold: undefined,
  };
}

function plannedOf(release: BatchRelease): Amount {
  return release.spec.releasePlan.batches[release.status?.canaryStatus.currentBatch ?? 0]?.canaryReplicas ?? 0;
}

function originalOf(object: Deployment | CloneSet): Original {
  const text = annotationOf(object, originalAnnotation);
  return text === '' ? {} : (JSON.parse(text) as Original);
}

function surgingDeployment(world: World, release: BatchRelease, deployment: Deployment): Surging {
  const { namespace = '', name } = deployment.metadata;
  const { spec, status } = deployment;
  const info: Info = {
    replicas: spec.replicas,
    settled: (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0),
    statusReplicas: status?.replicas ?? 0,
    updated: status?.updatedReplicas ?? 0,
    updatedReady: setsOf(world, deployment).current?.status?.readyReplicas ?? 0,
    updateRevision: hashOf('kruise', spec.template),
    stableRevision: labelOf(deployment, stableLabel),
  };
  const patch = (body: Json) => world.api.patch('Deployment', namespace, name, body, { manager, type: 'merge' });
  const rolling = (rollingUpdate: RollingUpdate) => ({ type: 'RollingUpdate', rollingUpdate: { ...rollingUpdate } });
  return {
    info,
    current: spec.strategy.rollingUpdate?.maxSurge ?? 0,
    context: () =>
      batchContext(
        release,
        info,
        ownedPods(world, deployment, spec.selector.matchLabels),
        limitOf(plannedOf(release), spec.replicas),
      ),
    take() {
      if (isControlled(release, deployment)) return;
      switchHpa(world, deployment, false);
      const stable = activeSets(world, deployment)[0];
      // Old pods count as not available either, or a rollback would take the new ones away at once.
      if (stable !== undefined)
        world.api.update(
          'ReplicaSet',
          { ...stable, spec: { ...stable.spec, minReadySeconds: maxReadySeconds } },
          { manager },
        );
      const before = originalOf(deployment);
      const original: Original = {
        maxUnavailable: before.maxUnavailable ?? spec.strategy.rollingUpdate?.maxUnavailable ?? '25%',
        maxSurge: before.maxSurge ?? spec.strategy.rollingUpdate?.maxSurge ?? '25%',
        ...minReady(before.minReadySeconds ?? spec.minReadySeconds),
        progressDeadlineSeconds: before.progressDeadlineSeconds ?? spec.progressDeadlineSeconds ?? 600,
      };
      patch({
        metadata: {
          annotations: { [originalAnnotation]: JSON.stringify(original), [controlAnnotation]: controlInfo(release) },
        },
        spec: {
          strategy: rolling({ maxSurge: 1, maxUnavailable: 0 }),
          minReadySeconds: maxReadySeconds,
          progressDeadlineSeconds: maxProgressSeconds,
        },
      });
    },
    surge(amount) {
      const ready =
        annotationOf(deployment, controlAnnotation) !== '' &&
        spec.strategy.type === 'RollingUpdate' &&
        spec.minReadySeconds === maxReadySeconds &&
        spec.progressDeadlineSeconds === maxProgressSeconds;
      if (!ready) throw new BatchFailed(notReady('deployment', deployment), true);
      if (amount !== -1) patch({ spec: { paused: false, strategy: rolling({ maxSurge: amount, maxUnavailable: 0 }) } });
    },
    letGo() {
      let fresh: Deployment | null = null;
      if (!isGoing(deployment) && annotationOf(deployment, originalAnnotation) !== '') {
        const { maxSurge, maxUnavailable, minReadySeconds = 0, progressDeadlineSeconds } = originalOf(deployment);
        fresh = patch({
          metadata: {
            labels: { [stableLabel]: null },
            annotations: { [originalAnnotation]: null, [controlAnnotation]: null },
          },
          spec: {
            paused: false,
            minReadySeconds: minReadySeconds === 0 ? null : minReadySeconds,
            progressDeadlineSeconds: progressDeadlineSeconds ?? null,
            strategy: { rollingUpdate: { maxSurge: maxSurge ?? null, maxUnavailable: maxUnavailable ?? null } },
          },
        });
      }
      // Only the look that restores the settings checks the pods: a later one has nothing to check (control.go, Finalize).
      if (fresh !== null && !isAllNew(fresh)) throw new BatchFailed('not all pods are updated and ready');
      switchHpa(world, deployment, true);
    },
  };
}

function minReady(seconds: number | undefined): { readonly minReadySeconds?: number } {
  return seconds === undefined || seconds === 0 ? {} : { minReadySeconds: seconds };
}

function isAllNew({ spec, status }: Deployment): boolean {
  if ((status?.readyReplicas ?? 0) !== (status?.updatedReplicas ?? 0)) return false;
  const unavailable = scaled(spec.strategy.rollingUpdate?.maxUnavailable, spec.replicas, 'down');
  return unavailable + (status?.availableReplicas ?? 0) >= (status?.replicas ?? 0);
}

function notReady(kind: string, object: Deployment | CloneSet): string {
  const { namespace = '', name } = object.metadata;
  const why =
    annotationOf(object, controlAnnotation) === ''
      ? 'workload has no control info annotation'
      : `${kind} strategy minReadySeconds or progressDeadlineSeconds is not MaxReadySeconds or MaxProgressSeconds`;
  return `cannot upgrade batch, because ${kind} ${namespace}/${name} doesn't satisfy conditions: ${why}`;
}

function surgingCloneSet(world: World, release: BatchRelease, set: CloneSet): Surging {
  const { namespace = '', name } = set.metadata;
  const { spec, status } = set;
  const info: Info = {
    replicas: spec.replicas,
    settled: (status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0),
    statusReplicas: status?.replicas ?? 0,
    updated: status?.updatedReplicas ?? 0,
    updatedReady: status?.updatedReadyReplicas ?? 0,
    updateRevision: status?.updateRevision ?? '',
    stableRevision: status?.currentRevision ?? '',
  };
  const patch = (body: Json) => world.api.patch('CloneSet', namespace, name, body, { manager, type: 'merge' });
  return {
    info,
    current: spec.updateStrategy.maxSurge ?? 0,
    context: () =>
      batchContext(
        release,
        info,
        ownedPods(world, set, spec.selector.matchLabels),
        scaled(plannedOf(release), spec.replicas),
      ),
    take() {
      if (isControlled(release, set)) return;
      switchHpa(world, set, false);
      const before = originalOf(set);
      const original: Original = {
        maxUnavailable: before.maxUnavailable ?? spec.updateStrategy.maxUnavailable ?? '20%',
        maxSurge: before.maxSurge ?? spec.updateStrategy.maxSurge ?? '0%',
        ...minReady(before.minReadySeconds ?? spec.minReadySeconds),
      };
      patch({
        metadata: {
          annotations: { [originalAnnotation]: JSON.stringify(original), [controlAnnotation]: controlInfo(release) },
        },
        spec: { minReadySeconds: maxReadySeconds, updateStrategy: { paused: false, maxSurge: 1, maxUnavailable: 0 } },
      });
    },
    surge(amount) {
      if (annotationOf(set, controlAnnotation) === '' || spec.minReadySeconds !== maxReadySeconds)
        throw new BatchFailed(notReady('cloneset', set), true);
      if (amount !== -1) patch({ spec: { updateStrategy: { partition: null, maxSurge: amount } } });
    },
    letGo() {
      if (!isGoing(set) && annotationOf(set, originalAnnotation) !== '') {
        const { maxSurge, maxUnavailable, minReadySeconds = 0 } = originalOf(set);
        patch({
          metadata: { annotations: { [originalAnnotation]: null, [controlAnnotation]: null } },
          spec: {
            minReadySeconds: minReadySeconds === 0 ? null : minReadySeconds,
            updateStrategy: { maxSurge: maxSurge ?? null, maxUnavailable: maxUnavailable ?? null },
          },
        });
      }
      if ((status?.readyReplicas ?? 0) !== (status?.updatedReadyReplicas ?? 0))
        throw new BatchFailed('not all pods are updated and ready');
      switchHpa(world, set, true);
    },
  };
}
