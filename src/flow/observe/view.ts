import type { KubeObject, ListQuery, WatchEvent } from '../../release/ports.ts';
import type { KindList } from './lists.ts';
import { isBefore, isUpTo, nameOf, versionOf } from './versions.ts';

/**
 * The objects of one kind that a delivery has: from a list of its own or a part of a shared one, and from later events.
 */
export interface View {
  readonly query: ListQuery;
  /** The view contains every change up to this version. */
  readonly since: string;
  readonly objects: readonly KubeObject[];
  /** Returns whether the event changes the view. It does not when a list or a write has shown it already. */
  take(event: WatchEvent): boolean;
  /** Takes the answer to a write. Older events about the object are ignored then. */
  wrote(object: KubeObject): void;
}

export function viewOf({ query, matches, objects, since: from }: KindList): View {
  const known = new Map(objects.map((object) => [nameOf(object), object]));
  let since = from;

  function isNewest(object: KubeObject): boolean {
    const found = known.get(nameOf(object));
    return found === undefined || !isBefore(versionOf(object), versionOf(found));
  }

  function begin({ items, resourceVersion }: Extract<WatchEvent, { type: 'reset' }>): void {
    const names = new Set(items.map(nameOf));
    for (const [name, object] of known) {
      if (!names.has(name) && !isBefore(resourceVersion, versionOf(object))) known.delete(name);
    }
    for (const item of items) if (isNewest(item)) known.set(nameOf(item), item);
  }

  return {
    query,
    get since() {
      return since;
    },
    get objects() {
      return [...known.values()];
    },
    take(event) {
      const version = event.type === 'reset' ? event.resourceVersion : versionOf(event.object);
      if (isUpTo(version, since)) return false;
      since = version;
      if (event.type === 'reset') {
        begin({ ...event, items: event.items.filter(matches) });
        return true;
      }
      const { object } = event;
      if (!isNewest(object)) return false;
      if (event.type === 'deleted' || !matches(object)) return known.delete(nameOf(object));
      known.set(nameOf(object), object);
      return true;
    },
    wrote(object) {
      if (isNewest(object)) known.set(nameOf(object), object);
    },
  };
}
