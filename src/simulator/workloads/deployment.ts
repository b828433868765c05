import { isGoing } from '../api/things.ts';
import type { Controller, Outcome } from '../controllers.ts';
import type { World } from '../world.ts';
import { fenceposts } from './amounts.ts';
import { progressing, withCondition } from './conditions.ts';
import { active, resize, type Sets, setsOf, syncedSets } from './deployment-sets.ts';
import { countedStatus, progressStatus, writeStatus } from './deployment-status.ts';
import { ownersKeys } from './owners.ts';
import type { Roller } from './roller.ts';
import { grow, shrink } from './rolling.ts';
import { isScaling, scale } from './scaling.ts';
import type { Deployment } from './types.ts';

/** Kubernetes' own controller of Deployments. */
const roller: Roller = {
  hasher: 'kubernetes',
  manager: 'kube-controller-manager',
  surge: (deployment) => posts(deployment).surge,
  unavailable: (deployment) => Math.min(posts(deployment).unavailable, deployment.spec.replicas),
  newSize(deployment, now, all) {
    const { replicas, strategy } = deployment.spec;
    if (strategy.type !== 'RollingUpdate') return replicas;
    const most = replicas + posts(deployment).surge;
    return all >= most ? now : now + Math.min(most - all, replicas - now);
  },
  firstSize: () => 0,
  mayGo: (_deployment, _current, old) => old,
  order: (old) => old,
};

function posts(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  const { strategy, replicas } = deployment.spec;
  return strategy.type === 'RollingUpdate'
    ? fenceposts(strategy.rollingUpdate, replicas)
    : { surge: 0, unavailable: 0 };
}

export function deploymentController(world: World): Controller {
  return {
    name: 'deployments',
    wakes: (change) =>
      change.kind === 'Deployment'
        ? ownersKeys.self(change)
        : change.kind === 'ReplicaSet'
          ? ownersKeys.owner(change, 'Deployment')
          : [],
    look(namespace, name) {
      const deployment = world.api.get('Deployment', namespace, name);
      return deployment === undefined || isGoing(deployment) ? {} : sync(world, deployment);
    },
  };
}

function sync(world: World, deployment: Deployment): Outcome {
  notePause(world, deployment);
  const live = world.api.get('Deployment', deployment.metadata.namespace ?? '', deployment.metadata.name) ?? deployment;
  const paused = live.spec.paused === true;
  if (paused || isScaling(live, setsOf(world, live))) {
    const sets = syncedSets(world, roller, live, false);
    const rolling = live.spec.strategy.type === 'RollingUpdate';
    scale(world, roller, live, sets, {
      allowed: live.spec.replicas === 0 ? 0 : live.spec.replicas + roller.surge(live),
      proportional: rolling,
    });
    return { finish: () => finish(world, live, false) };
  }
  if (live.spec.strategy.type === 'Recreate') recreate(world, live);
  else roll(world, live);
  return { finish: () => finish(world, live, true), ...stuckCheck(world, live) };
}

/** The next pass at the deadline. A deadline beyond the end of any simulation causes no pass. */
function stuckCheck(world: World, { spec, status }: Deployment): { readonly again?: number } {
  const seconds = spec.progressDeadlineSeconds ?? 600;
  const cond = status?.conditions?.find((one) => one.type === 'Progressing');
  if (cond === undefined || seconds > 86_400) return {};
  if (cond.reason === 'NewReplicaSetAvailable' || cond.reason === 'ProgressDeadlineExceeded') return {};
  const left = Date.parse(cond.lastUpdateTime) + seconds * 1000 - world.timeline.now();
  return { again: Math.max(0, left) + 1000 };
}

function finish(world: World, seen: Deployment, progress: boolean): void {
  const live = world.api.get('Deployment', seen.metadata.namespace ?? '', seen.metadata.name);
  if (live === undefined) return;
  const status = progress ? progressStatus(world, roller, live) : countedStatus(world, roller, live);
  // A status from an older generation must not set observedGeneration.
  writeStatus(world, roller, live, { ...status, observedGeneration: seen.metadata.generation ?? 0 });
}

function notePause(world: World, deployment: Deployment): void {
  const reason = deployment.status?.conditions?.find((one) => one.type === 'Progressing')?.reason;
  if (reason === 'ProgressDeadlineExceeded') return;
  const paused = deployment.spec.paused === true;
  const note =
    paused && reason !== 'DeploymentPaused'
      ? progressing(world, 'Unknown', 'DeploymentPaused', 'Deployment is paused')
      : !paused && reason === 'DeploymentPaused'
        ? progressing(world, 'Unknown', 'DeploymentResumed', 'Deployment is resumed')
        : null;
  if (note !== null) writeStatus(world, roller, deployment, withCondition(deployment.status ?? {}, note));
}

function roll(world: World, deployment: Deployment): void {
  const sets = syncedSets(world, roller, deployment, true);
  if (sets.current === null || grow(world, roller, deployment, sets, sets.current)) return;
  shrink(world, roller, deployment, sets, sets.current);
  cleanUp(world, deployment, sets);
}

function recreate(world: World, deployment: Deployment): void {
  const before = syncedSets(world, roller, deployment, false);
  const old = active(before.old);
  for (const set of old) resize(world, roller, deployment, set, 0);
  if (old.length > 0 || before.old.some((set) => (set.status?.replicas ?? 0) > 0)) return;
  const { current } = syncedSets(world, roller, deployment, true);
  if (current !== null && current.spec.replicas !== deployment.spec.replicas)
    resize(world, roller, deployment, current, deployment.spec.replicas);
}

/** When the rollout is complete, deletes old empty sets beyond the history limit. */
function cleanUp(world: World, deployment: Deployment, sets: Sets): void {
  const empty = sets.old.filter((set) => set.spec.replicas === 0 && (set.status?.replicas ?? 0) === 0);
  const surplus = sets.old.length - (deployment.spec.revisionHistoryLimit ?? 10);
  for (const set of empty.slice(0, Math.max(0, surplus)))
    world.api.remove('ReplicaSet', set.metadata.namespace ?? '', set.metadata.name);
}
