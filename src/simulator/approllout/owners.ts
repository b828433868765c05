import { createHash } from 'node:crypto';
import type { JsonMap } from '../api/json.ts';
import { controllerOf, controllerRef, namespaceOf, type OwnerRef, type Thing } from '../api/things.ts';
import type { Kinds, World } from '../world.ts';
import { API_VERSION } from './types.ts';

/** The field manager of KubeVela in this model. */
export const manager = 'kubevela';

const TRACKER = 'ResourceTracker';

/** The kinds of workloads that a rollout moves. */
export type Movable = 'CloneSet' | 'Deployment' | 'StatefulSet';
export const movables: readonly Movable[] = ['CloneSet', 'Deployment', 'StatefulSet'];

/** The owner that a revision's objects have outside of a rollout. The model has no such object. */
export function trackerOf(revision: Thing, controller: boolean): OwnerRef {
  const name = `${revision.metadata.name}-${namespaceOf(revision)}`;
  const hex = createHash('sha256').update(name).digest('hex');
  const uid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  return { apiVersion: API_VERSION, kind: TRACKER, name, uid, controller };
}

/** The owners of a workload whose template a rollout has just written: the tracker of the revision steps back. */
export function templated(owners: readonly OwnerRef[], revision: Thing): readonly OwnerRef[] {
  return [...owners.filter(({ kind }) => kind !== TRACKER), trackerOf(revision, false)];
}

/** No tracker of a revision controls the workload. */
export function steppedBack(owners: readonly OwnerRef[]): readonly OwnerRef[] {
  return owners.map((owner) => (owner.kind === TRACKER ? { ...owner, controller: false } : owner));
}

/** The trackers control the workload again. */
export function handedBack(owners: readonly OwnerRef[]): readonly OwnerRef[] {
  return owners.map((owner) => (owner.kind === TRACKER ? { ...owner, controller: true } : owner));
}

export function isClaimed(workload: Thing): boolean {
  const owner = controllerOf(workload);
  return owner?.kind === 'AppRollout' && owner.apiVersion === API_VERSION;
}

/** The owners with the rollout as the controller, unless there is one. */
export function claimed(workload: Thing, rollout: Thing): readonly OwnerRef[] {
  const owners = workload.metadata.ownerReferences ?? [];
  return controllerOf(workload) === undefined ? [...owners, controllerRef(rollout)] : owners;
}

export function released(workload: Thing): readonly OwnerRef[] {
  return (workload.metadata.ownerReferences ?? []).filter(({ kind }) => kind !== 'AppRollout');
}

/** Writes other owners and, with `spec`, a merge patch of the spec. */
export function patchWorkload<Kind extends Movable>(
  { api }: World,
  kind: Kind,
  workload: Thing,
  { owners, spec }: { readonly owners?: readonly OwnerRef[]; readonly spec?: JsonMap },
): Kinds[Kind] {
  const body: JsonMap = {
    ...(owners === undefined ? {} : { metadata: { ownerReferences: owners.map((owner) => ({ ...owner })) } }),
    ...(spec === undefined ? {} : { spec }),
  };
  return api.patch(kind, namespaceOf(workload), workload.metadata.name, body, { manager, type: 'merge' });
}

/** The controller of a workload in words, as KubeVela prints it; null when it has none. */
export function foreignController(workload: Thing): string | null {
  const owner = controllerOf(workload);
  return owner === undefined ? null : `&OwnerReference{Kind:${owner.kind},Name:${owner.name},UID:${owner.uid}}`;
}
