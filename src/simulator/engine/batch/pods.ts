import { controllerOf, isGoing, type Selector, selects, type Thing } from '../../api/things.ts';
import { isReady, type Labels, type Pod } from '../../workloads/types.ts';
import { revisionHash, templateHash } from '../../workloads/words.ts';
import type { World } from '../../world.ts';

/** A workload whose pods are found by their owner, and by their labels. */
export type Owner = Thing & { readonly spec: { readonly selector: Selector } };

/** Pods of a workload, also through ReplicaSets. */
export function ownedPods(world: World, workload: Owner): readonly Pod[] {
  const { namespace = '', uid } = workload.metadata;
  const owners = new Set([uid, ...world.api.controlled('ReplicaSet', namespace, uid).map((set) => set.metadata.uid)]);
  return world.api
    .list('Pod', namespace)
    .filter((pod) => owners.has(controllerOf(pod)?.uid ?? '') && selects(workload.spec.selector, pod.metadata.labels));
}

export function isOfRevision(labels: Labels | undefined, revision: string): boolean {
  return [templateHash, revisionHash].some((key) => {
    const hash = labels?.[key] ?? '';
    return hash !== '' && revision.endsWith(hash);
  });
}

/** The pods of a revision that are not being deleted. */
export function podsOfRevision(pods: readonly Pod[], revision: string): readonly Pod[] {
  return pods.filter((pod) => !isGoing(pod) && isOfRevision(pod.metadata.labels, revision));
}

export function countReady(pods: readonly Pod[]): number {
  return pods.filter(isReady).length;
}
