import type { Delivery } from '../../release/delivery.ts';
import { stringAt } from '../../release/json.ts';
import type { Clock, Cluster, Kind, KubeObject, ListQuery, ObjectRef } from '../../release/ports.ts';
import type { Target, Targets } from '../../release/target.ts';
import type { ListCaches } from './list-cache.ts';
import type { CachedList } from './scope.ts';
import { nameOf } from './versions.ts';

/** Which objects of a kind are a delivery's own: what is asked for, and what is picked out of a shared list. */
export interface Selection {
  readonly query: ListQuery;
  matches(object: KubeObject): boolean;
  from(list: CachedList): readonly KubeObject[];
}

/** What one list showed, and what a watch of the same goes on from. */
export interface KindList extends Pick<Selection, 'query' | 'matches'> {
  readonly objects: readonly KubeObject[];
  readonly since: string;
}

/** The objects of one delivery, as it was looked at first. */
export interface DeliveryLists {
  /**
   * When a list that many share was begun, or last heard of, and since when it may be out of date: that of the pods, for
   * nothing else is acted on untested. Null where all was asked for this delivery alone, just now.
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
  /** What deliveries share of a kind, which they are followed by too; null where each asks alone. */
  shared(cluster: Cluster, kind: Kind, delivery: Delivery): Promise<CachedList | null>;
  /** Its Rollout alone, by name. */
  rollout(cluster: Cluster, delivery: Delivery): Promise<Found>;
  /** Whether deliveries are looked at first by what they share. */
  readonly shares: boolean;
  /** Its Rollout from what is shared; null where that was heard of earlier, or nothing is. What is watched is known until now. */
  sharedRollout(cluster: Cluster, delivery: Delivery, notBefore: Date): Promise<Found | null>;
  /** Every object of a kind in a namespace. Throws ClusterError. */
  every(cluster: Cluster, kind: Kind, namespace: string): Promise<readonly KubeObject[]>;
}

export interface Found {
  readonly object: KubeObject | null;
  readonly observedAt: Date;
}

export interface Dependencies {
  readonly targets: Targets;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Each delivery from what is shared in its cluster, and where nothing is by lists of its own: by name, the pods by their
 * labels, so that RBAC may be as narrow. `alone`: it is looked at by its own lists in any case, and followed by the shared.
 */
export function lister(
  { targets, clock, signal }: Dependencies,
  caches: ReadonlyMap<Cluster, ListCaches> = new Map(),
  firstRead: 'shared' | 'alone' = 'shared',
): Lister {
  return {
    shared,
    shares: firstRead === 'shared' && caches.size > 0,

    async at(cluster, delivery) {
      const target = targets.of(delivery);
      const refs = target.refs(delivery);
      const [rollouts, workloads] = await Promise.all([
        first(cluster, refs.rollout.kind, delivery),
        first(cluster, refs.workload.kind, delivery),
      ]);
      const rollout = await kindList(cluster, rollouts, byName(refs.rollout));
      const workload = await kindList(cluster, workloads, byName(refs.workload));
      const selection = podsOf(target, delivery, workload.objects[0]);
      if (selection === null) return { sharedAt: earliest([rollouts, workloads]), rollout, workload, pods: null };
      const allPods = await first(cluster, target.kinds.pod, delivery);
      const pods = await kindList(cluster, allPods, selection);
      return { sharedAt: allPods?.at ?? earliest([rollouts, workloads]), rollout, workload, pods };
    },

    async rollout(cluster, delivery) {
      const { rollout } = targets.of(delivery).refs(delivery);
      const observedAt = clock.now();
      const { objects } = await kindList(cluster, null, byName(rollout));
      return { object: objects[0] ?? null, observedAt };
    },

    async sharedRollout(cluster, delivery, notBefore) {
      const { rollout } = targets.of(delivery).refs(delivery);
      const rollouts = await first(cluster, rollout.kind, delivery);
      if (rollouts === null) return null;
      const observedAt = rollouts.watched ? clock.now() : rollouts.at;
      return observedAt < notBefore ? null : { object: rollouts.named(rollout.name)[0] ?? null, observedAt };
    },

    async every(cluster, kind, namespace) {
      const cache = firstRead === 'alone' ? undefined : caches.get(cluster);
      return cache === undefined
        ? (await cluster.list({ kind, namespace }, signal)).items
        : cache.every(kind, namespace);
    },
  };

  async function shared(cluster: Cluster, kind: Kind, { namespace }: Delivery): Promise<CachedList | null> {
    return (await caches.get(cluster)?.list(kind, namespace)) ?? null;
  }

  async function first(cluster: Cluster, kind: Kind, delivery: Delivery): Promise<CachedList | null> {
    return firstRead === 'alone' || !caches.has(cluster) ? null : shared(cluster, kind, delivery);
  }

  async function kindList(cluster: Cluster, cached: CachedList | null, selection: Selection): Promise<KindList> {
    const { query, matches } = selection;
    if (cached !== null) return { query, matches, objects: selection.from(cached), since: cached.since };
    const { items, resourceVersion } = await cluster.list(query, signal);
    return { query, matches, objects: items, since: resourceVersion };
  }
}

/** The pods that a workload has or, as it is not there yet, will have; null where nothing says which. */
export function podsOf(target: Target, { namespace }: Delivery, workload: KubeObject | undefined): Selection | null {
  const labels = workload === undefined ? [] : Object.entries(target.podLabels(workload));
  if (labels.length === 0) return null;
  const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(',');
  return {
    query: { kind: target.kinds.pod, namespace, labelSelector },
    matches: (object) => labels.every(([key, value]) => stringAt(object, 'metadata', 'labels', key) === value),
    from: (list) => list.labelled(labels),
  };
}

function byName({ kind, namespace, name }: ObjectRef): Selection {
  return {
    query: { kind, namespace, fieldSelector: `metadata.name=${name}` },
    matches: (object) => nameOf(object) === name,
    from: (list) => list.named(name),
  };
}

function earliest(listed: readonly (CachedList | null)[]): Date | null {
  const times = listed.flatMap((one) => (one === null ? [] : [one.at]));
  return times.reduce<Date | null>((early, one) => (early === null || one < early ? one : early), null);
}
