import { stamp } from '../api/marks.ts';
import { staying } from '../api/store.ts';
import { controllerRef, type Thing } from '../api/things.ts';
import { revisionAnnotation, templateHash } from '../engine/words.ts';
import type { World } from '../world.ts';
import { hashOf, sameTemplate } from './template.ts';
import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from './types.ts';

/** What Kubernetes' and Kruise's Deployment controllers have in common; they differ in these. */
export interface Roller {
  readonly hasher: 'kubernetes' | 'kruise';
  readonly manager: string;
  /** Pods above replicas, and missing from them, while rolling. */
  readonly surge: (deployment: Deployment) => number;
  readonly unavailable: (deployment: Deployment) => number;
  /** How many pods a ReplicaSet made now starts with. */
  readonly firstSize: (deployment: Deployment, all: readonly ReplicaSet[]) => number;
}

export interface Sets {
  /** Of the Deployment's template; null where there is none yet. */
  readonly current: ReplicaSet | null;
  /** The others, oldest first. */
  readonly old: readonly ReplicaSet[];
  readonly all: readonly ReplicaSet[];
}

const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maxAnnotation = 'deployment.kubernetes.io/max-replicas';

export function replicaSetsOf(world: World, deployment: Deployment): readonly ReplicaSet[] {
  const { namespace = '', uid } = deployment.metadata;
  return staying(world.api.controlled('ReplicaSet', namespace, uid));
}

export function setsOf(world: World, deployment: Deployment): Sets {
  const all = replicaSetsOf(world, deployment);
  const current = all.find((set) => sameTemplate(set.spec.template, deployment.spec.template)) ?? null;
  return { current, old: all.filter((set) => set !== current), all };
}

export const total = (sets: readonly (ReplicaSet | null)[]) =>
  sets.reduce((sum, set) => sum + (set?.spec.replicas ?? 0), 0);
const actual = (sets: readonly (ReplicaSet | null)[]) =>
  sets.reduce((sum, set) => sum + (set?.status?.replicas ?? 0), 0);
const readyOf = (sets: readonly ReplicaSet[]) => sets.reduce((sum, set) => sum + (set.status?.readyReplicas ?? 0), 0);
export const availableOf = (sets: readonly ReplicaSet[]) =>
  sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0);
export const active = (sets: readonly ReplicaSet[]) => sets.filter((set) => set.spec.replicas > 0);

export function revisionOf(set: Thing): number {
  return Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
}

/** The sets with the current one's revision and notes brought up to date, made where it is wanted and missing. */
export function syncedSets(world: World, roller: Roller, deployment: Deployment, create: boolean): Sets {
  const found = setsOf(world, deployment);
  const revision = String(Math.max(0, ...found.old.map(revisionOf)) + 1);
  const { replicas } = deployment.spec;
  const notes = { [desiredAnnotation]: String(replicas), [maxAnnotation]: String(replicas + roller.surge(deployment)) };
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  if (found.current !== null) {
    const { current } = found;
    const kept = revisionOf(current) < Number(revision) ? revision : String(revisionOf(current));
    // Its notes about sizes are written with its size alone: two controllers, each with a surge of its own, look after it.
    const annotations = { ...current.metadata.annotations, [revisionAnnotation]: kept };
    const isNoted =
      current.metadata.annotations?.[revisionAnnotation] === kept &&
      (current.spec.minReadySeconds ?? 0) === minReadySeconds;
    if (isNoted) {
      noteRevision(world, roller, deployment, kept);
      return found;
    }
    const next = world.api.update(
      'ReplicaSet',
      {
        ...current,
        metadata: { ...current.metadata, annotations },
        spec: { ...current.spec, minReadySeconds: minReadySeconds || undefined },
      },
      { manager: roller.manager },
    );
    noteRevision(world, roller, deployment, kept);
    return { current: next, old: found.old, all: found.all.map((set) => (set === current ? next : set)) };
  }
  if (!create) return found;
  const hash = hashOf(roller.hasher, deployment.spec.template);
  const { template, selector } = deployment.spec;
  const made = world.api.create(
    'ReplicaSet',
    {
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        namespace: deployment.metadata.namespace,
        labels: { ...template.metadata?.labels, [templateHash]: hash },
        annotations: { ...notes, [revisionAnnotation]: revision },
        ownerReferences: [controllerRef(deployment)],
      },
      spec: {
        replicas: roller.firstSize(deployment, found.all),
        minReadySeconds: minReadySeconds || undefined,
        selector: { matchLabels: { ...selector.matchLabels, [templateHash]: hash } },
        template: {
          ...template,
          metadata: { ...template.metadata, labels: { ...template.metadata?.labels, [templateHash]: hash } },
        },
      },
    },
    { manager: roller.manager },
  );
  noteRevision(
    world,
    roller,
    deployment,
    revision,
    progressing(world, 'True', 'NewReplicaSetCreated', `Created new replica set "${made.metadata.name}"`),
  );
  return { current: made, old: found.old, all: [...found.all, made] };
}

/** The Deployment's revision annotation; written with its status, so that the generation stays. */
function noteRevision(
  world: World,
  roller: Roller,
  deployment: Deployment,
  revision: string,
  condition?: Condition,
): void {
  const live = world.api.get('Deployment', deployment.metadata.namespace ?? '', deployment.metadata.name);
  if (live === undefined || (live.metadata.annotations?.[revisionAnnotation] === revision && condition === undefined))
    return;
  const annotations = { ...live.metadata.annotations, [revisionAnnotation]: revision };
  const status = condition === undefined ? live.status : withCondition(live.status ?? {}, condition);
  world.api.update(
    'Deployment',
    { ...live, metadata: { ...live.metadata, annotations }, status },
    { manager: roller.manager, subresource: 'status' },
  );
}

export function resize(
  world: World,
  roller: Roller,
  deployment: Deployment,
  set: ReplicaSet,
  size: number,
): ReplicaSet {
  const { replicas } = deployment.spec;
  const annotations = {
    ...set.metadata.annotations,
    [desiredAnnotation]: String(replicas),
    [maxAnnotation]: String(replicas + roller.surge(deployment)),
  };
  const live = world.api.get('ReplicaSet', set.metadata.namespace ?? '', set.metadata.name) ?? set;
  return world.api.update(
    'ReplicaSet',
    { ...live, metadata: { ...live.metadata, annotations }, spec: { ...live.spec, replicas: Math.max(0, size) } },
    { manager: roller.manager },
  );
}

/** Somebody changed the size: sets are resized in proportion before anything rolls on. */
export function isScaling(deployment: Deployment, sets: Sets): boolean {
  return active(sets.all).some((set) => {
    const desired = set.metadata.annotations?.[desiredAnnotation];
    return desired !== undefined && Number(desired) !== deployment.spec.replicas;
  });
}

export interface Scaling {
  /** How many pods there may be in all. */
  readonly allowed: number;
  /** In proportion over several sets; otherwise only a lone set is resized. */
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
  // Bigger ones first; of the same size the newer when growing, the older when shrinking.
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
    Number(set.metadata.annotations?.[desiredAnnotation] ?? -1) === replicas &&
    set.status?.availableReplicas === replicas
  );
}

function proportion(roller: Roller, deployment: Deployment, set: ReplicaSet, toAdd: number, added: number): number {
  if (toAdd === 0 || toAdd === added) return 0;
  const { replicas } = deployment.spec;
  const before = Number(set.metadata.annotations?.[maxAnnotation] ?? deployment.status?.replicas ?? 0);
  const size =
    replicas === 0 || before === 0
      ? 0
      : Math.round((set.spec.replicas * (replicas + roller.surge(deployment))) / before);
  const share = size - set.spec.replicas;
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}

export function withCondition(status: DeploymentStatus, condition: Condition): DeploymentStatus {
  const old = status.conditions?.find((one) => one.type === condition.type);
  const kept =
    old !== undefined && old.status === condition.status
      ? { ...condition, lastTransitionTime: old.lastTransitionTime }
      : condition;
  if (old !== undefined && old.status === condition.status && old.reason === condition.reason) return status;
  return { ...status, conditions: [...(status.conditions ?? []).filter((one) => one !== old), kept] };
}

export function progressing(world: World, status: string, reason: string, message: string): Condition {
  const time = stamp(world.timeline.now());
  return { type: 'Progressing', status, reason, message, lastUpdateTime: time, lastTransitionTime: time };
}

/** Counts over the sets as they are now. */
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

/** The counts with how the rollout goes: complete, on its way, or past its deadline. */
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
