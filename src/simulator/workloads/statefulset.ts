import { isGoing, labelOf } from '../api/things.ts';
import type { Controller } from '../controllers.ts';
import { killPod, type World } from '../world.ts';
import { scaled } from './amounts.ts';
import { ownersKeys } from './owners.ts';
import { createPod, podsOf } from './pods.ts';
import { findRevision, type Revision, recordRevision } from './revisions.ts';
import { isReady, type Pod, type RevisionStatus, type StatefulSet } from './types.ts';
import { revisionHash } from './words.ts';

/** StatefulSets by ordinals: Kubernetes' own and Kruise's, which allows more than one pod to be away. */
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
      return {
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

function converge(world: World, kind: string, set: StatefulSet, current: Revision, update: Revision): void {
  const { replicas, updateStrategy } = set.spec;
  const parallel = set.spec.podManagementPolicy === 'Parallel';
  const partition = updateStrategy.rollingUpdate?.partition ?? 0;
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
    if (!parallel && (pod === undefined || !isReady(pod) || isGoing(pod))) return;
  }
  const surplus = [...pods].filter(([ordinal]) => ordinal >= replicas).sort(([a], [b]) => b - a);
  for (const [, pod] of surplus) {
    if (!isGoing(pod)) killPod(world, pod);
    if (!parallel) return;
  }
  if (updateStrategy.type !== 'RollingUpdate' || updateStrategy.rollingUpdate?.paused === true) return;
  let away =
    kind === 'StatefulSet'
      ? 1
      : Math.max(1, scaled(updateStrategy.rollingUpdate?.maxUnavailable ?? 1, replicas, 'down'));
  for (let ordinal = replicas - 1; ordinal >= partition && away > 0; ordinal -= 1) {
    const pod = pods.get(ordinal);
    if (pod === undefined || isGoing(pod)) away -= 1;
    else if (labelOf(pod, revisionHash) !== update.name) {
      killPod(world, pod);
      away -= 1;
    } else if (!isReady(pod)) away -= 1;
  }
}

function statusOf(world: World, set: StatefulSet, current: Revision, update: Revision): RevisionStatus {
  const pods = podsOf(world, set).filter((pod) => !isGoing(pod));
  const ready = pods.filter(isReady);
  const updated = pods.filter((pod) => labelOf(pod, revisionHash) === update.name);
  const updatedReady = updated.filter(isReady).length;
  const done = updated.length === set.spec.replicas && ready.length === set.spec.replicas;
  const kruise = set.apiVersion.startsWith('apps.kruise.io/');
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    availableReplicas: ready.length,
    ...(kruise || ready.length > 0 ? { readyReplicas: ready.length } : {}),
    ...(kruise || updated.length > 0 ? { updatedReplicas: updated.length } : {}),
    ...(kruise && updatedReady > 0 ? { updatedReadyReplicas: updatedReady } : {}),
    currentRevision: done ? update.name : current.name,
    updateRevision: update.name,
  };
}
