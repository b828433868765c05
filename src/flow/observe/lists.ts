import type { Delivery } from '../../release/delivery.ts';
import { stringAt } from '../../release/json.ts';
import type { Clock, Cluster, Kind, KubeObject, ListQuery, ObjectRef } from '../../release/ports.ts';
import type { Target, Targets } from '../../release/target.ts';
import { everywhere, type ListCaches } from './list-cache.ts';
import type { CachedList } from './scope.ts';
import { nameOf } from './versions.ts';

/**
 * Which objects of a kind belong to a delivery: the query that asks for them, and how they are found in a shared list.
 */
export interface Selection {
  readonly query: ListQuery;
  matches(object: KubeObject): boolean;
  from(list: CachedList): readonly KubeObject[];
}

/** The result of a list, and the version from which a watch of the same objects continues. */
export interface KindList extends Pick<Selection, 'query' | 'matches'> {
  readonly objects: readonly KubeObject[];
  readonly since: string;
}

/** The first lists of one delivery. */
export interface DeliveryLists {
  /**
   * When the shared list of the pods was begun, or when its watch last reported something. Since then it may be out of
   * date. Only the pods count, because writes test all other objects. Null when everything was listed just now for this
   * delivery alone.
   */
  readonly sharedAt: Date | null;
  readonly rollout: KindList;
  readonly workload: KindList;
  /** Null where the target has none. */
  readonly carrier: KindList | null;
  /** Null when there is no workload: only the workload tells which pods are its own. */
  readonly pods: KindList | null;
}

/** Reads deliveries. */
export interface Lister {
  at(cluster: Cluster, delivery: Delivery): Promise<DeliveryLists>;
  /** The shared list of a kind, by which deliveries are also followed; null when each delivery lists its own objects. */
  shared(cluster: Cluster, kind: Kind, delivery: Delivery): Promise<CachedList | null>;
  /** Its Rollout alone, by name. */
  rollout(cluster: Cluster, delivery: Delivery): Promise<Found>;
  /** Whether the first read of a delivery uses shared lists. */
  readonly shares: boolean;
  /**
   * Its Rollout from a shared list; null when there is none, or when it was last known to be current before `notBefore`.
   * A list with a watch is current now.
   */
  sharedRollout(cluster: Cluster, delivery: Delivery, notBefore: Date): Promise<Found | null>;
  /** Every object of a kind in a namespace, or in the cluster; null when the cluster has too many. Throws ClusterError. */
  every(cluster: Cluster, kind: Kind, namespace: string | null): Promise<readonly KubeObject[] | null>;
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
 * Reads each delivery from the shared lists of its cluster. When there are none, it lists the objects of this delivery:
 * by name, and the pods by their labels, so that RBAC may be narrow. `alone`: the first read of a delivery never uses
 * shared lists, but following it does.
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
      // The Rollout first: a write of its record shows that what was read after it is no older.
      const rollout = await kindList(cluster, rollouts, byName(refs.rollout));
      const workload = await kindList(cluster, workloads, byName(refs.workload));
      const carrier = await carriers(cluster, target, delivery);
      const listed = { rollout, workload, carrier };
      const selection = podsOf(target, delivery, workload.objects[0]);
      if (selection === null) return { ...listed, sharedAt: earliest([rollouts, workloads]), pods: null };
      const allPods = await first(cluster, target.kinds.pod, delivery);
      const pods = await kindList(cluster, allPods, selection);
      return { ...listed, sharedAt: allPods?.at ?? earliest([rollouts, workloads]), pods };
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
      if (cache !== undefined) return cache.every(kind, namespace);
      return namespace === null
        ? everywhere(cluster, kind, signal)
        : (await cluster.list({ kind, namespace }, signal)).items;
    },
  };

  /** The carriers of a delivery are found by what is in them, because the config does not name them. */
  async function carriers(cluster: Cluster, { carrier }: Target, delivery: Delivery): Promise<KindList | null> {
    if (carrier === null) return null;
    const { kind } = carrier;
    const matches = (object: KubeObject) => carrier.isOf(delivery, object);
    const cached = await first(cluster, kind, delivery);
    const query = { kind, namespace: delivery.namespace };
    const found = await kindList(cluster, cached, { query, matches, from: (list) => list.labelled([]) });
    return { ...found, objects: found.objects.filter(matches) };
  }

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

/** How to find the pods of a workload; null when there is no workload, or it names no labels. */
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
