import { numberAt, parsedText, same } from '../api/json.ts';
import { annotationOf, isGoing } from '../api/things.ts';
import type { Controller, Outcome } from '../controllers.ts';
import { ownersKeys } from '../workloads/owners.ts';
import {
  active,
  availableOf,
  countedStatus,
  isScaling,
  progressStatus,
  type Roller,
  resize,
  type Sets,
  scale,
  setsOf,
  syncedSets,
  total,
  writeStatus,
} from '../workloads/rolling.ts';
import {
  type Amount,
  type Deployment,
  fenceposts,
  type ReplicaSet,
  type RollingUpdate,
  scaled,
} from '../workloads/types.ts';
import { isOf, type World } from '../world.ts';
import { controlAnnotation, extraStatusAnnotation, manager, strategyAnnotation } from './words.ts';
import { patch } from './writes.ts';

/** What the annotation of a Deployment under Kruise's own controller says. */
export interface Strategy {
  readonly rollingStyle: string;
  readonly rollingUpdate: RollingUpdate | undefined;
  readonly paused: boolean;
  readonly partition: Amount;
}

export function readStrategy(deployment: Deployment): Strategy {
  const text = annotationOf(deployment, strategyAnnotation);
  const found = text === '' ? {} : (parsedText(text) as Partial<Strategy>);
  return {
    rollingStyle: found.rollingStyle ?? '',
    rollingUpdate: found.rollingUpdate,
    paused: found.paused === true,
    partition: found.partition ?? 0,
  };
}

/** With the engine's defaults, and its members in the engine's order (E10). */
export function writeStrategy(strategy: Strategy): string {
  const defaulted =
    strategy.rollingStyle === 'Partition' ? withDefaults(strategy.rollingUpdate) : strategy.rollingUpdate;
  return JSON.stringify({
    ...(strategy.rollingStyle === '' ? {} : { rollingStyle: strategy.rollingStyle }),
    ...(defaulted === undefined
      ? {}
      : { rollingUpdate: { maxUnavailable: defaulted.maxUnavailable, maxSurge: defaulted.maxSurge } }),
    ...(strategy.paused ? { paused: true } : {}),
    partition: strategy.partition,
  });
}

function withDefaults(update: RollingUpdate = {}): RollingUpdate {
  const next = { maxUnavailable: update.maxUnavailable ?? '25%', maxSurge: update.maxSurge ?? '25%' };
  return scaled(next.maxSurge, 100) === 0 && scaled(next.maxUnavailable, 100) === 0
    ? { maxUnavailable: 1, maxSurge: 0 }
    : next;
}

/** Ready new pods as Kruise's controller has counted them. */
export function extraStatusOf(deployment: Deployment): number {
  const text = annotationOf(deployment, extraStatusAnnotation);
  return text === '' ? 0 : numberAt(parsedText(text), 'updatedReadyReplicas');
}

/** New pods that a step may have: a percent below 100 leaves one old pod (kruise.md 6). */
export function limitOf(partition: Amount, replicas: number): number {
  const limit = Math.max(0, Math.min(scaled(partition, replicas), replicas));
  return replicas > 1 && typeof partition === 'string' && partition !== '100%' ? Math.min(limit, replicas - 1) : limit;
}

/** Whether Kruise's own controller moves this Deployment. */
export function isAdvanced(deployment: Deployment): boolean {
  return (
    annotationOf(deployment, controlAnnotation) !== '' &&
    deployment.spec.strategy.type === 'Recreate' &&
    deployment.spec.paused === true
  );
}

function rollerOf(strategy: Strategy): Roller {
  const posts = (deployment: Deployment) =>
    strategy.rollingUpdate === undefined
      ? { surge: 0, unavailable: 0 }
      : fenceposts(strategy.rollingUpdate, deployment.spec.replicas);
  const roller: Roller = {
    hasher: 'kruise',
    manager,
    surge: (deployment) => posts(deployment).surge,
    unavailable: (deployment) => Math.min(posts(deployment).unavailable, deployment.spec.replicas),
    firstSize: (deployment, all) =>
      Math.max(
        newSize(roller, deployment, strategy, 0, total(all)),
        posts(deployment).surge > 0 ? 0 : Math.min(1, deployment.spec.replicas),
      ),
  };
  return roller;
}

function newSize(roller: Roller, deployment: Deployment, strategy: Strategy, now: number, pods: number): number {
  const { replicas } = deployment.spec;
  if (pods <= now) return replicas;
  const limit = limitOf(strategy.partition, replicas);
  const most = replicas + roller.surge(deployment);
  if (now >= limit || pods >= most) return now;
  return Math.min(now + Math.min(most - pods, replicas - now), limit);
}

/** Kruise's controller of Deployments in partition style: rolls as far as the partition says. */
export function advancedDeploymentController(world: World): Controller {
  return {
    name: 'advanced deployments',
    wakes(change) {
      if (change.kind === 'ReplicaSet') return ownersKeys.owner(change, 'Deployment');
      if (!isOf(change, 'Deployment')) return [];
      const { object: now, old } = change;
      if (change.type === 'MODIFIED' && old !== undefined) {
        const moved =
          now.metadata.generation !== old.metadata.generation ||
          !same(now.metadata.annotations, old.metadata.annotations);
        if (!isAdvanced(now) || !moved) return [];
      }
      return ownersKeys.self(change);
    },
    look(namespace, name) {
      const deployment = world.api.get('Deployment', namespace, name);
      if (deployment === undefined || isGoing(deployment) || !isAdvanced(deployment)) return {};
      const strategy = readStrategy(deployment);
      if (annotationOf(deployment, strategyAnnotation) === '' || strategy.rollingStyle === 'Canary') return {};
      return sync(world, deployment, strategy);
    },
  };
}

function sync(world: World, deployment: Deployment, strategy: Strategy): Outcome {
  const roller = rollerOf(strategy);
  const found = setsOf(world, deployment);
  const steady = strategy.paused || isScaling(deployment, found);
  if (steady) {
    const sets = syncedSets(world, roller, deployment, false);
    scale(world, roller, deployment, sets, { allowed: Math.max(0, deployment.spec.replicas), proportional: true });
  } else {
    roll(world, roller, deployment, strategy);
  }
  const { namespace = '', name } = deployment.metadata;
  const live = world.api.get('Deployment', namespace, name) ?? deployment;
  const satisfied = isSatisfied(live, strategy.partition);
  return {
    ...(satisfied ? {} : { again: 2000 }),
    finish: () => {
      const now = world.api.get('Deployment', namespace, name);
      if (now === undefined || !isAdvanced(now)) return;
      const status = steady ? countedStatus(world, roller, now) : progressStatus(world, roller, now);
      writeStatus(world, roller, now, { ...status, observedGeneration: deployment.metadata.generation ?? 0 });
      noteExtraStatus(world, now, strategy);
    },
  };
}

function isSatisfied({ status, metadata, spec }: Deployment, partition: Amount): boolean {
  return (
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    (status?.replicas ?? 0) === spec.replicas &&
    (status?.updatedReplicas ?? 0) >= limitOf(partition, spec.replicas)
  );
}

function noteExtraStatus(world: World, deployment: Deployment, strategy: Strategy): void {
  const ready = setsOf(world, deployment).current?.status?.readyReplicas ?? 0;
  const expected = limitOf(strategy.partition, deployment.spec.replicas);
  const text = JSON.stringify({
    ...(ready === 0 ? {} : { updatedReadyReplicas: ready }),
    ...(expected === 0 ? {} : { expectedUpdatedReplicas: expected }),
  });
  if (annotationOf(deployment, extraStatusAnnotation) === text) return;
  patch(world, 'Deployment', deployment, { metadata: { annotations: { [extraStatusAnnotation]: text } } });
}

function roll(world: World, roller: Roller, deployment: Deployment, strategy: Strategy): void {
  const sets = syncedSets(world, roller, deployment, true);
  const { current } = sets;
  if (current === null) return;
  const { replicas } = deployment.spec;
  const now = current.spec.replicas;
  if (now !== replicas) {
    const size = now > replicas ? replicas : newSize(roller, deployment, strategy, now, total(sets.all));
    if (size !== now) {
      resize(world, roller, deployment, current, size);
      return;
    }
  }
  shrink(world, roller, deployment, strategy, sets, current);
}

/** How many old pods may go; below zero, how many are missing. */
function oldLimit(deployment: Deployment, strategy: Strategy, current: ReplicaSet, old: number): number {
  const wanted = Math.max(limitOf(strategy.partition, deployment.spec.replicas), current.spec.replicas);
  return old - (deployment.spec.replicas - wanted);
}

function shrink(
  world: World,
  roller: Roller,
  deployment: Deployment,
  strategy: Strategy,
  sets: Sets,
  current: ReplicaSet,
): void {
  const old = active(sets.old);
  if (total(old) === 0) return;
  const limit = oldLimit(deployment, strategy, current, total(old));
  if (limit <= 0) {
    const biggest = [...old].sort((a, b) => b.spec.replicas - a.spec.replicas)[0];
    if (limit < 0 && biggest !== undefined) resize(world, roller, deployment, biggest, biggest.spec.replicas - limit);
    return;
  }
  const least = deployment.spec.replicas - roller.unavailable(deployment);
  const notAvailable = current.spec.replicas - (current.status?.availableReplicas ?? 0);
  const most = Math.min(total(sets.all) - least - notAvailable, limit);
  if (most <= 0) return;
  let cleaned = 0;
  const left = old.map((set) => {
    const go = Math.max(0, Math.min(most - cleaned, set.spec.replicas - (set.status?.availableReplicas ?? 0)));
    cleaned += go;
    return go === 0 ? set : resize(world, roller, deployment, set, set.spec.replicas - go);
  });
  const available = availableOf([...left, current]);
  if (available <= least) return;
  // The middle revisions go before the oldest: it is what a rollback goes to.
  let spare = Math.min(available - least, oldLimit(deployment, strategy, current, total(left)));
  for (const set of [...left].sort((a, b) => revision(b) - revision(a))) {
    const go = Math.min(set.spec.replicas, spare);
    if (go <= 0) continue;
    resize(world, roller, deployment, set, set.spec.replicas - go);
    spare -= go;
  }
}

function revision(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
}
