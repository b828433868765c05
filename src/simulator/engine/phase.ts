import { isGoing } from '../api/things.ts';
import { now, type Pass, progressAt } from './context.ts';
import { rolloutIdOf, type Workload } from './finder.ts';
import { type RolloutStatus, setCondition } from './status.ts';
import { stepsOf } from './types.ts';

/** Calculates phase and id; returns false when the workload's controller has not seen its last change. */
export function calculate(pass: Pass, found: 'missing' | 'settling' | 'found'): boolean {
  const { rollout, status, workload } = pass;
  status.observedGeneration = rollout.metadata.generation ?? 0;
  const disabled = rollout.spec.disabled === true;
  if (isGoing(rollout)) {
    if (status.phase !== 'Terminating')
      begin(pass, 'Terminating', { reason: 'InTerminating', message: 'Rollout is in terminating' });
    return true;
  }
  if (disabled && status.phase !== 'Disabled' && status.phase !== 'Disabling') {
    const active = status.phase === 'Progressing';
    status.phase = active ? 'Disabling' : 'Disabled';
    status.message = active ? 'Disabling rollout, release resources' : 'Rollout is disabled';
  }
  if (status.phase === '') status.phase = 'Initial';
  if (found === 'missing') {
    if (!disabled) forget(status);
    return true;
  }
  if (found === 'settling' || workload === null) return false;
  const { progress } = status;
  if (progress !== null && progress.revision !== '' && progress.revision === workload.revision) {
    progress.observedRolloutID = rolloutIdOf(workload);
    progress.observedWorkloadGeneration = workload.object.metadata.generation ?? 0;
  }
  if (status.phase === 'Healthy') {
    healthy(pass, workload);
  } else if (status.phase === 'Initial' || (status.phase === 'Disabled' && !disabled)) {
    status.phase = 'Healthy';
    status.message = 'rollout is healthy';
  }
  return true;
}

/** A phase with its own condition. */
function begin(
  pass: Pass,
  phase: 'Progressing' | 'Terminating',
  why: { readonly reason: string; readonly message: string },
): void {
  const time = now(pass);
  pass.status.phase = phase;
  setCondition(pass.status, { type: phase, status: 'True', ...why, lastUpdateTime: time, lastTransitionTime: time });
}

/** Without its workload a Rollout has an empty status, even during a release (docs/engine.md#status). */
function forget(status: RolloutStatus): void {
  status.phase = 'Initial';
  status.message = 'Workload Not Found';
  status.conditions = [];
  status.progress = null;
  status.currentStepIndex = 0;
  status.currentStepState = '';
}

function healthy(pass: Pass, workload: Workload): void {
  const { rollout, status } = pass;
  if (workload.inProgress) {
    begin(pass, 'Progressing', { reason: 'Initializing', message: 'Rollout is in Progressing' });
    status.conditions = status.conditions.filter((one) => one.type !== 'Succeeded');
    return;
  }
  if (status.progress !== null) return;
  // The first deploy is recorded as a completed release.
  const last = progressAt(pass, workload, stepsOf(rollout).length, 'Completed');
  status.blueGreen = rollout.spec.strategy.blueGreen !== undefined;
  status.progress = { ...last, podTemplateHash: workload.podTemplateHash };
  status.message = 'workload deployment is completed';
}
