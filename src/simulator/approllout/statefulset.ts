import type { StatefulSet } from '../workloads/types.ts';
import {
  type Answer,
  batchFits,
  found,
  identifierOf,
  type Mover,
  ownedBySomebody,
  sameIdentifier,
  type Turn,
} from './mover.ts';
import { claimed, patchWorkload, released } from './owners.ts';
import { goalAfter, unreadyAllowed, wrongForRollout } from './sums.ts';

/** Replaces the pods of a StatefulSet by its partition. Its readiness counts old pods too. */
export function statefulSetMover(turn: Turn, name: string): Mover {
  const { world, rollout, spec, machine } = turn;
  const { status } = machine;
  const { plan } = spec;
  const set = () => found(turn, 'StatefulSet', name);

  function verified(live: StatefulSet): Answer {
    const size = live.spec.replicas;
    status.targetSize = size;
    status.originalSize = size;
    const identifier = identifierOf(live);
    if (identifier === status.lastIdentifier) return sameIdentifier(identifier);
    const pods = live.status?.replicas ?? 0;
    // Fatal, although the template that is rolling already may just have taken a pod away.
    if (size !== pods)
      return { fails: `the StatefulSet is still scaling, target = ${size}, statefulSet size = ${pods}` };
    const wrong = wrongForRollout(plan, size);
    if (wrong !== null) return { fails: wrong };
    const owned = ownedBySomebody(`StatefulSet ${name}`, live);
    if (owned !== null) return owned;
    status.identifier = identifier;
    return 'done';
  }

  function setPartition(live: StatefulSet, partition: number): void {
    patchWorkload(world, 'StatefulSet', live, { spec: { updateStrategy: { rollingUpdate: { partition } } } });
  }

  return {
    verify() {
      const live = set();
      return live === null ? 'again' : verified(live);
    },

    initialize() {
      const live = set();
      if (live === null) return 'again';
      const owned = patchWorkload(world, 'StatefulSet', live, { owners: claimed(live, rollout) });
      setPartition(owned, owned.spec.replicas);
      return 'done';
    },

    roll() {
      const live = set();
      if (live === null) return 'again';
      const goal = goalAfter(plan, 0, live.spec.replicas, status.currentBatch);
      setPartition(live, live.spec.replicas - goal);
      status.upgraded = goal;
      return 'done';
    },

    check() {
      const live = set();
      if (live === null) return 'again';
      const size = live.spec.replicas;
      // Of all pods, whatever their version.
      status.ready = live.status?.readyReplicas ?? 0;
      const allowed = unreadyAllowed(plan, status.currentBatch, size);
      if (allowed + status.ready >= goalAfter(plan, 0, size, status.currentBatch)) return 'done';
      machine.retry('the batch is not ready yet');
      return 'again';
    },

    finishBatch: () => batchFits(turn, 0),

    finalize() {
      const live = set();
      if (live === null) return 'again';
      patchWorkload(world, 'StatefulSet', live, { owners: released(live) });
      status.lastIdentifier = status.identifier;
      return 'done';
    },
  };
}
