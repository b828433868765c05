import { same } from '../../api/json.ts';
import { stamp } from '../../api/marks.ts';
import { annotationOf, isGoing } from '../../api/things.ts';
import type { Outcome } from '../../controllers.ts';
import type { World } from '../../world.ts';
import { planHash } from '../release.ts';
import type { BatchRelease, BatchStatus } from '../types.ts';
import { batchRecheck, inBatchAnnotation } from '../words.ts';
import { BatchFailed, type Control, type Draft, type Info } from './control.ts';

/** One pass over one BatchRelease. */
export interface BatchPass {
  readonly world: World;
  /** As read at the beginning. */
  readonly release: BatchRelease;
  readonly control: Control;
  /** Written at the end. */
  draft: Draft;
}

export function draftOf(status: BatchStatus | undefined): Draft {
  return status === undefined
    ? { phase: 'Preparing', observedWorkloadReplicas: -1, canaryStatus: { currentBatch: 0 } }
    : { ...status, canaryStatus: { ...status.canaryStatus } };
}

/** Special cases first: when one of them changes the status, the pass ends. */
export function advance(pass: BatchPass): Outcome {
  const special = specialCase(pass);
  refresh(pass);
  if (!same(pass.release.status, pass.draft)) return { again: batchRecheck };
  return special === 'wait' ? {} : execute(pass);
}

type Special = 'wait' | 'go on';

function specialCase(pass: BatchPass): Special {
  const { release, control, draft } = pass;
  const { status } = release;
  const plan = release.spec.releasePlan;
  if (status?.phase === 'Completed') return 'wait';
  if (isGoing(release) || status?.phase === 'Finalizing' || plan.batchPartition === undefined) {
    draft.phase = 'Finalizing';
    return 'go on';
  }
  if (status?.phase === 'Progressing' && status.observedReleasePlanHash !== planHash(plan)) {
    // With another id, pods are labelled again from the first batch on (T12).
    const sameId = plan.rolloutID === status.observedRolloutID;
    draft.canaryStatus.currentBatch = sameId ? Math.min(plan.batchPartition, plan.batches.length - 1) : 0;
    draft.observedReleasePlanHash = planHash(plan);
    upgradeAgain(draft);
    return 'go on';
  }
  if (status?.phase === 'Progressing' && status.canaryStatus.currentBatch >= plan.batches.length) {
    pass.draft = draftOf(undefined);
    return 'go on';
  }
  if (control.info !== null) return workloadCase(pass, control.info);
  if (status !== undefined) draft.phase = 'Finalizing';
  return 'go on';
}

/** The change of the workload since the last pass: settling, resized, changed again, or changed back. */
function workloadCase({ release, draft }: BatchPass, info: Info): Special {
  if (!info.settled) return 'wait';
  const { status } = release;
  const running = status?.phase === 'Progressing';
  const promoted = info.statusReplicas === (info.promotedReplicas ?? info.updated);
  const observed = status?.observedWorkloadReplicas ?? -1;
  if (!promoted && observed !== -1 && info.replicas !== observed) {
    if (!running) return 'go on';
    draft.observedWorkloadReplicas = info.replicas;
    upgradeAgain(draft);
    return 'go on';
  }
  const back = !promoted && isBack(info, draft);
  const { updateRevision = '' } = draft;
  if (running && !promoted && !back && updateRevision !== '' && info.updateRevision !== updateRevision) {
    draft.updateRevision = info.updateRevision;
    return 'wait';
  }
  const inBatches = annotationOf(release, inBatchAnnotation) !== '';
  if (running && (back || inBatches) && status.canaryStatus.noNeedUpdateReplicas === undefined) {
    if (info.stableRevision !== info.updateRevision || !inBatches) return 'wait';
    draft.phase = 'Preparing';
    draft.updateRevision = info.updateRevision;
    upgradeAgain(draft);
  }
  return 'go on';
}

/** The workload's new revision is its old one; true once, until it is recorded. */
function isBack(info: Info, { stableRevision = '', updateRevision = '' }: Draft): boolean {
  return (
    updateRevision !== '' &&
    info.updateRevision === info.stableRevision &&
    stableRevision === info.updateRevision &&
    stableRevision !== updateRevision
  );
}

function upgradeAgain({ canaryStatus }: Draft): void {
  delete canaryStatus.batchReadyTime;
  canaryStatus.batchState = 'Upgrading';
}

function refresh({ release, draft, control: { info } }: BatchPass): void {
  if (info !== null && !isGoing(release)) {
    setCount(draft, 'updatedReplicas', info.updated);
    setCount(draft, 'updatedReadyReplicas', info.updatedReady);
  }
  draft.observedReleasePlanHash ??= planHash(release.spec.releasePlan);
  const { rolloutID } = release.spec.releasePlan;
  if (rolloutID !== undefined && rolloutID !== '') draft.observedRolloutID = rolloutID;
}

function setCount({ canaryStatus }: Draft, key: 'updatedReplicas' | 'updatedReadyReplicas', value: number): void {
  if (value === 0) delete canaryStatus[key];
  else canaryStatus[key] = value;
}

const failed: Outcome = { failed: true };
const soon: Outcome = { again: batchRecheck };

function execute(pass: BatchPass): Outcome {
  const { control, draft } = pass;
  switch (draft.phase) {
    case 'Progressing':
      return progress(pass);
    case 'Finalizing':
      if (failureOf(() => control.finalise()) !== null) return failed;
      draft.phase = 'Completed';
      return {};
    case 'Completed':
      return {};
    case 'Preparing':
      if (failureOf(() => control.initialize(draft)) !== null) return failed;
      draft.phase = 'Progressing';
      return soon;
  }
}

function progress(pass: BatchPass): Outcome {
  const { world, release, draft } = pass;
  const { canaryStatus } = draft;
  switch (canaryStatus.batchState ?? 'Upgrading') {
    case 'Verifying':
      if (!verified(pass)) return failed;
      canaryStatus.batchReadyTime = stamp(world.timeline.now());
      canaryStatus.batchState = 'Ready';
      return soon;
    case 'Ready': {
      if (!verified(pass)) {
        delete canaryStatus.batchReadyTime;
        return failed;
      }
      const { batchPartition } = release.spec.releasePlan;
      if (batchPartition !== undefined && batchPartition <= canaryStatus.currentBatch) return {};
      canaryStatus.currentBatch += 1;
      canaryStatus.batchState = 'Upgrading';
      return soon;
    }
    case 'Upgrading':
      return upgrade(pass);
  }
}

function upgrade({ control, draft }: BatchPass): Outcome {
  draft.canaryStatus.batchState = 'Upgrading';
  const failure = hasPods(control) ? failureOf(() => control.upgrade(draft)) : null;
  if (failure !== null) {
    if (failure.told) draft.message = failure.message;
    return failed;
  }
  delete draft.message;
  delete draft.conditions;
  draft.canaryStatus.batchState = 'Verifying';
  return soon;
}

function verified({ control, draft }: BatchPass): boolean {
  if (!hasPods(control) || failureOf(() => control.verify()) === null) return true;
  // Done again, in case it was undone.
  draft.canaryStatus.batchState = 'Upgrading';
  return false;
}

function hasPods({ info }: Control): boolean {
  return info?.replicas !== 0;
}

function failureOf(work: () => void): BatchFailed | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof BatchFailed) return error;
    throw error;
  }
}
