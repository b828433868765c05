import type { World } from '../world.ts';
import { active, availableOf, resize, type Sets, total } from './deployment-sets.ts';
import type { Roller } from './roller.ts';
import type { Deployment, ReplicaSet } from './types.ts';

/** Scales the new set. Returns whether that was a change. */
export function grow(world: World, roller: Roller, deployment: Deployment, sets: Sets, current: ReplicaSet): boolean {
  const { replicas } = deployment.spec;
  const now = current.spec.replicas;
  if (now === replicas) return false;
  const size = now > replicas ? replicas : roller.newSize(deployment, now, total(sets.all));
  if (size === now) return false;
  resize(world, roller, deployment, current, size);
  return true;
}

/** Removes old pods: unhealthy ones first, then as many as may be missing. */
export function shrink(world: World, roller: Roller, deployment: Deployment, sets: Sets, current: ReplicaSet): void {
  const old = active(sets.old);
  const least = deployment.spec.replicas - roller.unavailable(deployment);
  const notAvailable = current.spec.replicas - (current.status?.availableReplicas ?? 0);
  const most = Math.min(total(sets.all) - least - notAvailable, roller.mayGo(deployment, current, total(old)));
  if (old.length === 0 || most <= 0) return;
  let cleaned = 0;
  const left = old.map((set) => {
    const broken = set.spec.replicas - (set.status?.availableReplicas ?? 0);
    const go = Math.max(0, Math.min(most - cleaned, broken));
    cleaned += go;
    return go === 0 ? set : resize(world, roller, deployment, set, set.spec.replicas - go);
  });
  let spare = Math.min(availableOf([...left, current]) - least, roller.mayGo(deployment, current, total(left)));
  for (const set of roller.order(left)) {
    const go = Math.min(set.spec.replicas, spare);
    if (go <= 0) continue;
    resize(world, roller, deployment, set, set.spec.replicas - go);
    spare -= go;
  }
}
