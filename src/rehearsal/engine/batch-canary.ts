import type { Json } from '../api/json.ts';
import { same } from '../api/json.ts';
import { controllerOf, controllerRef, isGoing } from '../api/things.ts';
import { essence, hashOf } from '../workloads/template.ts';
import { type Deployment, fenceposts, type Template } from '../workloads/types.ts';
import type { World } from '../world.ts';
import {
  type BatchContext,
  BatchFailed,
  batchSize,
  checkReady,
  controlInfo,
  isControlled,
  labelPods,
  ownedPods,
} from './batch-context.ts';
import type { Control } from './batch-partition.ts';
import type { BatchRelease } from './types.ts';
import { canaryFinalizer, canaryLabel, controlAnnotation, manager } from './words.ts';

/** Canary style: the new version runs in a Deployment of its own, next to the stable one. */
export function canaryControl(world: World, release: BatchRelease): Control {
  const namespace = release.metadata.namespace ?? '';
  const { name } = release.spec.workloadRef;
  const stable = world.api.get('Deployment', namespace, name);
  const extras = world.api
    .list('Deployment', namespace)
    .filter((one) => controllerOf(one)?.uid === release.metadata.uid);
  const canary = findCanary(release, extras, stable?.spec.template);
  const patch = (which: string, body: Json) =>
    world.api.patch('Deployment', namespace, which, body, { manager, type: 'merge' });
  const revision = hashOf('kruise', stable?.spec.template ?? {});

  function context(): BatchContext {
    if (stable === undefined || canary === undefined) throw new BatchFailed('no canary Deployment');
    if (!isSettled(canary)) throw new BatchFailed('the canary Deployment is not settled');
    const currentBatch = release.status?.canaryStatus.currentBatch ?? 0;
    const { rolloutID = '', failureThreshold } = release.spec.releasePlan;
    return {
      pods: rolloutID === '' ? [] : ownedPods(world, canary, canary.spec.selector.matchLabels),
      rolloutId: rolloutID,
      currentBatch,
      updateRevision: release.status?.updateRevision ?? '',
      replicas: stable.spec.replicas,
      updated: canary.status?.replicas ?? 0,
      updatedReady: canary.status?.availableReplicas ?? 0,
      planned: 0,
      desired: batchSize(release, stable.spec.replicas, currentBatch),
      failureThreshold,
    };
  }

  return {
    info:
      stable === undefined
        ? null
        : {
            replicas: stable.spec.replicas,
            settled: isSettled(stable),
            statusReplicas: stable.status?.replicas ?? 0,
            promotedReplicas: stable.status?.updatedReplicas ?? 0,
            updated: canary?.status?.replicas ?? 0,
            updatedReady: canary?.status?.availableReplicas ?? 0,
            updateRevision: revision,
            stableRevision: '',
          },
    initialize(draft) {
      if (stable === undefined) throw new BatchFailed('the workload is gone');
      if (!isControlled(release, stable))
        patch(name, { metadata: { annotations: { [controlAnnotation]: controlInfo(release) } } });
      if (canary === undefined) {
        create(world, release, stable);
        throw new BatchFailed('the canary Deployment was made, and is seen next time');
      }
      draft.observedWorkloadReplicas = stable.spec.replicas;
      draft.stableRevision = '';
      draft.updateRevision = hashOf('kruise', canary.spec.template);
    },
    upgrade() {
      if (stable === undefined) throw new BatchFailed('the workload is gone');
      if (stable.spec.replicas === 0) return;
      const { desired } = context();
      if (canary !== undefined && canary.spec.replicas < desired)
        patch(canary.metadata.name, { spec: { replicas: desired } });
    },
    verify() {
      if (stable === undefined) throw new BatchFailed('the workload is gone');
      if (stable.spec.replicas === 0) return;
      const current = context();
      labelPods(world, release, current);
      checkReady(current);
    },
    finalise() {
      if (stable !== undefined) {
        const paused = release.spec.releasePlan.batchPartition !== undefined;
        const now = patch(name, { metadata: { annotations: { [controlAnnotation]: null } }, spec: { paused } });
        if (release.spec.releasePlan.finalizingPolicy === 'WaitResume') waitForAll(now);
      }
      // The extra Deployment goes with its owner; here it is only let go.
      for (const extra of extras) {
        const finalizers = (extra.metadata.finalizers ?? []).filter((one) => one !== canaryFinalizer);
        if (finalizers.length !== (extra.metadata.finalizers ?? []).length) {
          world.api.update('Deployment', { ...extra, metadata: { ...extra.metadata, finalizers } }, { manager });
        }
      }
    },
  };
}

function isSettled({ status, metadata }: Deployment): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

function waitForAll({ spec, status }: Deployment): void {
  if (spec.paused === true) throw new BatchFailed('the Deployment is paused');
  const replicas = status?.replicas ?? 0;
  if (replicas !== (status?.updatedReplicas ?? 0)) throw new BatchFailed('not all pods are updated');
  const unavailable =
    spec.strategy.type === 'RollingUpdate'
      ? Math.min(fenceposts(spec.strategy.rollingUpdate, spec.replicas).unavailable, spec.replicas)
      : 0;
  if (unavailable + (status?.availableReplicas ?? 0) < replicas) throw new BatchFailed('not enough pods are available');
}

/** The newest extra Deployment with the stable one's template, leaving out what the plan patches in (T45). */
function findCanary(
  release: BatchRelease,
  extras: readonly Deployment[],
  template: Template | undefined,
): Deployment | undefined {
  const patch = release.spec.releasePlan.patchPodTemplateMetadata;
  const ignored = (one: Template): Template => ({
    ...one,
    metadata: {
      ...one.metadata,
      labels: omit(one.metadata?.labels, Object.keys(patch?.labels ?? {})),
      annotations: omit(one.metadata?.annotations, Object.keys(patch?.annotations ?? {})),
    },
  });
  return extras
    .filter((one) => !isGoing(one))
    .findLast((one) => template === undefined || same(essence(ignored(one.spec.template)), essence(ignored(template))));
}

function omit(
  labels: Readonly<Record<string, string>> | undefined,
  keys: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => !keys.includes(key)));
}

function create(world: World, release: BatchRelease, stable: Deployment): void {
  const patch = release.spec.releasePlan.patchPodTemplateMetadata;
  const { template } = stable.spec;
  const annotations =
    patch === undefined ? template.metadata?.annotations : { ...template.metadata?.annotations, ...patch.annotations };
  world.api.create(
    'Deployment',
    {
      metadata: {
        generateName: `${stable.metadata.name}-`,
        namespace: stable.metadata.namespace,
        labels: { [canaryLabel]: stable.metadata.name },
        annotations: { [controlAnnotation]: controlInfo(release) },
        finalizers: [canaryFinalizer],
        ownerReferences: [controllerRef(release)],
      },
      spec: {
        ...stable.spec,
        replicas: 0,
        paused: undefined,
        template: {
          ...template,
          metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...patch?.labels }, annotations },
        },
      },
    },
    { manager },
  );
}
