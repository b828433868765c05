import { clean, type Json } from '../api/json.ts';
import { annotationOf, isGoing, labelOf } from '../api/things.ts';
import { hashOf } from '../workloads/template.ts';
import {
  type Amount,
  type CloneSet,
  type DaemonSet,
  type Deployment,
  type Pod,
  type StatefulSet,
  scaled,
} from '../workloads/types.ts';
import type { World } from '../world.ts';
import { extraStatusOf, isAdvanced, limitOf, readStrategy, writeStrategy } from './advanced.ts';
import {
  type BatchContext,
  BatchFailed,
  batchSize,
  checkReady,
  controlInfo,
  countNoNeed,
  countUpdatedReady,
  type Draft,
  filterOrdered,
  filterUnordered,
  type Info,
  isControlled,
  isOfRevision,
  label,
  labelPods,
  ownedPods,
} from './batch-context.ts';
import type { BatchRelease } from './types.ts';
import {
  advancedLabel,
  controlAnnotation,
  extraStatusAnnotation,
  inBatchAnnotation,
  manager,
  noNeedLabel,
  stableLabel,
  strategyAnnotation,
} from './words.ts';

/** What a BatchRelease does to one kind of workload. */
export interface Control {
  /** Null where the workload is gone. */
  readonly info: Info | null;
  initialize(draft: Draft): void;
  upgrade(draft: Draft): void;
  verify(): void;
  finalise(): void;
}

/** One kind of workload that is moved in place. */
interface InPlace {
  readonly info: Info;
  readonly pods: () => readonly Pod[];
  readonly take: () => void;
  readonly context: (release: BatchRelease) => BatchContext & { readonly move: () => void };
  readonly letGo: () => void;
}

export function inPlaceControl(world: World, release: BatchRelease, kind: string): Control {
  const { name } = release.spec.workloadRef;
  const namespace = release.metadata.namespace ?? '';
  const workload = inPlace(world, release, kind, namespace, name);
  const gone = () => new BatchFailed('the workload is gone');
  return {
    info: workload?.info ?? null,
    initialize(draft) {
      if (workload === null) throw gone();
      workload.take();
      draft.stableRevision = workload.info.stableRevision;
      draft.updateRevision = workload.info.updateRevision;
      draft.observedWorkloadReplicas = workload.info.replicas;
      markNoNeed(world, release, draft, workload);
    },
    upgrade(draft) {
      if (workload === null) throw gone();
      if (workload.info.replicas === 0) return;
      const { rolloutID = '' } = release.spec.releasePlan;
      let counted = release;
      if (rolloutID !== '' && release.status?.canaryStatus.noNeedUpdateReplicas !== undefined) {
        const noNeedUpdateReplicas = countNoNeed(workload.pods(), release.status.updateRevision ?? '', rolloutID);
        draft.canaryStatus.noNeedUpdateReplicas = noNeedUpdateReplicas;
        counted = {
          ...release,
          status: { ...release.status, canaryStatus: { ...release.status.canaryStatus, noNeedUpdateReplicas } },
        };
      }
      const context = workload.context(counted);
      context.move();
      labelPods(world, release, context);
    },
    verify() {
      if (workload === null) throw gone();
      if (workload.info.replicas > 0) checkReady(workload.context(release));
    },
    finalise: () => workload?.letGo(),
  };
}

/** Marks the pods that need no rollback; a first look only marks, the next counts. */
function markNoNeed(world: World, release: BatchRelease, draft: Draft, workload: InPlace): void {
  if (annotationOf(release, inBatchAnnotation) === '') return;
  const { rolloutID = '' } = release.spec.releasePlan;
  const ours = workload
    .pods()
    .filter((pod) => !isGoing(pod) && isOfRevision(pod.metadata.labels, draft.updateRevision ?? ''));
  const unmarked = ours.filter((pod) => labelOf(pod, noNeedLabel) !== rolloutID);
  for (const pod of unmarked) label(world, pod, { [noNeedLabel]: rolloutID });
  if (unmarked.length > 0) throw new BatchFailed('pods were marked, and are counted next time');
  draft.canaryStatus.noNeedUpdateReplicas = ours.length;
}

function inPlace(world: World, release: BatchRelease, kind: string, namespace: string, name: string): InPlace | null {
  switch (kind) {
    case 'Deployment': {
      const deployment = world.api.get('Deployment', namespace, name);
      return deployment === undefined ? null : deploymentInPlace(world, release, deployment);
    }
    case 'CloneSet': {
      const set = world.api.get('CloneSet', namespace, name);
      return set === undefined ? null : cloneSet(world, release, set);
    }
    case 'AdvancedDaemonSet': {
      const set = world.api.get('AdvancedDaemonSet', namespace, name);
      return set === undefined ? null : daemonSet(world, release, set);
    }
    case 'StatefulSet':
    case 'AdvancedStatefulSet': {
      const set = world.api.get(kind, namespace, name);
      return set === undefined ? null : statefulSet(world, release, set, kind);
    }
    default:
      return null;
  }
}

function base(release: BatchRelease, info: Info, pods: readonly Pod[]): Omit<BatchContext, 'planned' | 'desired'> {
  const { rolloutID = '', failureThreshold } = release.spec.releasePlan;
  return {
    pods: rolloutID === '' ? [] : pods,
    rolloutId: rolloutID,
    currentBatch: release.status?.canaryStatus.currentBatch ?? 0,
    updateRevision: release.status?.updateRevision ?? '',
    replicas: info.replicas,
    updated: info.updated,
    updatedReady: info.updatedReady,
    failureThreshold,
  };
}

/** `"20%"` against 2 is compared as the engine does: a percent of ten million against the bare number (T15c). */
export function reaches(current: Amount, desired: Amount): boolean {
  return scaled(current, 10_000_000) >= scaled(desired, 10_000_000);
}

function deploymentInPlace(world: World, release: BatchRelease, deployment: Deployment): InPlace {
  const { namespace = '', name } = deployment.metadata;
  const { status, spec } = deployment;
  const info: Info = {
    replicas: spec.replicas,
    settled: (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0),
    statusReplicas: status?.replicas ?? 0,
    updated: status?.updatedReplicas ?? 0,
    updatedReady: extraStatusOf(deployment),
    updateRevision: hashOf('kruise', spec.template),
    stableRevision: labelOf(deployment, stableLabel),
  };
  const pods = () => ownedPods(world, deployment, spec.selector.matchLabels);
  const patch = (body: Json) => void world.api.patch('Deployment', namespace, name, body, { manager, type: 'merge' });
  return {
    info,
    pods,
    take() {
      if (isAdvanced(deployment)) return;
      const rollingUpdate = spec.strategy.rollingUpdate ?? readStrategy(deployment).rollingUpdate;
      patch({
        metadata: {
          labels: { [advancedLabel]: 'true' },
          annotations: {
            [strategyAnnotation]: writeStrategy({
              rollingStyle: 'Partition',
              rollingUpdate,
              paused: false,
              partition: 0,
            }),
            [controlAnnotation]: controlInfo(release),
          },
        },
        spec: { paused: true, strategy: { type: 'Recreate', rollingUpdate: null } },
      });
    },
    context(current) {
      const common = base(current, info, pods());
      const partition = current.spec.releasePlan.batches[common.currentBatch]?.canaryReplicas ?? 0;
      const planned = limitOf(partition, spec.replicas);
      return {
        ...common,
        planned,
        desired: planned,
        move() {
          if (!isAdvanced(deployment)) return;
          const strategy = readStrategy(deployment);
          if (reaches(strategy.partition, partition)) return;
          patch({ metadata: { annotations: { [strategyAnnotation]: writeStrategy({ ...strategy, partition }) } } });
        },
      };
    },
    letGo() {
      if (annotationOf(deployment, controlAnnotation) === '' || spec.paused !== true) return;
      if (release.spec.releasePlan.batchPartition !== undefined) {
        patch({ metadata: { annotations: { [controlAnnotation]: null } } });
        return;
      }
      const { rollingUpdate } = readStrategy(deployment);
      const strategy =
        spec.strategy.type === 'Recreate'
          ? { strategy: { type: 'RollingUpdate', rollingUpdate: rollingUpdate ?? {} } }
          : {};
      patch({
        metadata: {
          labels: { [stableLabel]: null, [advancedLabel]: null },
          annotations: { [strategyAnnotation]: null, [extraStatusAnnotation]: null, [controlAnnotation]: null },
        },
        spec: clean({ paused: false, ...strategy }),
      });
    },
  };
}

/** How many pods stay old and how many become new, leaving out those that need no rollback. */
function shares(
  release: BatchRelease,
  replicas: number,
): {
  readonly planned: number;
  readonly desired: number;
  readonly stable: number;
  readonly noNeed: number | undefined;
} {
  const batch = release.status?.canaryStatus.currentBatch ?? 0;
  const noNeed = release.status?.canaryStatus.noNeedUpdateReplicas;
  const planned = batchSize(release, replicas, batch);
  if (noNeed === undefined || noNeed === 0) return { planned, desired: planned, stable: replicas - planned, noNeed };
  const stable = replicas - noNeed - batchSize(release, replicas - noNeed, batch);
  return { planned, desired: replicas - stable, stable, noNeed };
}

function settledOf(set: CloneSet | StatefulSet | DaemonSet): boolean {
  return (set.status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0);
}

function cloneSet(world: World, release: BatchRelease, set: CloneSet): InPlace {
  const { namespace = '', name } = set.metadata;
  const { status } = set;
  const info: Info = {
    replicas: set.spec.replicas,
    settled: settledOf(set),
    statusReplicas: status?.replicas ?? 0,
    updated: status?.updatedReplicas ?? 0,
    updatedReady: status?.updatedReadyReplicas ?? 0,
    updateRevision: status?.updateRevision ?? '',
    stableRevision: status?.currentRevision ?? '',
  };
  const pods = () => ownedPods(world, set, set.spec.selector.matchLabels);
  const patch = (body: Json) => void world.api.patch('CloneSet', namespace, name, body, { manager, type: 'merge' });
  return {
    info,
    pods,
    take() {
      if (isControlled(release, set)) return;
      patch({
        metadata: { annotations: { [controlAnnotation]: controlInfo(release) } },
        spec: { updateStrategy: { paused: false, partition: '100%' } },
      });
    },
    context(current) {
      const common = base(current, info, pods());
      const { planned, desired, stable, noNeed } = shares(current, info.replicas);
      const plan = current.spec.releasePlan.batches[common.currentBatch]?.canaryReplicas ?? 0;
      const partition = typeof plan === 'string' ? asPercent(stable, info.replicas, plan) : stable;
      const context = { ...common, planned, desired };
      return {
        ...context,
        ...(noNeed === undefined ? {} : { filter: filterUnordered(context) }),
        move() {
          const now = scaled(set.spec.updateStrategy.partition ?? 0, info.replicas);
          if (now > scaled(partition, info.replicas)) patch({ spec: { updateStrategy: { partition } } });
        },
      };
    },
    letGo() {
      const spec =
        release.spec.releasePlan.batchPartition === undefined
          ? { spec: { updateStrategy: { partition: null, paused: null } } }
          : {};
      patch({ metadata: { annotations: { [controlAnnotation]: null } }, ...spec });
    },
  };
}

/** Old pods as a percent, so that later sizes keep the share (kruise.md 6). */
export function asPercent(stable: number, all: number, plan: string): string {
  if (stable >= all) return '100%';
  if (stable <= 0) return '0%';
  const percent = `${Math.floor((stable * 100) / all)}%`;
  return scaled(percent, all) <= 0 && plan !== '100%' ? '1%' : percent;
}

function statefulSet(world: World, release: BatchRelease, set: StatefulSet, kind: string): InPlace {
  const { namespace = '', name } = set.metadata;
  const { status } = set;
  const pods = () => ownedPods(world, set, set.spec.selector.matchLabels);
  const updateRevision = status?.updateRevision ?? '';
  const info: Info = {
    replicas: set.spec.replicas,
    settled: settledOf(set),
    statusReplicas: status?.replicas ?? 0,
    updated: status?.updatedReplicas ?? 0,
    // Kubernetes' StatefulSet does not count these; the engine does.
    updatedReady:
      (status?.updatedReadyReplicas ?? 0) > 0
        ? (status?.updatedReadyReplicas ?? 0)
        : countUpdatedReady(pods(), updateRevision),
    updateRevision,
    stableRevision: status?.currentRevision ?? '',
  };
  const patch = (body: Json) => void world.api.patch(kind, namespace, name, body, { manager, type: 'merge' });
  const unordered = set.spec.updateStrategy.rollingUpdate?.unorderedUpdate !== undefined;
  return {
    info,
    pods,
    take() {
      if (isControlled(release, set)) return;
      patch({
        metadata: { annotations: { [controlAnnotation]: controlInfo(release) } },
        spec: { updateStrategy: { rollingUpdate: { partition: 32767 } } },
      });
    },
    context(current) {
      const common = base(current, info, pods());
      const { planned, desired, stable, noNeed } = shares(current, info.replicas);
      const ordered = !unordered && noNeed !== undefined;
      const partition = ordered ? stable + noNeed : stable;
      const context = { ...common, planned, desired: ordered ? info.replicas - partition + noNeed : desired };
      const filter =
        noNeed === undefined
          ? {}
          : { filter: unordered ? filterUnordered(context) : filterOrdered(context, partition) };
      return {
        ...context,
        ...filter,
        move() {
          if ((set.spec.updateStrategy.rollingUpdate?.partition ?? 0) > partition)
            patch({ spec: { updateStrategy: { rollingUpdate: { partition } } } });
        },
      };
    },
    letGo() {
      const spec =
        release.spec.releasePlan.batchPartition === undefined
          ? { spec: { updateStrategy: { rollingUpdate: { partition: null } } } }
          : {};
      patch({ metadata: { annotations: { [controlAnnotation]: null } }, ...spec });
    },
  };
}

function daemonSet(world: World, release: BatchRelease, set: DaemonSet): InPlace {
  const { namespace = '', name } = set.metadata;
  const { status } = set;
  const pods = () => ownedPods(world, set, set.spec.selector.matchLabels);
  const updateRevision = status?.daemonSetHash ?? '';
  const info: Info = {
    replicas: status?.desiredNumberScheduled ?? 0,
    settled: settledOf(set),
    statusReplicas: status?.desiredNumberScheduled ?? 0,
    updated: status?.updatedNumberScheduled ?? 0,
    updatedReady: countUpdatedReady(pods(), updateRevision),
    updateRevision,
    stableRevision: '',
  };
  const patch = (body: Json) =>
    void world.api.patch('AdvancedDaemonSet', namespace, name, body, { manager, type: 'merge' });
  return {
    info,
    pods,
    take() {
      if (isControlled(release, set)) return;
      patch({
        metadata: { annotations: { [controlAnnotation]: controlInfo(release) } },
        spec: { updateStrategy: { rollingUpdate: { paused: false, partition: info.replicas } } },
      });
    },
    context(current) {
      const common = base(current, info, pods());
      const { planned, desired, stable, noNeed } = shares(current, info.replicas);
      const partition = Math.max(0, stable);
      const context = { ...common, planned, desired };
      return {
        ...context,
        ...(noNeed === undefined ? {} : { filter: filterUnordered(context) }),
        move() {
          if ((set.spec.updateStrategy.rollingUpdate?.partition ?? 0) > partition)
            patch({ spec: { updateStrategy: { rollingUpdate: { partition } } } });
        },
      };
    },
    letGo() {
      const spec =
        release.spec.releasePlan.batchPartition === undefined
          ? { spec: { updateStrategy: { rollingUpdate: { partition: null, paused: false } } } }
          : {};
      patch({ metadata: { annotations: { [controlAnnotation]: null } }, ...spec });
    },
  };
}
