import { createHash } from 'node:crypto';
import { Refusal } from '../api/answers.ts';
import { canonical, same } from '../api/json.ts';
import { kindInGroup } from '../api/kinds.ts';
import type { Change } from '../api/store.ts';
import { annotationOf, isGoing, keyOf, labelOf, namespaceOf } from '../api/things.ts';
import type { Controller, Outcome } from '../controllers.ts';
import type { World } from '../world.ts';
import { type Memory, now, type Pass, PassFailed } from './context.ts';
import { finalise } from './finalising.ts';
import { findWorkload, rolloutIdOf, type Workload } from './finder.ts';
import { reconcileProgressing } from './progressing.ts';
import { conditionOf, nextIndex, printStatus, type RolloutStatus, readStatus, setCondition } from './status.ts';
import { planOf, type Rollout, stepsOf } from './types.ts';
import { hashAnnotation, manager, recheck, rolloutFinalizer, typeLabel } from './words.ts';
import { isMovable, referringTo } from './workload-ref.ts';
import { addFinalizer, patch, removeFinalizer } from './writes.ts';

/** The Rollout controller: from one status to the next. */
export function rolloutController(world: World, memory: Memory): Controller {
  return {
    name: 'rollouts',
    lags: true,
    wakes: (change) => wakes(world, change),
    look(namespace, name) {
      const read = world.api.get('Rollout', namespace, name);
      if (read === undefined) return {};
      return orFailed(() => {
        const prepared = prepare(world, read);
        // Every pass labels the workload (kruise.md 2.13), which takes time: only then it looks at what is there to do.
        return prepared === null
          ? {}
          : { proceed: () => orFailed(() => reconcile(world, memory, read, prepared.rollout)) };
      });
    },
  };
}

function orFailed(work: () => Outcome): Outcome {
  try {
    return work();
  } catch (error) {
    if (error instanceof PassFailed || error instanceof Refusal) return { failed: true };
    throw error;
  }
}

function wakes(world: World, change: Change): readonly string[] {
  if (change.kind === 'Rollout') return [keyOf(change.object)];
  // A BatchRelease has its Rollout's name.
  if (change.kind === 'BatchRelease') return change.type === 'MODIFIED' ? [keyOf(change.object)] : [];
  return isMovable(change.kind)
    ? referringTo(world.api.list('Rollout', namespaceOf(change.object)), change.kind, change.object).map(keyOf)
    : [];
}

function reconcile(world: World, memory: Memory, read: Rollout, rollout: Rollout): Outcome {
  const old = readStatus(read);
  const status = readStatus(read);
  const found = findWorkload(world, rollout);
  const pass: Pass = {
    world,
    memory,
    rollout,
    old,
    status,
    workload: found.is === 'found' ? found.workload : null,
    again: null,
  };
  if (!calculate(pass, found.is)) return { again: recheck };
  switch (old.phase) {
    case 'Progressing':
      if (pass.workload !== null) reconcileProgressing(pass, pass.workload);
      break;
    case 'Terminating':
      terminate(pass);
      break;
    case 'Disabling':
      disable(pass);
      break;
  }
  const next = printStatus(status);
  const again = pass.again === null ? {} : { again: pass.again };
  if (same(next, printStatus(old)) && read.status !== undefined) return again;
  return {
    ...again,
    // The whole status, over whatever was written since it was read (E4).
    finish: () => {
      const live = world.api.get('Rollout', read.metadata.namespace ?? '', read.metadata.name);
      if (live?.metadata.uid === read.metadata.uid)
        world.api.update('Rollout', { ...withoutVersion(live), status: next }, { manager, subresource: 'status' });
    },
  };
}

function withoutVersion(rollout: Rollout): object {
  return { ...rollout, metadata: { ...rollout.metadata, resourceVersion: undefined } };
}

/** Finalizer, the workload's type label, and the plan's hash; null where the object ends here. */
function prepare(world: World, read: Rollout): { readonly rollout: Rollout } | null {
  let rollout = read;
  if (isGoing(read)) {
    if (conditionOf(readStatus(read), 'Terminating')?.reason === 'Completed') {
      removeFinalizer(world, 'Rollout', read, rolloutFinalizer);
      return null;
    }
  } else {
    rollout = addFinalizer(world, 'Rollout', read, rolloutFinalizer);
  }
  labelWorkload(world, rollout);
  const hash = hashOfPlan(rollout);
  if (annotationOf(rollout, hashAnnotation) === hash) return { rollout };
  return { rollout: patch(world, 'Rollout', rollout, { metadata: { annotations: { [hashAnnotation]: hash } } }) };
}

const types: Readonly<Record<string, string>> = {
  Deployment: 'deployment',
  CloneSet: 'cloneset',
  StatefulSet: 'statefulset',
  DaemonSet: 'daemonset',
};

/** The webhook sees workloads with this label only. */
function labelWorkload(world: World, rollout: Rollout): void {
  const { apiVersion, kind, name } = rollout.spec.workloadRef;
  const info = kindInGroup(apiVersion, kind);
  const namespace = rollout.metadata.namespace ?? '';
  const type = types[kind];
  if (info === undefined || type === undefined) return;
  if (labelOf(world.api.get(info.id, namespace, name), typeLabel) !== '') return;
  const found = findWorkload(world, rollout);
  if (found.is === 'found')
    patch(world, info.id, found.workload.object, { metadata: { labels: { [typeLabel]: type } } });
}

/** Over the plan without pauses and failureThreshold: their edits are no change of plan (E7). */
function hashOfPlan(rollout: Rollout): string {
  const found = planHashes.get(rollout.spec);
  if (found !== undefined) return found;
  const made = newHashOfPlan(rollout);
  planHashes.set(rollout.spec, made);
  return made;
}

/** A spec is never changed, and looked at in every pass. */
const planHashes = new WeakMap<Rollout['spec'], string>();

function newHashOfPlan(rollout: Rollout): string {
  const { failureThreshold: _threshold, ...plan } = planOf(rollout);
  const steps = (plan.steps ?? []).map(({ pause: _pause, ...step }) => step);
  return createHash('sha256')
    .update(canonical({ ...plan, steps }))
    .digest('hex');
}

/** Phase and id from what is there; false where the workload's controller has not seen its last change. */
function calculate(pass: Pass, found: 'missing' | 'settling' | 'found'): boolean {
  const { rollout, status, workload } = pass;
  status.observedGeneration = rollout.metadata.generation ?? 0;
  const disabled = rollout.spec.disabled === true;
  if (isGoing(rollout)) {
    if (status.phase !== 'Terminating') {
      status.phase = 'Terminating';
      const time = now(pass);
      setCondition(status, {
        type: 'Terminating',
        status: 'True',
        reason: 'InTerminating',
        message: 'Rollout is in terminating',
        lastUpdateTime: time,
        lastTransitionTime: time,
      });
    }
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
  if (status.phase === 'Initial') {
    status.phase = 'Healthy';
    status.message = 'rollout is healthy';
  } else if (status.phase === 'Healthy') {
    healthy(pass, workload);
  } else if (status.phase === 'Disabled' && !disabled) {
    status.phase = 'Healthy';
    status.message = 'rollout is healthy';
  }
  return true;
}

/** Without its workload a Rollout knows nothing, not even in mid-release (kruise.md 2.2). */
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
  const time = now(pass);
  if (workload.inProgress) {
    status.phase = 'Progressing';
    const begun = {
      type: 'Progressing',
      status: 'True',
      reason: 'Initializing',
      message: 'Rollout is in Progressing',
      lastUpdateTime: time,
      lastTransitionTime: time,
    };
    setCondition(status, begun);
    status.conditions = status.conditions.filter((one) => one.type !== 'Succeeded');
    return;
  }
  if (status.progress !== null) return;
  // The first deploy is written as a release that was completed.
  const steps = stepsOf(rollout).length;
  status.blueGreen = rollout.spec.strategy.blueGreen !== undefined;
  status.progress = {
    observedWorkloadGeneration: workload.object.metadata.generation ?? 0,
    observedRolloutID: rolloutIdOf(workload),
    rolloutHash: annotationOf(rollout, hashAnnotation),
    stableRevision: workload.stableRevision,
    podTemplateHash: workload.podTemplateHash,
    currentStepIndex: steps,
    nextStepIndex: nextIndex(steps, steps),
    currentStepState: 'Completed',
    finalisingStep: '',
    message: '',
    lastUpdateTime: '',
    revision: workload.revision,
    replicas: 0,
    ready: 0,
  };
  status.message = 'workload deployment is completed';
}

function terminate(pass: Pass): void {
  const { status } = pass;
  const cond = conditionOf(pass.old, 'Terminating');
  if (cond === undefined || cond.reason === 'Completed') return;
  if (finalise(pass, 'let go')) setCondition(status, { ...cond, status: 'False', reason: 'Completed' });
  else pass.again = recheck;
}

function disable(pass: Pass): void {
  if (!finalise(pass, 'let go')) {
    pass.again = recheck;
    return;
  }
  pass.status.phase = 'Disabled';
  pass.status.message = 'Rollout is disabled';
}
