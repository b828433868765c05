import type { Delivery } from '../../release/delivery.ts';
import { stringAt } from '../../release/json.ts';
import type { Clock, Cluster, Kind, KubeObject, ListQuery } from '../../release/ports.ts';
import type { Target, Targets } from '../../release/target.ts';
import type { CachedList, KindCache, ListCaches } from './list-cache.ts';

/** What one list showed, and what a watch of the same goes on from. */
export interface KindList {
  readonly query: ListQuery;
  readonly objects: readonly KubeObject[];
  readonly since: string;
}

/** The objects of one delivery, as it was looked at first. */
export interface DeliveryLists {
  /**
   * When a list that many share was begun, and since when it may be out of date: that of the pods, for nothing else is acted
   * on untested. Null where all was asked for this delivery alone, just now.
   */
  readonly sharedAt: Date | null;
  readonly rollout: KindList;
  readonly workload: KindList;
  /** Null where there is no workload: it alone says which pods are its own. */
  readonly pods: KindList | null;
}

/** How deliveries are looked at. */
export interface Lister {
  at(cluster: Cluster, delivery: Delivery): Promise<DeliveryLists>;
  /** Its Rollout alone. */
  rollout(cluster: Cluster, delivery: Delivery): Promise<KubeObject | null>;
  /** Every object of a kind in a namespace. Throws ClusterError. */
  every(cluster: Cluster, kind: Kind, namespace: string): Promise<readonly KubeObject[]>;
}

export interface Dependencies {
  readonly targets: Targets;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Each delivery from the shelves of its cluster, and where those are empty by lists of its own: by name, the pods by
 * their labels, so that RBAC may be as narrow.
 */
export function lister(
  { targets, signal }: Dependencies,
  caches: ReadonlyMap<Cluster, ListCaches> = new Map(),
): Lister {
  return {
    async at(cluster, delivery) {
      const shared = caches.get(cluster);
      const target = targets.of(delivery);
      const { rollout: rolloutRef, workload: workloadRef } = target.refs(delivery);
      const [rollouts, workloads] = await Promise.all([
        take(shared?.rollouts, delivery),
        take(shared?.workloads, delivery),
      ]);
      const rollout = await kindList(cluster, rollouts, byName(delivery, rolloutRef), (one) =>
        one.named(rolloutRef.name),
      );
      const workload = await kindList(cluster, workloads, byName(delivery, workloadRef), (one) =>
        one.named(workloadRef.name),
      );
      const labels = podLabels(target, workload.objects[0]);
      if (labels.length === 0) return { sharedAt: earliest([rollouts, workloads]), rollout, workload, pods: null };
      const allPods = await take(shared?.pods, delivery);
      const pods = await kindList(cluster, allPods, byLabels(target, delivery, labels), (one) => one.labelled(labels));
      return { sharedAt: allPods?.at ?? earliest([rollouts, workloads]), rollout, workload, pods };
    },

    async rollout(cluster, delivery) {
      const { rollout } = targets.of(delivery).refs(delivery);
      const rollouts = await take(caches.get(cluster)?.rollouts, delivery);
      const { objects } = await kindList(cluster, rollouts, byName(delivery, rollout), (one) =>
        one.named(rollout.name),
      );
      return objects[0] ?? null;
    },

    async every(cluster, kind, namespace) {
      const shared = caches.get(cluster);
      return shared === undefined
        ? (await cluster.list({ kind, namespace }, signal)).items
        : shared.every(kind, namespace);
    },
  };

  async function kindList(
    cluster: Cluster,
    shared: CachedList | null,
    query: ListQuery,
    pick: (listed: CachedList) => readonly KubeObject[],
  ): Promise<KindList> {
    if (shared !== null) return { query, objects: pick(shared), since: shared.since };
    const { items, resourceVersion } = await cluster.list(query, signal);
    return { query, objects: items, since: resourceVersion };
  }
}

/** The query for the pods that a workload has or, as it is not there yet, will have; null where nothing says which. */
export function podQuery(target: Target, delivery: Delivery, workload: KubeObject | undefined): ListQuery | null {
  const labels = podLabels(target, workload);
  return labels.length === 0 ? null : byLabels(target, delivery, labels);
}

export function nameOf(object: KubeObject): string {
  return stringAt(object, 'metadata', 'name') ?? '';
}

type Labels = readonly (readonly [string, string])[];

function podLabels(target: Target, workload: KubeObject | undefined): Labels {
  return workload === undefined ? [] : Object.entries(target.podLabels(workload));
}

function byName({ namespace }: Delivery, { kind, name }: ReturnType<Target['refs']>['rollout']): ListQuery {
  return { kind, namespace, fieldSelector: `metadata.name=${name}` };
}

function byLabels(target: Target, { namespace }: Delivery, labels: Labels): ListQuery {
  const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(',');
  return { kind: target.kinds.pod, namespace, labelSelector };
}

async function take(cache: KindCache | undefined, { namespace }: Delivery): Promise<CachedList | null> {
  return cache === undefined ? null : cache.in(namespace);
}

function earliest(listed: readonly (CachedList | null)[]): Date | null {
  const times = listed.flatMap((one) => (one === null ? [] : [one.at]));
  return times.reduce<Date | null>((early, one) => (early === null || one < early ? one : early), null);
}
