import { annotationOf, labelOf } from '../api/things.ts';
import { scaled } from '../workloads/amounts.ts';
import { lookAgain, now, type Pass, progressAt, progressOf } from './context.ts';
import { finalise, reset } from './finalising.ts';
import type { Workload } from './finder.ts';
import { batchReleaseOf } from './release.ts';
import { conditionOf, moveOn, nextIndex, type Progress, reasonOf, setSucceeded } from './status.ts';
import { jump, runSteps } from './steps.ts';
import { initializeTraffic, trafficOf } from './traffic/traffic.ts';
import { planOf, stepsOf } from './types.ts';
import {
  hashAnnotation,
  inBatchAnnotation,
  recheck,
  routingAnnotation,
  routingProgressing,
  typeLabel,
} from './words.ts';
import { addFinalizer } from './writes.ts';

/** One pass in phase Progressing, by the reason that was read (docs/engine.md#one-pass). */
export function reconcileProgressing(pass: Pass, workload: Workload): void {
  switch (reasonOf(pass.old)) {
    case 'Initializing':
      initialize(pass, workload);
      return;
    case 'InRolling':
      inRolling(pass, workload);
      return;
    case 'Finalising':
      close(pass, true);
      return;
    case 'Paused':
      // Only the end of the pause is checked: a rollback, a third version and edits wait (docs/engine.md#one-pass).
      if (pass.rollout.spec.strategy.paused !== true)
        moveOn(pass.status, { status: 'True', reason: 'InRolling', message: '' }, now(pass));
      return;
    case 'Cancelling':
      close(pass, false);
      return;
    case 'Completed':
      pass.status.phase = 'Healthy';
      return;
  }
}

function close(pass: Pass, success: boolean): void {
  if (!finalise(pass, success ? 'success' : 'rollback')) {
    lookAgain(pass, recheck);
    return;
  }
  moveOn(
    pass.status,
    {
      status: 'False',
      reason: 'Completed',
      message: `Rollout progressing has been ${success ? 'completed' : 'cancelled'}`,
    },
    now(pass),
  );
  setSucceeded(pass.status, success, now(pass));
}

function initialize(pass: Pass, workload: Workload): void {
  const { rollout, status } = pass;
  status.blueGreen = rollout.spec.strategy.blueGreen !== undefined;
  status.progress = { ...progressAt(pass, workload, 1, 'BeforeStepUpgrade'), lastUpdateTime: now(pass) };
  // A missing Service or route ends the pass before anything is written (E15, E25).
  initializeTraffic(trafficOf(pass));
  const since = Date.parse(conditionOf(status, 'Progressing')?.lastUpdateTime ?? '');
  const settled = since + recheck <= pass.world.timeline.now();
  if (settled && attachRouting(pass))
    moveOn(status, { status: 'True', reason: 'InRolling', message: 'Rollout is in Progressing' }, now(pass));
  else lookAgain(pass, recheck);
}

/** Marks a TrafficRouting that an annotation names as in use by this release. */
function attachRouting(pass: Pass): boolean {
  const { rollout, world } = pass;
  const name = annotationOf(rollout, routingAnnotation);
  if (name === '') return true;
  const routing = world.api.get('TrafficRouting', rollout.metadata.namespace ?? '', name);
  if (routing === undefined) return false;
  const mark = `${routingProgressing}${rollout.metadata.name}`;
  if (routing.metadata.finalizers?.includes(mark) === true) return true;
  const phase = routing.status?.phase;
  if (phase !== 'Finalizing' && phase !== 'Terminating') addFinalizer(world, 'TrafficRouting', routing, mark);
  return false;
}

/** The first match wins. Compares the status as read, not as changed by this pass. */
function inRolling(pass: Pass, workload: Workload): void {
  const { rollout, status, old } = pass;
  const progress = progressOf(pass);
  const recorded = old.progress?.revision ?? '';
  const isOther = workload.revision !== recorded;
  const rollsBack = workload.inRollback && isOther;
  if (rollsBack && !inBatches(pass, workload)) {
    progress.revision = workload.revision;
    moveOn(
      status,
      {
        status: 'True',
        reason: 'Cancelling',
        message: 'The workload has been rolled back and the rollout process will be cancelled',
      },
      now(pass),
    );
    return;
  }
  if (rollout.spec.strategy.paused === true) {
    moveOn(
      status,
      { status: 'True', reason: 'Paused', message: 'Rollout has been paused, you can resume it by kube-cli' },
      now(pass),
    );
    return;
  }
  if (rollsBack) {
    restart(pass, progress, workload);
    return;
  }
  if (recorded !== '' && isOther && !workload.inRollback) {
    supersede(pass);
    return;
  }
  const hash = old.progress?.rolloutHash ?? '';
  if (hash !== '' && hash !== annotationOf(rollout, hashAnnotation)) {
    replan(pass, progress, workload);
    return;
  }
  if (progress.currentStepState === 'Completed') {
    moveOn(
      status,
      {
        status: 'True',
        reason: 'Finalising',
        message: 'Rollout has been completed and some closing work is being done',
      },
      now(pass),
    );
    return;
  }
  runSteps(pass);
}

/** Selected by annotation, without traffic, and only for these kinds (docs/engine.md#going-back). */
export function inBatches(pass: Pass, workload: Workload): boolean {
  const { rollout } = pass;
  if (planOf(rollout).trafficRoutings !== undefined && planOf(rollout).trafficRoutings?.length !== 0) return false;
  const { kind } = rollout.spec.workloadRef;
  const can =
    kind === 'StatefulSet' ||
    kind === 'CloneSet' ||
    labelOf(workload.object, typeLabel).toLowerCase() === 'statefulset';
  return can && annotationOf(rollout, inBatchAnnotation) === 'true';
}

function restart(pass: Pass, progress: Progress, workload: Workload): void {
  progress.currentStepIndex = 1;
  progress.nextStepIndex = nextIndex(1, stepsOf(pass.rollout).length);
  progress.revision = workload.revision;
  progress.currentStepState = 'BeforeStepUpgrade';
  progress.lastUpdateTime = now(pass);
  progress.rolloutHash = annotationOf(pass.rollout, hashAnnotation);
}

/** A third version: the release begins again; blueGreen refuses it (T23). */
function supersede(pass: Pass): void {
  const { rollout, status } = pass;
  if (rollout.spec.strategy.blueGreen !== undefined) {
    status.message = 'new version releasing detected in the progress of blue-green release, please rollback first';
    return;
  }
  if (!reset(pass)) {
    lookAgain(pass, recheck);
    return;
  }
  status.progress = null;
  moveOn(status, { status: 'True', reason: 'Initializing', message: 'Workload is continuous release' }, now(pass));
}

/** The plan was edited: the step that matches the pods runs again, or the next step begins (E7). */
function replan(pass: Pass, progress: Progress, workload: Workload): void {
  const to = fittingStep(pass, progress, workload);
  progress.lastUpdateTime = now(pass);
  progress.rolloutHash = annotationOf(pass.rollout, hashAnnotation);
  if (progress.nextStepIndex === to) {
    progress.currentStepState = 'StepReady';
    return;
  }
  progress.nextStepIndex = to;
  jump(pass);
}

function fittingStep(pass: Pass, progress: Progress, workload: Workload): number {
  const release = batchReleaseOf(pass);
  if (release === undefined) return 1;
  const { batches, batchPartition = 0 } = release.spec.releasePlan;
  const moved = scaled(batches[batchPartition]?.canaryReplicas, workload.replicas);
  const steps = stepsOf(pass.rollout);
  const current = progress.currentStepIndex - 1;
  const order = [
    ...(current >= 0 && current < steps.length ? [current] : []),
    ...[...steps.keys()].filter((index) => index !== current),
  ];
  let found = 0;
  for (const index of order) {
    found = index + 1;
    if (moved <= scaled(steps[index]?.replicas, workload.replicas)) break;
  }
  return found;
}
