import { isGoing, labelOf } from '../api/things.ts';
import type { Controller } from '../controllers.ts';
import { killPod, type World } from '../world.ts';
import { scaled } from './amounts.ts';
import { canUpdateInPlace, updateInPlace } from './in-place.ts';
import { ownersKeys } from './owners.ts';
import { createPod, podsOf } from './pods.ts';
import { findRevision, forgetRevisions, type Revision, recordRevision } from './revisions.ts';
import { isAvailable, isReady, type Pod, type RevisionStatus, type StatefulSet } from './types.ts';
import { revisionHash } from './words.ts';

/** StatefulSets of Kubernetes, and of Kruise, where more than one pod may be missing. Pods are updated by ordinal. */
export function statefulSetController(world: World, kind: 'StatefulSet' | 'AdvancedStatefulSet'): Controller {
  const manager = kind === 'StatefulSet' ? 'kube-controller-manager' : 'kruise-manager';
  return {
    name: kind,
    wakes: (change) => (change.kind === kind ? ownersKeys.self(change) : ownersKeys.pods(change, kind)),
    look(namespace, name) {
      const set = world.api.get(kind, namespace, name);
      if (set === undefined || isGoing(set)) return {};
      const update = recordRevision(world, set, set.spec.template, kind === 'StatefulSet' ? 'kubernetes' : 'kruise');
      const current = findRevision(world, set, set.status?.currentRevision ?? update.name, update);
      converge(world, kind, set, current, update);
      forgetRevisions(world, set, [current, update], podsOf(world, set));
      return {
        ...(waitsForTime(world, set) ? { again: 1000 } : {}),
        finish: () => {
          const live = world.api.get(kind, namespace, name);
          if (live === undefined) return;
          const status = statusOf(world, set, current, update);
          world.api.update(kind, { ...live, status }, { manager, subresource: 'status' });
        },
      };
    },
  };
}

function ordinalOf(pod: Pod): number {
  return Number(pod.metadata.name.slice(pod.metadata.name.lastIndexOf('-') + 1));
}

/** One pass of the controller. With OrderedReady it waits for each pod, even for a pod that never gets ready. */
function converge(world: World, kind: string, set: StatefulSet, current: Revision, update: Revision): void {
  const { replicas, updateStrategy } = set.spec;
  const parallel = set.spec.podManagementPolicy === 'Parallel';
  const partition = updateStrategy.rollingUpdate?.partition ?? 0;
  const available = (pod: Pod) => isAvailable(pod, minReadyOf(set), world.timeline.now());
  const pods = new Map(podsOf(world, set).map((pod) => [ordinalOf(pod), pod]));
  for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
    const pod = pods.get(ordinal);
    if (pod === undefined) {
      const revision = ordinal < partition ? current : update;
      createPod(world, {
        owner: set,
        template: revision.template,
        name: `${set.metadata.name}-${ordinal}`,
        labels: {
          [revisionHash]: revision.name,
          'statefulset.kubernetes.io/pod-name': `${set.metadata.name}-${ordinal}`,
          'apps.kubernetes.io/pod-index': String(ordinal),
        },
      });
    }
    if (!parallel && (pod === undefined || !available(pod) || isGoing(pod))) return;
  }
  const surplus = [...pods].filter(([ordinal]) => ordinal >= replicas).sort(([a], [b]) => b - a);
  const lowestBroken = surplus.findLast(([, pod]) => !available(pod) || isGoing(pod))?.[1];
  for (const [, pod] of surplus) {
    const blocked = !parallel && !available(pod) && pod !== lowestBroken;
    if (!isGoing(pod) && !blocked) killPod(world, pod);
    if (!parallel) return;
  }
  if (updateStrategy.type !== 'RollingUpdate' || updateStrategy.rollingUpdate?.paused === true) return;
  if (kind === 'AdvancedStatefulSet') {
    updateSeveral(world, set, pods, update);
    return;
  }
  let away = 1;
  for (let ordinal = replicas - 1; ordinal >= partition && away > 0; ordinal -= 1) {
    const pod = pods.get(ordinal);
    if (pod === undefined || isGoing(pod)) away -= 1;
    else if (labelOf(pod, revisionHash) !== update.name) {
      killPod(world, pod);
      away -= 1;
    } else if (!available(pod)) away -= 1;
  }
}

/**
 * Kruise's update: pods that are not available count wherever they are, also below the partition, and are themselves updated
 * however many there are.
 */
function updateSeveral(world: World, set: StatefulSet, pods: ReadonlyMap<number, Pod>, update: Revision): void {
  const { replicas, updateStrategy } = set.spec;
  const { partition = 0, maxUnavailable = 1 } = updateStrategy.rollingUpdate ?? {};
  const most = Math.max(1, scaled(maxUnavailable, replicas, 'down'));
  const away = new Set<number>();
  for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
    const pod = pods.get(ordinal);
    if (pod === undefined || isGoing(pod) || !isAvailable(pod, minReadyOf(set), world.timeline.now()))
      away.add(ordinal);
  }
  for (let ordinal = replicas - 1; ordinal >= partition; ordinal -= 1) {
    const pod = pods.get(ordinal);
    // One that was made in this pass is of the new revision.
    if (pod === undefined || labelOf(pod, revisionHash) === update.name) continue;
    if (away.size >= most && !away.has(ordinal)) return;
    if (!isGoing(pod)) updatePod(world, set, pod, update);
    away.add(ordinal);
  }
}

function updatePod(world: World, set: StatefulSet, pod: Pod, update: Revision): void {
  const { podUpdatePolicy = 'ReCreate' } = set.spec.updateStrategy.rollingUpdate ?? {};
  const old = findRevision(world, set, labelOf(pod, revisionHash), update);
  if (podUpdatePolicy !== 'ReCreate' && canUpdateInPlace(old.template, update.template))
    updateInPlace(world, pod, { from: old.template, to: update.template, labels: { [revisionHash]: update.name } });
  else if (podUpdatePolicy !== 'InPlaceOnly') killPod(world, pod);
}

/** Kruise's set has the field in its update strategy. */
function minReadyOf({ spec }: StatefulSet): number {
  return spec.updateStrategy.rollingUpdate?.minReadySeconds ?? spec.minReadySeconds ?? 0;
}

/** The next pass when a pod becomes available. */
function waitsForTime(world: World, set: StatefulSet): boolean {
  const available = (pod: Pod) => isAvailable(pod, minReadyOf(set), world.timeline.now());
  return podsOf(world, set).some((pod) => isReady(pod) && !available(pod));
}

function statusOf(world: World, set: StatefulSet, current: Revision, update: Revision): RevisionStatus {
  const pods = podsOf(world, set);
  const ready = pods.filter(isReady).length;
  const available = pods.filter((pod) => isAvailable(pod, minReadyOf(set), world.timeline.now())).length;
  // A pod that is being deleted counts for the size, but for no revision.
  const of = (revision: Revision) =>
    pods.filter((pod) => !isGoing(pod) && labelOf(pod, revisionHash) === revision.name);
  const updated = of(update);
  const updatedReady = updated.filter(isReady).length;
  const kruise = set.apiVersion.startsWith('apps.kruise.io/');
  // Kruise asks only that every pod there is, is new and ready: also where there is none for a moment.
  const wanted = kruise ? pods.length : set.spec.replicas;
  const done =
    set.spec.updateStrategy.type === 'RollingUpdate' &&
    [updated.length, ready, pods.length].every((count) => count === wanted);
  const kept = done ? updated.length : of(current).length;
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    availableReplicas: available,
    ...(kruise || ready > 0 ? { readyReplicas: ready } : {}),
    ...(kruise || kept > 0 ? { currentReplicas: kept } : {}),
    ...(kruise || updated.length > 0 ? { updatedReplicas: updated.length } : {}),
    ...(kruise && updatedReady > 0 ? { updatedReadyReplicas: updatedReady } : {}),
    currentRevision: done ? update.name : current.name,
    updateRevision: update.name,
    ...(kruise ? {} : { collisionCount: 0 }),
  };
}
