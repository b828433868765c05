import { Refusal } from './answers.ts';
import { controllerOf, isGoing, type Thing } from './things.ts';

/** A change of an object. */
export interface Pair<Of extends Thing = Thing> {
  /** The model's name of the kind. */
  readonly kind: string;
  readonly object: Of;
  readonly old: Of | undefined;
}

/** The object before; the object itself when it was deleted, undefined when it was added. */
export interface Change<Of extends Thing = Thing> extends Pair<Of> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
}

/** All objects with their versions and changes, like etcd and the watch cache of the real server. */
export interface Store {
  get(kind: string, namespace: string, name: string): Thing | undefined;
  list(kind: string, namespace: string | null): readonly Thing[];
  /** The objects of a namespace that an object controls, by its uid, in the order of creation. */
  controlled(kind: string, namespace: string, uid: string): readonly Thing[];
  /** Stores the object with the next resourceVersion; `object` must be a new value. */
  put(kind: string, object: Thing): Thing;
  drop(kind: string, object: Thing): Thing;
  /** The resourceVersion of the last change. */
  readonly version: number;
  /** Changes after a version, oldest first; throws 410 when they were dropped. */
  since(version: number, kind: string): readonly Change[];
  /** Drops changes up to a version: watches from before it get 410 (Gone). */
  compact(version?: number): void;
  listen(listener: (change: Change) => void): () => void;
}

const historySize = 4096;

/** The objects of one kind in one namespace, and cached lists that are valid until the next change. */
interface KindCache {
  readonly objects: Map<string, Thing>;
  all: readonly Thing[] | null;
  byController: ReadonlyMap<string, readonly Thing[]> | null;
}

const none: readonly Thing[] = [];

export function createStore(): Store {
  const caches = new Map<string, Map<string, KindCache>>();
  let listeners: readonly ((change: Change) => void)[] = [];
  let history: Change[] = [];
  let forgotten = 0;
  let version = 0;

  const cache = (kind: string, namespace: string): KindCache | undefined => caches.get(kind)?.get(namespace);

  /** The shelf to change; its cached lists are dropped. */
  function changing(kind: string, namespace: string): KindCache {
    const ofKind = caches.get(kind) ?? new Map<string, KindCache>();
    caches.set(kind, ofKind);
    const found = ofKind.get(namespace) ?? { objects: new Map<string, Thing>(), all: null, byController: null };
    ofKind.set(namespace, found);
    found.all = null;
    found.byController = null;
    return found;
  }

  function listed(found: KindCache | undefined): readonly Thing[] {
    if (found === undefined) return none;
    found.all ??= [...found.objects.values()];
    return found.all;
  }

  function tell(change: Change): void {
    history.push(change);
    if (history.length > historySize * 2) {
      history = history.slice(-historySize);
      forgotten = (history[0]?.version ?? 1) - 1;
    }
    for (const listener of listeners) listener(change);
  }

  function stamped(object: Thing): Thing {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  }

  return {
    get: (kind, namespace, name) => cache(kind, namespace)?.objects.get(name),

    list(kind, namespace) {
      if (namespace !== null) return listed(cache(kind, namespace));
      return [...(caches.get(kind)?.values() ?? [])].flatMap(listed);
    },

    controlled(kind, namespace, uid) {
      const found = cache(kind, namespace);
      if (found === undefined) return none;
      found.byController ??= Map.groupBy(listed(found), (one) => controllerOf(one)?.uid ?? '');
      return found.byController.get(uid) ?? none;
    },

    put(kind, object) {
      const { objects } = changing(kind, object.metadata.namespace ?? '');
      const old = objects.get(object.metadata.name);
      const now = stamped(object);
      objects.set(object.metadata.name, now);
      tell({ type: old === undefined ? 'ADDED' : 'MODIFIED', kind, object: now, old, version });
      return now;
    },

    drop(kind, object) {
      changing(kind, object.metadata.namespace ?? '').objects.delete(object.metadata.name);
      const last = stamped(object);
      tell({ type: 'DELETED', kind, object: last, old: object, version });
      return last;
    },

    get version() {
      return version;
    },

    since(from, kind) {
      if (from < forgotten) throw new Refusal(410, 'Expired', `too old resource version: ${from} (${forgotten + 1})`);
      return history.filter((change) => change.version > from && change.kind === kind);
    },

    compact(upTo = version) {
      forgotten = Math.max(forgotten, upTo);
      history = history.filter((change) => change.version > forgotten);
    },

    listen(listener) {
      const one = (change: Change) => listener(change);
      listeners = [...listeners, one];
      return () => {
        listeners = listeners.filter((other) => other !== one);
      };
    },
  };
}

/** Objects that are not being deleted. */
export function staying<T extends Thing>(things: readonly T[]): readonly T[] {
  return things.filter((thing) => !isGoing(thing));
}
