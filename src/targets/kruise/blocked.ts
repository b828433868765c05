import type { Delivery } from '../../release/delivery.ts';
import { at, type Json, numberAt, stringAt } from '../../release/json.ts';
import type { Blocked, WorkloadView } from '../../release/observation.ts';
import type { KubeObject } from '../../release/ports.ts';
import { clamp } from './amounts.ts';
import { amountIn } from './batches.ts';
import { GROUP, LOOK_ANNOTATION, SAVED_STRATEGY_ANNOTATION } from './keys.ts';
import { livePlanOf } from './render.ts';
import { dateIn } from './status.ts';

/** The engine's batch controller should take a workload within this time. In the recordings it took at most 2 s. Seconds. */
const TAKEN_WITHIN = 60;

/** The facts that show whether the engine can end a step. */
export interface Moving {
  readonly delivery: Delivery;
  readonly rollout: KubeObject;
  readonly workload: KubeObject;
  readonly view: WorkloadView;
  /** The Rollout's `canaryStatus` or `blueGreenStatus`. */
  readonly sub: Json;
  /** The pods that are there of the revision it releases. */
  readonly newPods: number;
  readonly takenAt: Date;
}

/** Why the engine will not end the step by itself; null when it may. */
export function blockedBy(moving: Moving): Blocked | null {
  switch (stringAt(moving.sub, 'currentStepState')) {
    case 'StepUpgrade':
      return podsAfterPercent(moving) ?? leftOver(moving);
    case 'StepPaused':
      // A leftover BatchRelease may report that its batch is ready. The step then waits without a new pod. The status does not tell:
      // it counts none either where a template was replaced and put back at once, and the pods of the step are there.
      return moving.newPods === 0 && leftOver(moving) !== null ? waitsForNothing(moving) : null;
    case 'StepTrafficRouting':
      return withoutHash(moving);
    default:
      return null;
  }
}

/** After a partition in percent, a step in pods: the engine counts the step as done, and moves no pod (T15c). */
function podsAfterPercent({ rollout, workload, view, sub }: Moving): Blocked | null {
  const step = numberAt(sub, 'currentStepIndex') ?? 0;
  const amount = amountIn(livePlanOf(rollout)[step - 1]?.replicas ?? '');
  const partition = partitionOf(workload);
  if (amount?.unit !== 'pods' || amountIn(partition ?? '')?.unit !== 'percent') return null;
  if (movedPods(sub) >= clamp(amount.value, view.replicas)) return null;
  const why = `the engine never ends step ${step}: it asks for ${amount.value} pods after a step in percent (${partition}), which the engine takes for done without moving a pod; roll back, and write every step in percent`;
  return { why, run: null };
}

/** The number of new pods. The two sub-statuses have different names for it. */
function movedPods(sub: Json): number {
  return numberAt(sub, 'canaryReplicas') ?? numberAt(sub, 'updatedReplicas') ?? 0;
}

/** The partition that the engine's batch controller has set on a Deployment. */
function partitionOf(workload: KubeObject): string | null {
  const text = stringAt(workload, 'metadata', 'annotations', SAVED_STRATEGY_ANNOTATION);
  if (text === null) return null;
  try {
    const partition = at(JSON.parse(text) as Json, 'partition');
    return typeof partition === 'string' ? partition : null;
  } catch {
    return null;
  }
}

/** The engine does not run a waiting step again. Deleting the leftover BatchRelease no longer helps then. */
function waitsForNothing({ sub }: Moving): Blocked {
  const step = numberAt(sub, 'currentStepIndex') ?? 0;
  const why = `step ${step} waits without having moved a pod: the engine went by the BatchRelease of a release whose workload was deleted; roll back, which removes it, then deploy again`;
  return { why, run: null };
}

/** When a workload was deleted during a release, the BatchRelease stays for ever, and later releases move no pod (T51). */
function leftOver(moving: Moving): Blocked | null {
  const { delivery, rollout, view } = moving;
  if (view.taken || !hasStood(moving)) return null;
  const why = `the engine has moved no pod for ${TAKEN_WITHIN} s or more: a BatchRelease may be left from a release whose workload was deleted; where its phase is Completed, delete it, and the engine makes a new one`;
  return { why, run: removalOf(delivery, rollout) };
}

/**
 * A step without a hash of its pods, which waits for ever: the engine moves no traffic without one. It has none where stable's template
 * came back in the first seconds of a release, because it then releases stable over itself (E2), and takes no hash from an extra
 * Deployment of the same template. Derived from the engine's code; no recording has it.
 */
function withoutHash(moving: Moving): Blocked | null {
  const { delivery, rollout, sub } = moving;
  if ((stringAt(sub, 'podTemplateHash') ?? '') !== '' || !hasStood(moving)) return null;
  const step = numberAt(sub, 'currentStepIndex') ?? 0;
  const why = `the engine never ends step ${step}: it knows no hash of the new pods, and moves no traffic without one, as when it releases stable's own template over stable`;
  const name = stringAt(rollout, 'metadata', 'name') ?? delivery.workload.name;
  const place = `--namespace ${delivery.namespace}`;
  const set = (disabled: string) =>
    `kubectl patch rollouts.${GROUP} ${name} ${place} --type=merge -p '{"spec":{"disabled":${disabled}}}'`;
  const isOff = `kubectl wait --for=jsonpath='{.status.phase}'=Disabled --timeout=2m rollouts.${GROUP}/${name} ${place}`;
  // A disabled Rollout holds nothing back (T25b).
  return { why, run: `${set('true')} && ${isOff} && ${set('null')}`, releasesAll: true };
}

/** Whether the step has not changed for TAKEN_WITHIN seconds, in which the engine begins a step. */
function hasStood({ sub, takenAt }: Moving): boolean {
  const since = dateIn(sub, 'lastUpdateTime');
  return since !== null && takenAt.getTime() - since.getTime() >= TAKEN_WITHIN * 1000;
}

/** The commands that delete a BatchRelease whose release is over. */
export function removalOf({ namespace, workload }: Delivery, rollout: KubeObject | null): string {
  const place = `${stringAt(rollout, 'metadata', 'name') ?? workload.name} --namespace ${namespace}`;
  // If the BatchRelease is still in use, deleting it would release every pod. The first command fails then.
  const isOver = `kubectl wait --for=jsonpath='{.status.phase}'=Completed --timeout=5s batchreleases.${GROUP}/${place}`;
  const remove = `${isOver} && kubectl delete batchreleases.${GROUP} ${place}`;
  if (rollout === null) return remove;
  // The engine does not notice that the object was deleted. A change of the Rollout makes it reconcile again.
  return `${remove} && kubectl annotate rollouts.${GROUP} ${place} --overwrite ${LOOK_ANNOTATION}=$(date +%s)`;
}
