import { stamp } from '../api/marks.ts';
import type { World } from '../world.ts';
import { progressing, withCondition } from './conditions.ts';
import { availableOf, setsOf, total } from './deployment-sets.ts';
import type { Roller } from './roller.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from './types.ts';

const actual = (sets: readonly (ReplicaSet | null)[]) =>
  sets.reduce((sum, set) => sum + (set?.status?.replicas ?? 0), 0);
const readyOf = (sets: readonly ReplicaSet[]) => sets.reduce((sum, set) => sum + (set.status?.readyReplicas ?? 0), 0);

/** The counts of the present sets. */
export function countedStatus(world: World, roller: Roller, deployment: Deployment): DeploymentStatus {
  const { current, all } = setsOf(world, deployment);
  const available = availableOf(all);
  const unavailable = Math.max(0, total(all) - available);
  const [replicas, updated, ready] = [actual(all), actual([current]), readyOf(all)];
  const time = stamp(world.timeline.now());
  const enough = available >= deployment.spec.replicas - roller.unavailable(deployment);
  const counted: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...(replicas === 0 ? {} : { replicas }),
    ...(updated === 0 ? {} : { updatedReplicas: updated }),
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(available === 0 ? {} : { availableReplicas: available }),
    ...(unavailable === 0 ? {} : { unavailableReplicas: unavailable }),
    conditions: deployment.status?.conditions ?? [],
  };
  return withCondition(counted, {
    type: 'Available',
    status: enough ? 'True' : 'False',
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
    lastUpdateTime: time,
    lastTransitionTime: time,
  });
}

/** The counts, with the progress of the rollout: complete, progressing, or past its deadline. */
export function progressStatus(world: World, roller: Roller, deployment: Deployment): DeploymentStatus {
  const status = countedStatus(world, roller, deployment);
  const old = deployment.status ?? {};
  const name = setsOf(world, deployment).current?.metadata.name;
  const what = name === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${name}"`;
  const cond = old.conditions?.find((one) => one.type === 'Progressing');
  const { replicas } = deployment.spec;
  if ((status.replicas ?? 0) === (status.updatedReplicas ?? 0) && cond?.reason === 'NewReplicaSetAvailable')
    return status;
  if (status.updatedReplicas === replicas && status.replicas === replicas && status.availableReplicas === replicas) {
    return withCondition(
      status,
      progressing(world, 'True', 'NewReplicaSetAvailable', `${what} has successfully progressed.`),
    );
  }
  if (hasMoved(old, status)) {
    const next = progressing(world, 'True', 'ReplicaSetUpdated', `${what} is progressing.`);
    const kept = cond?.status === 'True' ? { ...next, lastTransitionTime: cond.lastTransitionTime } : next;
    return { ...status, conditions: [...(status.conditions ?? []).filter((one) => one.type !== 'Progressing'), kept] };
  }
  const seconds = deployment.spec.progressDeadlineSeconds ?? 600;
  if (cond === undefined || cond.reason === 'NewReplicaSetAvailable' || seconds > 86_400) return status;
  if (
    cond.reason === 'ProgressDeadlineExceeded' ||
    Date.parse(cond.lastUpdateTime) + seconds * 1000 >= world.timeline.now()
  )
    return status;
  return withCondition(
    status,
    progressing(world, 'False', 'ProgressDeadlineExceeded', `${what} has timed out progressing.`),
  );
}

function hasMoved(old: DeploymentStatus, now: DeploymentStatus): boolean {
  const olds = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (now.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    olds(now) < olds(old) ||
    (now.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

export function writeStatus(world: World, roller: Roller, deployment: Deployment, status: DeploymentStatus): void {
  const live = world.api.get('Deployment', deployment.metadata.namespace ?? '', deployment.metadata.name);
  if (live !== undefined)
    world.api.update('Deployment', { ...live, status }, { manager: roller.manager, subresource: 'status' });
}
