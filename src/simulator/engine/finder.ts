import { kindInGroup } from '../api/kinds.ts';
import { isGoing, labelOf, type Thing } from '../api/things.ts';
import { replicaSetsOf, revisionOf } from '../workloads/deployment-sets.ts';
import { hashOf, sameTemplate } from '../workloads/template.ts';
import type { CloneSet, DaemonSet, Deployment, ReplicaSet, StatefulSet, Template } from '../workloads/types.ts';
import { revisionHash, templateHash } from '../workloads/words.ts';
import type { World } from '../world.ts';
import { type Rollout, styleOf } from './types.ts';
import { canaryLabel, idLabel, progressingAnnotation, stableLabel } from './words.ts';

/** A workload as the Rollout controller sees it. */
export interface Workload {
  readonly object: Thing;
  /** The model's name of its kind. */
  readonly kind: string;
  readonly replicas: number;
  readonly revisionKey: string;
  readonly stableRevision: string;
  /** canaryRevision or updatedRevision. */
  readonly revision: string;
  readonly podTemplateHash: string;
  readonly inProgress: boolean;
  readonly inRollback: boolean;
}

export type Found =
  | { readonly is: 'missing' }
  | { readonly is: 'settling' }
  | { readonly is: 'found'; readonly workload: Workload };

const missing: Found = { is: 'missing' };
const settling: Found = { is: 'settling' };

/** The workload of a Rollout's workloadRef; `settling` while its controller has not seen its last change. */
export function findWorkload(world: World, rollout: Rollout): Found {
  const { apiVersion, kind, name } = rollout.spec.workloadRef;
  const info = kindInGroup(apiVersion, kind);
  const namespace = rollout.metadata.namespace ?? '';
  const style = styleOf(rollout);
  switch (info?.id) {
    case 'Deployment': {
      const deployment = world.api.get('Deployment', namespace, name);
      if (deployment === undefined) return missing;
      return style === 'Canary' ? canaryDeployment(world, deployment) : deploymentInPlace(world, deployment);
    }
    case 'CloneSet': {
      const set = world.api.get('CloneSet', namespace, name);
      return set === undefined ? missing : revisioned(set, 'CloneSet', templateHash, suffix);
    }
    case 'StatefulSet':
    case 'AdvancedStatefulSet': {
      const set = world.api.get(info.id, namespace, name);
      return set === undefined || style === 'BlueGreen'
        ? missing
        : revisioned(set, info.id, revisionHash, (text) => text);
    }
    case 'AdvancedDaemonSet': {
      const set = world.api.get('AdvancedDaemonSet', namespace, name);
      return set === undefined || style === 'BlueGreen' ? missing : daemonSet(set);
    }
    default:
      return missing;
  }
}

function suffix(revision: string): string {
  return revision.slice(revision.lastIndexOf('-') + 1);
}

function isSettled(object: Thing & { readonly status?: { readonly observedGeneration?: number } }): boolean {
  return object.status?.observedGeneration === object.metadata.generation;
}

function isInProgress(object: Thing): boolean {
  return object.metadata.annotations?.[progressingAnnotation] !== undefined;
}

function revisioned(
  set: CloneSet | StatefulSet,
  kind: string,
  revisionKey: string,
  short: (text: string) => string,
): Found {
  if (!isSettled(set)) return settling;
  const { currentRevision = '', updateRevision = '', updatedReplicas = 0, replicas = 0 } = set.status ?? {};
  const inProgress = isInProgress(set);
  return {
    is: 'found',
    workload: {
      object: set,
      kind,
      replicas: set.spec.replicas,
      revisionKey,
      stableRevision: short(currentRevision),
      revision: short(updateRevision),
      podTemplateHash: short(updateRevision),
      inProgress,
      inRollback: inProgress && currentRevision === updateRevision && updatedReplicas !== replicas,
    },
  };
}

/** Has no stable revision, and so never a rollback (docs/engine.md#going-back). */
function daemonSet(set: DaemonSet): Found {
  if (!isSettled(set)) return settling;
  const revision = suffix(set.status?.daemonSetHash ?? '');
  return {
    is: 'found',
    workload: {
      object: set,
      kind: 'AdvancedDaemonSet',
      replicas: set.status?.desiredNumberScheduled ?? 0,
      revisionKey: templateHash,
      stableRevision: '',
      revision,
      podTemplateHash: revision,
      inProgress: isInProgress(set),
      inRollback: false,
    },
  };
}

function deploymentInPlace(world: World, deployment: Deployment): Found {
  if (!isSettled(deployment)) return settling;
  const stableRevision = labelOf(deployment, stableLabel);
  const inProgress = isInProgress(deployment);
  const { canary } = canaryAndStable(activeSets(world, deployment), deployment.spec.template);
  const podTemplateHashNow = inProgress ? labelOf(canary, templateHash) : '';
  return {
    is: 'found',
    workload: {
      object: deployment,
      kind: 'Deployment',
      replicas: deployment.spec.replicas,
      revisionKey: templateHash,
      stableRevision,
      revision: hashOf(world.hasher, deployment.spec.template),
      podTemplateHash: podTemplateHashNow,
      inProgress,
      inRollback: inProgress && stableRevision !== '' && stableRevision === podTemplateHashNow,
    },
  };
}

function canaryDeployment(world: World, stable: Deployment): Found {
  if (!isSettled(stable)) return settling;
  const set = activeSets(world, stable)[0];
  if (set === undefined) return settling;
  const inProgress = isInProgress(stable);
  const inRollback = inProgress && sameTemplate(set.spec.template, stable.spec.template);
  const canary = inProgress && !inRollback ? latestCanary(world, stable) : undefined;
  const canarySet = canary === undefined ? undefined : activeSets(world, canary)[0];
  return {
    is: 'found',
    workload: {
      object: stable,
      kind: 'Deployment',
      replicas: stable.spec.replicas,
      revisionKey: templateHash,
      stableRevision: labelOf(set, templateHash),
      revision: hashOf(world.hasher, stable.spec.template),
      podTemplateHash: labelOf(canarySet, templateHash),
      inProgress,
      inRollback,
    },
  };
}

/** ReplicaSets with replicas, oldest first. */
export function activeSets(world: World, deployment: Deployment): readonly ReplicaSet[] {
  return replicaSetsOf(world, deployment).filter((set) => set.spec.replicas > 0);
}

export function canaryAndStable(
  sets: readonly ReplicaSet[],
  template: Template,
): { readonly canary: ReplicaSet | undefined; readonly stable: ReplicaSet | undefined } {
  const ordered = [...sets].sort((a, b) => revisionOf(a) - revisionOf(b));
  return {
    canary: ordered.findLast((set) => sameTemplate(set.spec.template, template)),
    stable: ordered.find((set) => !sameTemplate(set.spec.template, template)),
  };
}

function latestCanary(world: World, stable: Deployment): Deployment | undefined {
  return world.api
    .list('Deployment', stable.metadata.namespace ?? '')
    .findLast((one) => labelOf(one, canaryLabel) === stable.metadata.name && !isGoing(one));
}

/** The id: the label, or the engine's own hash without a label (docs/engine.md#status). */
export function rolloutIdOf(workload: Workload): string {
  const id = labelOf(workload.object, idLabel);
  if (id !== '') return id;
  return workload.inRollback ? `rollback-${workload.revision}` : workload.revision;
}
