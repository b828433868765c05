import { isGoing, labelOf } from '../api/things.ts';
import type { Controller } from '../controllers.ts';
import type { World } from '../world.ts';
import { scaled } from './amounts.ts';
import { ownersKeys } from './owners.ts';
import { bySacrifice, createPod, killPods, podsOf } from './pods.ts';
import { findRevision, type Revision, recordRevision } from './revisions.ts';
import { type CloneSet, isAvailable, isReady, type Pod, type RevisionStatus } from './types.ts';
import { revisionHash, templateHash } from './words.ts';

/** Kruise's CloneSet, recreating pods. */
export function cloneSetController(world: World): Controller {
  return {
    name: 'CloneSet',
    wakes: (change) => (change.kind === 'CloneSet' ? ownersKeys.self(change) : ownersKeys.pods(change, 'CloneSet')),
    look(namespace, name) {
      const set = world.api.get('CloneSet', namespace, name);
      if (set === undefined || isGoing(set)) return {};
      const update = recordRevision(world, set, set.spec.template, 'kruise');
      const current = findRevision(world, set, set.status?.currentRevision ?? update.name, update);
      converge(world, set, current, update);
      return {
        finish: () => {
          const live = world.api.get('CloneSet', namespace, name);
          if (live === undefined) return;
          world.api.update(
            'CloneSet',
            { ...live, status: statusOf(world, set, current, update) },
            { manager: 'kruise-manager', subresource: 'status' },
          );
        },
      };
    },
  };
}

function isOf(pod: Pod, revision: Revision): boolean {
  return labelOf(pod, revisionHash) === revision.hash;
}

function converge(world: World, set: CloneSet, current: Revision, update: Revision): void {
  const { replicas, updateStrategy } = set.spec;
  const all = podsOf(world, set);
  const pods = all.filter((pod) => !isGoing(pod));
  const fresh = pods.filter((pod) => isOf(pod, update));
  const stale = pods.filter((pod) => !isOf(pod, update));
  const keep = Math.min(replicas, scaled(updateStrategy.partition ?? 0, replicas, 'up'));
  const behind = Math.max(0, stale.length - keep);
  const mostSurge = scaled(updateStrategy.maxSurge, replicas, 'up');
  const surge =
    updateStrategy.paused === true ? 0 : Math.min(mostSurge, Math.max(behind, extra(pods.length, replicas, behind)));
  const wanted = replicas + surge;
  if (pods.length < wanted) {
    const missing = wanted - pods.length;
    const ofUpdate = Math.min(missing, Math.max(0, replicas - keep - fresh.length));
    for (let index = 0; index < missing; index += 1) {
      const revision = index < ofUpdate ? update : current;
      createPod(world, {
        owner: set,
        template: revision.template,
        labels: { [revisionHash]: revision.hash, [templateHash]: revision.hash },
      });
    }
    return;
  }
  if (pods.length > wanted) {
    const surplus = pods.length - wanted;
    const first = bySacrifice(stale).slice(0, Math.min(surplus, Math.max(behind, 0)));
    killPods(world, [
      ...first,
      ...bySacrifice(pods.filter((pod) => !first.includes(pod))).slice(0, surplus - first.length),
    ]);
    return;
  }
  if (behind === 0 || updateStrategy.paused === true) return;
  const least = replicas - scaled(updateStrategy.maxUnavailable ?? '20%', replicas, mostSurge === 0 ? 'up' : 'down');
  const available = (pod: Pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, world.timeline.now());
  // The youngest first, of any old version: the pods of a second new version replace those of the first one (T09).
  const order = bySacrifice(stale);
  const broken = order.filter((pod) => !isReady(pod)).slice(0, behind);
  const spare = Math.max(0, pods.filter(available).length - least);
  const good = order.filter((pod) => isReady(pod)).slice(0, Math.min(behind - broken.length, spare));
  killPods(world, [...broken, ...good]);
}

/** Surplus pods stay while there are old pods to replace. */
function extra(pods: number, replicas: number, behind: number): number {
  return behind > 0 ? Math.max(0, pods - replicas) : 0;
}

function statusOf(world: World, set: CloneSet, current: Revision, update: Revision): RevisionStatus {
  const pods = podsOf(world, set).filter((pod) => !isGoing(pod));
  const updated = pods.filter((pod) => isOf(pod, update));
  const available = (pod: Pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, world.timeline.now());
  // A revision becomes the current one when all pods have it; they need not be ready.
  const done = updated.length === pods.length && pods.length === set.spec.replicas;
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    readyReplicas: pods.filter(isReady).length,
    availableReplicas: pods.filter(available).length,
    updatedReplicas: updated.length,
    updatedReadyReplicas: updated.filter(isReady).length,
    currentRevision: done ? update.name : current.name,
    updateRevision: update.name,
  };
}
