import { same } from '../api/json.ts';
import { annotationOf, isGoing } from '../api/things.ts';
import type { Controller, Outcome } from '../controllers.ts';
import { type Amount, fenceposts } from '../workloads/amounts.ts';
import { active, resize, revisionOf, setsOf, syncedSets, total } from '../workloads/deployment-sets.ts';
import { countedStatus, progressStatus, writeStatus } from '../workloads/deployment-status.ts';
import { ownersKeys } from '../workloads/owners.ts';
import type { Roller } from '../workloads/roller.ts';
import { grow, shrink } from '../workloads/rolling.ts';
import { isScaling, scale } from '../workloads/scaling.ts';
import type { Deployment } from '../workloads/types.ts';
import { isOf, type World } from '../world.ts';
import { isAdvanced, limitOf, readStrategy, type Strategy } from './strategy.ts';
import { extraStatusAnnotation, manager, strategyAnnotation } from './words.ts';
import { patch } from './writes.ts';

/** Kruise's controller of Deployments in partition style: rolls until the partition is reached. */
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
    roll(world, roller, deployment);
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

function roll(world: World, roller: Roller, deployment: Deployment): void {
  const sets = syncedSets(world, roller, deployment, true);
  const { current } = sets;
  if (current === null || grow(world, roller, deployment, sets, current)) return;
  const old = active(sets.old);
  const missing = -roller.mayGo(deployment, current, total(old));
  const biggest = [...old].sort((a, b) => b.spec.replicas - a.spec.replicas)[0];
  if (biggest === undefined) return;
  if (missing > 0) resize(world, roller, deployment, biggest, biggest.spec.replicas + missing);
  else shrink(world, roller, deployment, sets, current);
}

function rollerOf({ rollingUpdate, partition }: Strategy): Roller {
  const posts = ({ spec }: Deployment) =>
    rollingUpdate === undefined ? { surge: 0, unavailable: 0 } : fenceposts(rollingUpdate, spec.replicas);
  return {
    hasher: 'kruise',
    manager,
    surge: (deployment) => posts(deployment).surge,
    unavailable: (deployment) => Math.min(posts(deployment).unavailable, deployment.spec.replicas),
    newSize(deployment, now, all) {
      const { replicas } = deployment.spec;
      if (all <= now) return replicas;
      const limit = limitOf(partition, replicas);
      const most = replicas + posts(deployment).surge;
      return now >= limit || all >= most ? now : Math.min(now + Math.min(most - all, replicas - now), limit);
    },
    firstSize: (deployment) => (posts(deployment).surge > 0 ? 0 : Math.min(1, deployment.spec.replicas)),
    // A negative number counts missing old pods.
    mayGo({ spec: { replicas } }, current, old) {
      const wanted = Math.max(limitOf(partition, replicas), current.spec.replicas);
      return old - (replicas - wanted);
    },
    // The middle revisions are scaled down before the oldest one, which is the target of a rollback.
    order: (old) => [...old].sort((a, b) => revisionOf(b) - revisionOf(a)),
  };
}
