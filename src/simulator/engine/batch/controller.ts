import { mapAt, same } from '../../api/json.ts';
import { kindInGroup } from '../../api/kinds.ts';
import type { Change } from '../../api/store.ts';
import { controllerOf, isGoing, keyOf, namespaceOf, type Thing } from '../../api/things.ts';
import type { Controller, Outcome } from '../../controllers.ts';
import { isReady, type Pod } from '../../workloads/types.ts';
import { revisionHash, templateHash } from '../../workloads/words.ts';
import { isOf, type World } from '../../world.ts';
import type { BatchRelease, BatchStatus } from '../types.ts';
import { batchFinalizer, manager } from '../words.ts';
import { isMovable, referringTo } from '../workload-ref.ts';
import { addFinalizer, removeFinalizer } from '../writes.ts';
import { controllingRelease } from './control-info.ts';
import { controlOf } from './kinds.ts';
import { advance, type BatchPass, draftOf } from './phases.ts';

/** The BatchRelease controller: moves the pods of one workload batch by batch. */
export function batchReleaseController(world: World): Controller {
  return {
    name: 'batch releases',
    wakes: (change) => wakes(world, change),
    look(namespace, name) {
      const release = world.api.get('BatchRelease', namespace, name);
      return release === undefined ? {} : reconcile(world, release);
    },
  };
}

function reconcile(world: World, read: BatchRelease): Outcome {
  const { finalizers = [] } = read.metadata;
  if (isGoing(read) && read.status?.phase === 'Completed' && finalizers.includes(batchFinalizer)) {
    removeFinalizer(world, 'BatchRelease', read, batchFinalizer);
    return {};
  }
  const release = addFinalizer(world, 'BatchRelease', read, batchFinalizer);
  const pass: BatchPass = { world, release, control: controlOf(world, release), draft: draftOf(release.status) };
  const outcome = advance(pass);
  const status: BatchStatus = { ...pass.draft, observedGeneration: release.metadata.generation ?? 0 };
  if (same(release.status, status)) return outcome;
  return {
    ...outcome,
    finish() {
      const { namespace = '', name, uid } = release.metadata;
      const live = world.api.get('BatchRelease', namespace, name);
      if (live?.metadata.uid === uid)
        world.api.update('BatchRelease', { ...live, status }, { manager, subresource: 'status' });
    },
  };
}

function wakes(world: World, change: Change): readonly string[] {
  if (isOf(change, 'BatchRelease')) return hasMoved(change) ? [keyOf(change.object)] : [];
  if (isMovable(change.kind)) return workloadMoved(change) ? releasesOf(world, change.kind, change.object) : [];
  return isOf(change, 'Pod') && podMoved(change) ? releaseOfPod(world, change.object) : [];
}

/** A change of its own status causes no pass. */
function hasMoved({ type, object, old }: Change): boolean {
  return (
    type !== 'MODIFIED' ||
    old?.metadata.generation !== object.metadata.generation ||
    isGoing(object) ||
    !same(old?.metadata.annotations, object.metadata.annotations)
  );
}

function workloadMoved({ type, object, old }: Change): boolean {
  if (type !== 'MODIFIED' || old === undefined) return true;
  const counts = (thing: Thing) => {
    const { conditions: _conditions, unavailableReplicas: _count, ...rest } = mapAt(thing, 'status');
    return rest;
  };
  return old.metadata.generation !== object.metadata.generation || !same(counts(old), counts(object));
}

function podMoved({ type, object, old }: Change<Pod>): boolean {
  if (type === 'DELETED') return false;
  if (old === undefined || old === object) return true;
  const sameRevision = [templateHash, revisionHash].some((key) => {
    const hash = object.metadata.labels?.[key];
    return hash !== undefined && hash === old.metadata.labels?.[key];
  });
  return !sameRevision || isReady(object) !== isReady(old);
}

/** The release that has control, else those that may take it. */
function releasesOf(world: World, kind: string, workload: Thing): readonly string[] {
  const controlling = releaseKeys(workload);
  if (controlling.length > 0) return controlling;
  return referringTo(world.api.list('BatchRelease', namespaceOf(workload)), kind, workload).map(keyOf);
}

function releaseOfPod(world: World, pod: Thing): readonly string[] {
  const owner = ownerOf(world, pod);
  const workload = owner?.kind === 'ReplicaSet' ? ownerOf(world, owner) : owner;
  return workload === undefined ? [] : releaseKeys(workload);
}

function ownerOf(world: World, child: Thing): Thing | undefined {
  const owner = controllerOf(child);
  const info = owner === undefined ? undefined : kindInGroup(owner.apiVersion, owner.kind);
  return owner === undefined || info === undefined ? undefined : world.api.get(info.id, namespaceOf(child), owner.name);
}

function releaseKeys(workload: Thing): readonly string[] {
  const name = controllingRelease(workload);
  return name === '' ? [] : [`${namespaceOf(workload)}/${name}`];
}
