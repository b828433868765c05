import { at } from '../api/json.ts';
import type { Kinds } from '../world.ts';
import { type Answer, batchFits, found, type Mover, ownedBySomebody, type Turn } from './mover.ts';
import { claimed, isClaimed, type Movable, patchWorkload, released } from './owners.ts';
import { goalAfter, unreadyAllowed, wrongForScale } from './sums.ts';

/** A rollout without a source changes the size of its target. A first deploy is such an operation, from 0. */
export function scaleMover<Kind extends Movable>(turn: Turn, kind: Kind, name: string): Mover {
  const { world, rollout, spec, machine } = turn;
  const { status } = machine;
  const { plan } = spec;
  const word = kind === 'StatefulSet' ? kind : kind.toLowerCase();
  const workload = () => found(turn, kind, name);
  const goal = () => goalAfter(plan, status.originalSize, status.targetSize, status.currentBatch);

  function verified(live: Kinds[Kind]): Answer {
    if (plan.targetSize === null) {
      return { fails: `the rollout plan is attempting to scale the ${word} ${name} without a target` };
    }
    const size = live.spec.replicas;
    const pods = live.status?.replicas ?? 0;
    status.targetSize = plan.targetSize;
    status.originalSize = size;
    const wrong = wrongForScale(plan, size, plan.targetSize);
    if (wrong !== null) return { fails: wrong };
    // A paused Deployment is not waited for.
    if (!(kind === 'Deployment' && isPaused(live)) && size !== pods) {
      const message = `the ${word} ${name} is in the middle of scaling, target size = ${size}, real size = ${pods}`;
      machine.retry(message);
      return 'again';
    }
    const updated = live.status?.updatedReplicas ?? 0;
    if (!isPaused(live) && updated !== size) {
      const message = `the ${word} ${name} is in the middle of updating, target size = ${size}, updated pod = ${updated}`;
      machine.retry(message);
      return 'again';
    }
    return ownedBySomebody(`${word} ${name}`, live) ?? 'done';
  }

  return {
    verify() {
      const live = workload();
      return live === null ? 'again' : verified(live);
    },

    initialize() {
      const live = workload();
      if (live === null) return 'again';
      if (isClaimed(live)) return 'done';
      const unpaused = {
        CloneSet: { updateStrategy: { paused: false } },
        Deployment: { paused: false },
        StatefulSet: {},
      };
      patchWorkload(world, kind, live, { owners: claimed(live, rollout), spec: unpaused[kind] });
      return 'done';
    },

    roll() {
      const live = workload();
      if (live === null) return 'again';
      patchWorkload(world, kind, live, { spec: { replicas: goal() } });
      status.upgraded = goal();
      return 'done';
    },

    check() {
      const live = workload();
      if (live === null) return 'again';
      const { originalSize, targetSize } = status;
      status.ready = live.status?.readyReplicas ?? 0;
      const allowed = unreadyAllowed(plan, status.currentBatch, Math.abs(targetSize - originalSize));
      const isDone = originalSize <= targetSize ? allowed + status.ready >= goal() : status.ready <= goal();
      if (isDone) return 'done';
      machine.retry('the batch is not ready yet');
      return 'again';
    },

    finishBatch: () => batchFits(turn, status.originalSize),

    finalize() {
      const live = workload();
      if (live === null) return 'again';
      if (isClaimed(live)) patchWorkload(world, kind, live, { owners: released(live) });
      return 'done';
    },
  };
}

function isPaused(workload: Kinds[Movable]): boolean {
  return at(workload, 'spec', 'paused') === true || at(workload, 'spec', 'updateStrategy', 'paused') === true;
}
