import { same } from '../../api/json.ts';
import { controllerOf, controllerRef, isGoing } from '../../api/things.ts';
import { fenceposts } from '../../workloads/amounts.ts';
import { essence, hashOf } from '../../workloads/template.ts';
import type { Deployment, Labels, Template } from '../../workloads/types.ts';
import type { World } from '../../world.ts';
import type { BatchRelease } from '../types.ts';
import { canaryFinalizer, canaryLabel, controlAnnotation, manager } from '../words.ts';
import { patch, removeFinalizer } from '../writes.ts';
import { type Batch, batchSize, checkReady, currentBatch } from './batch.ts';
import { BatchFailed, type Control, gone, type Info, isSettled, noteWorkload } from './control.ts';
import { controlInfo, isControlled } from './control-info.ts';
import { deploymentInfo } from './deployment.ts';
import { labelPods } from './labels.ts';
import { ownedPods } from './pods.ts';

/** Canary style: the new version runs in an extra Deployment beside the stable one. */
export function canaryControl(world: World, release: BatchRelease, stable: Deployment | undefined): Control {
  const extras = world.api
    .list('Deployment', release.metadata.namespace ?? '')
    .filter((one) => controllerOf(one)?.uid === release.metadata.uid);
  // The garbage collector deletes an extra Deployment with its owner; here only its finalizer is removed.
  const letExtrasGo = () => {
    for (const extra of extras) removeFinalizer(world, 'Deployment', extra, canaryFinalizer);
  };
  if (stable === undefined) return { ...gone, finalise: letExtrasGo };
  const canary = findCanary(release, extras, stable.spec.template);
  const info = infoOf(stable, canary);
  const desired = batchSize(release, stable.spec.replicas, currentBatch(release));
  return {
    info,
    initialize(draft) {
      if (!isControlled(release, stable)) {
        const annotations = { [controlAnnotation]: controlInfo(release) };
        patch(world, 'Deployment', stable, { metadata: { annotations } });
      }
      if (canary === undefined) {
        create(world, release, stable);
        throw new BatchFailed('the canary Deployment was made, and is seen next time');
      }
      noteWorkload(draft, { ...info, updateRevision: hashOf('kruise', canary.spec.template) });
    },
    upgrade() {
      const found = settled(canary);
      if (found.spec.replicas < desired) patch(world, 'Deployment', found, { spec: { replicas: desired } });
    },
    verify() {
      const pods = ownedPods(world, settled(canary));
      const { failureThreshold } = release.spec.releasePlan;
      const batch: Batch = { release, info, pods, planned: 0, desired, failureThreshold };
      labelPods(world, batch);
      checkReady(batch);
    },
    finalise() {
      const { batchPartition, finalizingPolicy } = release.spec.releasePlan;
      const free = patch(world, 'Deployment', stable, {
        metadata: { annotations: { [controlAnnotation]: null } },
        spec: { paused: batchPartition !== undefined },
      });
      if (finalizingPolicy === 'WaitResume') waitForAll(free);
      letExtrasGo();
    },
  };
}

/** New pods are those of the canary; the stable Deployment has some once it is resumed. */
function infoOf(stable: Deployment, canary: Deployment | undefined): Info {
  const own = deploymentInfo(stable, canary?.status?.availableReplicas ?? 0);
  return { ...own, promotedReplicas: own.updated, updated: canary?.status?.replicas ?? 0, stableRevision: '' };
}

function settled(canary: Deployment | undefined): Deployment {
  if (canary === undefined) throw new BatchFailed('no canary Deployment');
  if (!isSettled(canary)) throw new BatchFailed('the canary Deployment is not settled');
  return canary;
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
function findCanary(release: BatchRelease, extras: readonly Deployment[], template: Template): Deployment | undefined {
  const { labels, annotations } = release.spec.releasePlan.patchPodTemplateMetadata ?? {};
  const compared = (one: Template) =>
    essence({
      ...one,
      metadata: {
        ...one.metadata,
        labels: without(one.metadata?.labels, labels),
        annotations: without(one.metadata?.annotations, annotations),
      },
    });
  return extras.filter((one) => !isGoing(one)).findLast((one) => same(compared(one.spec.template), compared(template)));
}

function without(labels: Labels | undefined, patched: Labels = {}): Labels {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => patched[key] === undefined));
}

function create(world: World, release: BatchRelease, stable: Deployment): void {
  const patched = release.spec.releasePlan.patchPodTemplateMetadata;
  const { template } = stable.spec;
  const { labels, annotations } = template.metadata ?? {};
  const metadata = {
    ...template.metadata,
    labels: { ...labels, ...patched?.labels },
    annotations: patched === undefined ? annotations : { ...annotations, ...patched.annotations },
  };
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
      spec: { ...stable.spec, replicas: 0, paused: undefined, template: { ...template, metadata } },
    },
    { manager },
  );
}
