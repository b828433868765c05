import type { CloneSet } from '../workloads/types.ts';
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
import { claimed, isClaimed, patchWorkload, released } from './owners.ts';
import { goalAfter, unreadyAllowed, wrongForRollout } from './sums.ts';

/** Replaces the pods of a CloneSet by its partition. */
export function cloneSetMover(turn: Turn, name: string): Mover {
  const { world, rollout, spec, machine } = turn;
  const { status } = machine;
  const { plan } = spec;
  const set = () => found(turn, 'CloneSet', name);

  function verified(live: CloneSet): Answer {
    const size = live.spec.replicas;
    if (size !== (live.status?.replicas ?? 0)) {
      machine.retry(`the cloneset is still scaling, target = ${size}, cloneset size = ${live.status?.replicas ?? 0}`);
      return 'again';
    }
    const identifier = identifierOf(live);
    if (identifier === status.lastIdentifier) return sameIdentifier(identifier);
    if (plan.targetSize !== null && plan.targetSize !== size) {
      const message = `the rollout plan is attempting to scale the cloneset, target = ${plan.targetSize}, cloneset size = ${size}`;
      return { fails: message };
    }
    const wrong = wrongForRollout(plan, size);
    if (wrong !== null) return { fails: wrong };
    // A rollout that failed until here has no size in its status.
    status.targetSize = size;
    status.originalSize = size;
    if (live.spec.updateStrategy.paused !== true) {
      return { fails: `the cloneset ${name} is in the middle of updating, need to be paused first` };
    }
    const owned = ownedBySomebody(`cloneset ${name}`, live);
    if (owned !== null) return owned;
    status.identifier = identifier;
    return 'done';
  }

  return {
    verify() {
      const live = set();
      return live === null ? 'again' : verified(live);
    },

    initialize() {
      const live = set();
      if (live === null) return 'again';
      if (isClaimed(live)) return 'done';
      const updateStrategy = { paused: false, partition: live.spec.replicas };
      patchWorkload(world, 'CloneSet', live, { owners: claimed(live, rollout), spec: { updateStrategy } });
      return 'done';
    },

    roll() {
      const live = set();
      if (live === null) return 'again';
      const goal = goalAfter(plan, 0, live.spec.replicas, status.currentBatch);
      patchWorkload(world, 'CloneSet', live, { spec: { updateStrategy: { partition: live.spec.replicas - goal } } });
      status.upgraded = goal;
      return 'done';
    },

    check() {
      const live = set();
      if (live === null) return 'again';
      const size = live.spec.replicas;
      const allowed = unreadyAllowed(plan, status.currentBatch, size);
      status.ready = live.status?.updatedReadyReplicas ?? 0;
      if (allowed + status.ready >= goalAfter(plan, 0, size, status.currentBatch)) return 'done';
      machine.retry('the batch is not ready yet');
      return 'again';
    },

    finishBatch: () => batchFits(turn, 0),

    finalize(succeeded) {
      const live = set();
      if (live === null) return 'again';
      if (!isClaimed(live)) return 'done';
      // A rollout that did not succeed leaves the CloneSet paused.
      const spec = succeeded ? {} : { updateStrategy: { paused: true } };
      patchWorkload(world, 'CloneSet', live, { owners: released(live), spec });
      status.lastIdentifier = status.identifier;
      return 'done';
    },
  };
}
