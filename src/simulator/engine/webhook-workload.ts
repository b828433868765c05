import type { Pair } from '../api/store.ts';
import { annotationOf, isGoing, labelOf, type Meta, namespaceOf, type Thing } from '../api/things.ts';
import { sameTemplate } from '../workloads/template.ts';
import type { CloneSet, DaemonSet, Deployment, StatefulSet, Template } from '../workloads/types.ts';
import { templateHash } from '../workloads/words.ts';
import { isOf, type World } from '../world.ts';
import { activeSets, canaryAndStable } from './finder.ts';
import { readStatus } from './status.ts';
import { readStrategy, writeStrategy } from './strategy.ts';
import { planOf, type Rollout } from './types.ts';
import {
  idLabel,
  originalAnnotation,
  progressingAnnotation,
  stableLabel,
  strategyAnnotation,
  typeLabel,
} from './words.ts';
import { referringTo } from './workload-ref.ts';

/** The mutating webhook of workloads: gates a new version, and keeps the gate shut (docs/engine.md#gate). */
export function gateWorkload(world: World, write: Pair): Thing {
  if (write.old === undefined || (world.labels && labelOf(write.object, typeLabel) === '')) return write.object;
  if (isOf(write, 'Deployment')) return gateDeployment(world, write.object, write.old);
  if (isOf(write, 'CloneSet')) return gateCloneSet(world, write.object, write.old);
  if (isOf(write, 'AdvancedDaemonSet')) return gateDaemonSet(world, write.object, write.old);
  if (isOf(write, 'StatefulSet') || isOf(write, 'AdvancedStatefulSet'))
    return gateStatefulSet(world, write.kind, write.object, write.old);
  return write.object;
}

/** The id as an annotation: unchanged it disables the gate, changed it starts a release (E8). */
function isNewVersion(
  object: Thing & { readonly spec: { readonly template: Template } },
  old: Thing & { readonly spec: { readonly template: Template } },
): boolean {
  const id = annotationOf(object, idLabel);
  if (id !== '') return annotationOf(old, idLabel) !== id;
  return !sameTemplate(old.spec.template, object.spec.template);
}

function rolloutOf(world: World, kind: string, object: Thing): Rollout | undefined {
  return referringTo(world.api.list('Rollout', namespaceOf(object)), kind, object).find(
    (rollout) => !isGoing(rollout) && readStatus(rollout).phase !== 'Disabled',
  );
}

function hasStrategy(rollout: Rollout): boolean {
  return rollout.spec.strategy.canary !== undefined || rollout.spec.strategy.blueGreen !== undefined;
}

function marked(metadata: Meta, rollout: Rollout): Meta {
  const mark = JSON.stringify({ rolloutName: rollout.metadata.name });
  return { ...metadata, annotations: { ...metadata.annotations, [progressingAnnotation]: mark } };
}

function isRouted(rollout: Rollout): boolean {
  return (planOf(rollout).trafficRoutings ?? []).length > 0;
}

function gateDeployment(world: World, object: Deployment, old: Deployment): Deployment {
  const rollout = rolloutOf(world, 'Deployment', object);
  if (rollout === undefined || !hasStrategy(rollout)) return object;
  if (annotationOf(object, progressingAnnotation) !== '') return keepShut(object, old);
  if (object.spec.replicas === 0 || !isNewVersion(object, old)) return object;
  const sets = activeSets(world, object);
  // With traffic, only one version may be running; otherwise the new version is not gated (E23).
  if (sets.length === 0 || (isRouted(rollout) && sets.length !== 1)) return object;
  const { stable } = canaryAndStable(sets, object.spec.template);
  const labels =
    stable === undefined
      ? object.metadata.labels
      : { ...object.metadata.labels, [stableLabel]: labelOf(stable, templateHash) };
  return {
    ...object,
    metadata: marked({ ...object.metadata, ...(labels === undefined ? {} : { labels }) }, rollout),
    spec: { ...object.spec, paused: true },
  };
}

function keepShut(object: Deployment, old: Deployment): Deployment {
  const strategy = readStrategy(object);
  const { spec } = object;
  if (strategy.rollingStyle.toLowerCase() === 'partition') {
    const { rollingUpdate, ...others } = spec.strategy;
    const type = others.type === 'RollingUpdate' ? 'Recreate' : others.type;
    const next = {
      ...strategy,
      rollingUpdate: rollingUpdate ?? strategy.rollingUpdate,
      paused: strategy.paused || isNewVersion(object, old),
    };
    const isSame =
      spec.paused === true &&
      spec.strategy.type === type &&
      rollingUpdate === undefined &&
      next.paused === strategy.paused;
    if (isSame) return object;
    const annotations = { ...object.metadata.annotations, [strategyAnnotation]: writeStrategy(next) };
    return {
      ...object,
      metadata: { ...object.metadata, annotations },
      spec: { ...spec, paused: true, strategy: { type } },
    };
  }
  if (annotationOf(object, originalAnnotation) !== '') {
    const paused = isNewVersion(object, old) ? { paused: true } : {};
    const type = spec.strategy.type === 'RollingUpdate' ? spec.strategy.type : old.spec.strategy.type;
    return { ...object, spec: { ...spec, ...paused, strategy: { ...spec.strategy, type } } };
  }
  return {
    ...object,
    spec: { ...spec, paused: true, strategy: spec.strategy.type === 'Recreate' ? old.spec.strategy : spec.strategy },
  };
}

function gateCloneSet(world: World, object: CloneSet, old: CloneSet): CloneSet {
  if (object.spec.replicas === 0 || !isNewVersion(object, old)) return object;
  const rollout = rolloutOf(world, 'CloneSet', object);
  if (rollout === undefined || !hasStrategy(rollout)) return object;
  if (isRouted(rollout) && (object.status?.replicas ?? 0) !== (object.status?.updatedReplicas ?? 0)) return object;
  const updateStrategy = { ...object.spec.updateStrategy, partition: '100%' };
  return { ...object, metadata: marked(object.metadata, rollout), spec: { ...object.spec, updateStrategy } };
}

function gateDaemonSet(world: World, object: DaemonSet, old: DaemonSet): DaemonSet {
  if (!isNewVersion(object, old)) return object;
  const rollout = rolloutOf(world, 'AdvancedDaemonSet', object);
  if (rollout === undefined || !hasStrategy(rollout)) return object;
  const { updateStrategy } = object.spec;
  const next = { ...updateStrategy, rollingUpdate: { ...updateStrategy.rollingUpdate, partition: 32767 } };
  return { ...object, metadata: marked(object.metadata, rollout), spec: { ...object.spec, updateStrategy: next } };
}

function gateStatefulSet(world: World, kind: string, object: StatefulSet, old: StatefulSet): StatefulSet {
  const { updateStrategy } = object.spec;
  if (object.spec.replicas === 0 || updateStrategy.type !== 'RollingUpdate' || !isNewVersion(object, old))
    return object;
  const rollout = rolloutOf(world, kind, object);
  if (rollout === undefined || !hasStrategy(rollout)) return object;
  const next = { ...updateStrategy, rollingUpdate: { ...updateStrategy.rollingUpdate, partition: 32767 } };
  return { ...object, metadata: marked(object.metadata, rollout), spec: { ...object.spec, updateStrategy: next } };
}
