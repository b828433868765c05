import { stringAt } from '../../release/json.ts';
import {
  type Clock,
  type Cluster,
  ClusterError,
  type Kind,
  type KubeObject,
  type WatchEvent,
} from '../../release/ports.ts';
import { isUpTo, nameOf, versionOf } from './versions.ts';

/** The objects of one kind in one namespace, which many deliveries share. */
export interface CachedList {
  /** When the list was begun, or when its watch last reported something. */
  readonly at: Date;
  /** Whether a watch keeps the list current. */
  readonly watched: boolean;
  /** The list contains every change up to this version. */
  readonly since: string;
  named(name: string): readonly KubeObject[];
  /** The objects that have all of the labels. */
  labelled(labels: readonly (readonly [string, string])[]): readonly KubeObject[];
  /**
   * Passes on the present list, and then every change, until the signal aborts. `refused`: the server does not allow a
   * watch on the shared list, so each delivery needs its own. Throws the error that ended the watch for good.
   */
  follow(take: (event: WatchEvent) => void, signal: AbortSignal): Promise<'over' | 'refused'>;
}

/**
 * One kind in one namespace or in all of them. It is listed once; one watch keeps it current while anybody follows it.
 */
export interface Scope {
  in(namespace: string): CachedList;
}

export interface ScopeParts {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly kind: Kind;
  readonly namespace: string | null;
  readonly items: readonly KubeObject[];
  readonly since: string;
  /** When the list was begun. */
  readonly at: Date;
  slim(object: KubeObject): KubeObject;
}

interface Follower {
  readonly namespace: string;
  take(event: WatchEvent): void;
  end(how: 'over' | 'refused'): void;
  fail(cause: unknown): void;
}

interface Watch {
  readonly stop: AbortController;
  done: Promise<void>;
}

/** One error for all aborts: an error with a stack for each is expensive. */
const nobody = new Error('nobody follows any more');

export function scopeOf(parts: ScopeParts): Scope {
  const { cluster, clock, kind, slim } = parts;
  const places = new Map<string, Place>();
  const followers = new Set<Follower>();
  let since = parts.since;
  let heardAt = parts.at;
  let watch: Watch | null = null;
  let refused = false;
  fill(parts.items);

  function fill(items: readonly KubeObject[]): void {
    for (const place of places.values()) place.clear();
    for (const item of items) placeOf(item).set(item);
  }

  function placeOf(object: KubeObject): Place {
    return placeAt(stringAt(object, 'metadata', 'namespace') ?? '');
  }

  function placeAt(namespace: string): Place {
    const found = places.get(namespace) ?? createPlace();
    places.set(namespace, found);
    return found;
  }

  function hear(event: WatchEvent): void {
    const version = event.type === 'reset' ? event.resourceVersion : versionOf(event.object);
    if (isUpTo(version, since)) return;
    since = version;
    heardAt = clock.now();
    if (event.type === 'reset') {
      fill(event.items.map(slim));
      for (const one of followers) one.take(resetAt(one.namespace));
      return;
    }
    const slimmed = { type: event.type, object: slim(event.object) };
    const place = placeOf(event.object);
    if (event.type === 'deleted') place.delete(slimmed.object);
    else place.set(slimmed.object);
    const namespace = stringAt(event.object, 'metadata', 'namespace') ?? '';
    for (const one of followers) if (one.namespace === namespace) one.take(slimmed);
  }

  function resetAt(namespace: string): WatchEvent {
    return { type: 'reset', items: placeAt(namespace).all(), resourceVersion: since };
  }

  async function run(signal: AbortSignal): Promise<void> {
    try {
      for await (const event of cluster.watch({ kind, namespace: parts.namespace }, since, signal)) {
        if (signal.aborted) return;
        hear(event);
      }
    } catch (cause) {
      if (signal.aborted) return;
      watch = null;
      refused = cause instanceof ClusterError && cause.status === 403;
      for (const one of followers)
        if (refused) one.end('refused');
        else one.fail(cause);
    }
  }

  function begin(): void {
    if (watch !== null) return;
    const stop = new AbortController();
    watch = { stop, done: run(AbortSignal.any([parts.signal, stop.signal])) };
  }

  async function leave(follower: Follower): Promise<void> {
    followers.delete(follower);
    if (followers.size > 0 || watch === null) return;
    const { stop, done } = watch;
    watch = null;
    stop.abort(nobody);
    await done;
  }

  async function follow(namespace: string, take: Follower['take'], signal: AbortSignal): Promise<'over' | 'refused'> {
    if (refused) return 'refused';
    if (signal.aborted) return 'over';
    const { promise, resolve, reject } = Promise.withResolvers<'over' | 'refused'>();
    const follower: Follower = { namespace, take, end: resolve, fail: reject };
    const ended = () => resolve('over');
    followers.add(follower);
    signal.addEventListener('abort', ended, { once: true });
    take(resetAt(namespace));
    begin();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', ended);
      await leave(follower);
    }
  }

  return {
    in(namespace) {
      const place = placeAt(namespace);
      return {
        get at() {
          return heardAt;
        },
        get watched() {
          return watch !== null;
        },
        get since() {
          return since;
        },
        named: place.named,
        labelled: place.labelled,
        follow: (take, signal) => follow(namespace, take, signal),
      };
    },
  };
}

/** The objects of one namespace. */
interface Place {
  set(object: KubeObject): void;
  delete(object: KubeObject): void;
  clear(): void;
  all(): readonly KubeObject[];
  readonly named: CachedList['named'];
  readonly labelled: CachedList['labelled'];
}

function createPlace(): Place {
  const names = new Map<string, KubeObject>();
  /**
   * By key, then value, because otherwise thousands of workloads would each search thousands of pods. Cleared by every
   * change.
   */
  const labels = new Map<string, ReadonlyMap<string | null, readonly KubeObject[]>>();
  const having = (key: string, value: string): readonly KubeObject[] => {
    const known = labels.get(key) ?? Map.groupBy(names.values(), (item) => stringAt(item, 'metadata', 'labels', key));
    labels.set(key, known);
    return known.get(value) ?? [];
  };
  return {
    set(object) {
      names.set(nameOf(object), object);
      labels.clear();
    },
    delete(object) {
      names.delete(nameOf(object));
      labels.clear();
    },
    clear() {
      names.clear();
      labels.clear();
    },
    all: () => [...names.values()],
    named(name) {
      const found = names.get(name);
      return found === undefined ? [] : [found];
    },
    labelled(wanted) {
      const sets = wanted.map(([key, value]) => having(key, value));
      const all = sets.length === 0 ? [...names.values()] : [];
      const fewest = sets.reduce((few, set) => (set.length < few.length ? set : few), sets[0] ?? all);
      return fewest.filter((item) =>
        wanted.every(([key, value]) => stringAt(item, 'metadata', 'labels', key) === value),
      );
    },
  };
}
