import { parsedText, same, textAt } from '../api/json.ts';
import { kindInGroup } from '../api/kinds.ts';
import { stamp } from '../api/marks.ts';
import type { Change } from '../api/store.ts';
import { annotationOf, controllerOf, isGoing, type Thing } from '../api/things.ts';
import type { Controller, Outcome } from '../controllers.ts';
import { isReady, type Pod } from '../workloads/types.ts';
import type { World } from '../world.ts';
import { blueGreenControl } from './batch-bluegreen.ts';
import { canaryControl } from './batch-canary.ts';
import { BatchFailed, type Draft, type Info } from './batch-context.ts';
import { type Control, inPlaceControl } from './batch-partition.ts';
import { planHash } from './release.ts';
import type { BatchRelease, BatchStatus } from './types.ts';
import { batchFinalizer, batchRecheck, controlAnnotation, inBatchAnnotation, manager } from './words.ts';

/** The BatchRelease controller: moves the pods of one workload batch by batch. */
export function batchReleaseController(world: World): Controller {
  return {
    name: 'batch releases',
    wakes: (change) => wakes(world, change),
    look(namespace, name) {
      const release = world.api.get('BatchRelease', namespace, name);
      return release === undefined ? {} : reconcile(world, release);
    },
  };
}

const workloads = ['Deployment', 'CloneSet', 'StatefulSet', 'AdvancedStatefulSet', 'AdvancedDaemonSet'];

function wakes(world: World, change: Change): readonly string[] {
  const { object, old } = change;
  const namespace = object.metadata.namespace ?? '';
  if (change.kind === 'BatchRelease') {
    // Its own status does not wake it.
    const moved =
      old === undefined ||
      old.metadata.generation !== object.metadata.generation ||
      isGoing(object) ||
      !same(old.metadata.annotations, object.metadata.annotations);
    return change.type === 'MODIFIED' && !moved ? [] : [`${namespace}/${object.metadata.name}`];
  }
  if (workloads.includes(change.kind)) return workloadMoved(change) ? releaseOf(world, change.kind, object) : [];
  if (change.kind !== 'Pod' || change.type === 'DELETED') return [];
  return podMoved(object as Pod, old as Pod | undefined) ? ofPod(world, object) : [];
}

function workloadMoved({ type, object, old }: Change): boolean {
  if (type !== 'MODIFIED' || old === undefined) return true;
  const counts = (thing: Thing) => {
    const {
      conditions: _conditions,
      unavailableReplicas: _count,
      ...rest
    } = (thing as { readonly status?: Readonly<Record<string, unknown>> }).status ?? {};
    return rest;
  };
  return old.metadata.generation !== object.metadata.generation || !same(counts(old), counts(object));
}

function podMoved(now: Pod, old: Pod | undefined): boolean {
  if (old === undefined || old === now) return true;
  const labels = now.metadata.labels ?? {};
  const sameRevision = ['pod-template-hash', 'controller-revision-hash'].some(
    (key) => labels[key] !== undefined && labels[key] === old.metadata.labels?.[key],
  );
  return !sameRevision || isReady(now) !== isReady(old);
}

function controllingRelease(object: Thing): string {
  const info = annotationOf(object, controlAnnotation);
  return info === '' ? '' : textAt(parsedText(info), 'name');
}

function releaseOf(world: World, kind: string, object: Thing): readonly string[] {
  const namespace = object.metadata.namespace ?? '';
  const name = controllingRelease(object);
  if (name !== '') return [`${namespace}/${name}`];
  return world.api
    .list('BatchRelease', namespace)
    .filter(
      ({ spec: { workloadRef } }) =>
        workloadRef.name === object.metadata.name && kindInGroup(workloadRef.apiVersion, workloadRef.kind)?.id === kind,
    )
    .map((release) => `${namespace}/${release.metadata.name}`);
}

function ofPod(world: World, pod: Thing): readonly string[] {
  const namespace = pod.metadata.namespace ?? '';
  let owner = controllerOf(pod);
  if (owner?.kind === 'ReplicaSet') {
    const set = world.api.get('ReplicaSet', namespace, owner.name);
    owner = set === undefined ? undefined : controllerOf(set);
  }
  const info = owner === undefined ? undefined : kindInGroup(owner.apiVersion, owner.kind);
  const workload =
    info === undefined || owner === undefined ? undefined : world.api.get(info.id, namespace, owner.name);
  const name = workload === undefined ? '' : controllingRelease(workload);
  return name === '' ? [] : [`${namespace}/${name}`];
}

function controlOf(world: World, release: BatchRelease): Control {
  const { apiVersion, kind } = release.spec.workloadRef;
  const id = kindInGroup(apiVersion, kind)?.id ?? kind;
  const { rollingStyle } = release.spec.releasePlan;
  if (rollingStyle === 'BlueGreen') return blueGreenControl(world, release, id);
  if (rollingStyle === 'Canary' && id === 'Deployment') return canaryControl(world, release);
  return inPlaceControl(world, release, id);
}

function reconcile(world: World, read: BatchRelease): Outcome {
  const { namespace = '', name } = read.metadata;
  const finalizers = read.metadata.finalizers ?? [];
  if (isGoing(read) && read.status?.phase === 'Completed' && finalizers.includes(batchFinalizer)) {
    const left = finalizers.filter((one) => one !== batchFinalizer);
    world.api.update('BatchRelease', { ...read, metadata: { ...read.metadata, finalizers: left } }, { manager });
    return {};
  }
  if (!finalizers.includes(batchFinalizer)) {
    world.api.update(
      'BatchRelease',
      { ...read, metadata: { ...read.metadata, finalizers: [...finalizers, batchFinalizer] } },
      { manager },
    );
  }
  const release = world.api.get('BatchRelease', namespace, name) ?? read;
  const control = controlOf(world, release);
  const draft = draftOf(release.status);
  const outcome = advance(world, release, draft, control);
  draft.observedGeneration = release.metadata.generation ?? 0;
  if (same(release.status, draft)) return outcome;
  const status: BatchStatus = copied(draft);
  return {
    ...outcome,
    finish: () => {
      const live = world.api.get('BatchRelease', namespace, name);
      if (live?.metadata.uid === release.metadata.uid)
        world.api.update('BatchRelease', { ...live, status }, { manager, subresource: 'status' });
    },
  };
}

function draftOf(status: BatchStatus | undefined): Draft {
  if (status !== undefined && status.phase !== '') return copied(status);
  return { phase: 'Preparing', observedWorkloadReplicas: -1, canaryStatus: { currentBatch: 0 } };
}

/** All that a pass changes in place. */
function copied(status: BatchStatus): Draft {
  return { ...status, canaryStatus: { ...status.canaryStatus } };
}

/** Special cases first: where one of them changes the status, that is all of this pass. */
function advance(world: World, release: BatchRelease, draft: Draft, control: Control): Outcome {
  const stop = special(release, draft, control);
  refresh(release, draft, control.info, isGoing(release));
  if (!same(statusOf(release), draft)) return { again: batchRecheck };
  return stop ? {} : execute(world, release, draft, control);
}

function statusOf(release: BatchRelease): BatchStatus | undefined {
  return release.status;
}

function refresh(release: BatchRelease, draft: Draft, info: Info | null, going: boolean): void {
  if (info !== null && !going) {
    setCount(draft, 'updatedReplicas', info.updated);
    setCount(draft, 'updatedReadyReplicas', info.updatedReady);
  }
  draft.observedReleasePlanHash ??= planHash(release.spec.releasePlan);
  const { rolloutID } = release.spec.releasePlan;
  if (rolloutID !== undefined && rolloutID !== '') draft.observedRolloutID = rolloutID;
}

function setCount(draft: Draft, key: 'updatedReplicas' | 'updatedReadyReplicas', value: number): void {
  if (value === 0) delete draft.canaryStatus[key];
  else draft.canaryStatus[key] = value;
}

function special(release: BatchRelease, draft: Draft, control: Control): boolean {
  const old = release.status;
  const phase = old?.phase ?? '';
  const plan = release.spec.releasePlan;
  const running = phase === 'Progressing';
  if (phase === 'Completed') return true;
  if (isGoing(release) || phase === 'Finalizing' || plan.batchPartition === undefined) {
    draft.phase = 'Finalizing';
    return false;
  }
  if (running && old?.observedReleasePlanHash !== planHash(plan)) {
    // Another id means: label from the first batch on (T12).
    const sameId = plan.rolloutID === old?.observedRolloutID;
    delete draft.canaryStatus.batchReadyTime;
    draft.canaryStatus.currentBatch = sameId ? Math.min(plan.batchPartition, plan.batches.length - 1) : 0;
    draft.canaryStatus.batchState = 'Upgrading';
    draft.observedReleasePlanHash = planHash(plan);
    return false;
  }
  if (running && (old?.canaryStatus.currentBatch ?? 0) >= plan.batches.length) {
    for (const key of Object.keys(draft))
      if (key !== 'canaryStatus' && key !== 'phase') delete (draft as Record<string, unknown>)[key];
    draft.phase = 'Preparing';
    draft.observedWorkloadReplicas = -1;
    draft.canaryStatus = { currentBatch: 0 };
    return false;
  }
  return specialWorkload(release, draft, control.info, running, phase);
}

function specialWorkload(
  release: BatchRelease,
  draft: Draft,
  info: Info | null,
  running: boolean,
  phase: string,
): boolean {
  if (info === null) {
    if (phase !== '') draft.phase = 'Finalizing';
    return false;
  }
  if (!info.settled) return true;
  const promoted = info.statusReplicas === (info.promotedReplicas ?? info.updated);
  const observed = release.status?.observedWorkloadReplicas ?? -1;
  if (!promoted && observed !== -1 && info.replicas !== observed) {
    if (!running) return false;
    delete draft.canaryStatus.batchReadyTime;
    draft.canaryStatus.batchState = 'Upgrading';
    draft.observedWorkloadReplicas = info.replicas;
    return false;
  }
  const back = !promoted && isBack(info, draft);
  const changed =
    !promoted && !back && (draft.updateRevision ?? '') !== '' && info.updateRevision !== draft.updateRevision;
  if (changed && running) {
    draft.updateRevision = info.updateRevision;
    return true;
  }
  const asked = annotationOf(release, inBatchAnnotation) !== '';
  if ((back || asked) && release.status?.canaryStatus.noNeedUpdateReplicas === undefined && running) {
    if (info.stableRevision !== info.updateRevision || !asked) return true;
    draft.phase = 'Preparing';
    delete draft.canaryStatus.batchReadyTime;
    draft.canaryStatus.batchState = 'Upgrading';
    draft.updateRevision = info.updateRevision;
  }
  return false;
}

/** The workload's new revision is its old one: seen once, until it is noted. */
function isBack(info: Info, draft: Draft): boolean {
  const { stableRevision = '', updateRevision = '' } = draft;
  return (
    updateRevision !== '' &&
    info.updateRevision === info.stableRevision &&
    stableRevision === info.updateRevision &&
    stableRevision !== updateRevision
  );
}

function execute(world: World, release: BatchRelease, draft: Draft, control: Control): Outcome {
  try {
    switch (draft.phase) {
      case 'Progressing':
        return progress(world, release, draft, control);
      case 'Finalizing':
        control.finalise();
        draft.phase = 'Completed';
        return {};
      case 'Completed':
        return {};
      default:
        draft.phase = 'Preparing';
        control.initialize(draft);
        draft.phase = 'Progressing';
        return { again: batchRecheck };
    }
  } catch (error) {
    if (!(error instanceof BatchFailed)) throw error;
    return { failed: true };
  }
}

function progress(world: World, release: BatchRelease, draft: Draft, control: Control): Outcome {
  switch (draft.canaryStatus.batchState) {
    case 'Verifying':
      if (!verified(draft, control)) return { failed: true };
      draft.canaryStatus.batchReadyTime = stamp(world.timeline.now());
      draft.canaryStatus.batchState = 'Ready';
      return { again: batchRecheck };
    case 'Ready': {
      if (!verified(draft, control)) {
        delete draft.canaryStatus.batchReadyTime;
        return { failed: true };
      }
      const { batchPartition } = release.spec.releasePlan;
      if (batchPartition !== undefined && batchPartition <= draft.canaryStatus.currentBatch) return {};
      draft.canaryStatus.currentBatch += 1;
      draft.canaryStatus.batchState = 'Upgrading';
      return { again: batchRecheck };
    }
    default:
      return upgrade(draft, control);
  }
}

function verified(draft: Draft, control: Control): boolean {
  try {
    control.verify();
    return true;
  } catch (error) {
    if (!(error instanceof BatchFailed)) throw error;
    // Done once more, so that nothing is waited for that was undone.
    draft.canaryStatus.batchState = 'Upgrading';
    return false;
  }
}

function upgrade(draft: Draft, control: Control): Outcome {
  draft.canaryStatus.batchState = 'Upgrading';
  try {
    control.upgrade(draft);
    delete draft.message;
    delete draft.conditions;
    draft.canaryStatus.batchState = 'Verifying';
    return { again: batchRecheck };
  } catch (error) {
    if (!(error instanceof BatchFailed)) throw error;
    if (error.told) draft.message = error.message;
    return { failed: true };
  }
}
