import { createHash } from 'node:crypto';
import { canonical } from '../api/json.ts';
import { kindInGroup } from '../api/kinds.ts';
import { annotationOf, isGoing, labelOf, namespaceOf } from '../api/things.ts';
import type { World } from '../world.ts';
import { findWorkload } from './finder.ts';
import { conditionOf, readStatus } from './status.ts';
import { planOf, type Rollout } from './types.ts';
import { hashAnnotation, rolloutFinalizer, typeLabel } from './words.ts';
import { addFinalizer, patch, removeFinalizer } from './writes.ts';

/** Adds the finalizer, the workload's type label, and the plan's hash. Returns the Rollout; null when it was removed. */
export function prepare(world: World, read: Rollout): Rollout | null {
  if (isGoing(read) && conditionOf(readStatus(read), 'Terminating')?.reason === 'Completed') {
    removeFinalizer(world, 'Rollout', read, rolloutFinalizer);
    return null;
  }
  const rollout = isGoing(read) ? read : addFinalizer(world, 'Rollout', read, rolloutFinalizer);
  labelWorkload(world, rollout);
  const hash = hashOfPlan(rollout);
  if (annotationOf(rollout, hashAnnotation) === hash) return rollout;
  return patch(world, 'Rollout', rollout, { metadata: { annotations: { [hashAnnotation]: hash } } });
}

const types: Readonly<Record<string, string>> = {
  Deployment: 'deployment',
  CloneSet: 'cloneset',
  StatefulSet: 'statefulset',
  DaemonSet: 'daemonset',
};

/** The webhook sees only workloads with this label. */
function labelWorkload(world: World, rollout: Rollout): void {
  if (!world.labels) return;
  const { apiVersion, kind, name } = rollout.spec.workloadRef;
  const info = kindInGroup(apiVersion, kind);
  const type = types[kind];
  if (info === undefined || type === undefined) return;
  if (labelOf(world.api.get(info.id, namespaceOf(rollout), name), typeLabel) !== '') return;
  const found = findWorkload(world, rollout);
  if (found.is === 'found')
    patch(world, info.id, found.workload.object, { metadata: { labels: { [typeLabel]: type } } });
}

/** The hash of the plan without pauses and failureThreshold; edits of these do not change the plan (E7). */
function hashOfPlan(rollout: Rollout): string {
  const found = planHashes.get(rollout.spec);
  if (found !== undefined) return found;
  const made = newHashOfPlan(rollout);
  planHashes.set(rollout.spec, made);
  return made;
}

/** Cached: a spec never changes, and every pass needs its hash. */
const planHashes = new WeakMap<Rollout['spec'], string>();

function newHashOfPlan(rollout: Rollout): string {
  const { failureThreshold: _threshold, ...plan } = planOf(rollout);
  const steps = (plan.steps ?? []).map(({ pause: _pause, ...step }) => step);
  return createHash('sha256')
    .update(canonical({ ...plan, steps }))
    .digest('hex');
}
