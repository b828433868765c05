import { Refusal } from './answers.ts';
import { isGoing, type Thing } from './things.ts';

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The model's name of the kind. */
  readonly kind: string;
  readonly object: Thing;
  /** Before the change; the object itself where it was added. */
  readonly old: Thing | undefined;
  readonly version: number;
}

/** Every object there is, its versions, and what happened to it: what etcd and the watch cache are to the real server. */
export interface Store {
  get(kind: string, namespace: string, name: string): Thing | undefined;
  list(kind: string, namespace: string | null): readonly Thing[];
  /** Gives the object the next resourceVersion and keeps it; `object` must be a new value. */
  put(kind: string, object: Thing): Thing;
  drop(kind: string, object: Thing): Thing;
  /** The resourceVersion of the last change. */
  readonly version: number;
  /** Changes after a version, oldest first; throws 410 where they are forgotten. */
  since(version: number, kind: string): readonly Change[];
  /** Forgets changes up to a version: watches from before it get 410 (Gone). */
  compact(version?: number): void;
  listen(listener: (change: Change) => void): () => void;
}

const historySize = 4096;

export function createStore(): Store {
  const objects = new Map<string, Map<string, Thing>>();
  const listeners = new Set<(change: Change) => void>();
  let history: Change[] = [];
  let forgotten = 0;
  let version = 0;

  const shelf = (kind: string) => {
    const found = objects.get(kind);
    if (found !== undefined) return found;
    const made = new Map<string, Thing>();
    objects.set(kind, made);
    return made;
  };
  const key = (namespace: string, name: string) => `${namespace}/${name}`;

  function tell(change: Change): void {
    history.push(change);
    if (history.length > historySize * 2) {
      history = history.slice(-historySize);
      forgotten = (history[0]?.version ?? 1) - 1;
    }
    for (const listener of [...listeners]) listener(change);
  }

  function stamped(object: Thing): Thing {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  }

  return {
    get: (kind, namespace, name) => objects.get(kind)?.get(key(namespace, name)),

    list(kind, namespace) {
      const all = [...(objects.get(kind)?.values() ?? [])];
      return namespace === null ? all : all.filter((object) => (object.metadata.namespace ?? '') === namespace);
    },

    put(kind, object) {
      const where = key(object.metadata.namespace ?? '', object.metadata.name);
      const old = shelf(kind).get(where);
      const now = stamped(object);
      shelf(kind).set(where, now);
      tell({ type: old === undefined ? 'ADDED' : 'MODIFIED', kind, object: now, old, version });
      return now;
    },

    drop(kind, object) {
      const where = key(object.metadata.namespace ?? '', object.metadata.name);
      shelf(kind).delete(where);
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
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Objects that are not on their way out. */
export function staying<T extends Thing>(things: readonly T[]): readonly T[] {
  return things.filter((thing) => !isGoing(thing));
}
