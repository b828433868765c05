import { staying } from '../api/store.ts';
import { controllerRef, type Thing } from '../api/things.ts';
import type { World } from '../world.ts';
import { progressing, withCondition } from './conditions.ts';
import type { Roller } from './roller.ts';
import { hashOf, sameTemplate } from './template.ts';
import type { Condition, Deployment, Labels, ReplicaSet } from './types.ts';
import { revisionAnnotation, templateHash } from './words.ts';

export interface Sets {
  /** The ReplicaSet of the Deployment's template; null when there is none yet. */
  readonly current: ReplicaSet | null;
  /** The other ReplicaSets, oldest first. */
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
export const availableOf = (sets: readonly ReplicaSet[]) =>
  sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0);
export const active = (sets: readonly ReplicaSet[]) => sets.filter((set) => set.spec.replicas > 0);

export function revisionOf(set: Thing): number {
  return Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
}

/** The sets, with the revision of the current one updated. The current set is created if it is missing and needed. */
export function syncedSets(world: World, roller: Roller, deployment: Deployment, create: boolean): Sets {
  const found = setsOf(world, deployment);
  const { current } = found;
  const next = Math.max(0, ...found.old.map(revisionOf)) + 1;
  if (current === null) return create ? withNew(world, roller, deployment, { found, revision: String(next) }) : found;
  const revision = String(Math.max(next, revisionOf(current)));
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  const isNoted =
    current.metadata.annotations?.[revisionAnnotation] === revision &&
    (current.spec.minReadySeconds ?? 0) === minReadySeconds;
  if (isNoted) {
    noteRevision(world, roller, deployment, revision);
    return found;
  }
  // Its annotations about sizes are written only with its size, because two controllers with different surges manage it.
  const annotations = { ...current.metadata.annotations, [revisionAnnotation]: revision };
  const noted = world.api.update(
    'ReplicaSet',
    {
      ...current,
      metadata: { ...current.metadata, annotations },
      spec: { ...current.spec, minReadySeconds: minReadySeconds || undefined },
    },
    { manager: roller.manager },
  );
  noteRevision(world, roller, deployment, revision);
  return { current: noted, old: found.old, all: found.all.map((set) => (set === current ? noted : set)) };
}

function withNew(
  world: World,
  roller: Roller,
  deployment: Deployment,
  { found, revision }: { readonly found: Sets; readonly revision: string },
): Sets {
  const { template, selector, minReadySeconds = 0 } = deployment.spec;
  const hash = hashOf(roller.hasher, template);
  const labels = { ...template.metadata?.labels, [templateHash]: hash };
  const made = world.api.create(
    'ReplicaSet',
    {
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        namespace: deployment.metadata.namespace,
        labels,
        annotations: { ...sizesNoted(roller, deployment), [revisionAnnotation]: revision },
        ownerReferences: [controllerRef(deployment)],
      },
      spec: {
        replicas: Math.max(roller.newSize(deployment, 0, total(found.all)), roller.firstSize(deployment)),
        minReadySeconds: minReadySeconds || undefined,
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [templateHash]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    },
    { manager: roller.manager },
  );
  const created = `Created new replica set "${made.metadata.name}"`;
  noteRevision(world, roller, deployment, revision, progressing(world, 'True', 'NewReplicaSetCreated', created));
  return { current: made, old: found.old, all: [...found.all, made] };
}

/** The annotations of a set about the sizes for which it was resized. */
function sizesNoted(roller: Roller, deployment: Deployment): Labels {
  const { replicas } = deployment.spec;
  return { [desiredAnnotation]: String(replicas), [maxAnnotation]: String(replicas + roller.surge(deployment)) };
}

/** The Deployment's revision annotation; written with its status, so that the generation does not change. */
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
  const annotations = { ...set.metadata.annotations, ...sizesNoted(roller, deployment) };
  const live = world.api.get('ReplicaSet', set.metadata.namespace ?? '', set.metadata.name) ?? set;
  return world.api.update(
    'ReplicaSet',
    { ...live, metadata: { ...live.metadata, annotations }, spec: { ...live.spec, replicas: Math.max(0, size) } },
    { manager: roller.manager },
  );
}

/** Replicas that the Deployment had when the set was resized last. */
export function desiredOf(set: ReplicaSet): number | undefined {
  return noted(set, desiredAnnotation);
}

/** The maximum number of pods at that time. */
export function mostOf(set: ReplicaSet): number | undefined {
  return noted(set, maxAnnotation);
}

function noted(set: ReplicaSet, key: string): number | undefined {
  const found = set.metadata.annotations?.[key];
  return found === undefined ? undefined : Number(found);
}
