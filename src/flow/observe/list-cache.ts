import type { Delivery } from '../../release/delivery.ts';
import { numberAt, objectAt, stringAt } from '../../release/json.ts';
import { type Clock, type Cluster, ClusterError, type Kind, type KubeObject } from '../../release/ports.ts';
import type { Targets } from '../../release/target.ts';
import { sharingEqualParts } from './equal-parts.ts';
import { collect } from './pages.ts';
import { type CachedList, type Scope, scopeOf } from './scope.ts';

/** The objects of one connection: one cache per kind, filled by its first reader. */
export interface ListCaches {
  /**
   * Null when the kind can't be shared, and each delivery has to list its own objects. Pods lack the fields that stepgate
   * does not read.
   */
  list(kind: Kind, namespace: string): Promise<CachedList | null>;
  /** Every object of a kind in a namespace, or in the cluster, listed once; null for too many. Throws ClusterError. */
  every(kind: Kind, namespace: string | null): Promise<readonly KubeObject[] | null>;
}

/** Deliveries of one connection that share their lists. */
export interface Share {
  readonly deliveries: readonly Delivery[];
  /** Deliveries of which only the Rollout is read, because an `after` gate names them. */
  readonly rollouts: readonly Delivery[];
}

/**
 * How many objects of others a shared list may bring for each delivery that it serves. On a real API server a list for
 * one delivery took as long as 5 to 11 more pods of 4 kB in a page (400 pods, five rounds, client and server on one
 * machine). Over a network, a request costs more.
 */
const FOREIGN = 10;

interface Dependencies {
  readonly cluster: Cluster;
  readonly targets: Targets;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Lists that many deliveries share. The first choice is one list over all their namespaces. When that is forbidden, or
 * would bring far more objects than the deliveries have, there is one list per namespace. The last choice is one list per
 * delivery, which is not shared. While a delivery waits, one watch keeps each shared list current.
 */
export function listCaches({ deliveries, rollouts }: Share, dependencies: Dependencies): ListCaches {
  const { cluster, targets, signal } = dependencies;
  const users = new Map<string, KindUse>();
  const every = new Map<string, () => Promise<readonly KubeObject[] | null>>();
  const use = (kind: Kind, delivery: Delivery): KindUse => {
    const found = users.get(keyOf(kind)) ?? {
      kind,
      counts: new Map<string, number>(),
      slim: sharingEqualParts(),
      owners: [],
    };
    users.set(keyOf(kind), found);
    found.counts.set(delivery.namespace, (found.counts.get(delivery.namespace) ?? 0) + 1);
    return found;
  };
  for (const delivery of deliveries) {
    const target = targets.of(delivery);
    const { rollout, workload } = target.refs(delivery);
    use(rollout.kind, delivery);
    use(workload.kind, delivery);
    if (target.carrier !== null) use(target.carrier.kind, delivery);
    const pods = use(target.kinds.pod, delivery);
    if (pods.owners.length === 0) pods.slim = briefly(pods.slim);
    pods.owners.push(delivery);
  }
  for (const delivery of rollouts) use(targets.of(delivery).refs(delivery).rollout.kind, delivery);
  const kinds = new Map([...users].map(([key, used]) => [key, kindCache(dependencies, used, podsOf)]));

  /** The number of pods of the deliveries, according to their workloads. */
  async function podsOf(owners: readonly Delivery[]): Promise<number> {
    const counts = await Promise.all(
      owners.map(async (delivery) => {
        const { workload } = targets.of(delivery).refs(delivery);
        const listed = await kinds.get(keyOf(workload.kind))?.(delivery.namespace);
        return podsIn(listed?.named(workload.name)[0]);
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  return {
    list: async (kind, namespace) => (await kinds.get(keyOf(kind))?.(namespace)) ?? null,
    every(kind, namespace) {
      const key = `${keyOf(kind)}/${namespace ?? ''}`;
      const wide = { kind, namespace, most: Infinity, slim: whole };
      const list = async () =>
        namespace === null ? everywhere(cluster, kind, signal) : ((await collect(cluster, wide, signal))?.items ?? []);
      const listing = every.get(key) ?? once(list);
      every.set(key, listing);
      return listing();
    },
  };
}

/** The most objects of a kind that are read of a whole cluster. Findings go without a larger list. */
const MOST_OF_CLUSTER = 20_000;

/** Every object of a kind in the cluster, without what only its writers need; null for too many. Throws ClusterError. */
export async function everywhere(
  cluster: Cluster,
  kind: Kind,
  signal: AbortSignal,
): Promise<readonly KubeObject[] | null> {
  const wide = { kind, namespace: null, most: MOST_OF_CLUSTER, slim: unmanaged };
  return (await collect(cluster, wide, signal))?.items ?? null;
}

function unmanaged(object: KubeObject): KubeObject {
  const { annotations: _notes, managedFields: _fields, ...metadata } = objectAt(object, 'metadata');
  return { ...object, metadata };
}

/** How the deliveries use a kind. */
interface KindUse {
  readonly kind: Kind;
  /** Deliveries by namespace. */
  readonly counts: Map<string, number>;
  slim: (object: KubeObject) => KubeObject;
  /** Deliveries with more than one object of the kind. */
  readonly owners: Delivery[];
}

/** One kind, listed at the first request. */
function kindCache(
  { cluster, clock, signal }: Dependencies,
  { kind, counts, slim, owners }: KindUse,
  more: (owners: readonly Delivery[]) => Promise<number>,
): (namespace: string) => Promise<CachedList | null> {
  const everywhere = once(async () => (counts.size < 2 ? null : await share(null, [...counts.keys()])));
  const each = new Map([...counts.keys()].map((namespace) => [namespace, once(() => share(namespace, [namespace]))]));

  /** Null when the list is forbidden, too large, or fails in the server. */
  async function share(namespace: string | null, among: readonly string[]): Promise<Scope | null> {
    const asking = among.reduce((sum, one) => sum + (counts.get(one) ?? 0), 0);
    const most = asking * (1 + FOREIGN) + (await more(owners.filter((one) => among.includes(one.namespace))));
    const at = clock.now();
    try {
      const found = await collect(cluster, { kind, namespace, most, slim }, signal);
      return found === null ? null : scopeOf({ cluster, clock, signal, kind, namespace, slim, at, ...found });
    } catch (error) {
      // One object that the server can't read makes every list fail that contains it. A narrower list may not contain it.
      if (error instanceof ClusterError && ([403, 410].includes(error.status) || error.status >= 500)) return null;
      throw error;
    }
  }

  return async (namespace) => {
    const all = await everywhere();
    if (all !== null) return all.in(namespace);
    const asking = counts.get(namespace) ?? 0;
    // For a single delivery its own list is enough.
    const own = asking < 2 ? null : ((await each.get(namespace)?.()) ?? null);
    return own === null ? null : own.in(namespace);
  };
}

function keyOf({ apiVersion, plural }: Kind): string {
  return `${apiVersion}/${plural}`;
}

/** The most pods that a workload may have: twice its replicas, during a release. */
function podsIn(workload: KubeObject | undefined): number {
  return workload === undefined ? 0 : 2 * (numberAt(workload, 'spec', 'replicas') ?? 1);
}

function whole(object: KubeObject): KubeObject {
  return object;
}

function briefly(slim: (object: KubeObject) => KubeObject): (object: KubeObject) => KubeObject {
  return (pod) => slim(brief(pod));
}

function brief(pod: KubeObject): KubeObject {
  const {
    annotations: _notes,
    managedFields: _fields,
    ownerReferences: _owners,
    ...metadata
  } = objectAt(pod, 'metadata');
  const { apiVersion, kind, status } = pod;
  const nodeName = stringAt(pod, 'spec', 'nodeName');
  const spec = nodeName === null ? {} : { spec: { nodeName } };
  return { apiVersion: apiVersion ?? null, kind: kind ?? null, metadata, ...spec, status: status ?? {} };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
