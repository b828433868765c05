import { createHash } from 'node:crypto';
import { canonical, same } from '../api/json.ts';
import { annotationOf, controllerRef, isGoing } from '../api/things.ts';
import { type Pass, progressOf } from './context.ts';
import { rolloutIdOf } from './finder.ts';
import { type BatchRelease, planOf, type ReleasePlan, type Rollout, stepsOf, styleOf } from './types.ts';
import { inBatchAnnotation, manager } from './words.ts';

/** The BatchRelease, which moves the pods. */
export function batchReleaseOf(pass: Pass): BatchRelease | undefined {
  return pass.world.api.get('BatchRelease', pass.rollout.metadata.namespace ?? '', pass.rollout.metadata.name);
}

export function planHash(plan: ReleasePlan): string {
  const found = planHashes.get(plan);
  if (found !== undefined) return found;
  const made = createHash('sha256').update(canonical(plan)).digest('hex');
  planHashes.set(plan, made);
  return made;
}

/** Cached: a plan never changes, and every pass needs it. */
const planHashes = new WeakMap<ReleasePlan, string>();

/** Copies the counts of the BatchRelease, and passes it a new id when only the id has changed (E8, T12). */
export function syncBatchRelease(pass: Pass, release: BatchRelease): void {
  const progress = progressOf(pass);
  const { status } = release;
  progress.replicas = status?.canaryStatus.updatedReplicas ?? 0;
  progress.ready = status?.canaryStatus.updatedReadyReplicas ?? 0;
  const { batchState = '', currentBatch = 0 } = status?.canaryStatus ?? {};
  const message = status?.message ?? '';
  progress.message = `BatchRelease is at state ${batchState}, rollout-id ${status?.observedRolloutID ?? ''}, step ${currentBatch + 1}${message === '' ? '' : `, ${message}`}`;
  const { rolloutID = '' } = release.spec.releasePlan;
  if (progress.observedRolloutID === rolloutID) return;
  const releasePlan = { ...release.spec.releasePlan, rolloutID: progress.observedRolloutID };
  pass.world.api.update('BatchRelease', { ...release, spec: { ...release.spec, releasePlan } }, { manager });
}

function wantedPlan(rollout: Rollout, rolloutID: string, batch: number): ReleasePlan {
  const plan = planOf(rollout);
  const style = styleOf(rollout);
  return {
    batches: stepsOf(rollout).map((step) => ({ canaryReplicas: step.replicas ?? 0 })),
    rolloutID,
    batchPartition: batch,
    ...(plan.failureThreshold === undefined ? {} : { failureThreshold: plan.failureThreshold }),
    ...(style === 'BlueGreen' || plan.patchPodTemplateMetadata === undefined
      ? {}
      : { patchPodTemplateMetadata: plan.patchPodTemplateMetadata }),
    rollingStyle: style,
    enableExtraWorkloadForCanary: style === 'Canary',
  };
}

/** Updates the BatchRelease for the step; returns true when nothing had to be written. */
export function runBatchRelease(pass: Pass, index: number): BatchRelease | null {
  const { rollout, world, workload } = pass;
  if (workload === null) return null;
  const releasePlan = wantedPlan(rollout, rolloutIdOf(workload), index - 1);
  const { workloadRef } = rollout.spec;
  const inBatch = annotationOf(rollout, inBatchAnnotation);
  const annotations = workload.inRollback ? { [inBatchAnnotation]: inBatch } : undefined;
  const found = batchReleaseOf(pass);
  if (found === undefined) {
    const metadata = {
      name: rollout.metadata.name,
      namespace: rollout.metadata.namespace,
      annotations,
      ownerReferences: [controllerRef(rollout)],
    };
    world.api.create('BatchRelease', { metadata, spec: { workloadRef, releasePlan } }, { manager });
    return null;
  }
  const spec = { workloadRef, releasePlan };
  if (same(found.spec, spec) && same(found.metadata.annotations, annotations)) return found;
  world.api.update('BatchRelease', { ...found, metadata: { ...found.metadata, annotations }, spec }, { manager });
  return null;
}

/** Releases the workload. Returns whether there is something to wait for. */
export function finaliseBatchRelease(pass: Pass, waitReady: boolean): boolean {
  const release = batchReleaseOf(pass);
  if (release === undefined) return false;
  const plan = release.spec.releasePlan;
  if (plan.batchPartition === undefined) {
    if (release.status?.phase === 'Completed') return false;
    if ((plan.finalizingPolicy === 'WaitResume') === waitReady) return true;
  }
  const { batchPartition: _stop, ...rest } = plan;
  const releasePlan = { ...rest, finalizingPolicy: waitReady ? 'WaitResume' : 'Immediate' };
  pass.world.api.update('BatchRelease', { ...release, spec: { ...release.spec, releasePlan } }, { manager });
  return true;
}

export function removeBatchRelease(pass: Pass): boolean {
  const release = batchReleaseOf(pass);
  if (release === undefined) return false;
  if (!isGoing(release)) pass.world.api.remove('BatchRelease', release.metadata.namespace ?? '', release.metadata.name);
  return true;
}
