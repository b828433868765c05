import { PassFailed } from '../controllers.ts';
import { scaled } from '../workloads/amounts.ts';
import { lookAgain, now, type Pass, progressOf } from './context.ts';
import { batchReleaseOf, planHash, runBatchRelease, syncBatchRelease } from './release.ts';
import { nextIndex, type Progress } from './status.ts';
import { doTraffic, finaliseTraffic, patchStable, restoreStable, trafficOf } from './traffic/traffic.ts';
import { isRealPartition, planOf, routes, type Step, stepsOf } from './types.ts';
import { recheck } from './words.ts';

/** One pass of the step machine while a release is rolling (docs/engine.md#steps). */
export function runSteps(pass: Pass): void {
  const { workload } = pass;
  const progress = progressOf(pass);
  const release = batchReleaseOf(pass);
  if (release !== undefined) syncBatchRelease(pass, release);
  if (progress.podTemplateHash === '') progress.podTemplateHash = workload?.podTemplateHash ?? '';
  if (jump(pass)) return;
  const step = stepsOf(pass.rollout)[progress.currentStepIndex - 1];
  if (step === undefined) throw new PassFailed('the plan has no such step');
  // A step without traffic undoes the routing of earlier steps.
  if (!routes(step)) {
    const traffic = trafficOf(pass);
    const done = finaliseTraffic(traffic);
    progress.lastUpdateTime = traffic.lastUpdateTime;
    if (!done) {
      lookAgain(pass, traffic.recheck);
      return;
    }
  }
  runState(pass, progress, step);
}

function runState(pass: Pass, progress: Progress, step: Step): void {
  const blueGreen = pass.rollout.spec.strategy.blueGreen !== undefined;
  switch (progress.currentStepState) {
    case 'BeforeStepUpgrade':
      if (blueGreen ? !prepareBlueGreen(pass, progress, step) : !prepare(pass, progress, step)) return;
      upgrade(pass, progress, step);
      return;
    case 'StepUpgrade':
      upgrade(pass, progress, step);
      return;
    case 'StepTrafficRouting': {
      const traffic = trafficOf(pass);
      const done = doTraffic(traffic);
      progress.lastUpdateTime = traffic.lastUpdateTime;
      if (done) {
        progress.lastUpdateTime = now(pass);
        progress.currentStepState = 'StepMetricsAnalysis';
      }
      lookAgain(pass, recheck);
      return;
    }
    case 'StepMetricsAnalysis':
      progress.currentStepState = 'StepPaused';
      return;
    case 'StepPaused':
      if (!isOver(pass, progress, step, blueGreen)) return;
      progress.lastUpdateTime = now(pass);
      progress.currentStepState = 'StepReady';
      return;
    case 'StepReady':
      progress.lastUpdateTime = now(pass);
      if (stepsOf(pass.rollout).length > progress.currentStepIndex) {
        progress.currentStepIndex += 1;
        progress.nextStepIndex = nextIndex(progress.currentStepIndex, stepsOf(pass.rollout).length);
        progress.currentStepState = 'BeforeStepUpgrade';
      } else {
        progress.currentStepState = 'Completed';
      }
      return;
  }
}

function fills(pass: Pass, step: Step): boolean {
  const replicas = pass.workload?.replicas ?? 0;
  return scaled(step.replicas, replicas) >= replicas && isRealPartition(pass.rollout);
}

/** Before the pods of a step with traffic: pins the stable Service (first step) or unpins it (a full step in partition style). */
function prepare(pass: Pass, progress: Progress, step: Step): boolean {
  if (!routes(step)) {
    progress.currentStepState = 'StepUpgrade';
    return false;
  }
  const traffic = trafficOf(pass);
  const wait =
    (fills(pass, step) && restoreStable(traffic)) ||
    (progress.currentStepIndex === 1 && !traffic.oneService && patchStable(traffic));
  if (wait) {
    lookAgain(pass, traffic.recheck);
    return false;
  }
  progress.lastUpdateTime = now(pass);
  progress.currentStepState = 'StepUpgrade';
  return true;
}

function prepareBlueGreen(pass: Pass, progress: Progress, step: Step): boolean {
  if (routes(step) && progress.currentStepIndex === 1) {
    const traffic = trafficOf(pass);
    if (patchStable(traffic)) {
      lookAgain(pass, traffic.recheck);
      return false;
    }
  }
  progress.lastUpdateTime = now(pass);
  progress.currentStepState = 'StepUpgrade';
  return true;
}

function upgrade(pass: Pass, progress: Progress, step: Step): void {
  const steps = stepsOf(pass.rollout).length;
  pass.status.message = `Rollout is in step(${progress.currentStepIndex}/${steps}), and upgrade workload to new version`;
  const release = runBatchRelease(pass, progress.currentStepIndex);
  if (release === null) return;
  const { status } = release;
  const seen =
    status?.observedReleasePlanHash === planHash(release.spec.releasePlan) &&
    status.observedGeneration === release.metadata.generation;
  if (
    !seen ||
    status?.canaryStatus.batchState !== 'Ready' ||
    status.canaryStatus.currentBatch + 1 < progress.currentStepIndex
  )
    return;
  progress.podTemplateHash = pass.workload?.podTemplateHash ?? '';
  const skips = pass.rollout.spec.strategy.blueGreen === undefined && fills(pass, step);
  progress.currentStepState = skips ? 'StepMetricsAnalysis' : 'StepTrafficRouting';
  progress.lastUpdateTime = now(pass);
}

/** Whether the pause ends by itself: the last step of "100%" in canary and partition style (E13), or its time is over. */
function isOver(pass: Pass, progress: Progress, step: Step, blueGreen: boolean): boolean {
  const { rollout, status, world } = pass;
  const steps = stepsOf(rollout).length;
  if (!blueGreen && steps === progress.currentStepIndex && step.replicas === '100%') return true;
  const at = `Rollout is in step(${progress.currentStepIndex}/${steps}), and `;
  const duration = step.pause?.duration;
  if (duration === undefined) {
    status.message = `${at}you need manually confirm to enter the next step`;
    return false;
  }
  status.message = `${at}wait duration(${duration} seconds) to enter the next step`;
  const end = Date.parse(progress.lastUpdateTime) + duration * 1000;
  if (end < world.timeline.now()) return true;
  lookAgain(pass, end - world.timeline.now() + 1);
  return false;
}

/** Follows a nextStepIndex that somebody has set (docs/engine.md#jumps). */
export function jump(pass: Pass): boolean {
  const { rollout, workload } = pass;
  const progress = progressOf(pass);
  const steps = planOf(rollout).steps ?? [];
  const to = progress.nextStepIndex;
  if (workload === null || to === nextIndex(progress.currentStepIndex, steps.length) || to <= 0 || to > steps.length)
    return false;
  progress.currentStepIndex = to;
  progress.nextStepIndex = nextIndex(to, steps.length);
  const there = scaled(steps[to - 1]?.replicas, workload.replicas) === progress.replicas;
  progress.currentStepState = there ? 'StepTrafficRouting' : 'BeforeStepUpgrade';
  progress.lastUpdateTime = now(pass);
  return true;
}
