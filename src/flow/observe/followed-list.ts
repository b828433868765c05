import { isObject, stringAt } from '../../release/json.ts';
import type { KubeObject, ListQuery } from '../../release/ports.ts';
import { type KindList, nameOf } from './lists.ts';

/** The objects of one list by name, kept current. */
export interface FollowedList {
  readonly query: ListQuery;
  readonly objects: Map<string, KubeObject>;
  since: string;
}

export function followedList({ query, objects, since }: KindList): FollowedList {
  return { query, objects: new Map(objects.map((object) => [nameOf(object), object])), since };
}

/** What a later list shows. An object that is known by a version after that of the list is kept: it was written since. */
export function newest(known: FollowedList, listed: FollowedList): FollowedList {
  const objects = new Map(listed.objects);
  const since = /^\d+$/.test(listed.since) ? BigInt(listed.since) : null;
  for (const [name, object] of known.objects) {
    const found = objects.get(name);
    const version = versionOf(object);
    const later = since !== null && version !== null && version > since;
    if (found === undefined ? later : isOlder(found, object)) objects.set(name, object);
  }
  return { ...listed, objects };
}

/** Versions of one object grow (Kubernetes API concepts, resource versions); what is not a number is taken as newer. */
export function isOlder(object: KubeObject, known: KubeObject | undefined): boolean {
  if (known === undefined || !isObject(known)) return false;
  if (stringAt(object, 'metadata', 'uid') !== stringAt(known, 'metadata', 'uid')) return false;
  const [left, right] = [versionOf(object), versionOf(known)];
  return left !== null && right !== null && left < right;
}

function versionOf(object: KubeObject): bigint | null {
  const text = stringAt(object, 'metadata', 'resourceVersion') ?? '';
  return /^\d+$/.test(text) ? BigInt(text) : null;
}
