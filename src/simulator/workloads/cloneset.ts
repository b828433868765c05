import { at, same } from '../api/json.ts';
import { stamp } from '../api/marks.ts';
import { isGoing, labelOf } from '../api/things.ts';
import type { Controller } from '../controllers.ts';
import type { World } from '../world.ts';
import { isOf, nextWork } from './cloneset-diffs.ts';
import { canUpdateInPlace, updateInPlace } from './in-place.ts';
import { ownersKeys } from './owners.ts';
import { createPod, killPods, podsOf } from './pods.ts';
import { findRevision, type Revision, recordRevision } from './revisions.ts';
import { type CloneSet, isAvailable, isReady, type Pod, type RevisionStatus } from './types.ts';
import { revisionHash, templateHash } from './words.ts';

/** Kruise's CloneSet, which recreates pods or updates them in place. */
export function cloneSetController(world: World): Controller {
  return {
    name: 'CloneSet',
    wakes: (change) => (change.kind === 'CloneSet' ? ownersKeys.self(change) : ownersKeys.pods(change, 'CloneSet')),
    look(namespace, name) {
      const set = world.api.get('CloneSet', namespace, name);
      if (set === undefined || isGoing(set)) return {};
      const update = recordRevision(world, set, set.spec.template, 'kruise');
      const current = findRevision(world, set, set.status?.currentRevision ?? update.name, update);
      const failure = converge(world, set, current, update);
      return {
        finish: () => {
          const live = world.api.get('CloneSet', namespace, name);
          if (live === undefined) return;
          // A status that counts the same is not written, whatever its conditions say.
          const counted = statusOf(world, set, current, update);
          if (Object.entries(counted).every(([field, value]) => same(at(live.status, field), value))) return;
          const status = { ...counted, ...failedUpdate(world, failure) };
          world.api.update('CloneSet', { ...live, status }, { manager: 'kruise-manager', subresource: 'status' });
        },
      };
    },
  };
}

/** One pass: pods are made, or taken away, or updated. The message of what failed; null for nothing. */
function converge(world: World, set: CloneSet, current: Revision, update: Revision): string | null {
  const work = nextWork(world, set, podsOf(world, set), update);
  switch (work.do) {
    case 'create': {
      const revisions = [
        ...Array(work.ofUpdate).fill(update),
        ...Array(work.ofCurrent).fill(current),
      ] as readonly Revision[];
      for (const revision of revisions)
        createPod(world, { owner: set, template: revision.template, labels: labelsOf(revision) });
      return null;
    }
    case 'delete':
      killPods(world, work.pods);
      return null;
    case 'update':
      return updatePods(world, set, work.pods, update);
  }
}

function labelsOf({ name, hash }: Revision): Readonly<Record<string, string>> {
  return { [revisionHash]: name, [templateHash]: hash };
}

function updatePods(world: World, set: CloneSet, pods: readonly Pod[], update: Revision): string | null {
  const { type = 'ReCreate' } = set.spec.updateStrategy;
  for (const pod of pods) {
    const old = findRevision(world, set, labelOf(pod, revisionHash), update);
    if (type !== 'ReCreate' && canUpdateInPlace(old.template, update.template))
      updateInPlace(world, pod, { from: old.template, to: update.template, labels: labelsOf(update) });
    else if (type === 'InPlaceOnly')
      return `find Pod ${pod.metadata.name} update strategy is InPlaceOnly but can not update in-place`;
    else killPods(world, [pod]);
  }
  return null;
}

function statusOf(world: World, set: CloneSet, current: Revision, update: Revision): RevisionStatus {
  const pods = podsOf(world, set).filter((pod) => !isGoing(pod));
  const updated = pods.filter((pod) => isOf(pod, update));
  const available = (pod: Pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, world.timeline.now());
  // All pods of one revision make it the current one; they need not be ready.
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

/** Kruise's message where it could not update a pod. */
function failedUpdate(world: World, message: string | null): object {
  if (message === null) return {};
  const lastTransitionTime = stamp(world.timeline.now());
  return { conditions: [{ type: 'FailedUpdate', status: 'True', lastTransitionTime, message }] };
}
