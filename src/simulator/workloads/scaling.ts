import type { World } from '../world.ts';
import { active, desiredOf, mostOf, resize, type Sets, total } from './deployment-sets.ts';
import type { Roller } from './roller.ts';
import type { Deployment, ReplicaSet } from './types.ts';

/** After a change of the size, sets are resized in proportion before rolling continues. */
export function isScaling(deployment: Deployment, sets: Sets): boolean {
  return active(sets.all).some((set) => {
    const desired = desiredOf(set);
    return desired !== undefined && desired !== deployment.spec.replicas;
  });
}

export interface Scaling {
  /** The maximum number of pods. */
  readonly allowed: number;
  /** Whether to resize several sets in proportion; otherwise only a single set is resized. */
  readonly proportional: boolean;
}

export function scale(world: World, roller: Roller, deployment: Deployment, sets: Sets, scaling: Scaling): void {
  const { replicas } = deployment.spec;
  const busy = active(sets.all);
  const lone = busy.length === 0 ? (sets.current ?? sets.old.at(-1)) : busy.length === 1 ? busy[0] : undefined;
  if (lone !== undefined) {
    if (lone.spec.replicas !== replicas) resize(world, roller, deployment, lone, replicas);
    return;
  }
  if (isSaturated(deployment, sets.current)) {
    for (const old of active(sets.old)) resize(world, roller, deployment, old, 0);
    return;
  }
  if (!scaling.proportional || busy.length === 0) return;
  const toAdd = scaling.allowed - total(busy);
  // Bigger sets first. For equal sizes, the newer first when growing, the older first when shrinking.
  const ordered = [...busy].sort(
    (a, b) =>
      b.spec.replicas - a.spec.replicas || (toAdd > 0 ? age(b, sets) - age(a, sets) : age(a, sets) - age(b, sets)),
  );
  let added = 0;
  const sizes = ordered.map((set) => {
    const share = proportion(roller, deployment, set, toAdd, added);
    added += share;
    return { set, size: set.spec.replicas + share };
  });
  for (const [index, { set, size }] of sizes.entries()) {
    resize(world, roller, deployment, set, index === 0 ? size + toAdd - added : size);
  }
}

const age = (set: ReplicaSet, sets: Sets) => sets.all.indexOf(set);

function isSaturated(deployment: Deployment, set: ReplicaSet | null): boolean {
  const { replicas } = deployment.spec;
  return (
    set !== null &&
    set.spec.replicas === replicas &&
    desiredOf(set) === replicas &&
    set.status?.availableReplicas === replicas
  );
}

function proportion(roller: Roller, deployment: Deployment, set: ReplicaSet, toAdd: number, added: number): number {
  if (toAdd === 0 || toAdd === added) return 0;
  const { replicas } = deployment.spec;
  const before = mostOf(set) ?? deployment.status?.replicas ?? 0;
  const size =
    replicas === 0 || before === 0
      ? 0
      : Math.round((set.spec.replicas * (replicas + roller.surge(deployment))) / before);
  const share = size - set.spec.replicas;
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}
