import type { Delivery } from '../../release/delivery.ts';
import { numberAt, objectAt, stringAt } from '../../release/json.ts';
import {
  type Clock,
  type Cluster,
  ClusterError,
  type Kind,
  type KubeObject,
  type PageQuery,
} from '../../release/ports.ts';
import type { Targets } from '../../release/target.ts';

/** The objects of one kind in one namespace, as a list that many share showed them. */
export interface CachedList {
  /** When the list was begun. */
  readonly at: Date;
  /** The resourceVersion to watch from. */
  readonly since: string;
  named(name: string): readonly KubeObject[];
  /** Those that have all of the labels. */
  labelled(labels: readonly (readonly [string, string])[]): readonly KubeObject[];
}

/** One kind: listed once, at the first question. Null where it can't be shared, and has to be asked for alone. */
export interface KindCache {
  in(namespace: string): Promise<CachedList | null>;
}

export interface ListCaches {
  readonly rollouts: KindCache;
  readonly workloads: KindCache;
  /** Pods without what nobody reads of them: their spec is most of a fleet's bytes. */
  readonly pods: KindCache;
  /** Every object of a kind in a namespace, listed once. Throws ClusterError. */
  every(kind: Kind, namespace: string): Promise<readonly KubeObject[]>;
}

/** Deliveries of one connection that share their lists. */
export interface Share {
  readonly deliveries: readonly Delivery[];
  /** Others, of which only the Rollout is asked for. */
  readonly rollouts: readonly Delivery[];
}

/**
 * A shared list may bring so many objects of others for each delivery that it serves. On a real API server a list for one
 * delivery took as long as 5 to 11 more pods of 4 kB in a page (400 pods, five rounds, client and server on one machine); a
 * network between the two makes the request dearer.
 */
const FOREIGN = 10;
/** The first page shows how big the objects are and how many there are, before much was asked for. Objects. */
const FIRST_PAGE = 100;
const LARGEST_PAGE = 1000;
/** What a page should come to as JSON: a quarter of what our client takes, for the next one may have larger objects. */
const PAGE_BYTES = 8 * 1024 * 1024;
/** So often a list is tried whose pages the server forgets (410) before the last has come. */
const TRIES = 3;

interface Dependencies {
  readonly cluster: Cluster;
  readonly targets: Targets;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * The lists that many deliveries share: over all namespaces where they live in several, else over one. Where that is
 * forbidden, or would bring far more than is asked about, it is a list for each namespace, and at last one for each
 * delivery: then there is nothing on the shelf.
 */
export function listCaches({ deliveries, rollouts }: Share, dependencies: Dependencies): ListCaches {
  const { targets } = dependencies;
  const [first] = [...deliveries, ...rollouts];
  if (first === undefined) throw new Error('nobody shares these lists');
  const target = targets.of(first);
  const refs = target.refs(first);
  const living = countsOf(deliveries);
  const every = new Map<string, () => Promise<readonly KubeObject[]>>();
  const workloads = kindCache(dependencies, { kind: refs.workload.kind, counts: living, slim: whole });
  return {
    rollouts: kindCache(dependencies, {
      kind: refs.rollout.kind,
      counts: countsOf([...deliveries, ...rollouts]),
      slim: whole,
    }),
    workloads,
    pods: kindCache(dependencies, {
      kind: target.kinds.pod,
      counts: living,
      slim: brief,
      async more(namespaces) {
        const listed = await Promise.all(namespaces.map(async (one) => [one, await workloads.in(one)] as const));
        const known = new Map(listed);
        return deliveries.reduce((sum, delivery) => {
          const { name } = targets.of(delivery).refs(delivery).workload;
          return sum + podsIn(known.get(delivery.namespace)?.named(name)[0]);
        }, 0);
      },
    }),
    every(kind, namespace) {
      const key = `${kind.apiVersion}/${kind.plural}/${namespace}`;
      const listing =
        every.get(key) ??
        once(async () => (await collect(dependencies, { kind, namespace, most: Infinity, slim: whole }))?.items ?? []);
      every.set(key, listing);
      return listing();
    },
  };
}

interface CachedObjects {
  readonly kind: Kind;
  /** How many deliveries ask about a namespace. */
  readonly counts: ReadonlyMap<string, number>;
  slim(object: KubeObject): KubeObject;
  /** How many objects of their own the deliveries of some namespaces have beside one each. */
  more?(namespaces: readonly string[]): Promise<number>;
}

function kindCache(dependencies: Dependencies, kept: CachedObjects): KindCache {
  const { counts } = kept;
  const everywhere = once(async () => (counts.size < 2 ? null : await list(null, [...counts.keys()])));
  const each = new Map([...counts.keys()].map((namespace) => [namespace, once(() => list(namespace, [namespace]))]));

  async function list(namespace: string | null, among: readonly string[]): Promise<Shared | null> {
    const asking = among.reduce((sum, one) => sum + (counts.get(one) ?? 0), 0);
    const most = asking * (1 + FOREIGN) + ((await kept.more?.(among)) ?? 0);
    return share(dependencies, { kind: kept.kind, namespace, most, slim: kept.slim });
  }

  return {
    async in(namespace) {
      const all = await everywhere();
      if (all !== null) return all.in(namespace);
      const asking = counts.get(namespace) ?? 0;
      // A list for one delivery is never wider than that delivery.
      const own = asking < 2 ? null : ((await each.get(namespace)?.()) ?? null);
      return own === null ? null : own.in(namespace);
    },
  };
}

interface Shared {
  in(namespace: string): CachedList;
}

interface Wide {
  readonly kind: Kind;
  readonly namespace: string | null;
  /** With more objects it isn't worth it. */
  readonly most: number;
  slim(object: KubeObject): KubeObject;
}

/** Null where it is forbidden, too many, or more than the server can do. */
async function share(dependencies: Dependencies, wide: Wide): Promise<Shared | null> {
  const began = dependencies.clock.now();
  try {
    const found = await collect(dependencies, wide);
    return found === null ? null : sharedBy(found.items, { at: began, since: found.since });
  } catch (error) {
    // One object that the server can't read spoils every list it is in: narrower ones may do without it.
    if (error instanceof ClusterError && ([403, 410].includes(error.status) || error.status >= 500)) return null;
    throw error;
  }
}

interface Collected {
  readonly items: readonly KubeObject[];
  readonly since: string;
}

/** Every object of a kind, all of one moment; null where there are too many. */
async function collect(dependencies: Dependencies, wide: Wide): Promise<Collected | null> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await walk(dependencies, wide);
    } catch (error) {
      if (!(error instanceof ClusterError) || error.status !== 410 || tries === TRIES) throw error;
    }
  }
}

async function walk(
  { cluster, signal }: Dependencies,
  { kind, namespace, most, slim }: Wide,
): Promise<Collected | null> {
  const items: KubeObject[] = [];
  let query: PageQuery = { kind, namespace, limit: FIRST_PAGE };
  for (;;) {
    const page = await cluster.list(query, signal);
    for (const item of page.items) items.push(slim(item));
    if (items.length + (page.remaining ?? 0) > most) return null;
    if (page.continue === undefined) return { items, since: page.resourceVersion };
    query = { ...query, limit: pageSize(page.items), continue: page.continue };
  }
}

function pageSize(items: readonly KubeObject[]): number {
  const some = items.filter((_, index) => index % 5 === 0);
  const bytes = some.reduce((sum, item) => sum + JSON.stringify(item).length, 0) / Math.max(1, some.length);
  return Math.max(1, Math.min(LARGEST_PAGE, Math.floor(PAGE_BYTES / Math.max(1, bytes))));
}

function sharedBy(items: readonly KubeObject[], moment: Pick<CachedList, 'at' | 'since'>): Shared {
  const byNamespace = Map.groupBy(items, (item) => stringAt(item, 'metadata', 'namespace') ?? '');
  const listed = new Map([...byNamespace].map(([namespace, own]) => [namespace, listedOf(own, moment)]));
  const none = listedOf([], moment);
  return { in: (namespace) => listed.get(namespace) ?? none };
}

function listedOf(items: readonly KubeObject[], moment: Pick<CachedList, 'at' | 'since'>): CachedList {
  const names = new Map(items.map((item) => [stringAt(item, 'metadata', 'name') ?? '', item]));
  /** By key, then value: thousands of workloads would each go through thousands of pods. */
  const labels = new Map<string, ReadonlyMap<string | null, readonly KubeObject[]>>();
  const having = (key: string, value: string): readonly KubeObject[] => {
    const known = labels.get(key) ?? Map.groupBy(items, (item) => stringAt(item, 'metadata', 'labels', key));
    labels.set(key, known);
    return known.get(value) ?? [];
  };
  return {
    ...moment,
    named(name) {
      const found = names.get(name);
      return found === undefined ? [] : [found];
    },
    labelled(wanted) {
      const sets = wanted.map(([key, value]) => having(key, value));
      const fewest = sets.reduce((few, set) => (set.length < few.length ? set : few), sets[0] ?? items);
      return fewest.filter((item) =>
        wanted.every(([key, value]) => stringAt(item, 'metadata', 'labels', key) === value),
      );
    },
  };
}

function countsOf(deliveries: readonly Delivery[]): ReadonlyMap<string, number> {
  const grouped = Map.groupBy(deliveries, ({ namespace }) => namespace);
  return new Map([...grouped].map(([namespace, own]) => [namespace, own.length]));
}

/** Pods that a workload asks for; in mid-release it may have twice as many. */
function podsIn(workload: KubeObject | undefined): number {
  return workload === undefined ? 0 : 2 * (numberAt(workload, 'spec', 'replicas') ?? 1);
}

function whole(object: KubeObject): KubeObject {
  return object;
}

function brief(pod: KubeObject): KubeObject {
  const {
    annotations: _notes,
    managedFields: _fields,
    ownerReferences: _owners,
    ...metadata
  } = objectAt(pod, 'metadata');
  const { apiVersion, kind, status } = pod;
  return { apiVersion: apiVersion ?? null, kind: kind ?? null, metadata, status: status ?? {} };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
