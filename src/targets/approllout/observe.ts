import type { Delivery } from '../../release/delivery.ts';
import { objectAt, stringAt } from '../../release/json.ts';
import { isBeingDeleted } from '../../release/kinds.ts';
import { earliest, latest } from '../../release/moments.ts';
import type { CarrierView, Engine, Observation, PodBatch, Snapshot } from '../../release/observation.ts';
import type { KubeObject } from '../../release/ports.ts';
import { RECORD_ANNOTATION } from '../../release/record-fields.ts';
import { restartsOf, runningOf } from '../kruise/containers.ts';
import { DELIVERY_ANNOTATION } from '../kruise/keys.ts';
import { podTemplateHash } from '../kruise/observe.ts';
import { blockingPod, count, nameOf, readyAt, troubleOf } from '../kruise/pods.ts';
import { nodesOf, shortagesOf, unplacedOf } from '../kruise/shortage.ts';
import { dateIn } from '../kruise/status.ts';
import { workloadKind } from '../kruise/workloads/index.ts';
import { templateHash } from '../vela/application.ts';
import { carrierOf, isElsewhere, releaseIn } from './carrier.ts';
import { engineOf } from './engine.ts';
import { livePlanOf } from './plan.ts';
import { aimOf, isAbout, isBack, releaseOf, specOf, statusOf } from './status.ts';
import { podsOfTarget, viewOf, workloadsOf } from './workload.ts';

/**
 * Reads a snapshot into the observation that decisions are made on. Which pods are new is told by their labels, not by the status of
 * the AppRollout: that says how many were meant to be, and of a StatefulSet it counts old ones.
 */
export function observe(delivery: Delivery, snapshot: Snapshot): Observation {
  const { rollout, takenAt, carrier: application = null } = snapshot;
  const spec = rollout === null ? null : specOf(rollout);
  const status = rollout === null ? null : statusOf(rollout);
  const workloads = workloadsOf(delivery, snapshot, spec);
  const moved = rollout === null ? releaseIn(workloads.target) : releaseOf(rollout, workloads.target);
  const pods = snapshot.pods.filter((pod) => !isBeingDeleted(pod));
  const isOfTarget = podsOfTarget(delivery, workloads.target, spec);
  // On the way back the pods of the target are the good ones.
  const isCanary = rollout !== null && isBack(rollout) ? (pod: KubeObject) => !isOfTarget(pod) : isOfTarget;
  const carrier = application === null ? null : carrierOf(application, { rollout, workload: workloads.target });
  const isUnaimed = rollout !== null && aimOf(rollout) === 'first';
  // A rollout that was not aimed yet has made a workload without pods.
  const view = isUnaimed
    ? null
    : viewOf(delivery, {
        workloads,
        rollout: spec === null || status === null ? null : { spec, status, isAbout: isAbout(status, spec) },
        // A release writes the Application first, and then has the AppRollout move the workload to it.
        id: carrier === null ? moved : carrier.id,
        component: application === null ? null : templateHash(delivery, application),
        made: madeOf(carrier, { rollout, workload: workloads.target }),
      });
  const engine: Engine =
    rollout === null
      ? { at: 'absent' }
      : isUnaimed
        ? { at: 'noWorkload' }
        : engineOf({
            rollout,
            id: moved,
            hasWorkload: workloads.target !== null,
            newPods: pods.filter(isOfTarget).length,
            size: view?.replicas ?? null,
            takenAt,
          });
  const canary = rests(engine) ? [] : pods.filter(isCanary);
  const stable = pods.filter((pod) => !canary.includes(pod));
  // While nothing is under way, every pod is judged.
  const judged = rests(engine) ? stable : canary;
  const live = [workloads.source, workloads.target].flatMap((one) => (one === null ? [] : [one]));
  const ofWorkloads = [...new Set(live)].flatMap((one) => workloadKind(delivery).status(one).trouble);
  const ofNew = [...canary.flatMap((pod) => troubleOf(pod, 'canary')), ...ofWorkloads];
  return {
    takenAt,
    engine,
    rollout:
      rollout === null
        ? null
        : {
            record: stringAt(rollout, 'metadata', 'annotations', RECORD_ANNOTATION),
            delivery: stringAt(rollout, 'metadata', 'annotations', DELIVERY_ANNOTATION),
            steps: livePlanOf(rollout),
          },
    carrier,
    workload: view,
    servingRevision: servingOf(delivery, pods),
    pods: { stable: count(stable), canary: count(canary) },
    versions: {
      new: judged.map(nameOf),
      old: rests(engine) ? [] : stable.map(nameOf),
      newSince: earliest(judged.map((pod) => dateIn(objectAt(pod, 'metadata'), 'creationTimestamp'))),
    },
    trouble: [
      ...canary.flatMap((pod) => troubleOf(pod, 'canary')),
      ...stable.flatMap((pod) => troubleOf(pod, 'stable')),
      ...ofWorkloads,
    ],
    shortages: shortagesOf({ canary, stable, trouble: ofNew, around: snapshot.around }),
    unplaced: unplacedOf(canary, takenAt),
    nodes: nodesOf(canary),
    batches: batchesIn(engine, canary),
    restarts: rests(engine) ? [] : restartsOf(canary),
    blocking:
      live.length === 0
        ? []
        : live.flatMap((one) => (workloadKind(delivery).blocking?.(one, pods) ?? []).map(blockingPod)),
    // stepgate writes no maxUnavailable into a batch.
    mayBeUnready: 0,
    begunAt: null,
    readySince: latest(judged.map(readyAt)),
    running: runningOf(judged, takenAt),
  };
}

/** Whether no pod counts as new: nothing is under way, or nothing is known of it. */
function rests({ at: where }: Engine): boolean {
  return where === 'idle' || where === 'absent' || where === 'unseen';
}

/** KubeVela labels no pod with a step, so all new pods are one batch without a step. */
function batchesIn(engine: Engine, canary: readonly KubeObject[]): readonly PodBatch[] {
  if (canary.length === 0 || !('step' in engine)) return [];
  return [{ step: null, release: null, wanted: null, ...count(canary), pods: canary.slice(0, 10).map(nameOf) }];
}

function servingOf(delivery: Delivery, pods: readonly KubeObject[]): string | null {
  const { podLabel } = workloadKind(delivery).revisions;
  const [one, ...others] = new Set(pods.map((pod) => stringAt(pod, 'metadata', 'labels', podLabel)));
  return others.length === 0 ? (one ?? null) : null;
}

/** What was made of the Application, or what somebody else has put in its place. */
function madeOf(
  carrier: CarrierView | null,
  { rollout, workload }: { readonly rollout: KubeObject | null; readonly workload: KubeObject | null },
): string | null {
  if (carrier === null || workload === null) return null;
  const isOthers = rollout !== null && isElsewhere(rollout, carrier.id);
  return carrier.isRendered || isOthers ? podTemplateHash(workload) : null;
}
