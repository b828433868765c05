import { isObject, type Json, listAt, objectAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';

/** The most different parts that are remembered. When there are more, all are forgotten, and the sharing begins again. */
const MOST = 1000;

/**
 * Returns a function that saves memory for the objects of one list. It returns an object of the same value, in which managedFields and
 * conditions that equal those of an earlier object are that object's own. Such parts take half of the memory of a list of workloads.
 * Nothing changes an object from the cluster, so objects may share parts.
 */
export function sharingEqualParts(): (object: KubeObject) => KubeObject {
  const parts = new Map<string, Json>();

  function shared(value: Json): Json {
    if (typeof value !== 'string' && !isObject(value)) return value;
    const text = JSON.stringify(value);
    const known = parts.get(text);
    if (known !== undefined) return known;
    if (parts.size >= MOST) parts.clear();
    parts.set(text, value);
    return value;
  }

  /** Shares the values of an entry of managedFields one by one, because the time in it makes each whole entry different. */
  function manager(entry: Json): Json {
    if (!isObject(entry)) return entry;
    return Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, shared(value)]));
  }

  return (object) => {
    const managers = listAt(object, 'metadata', 'managedFields');
    const conditions = listAt(object, 'status', 'conditions');
    const metadata = { ...objectAt(object, 'metadata'), managedFields: managers.map(manager) };
    const status = { ...objectAt(object, 'status'), conditions: conditions.map(shared) };
    return {
      ...object,
      ...(managers.length === 0 ? {} : { metadata }),
      ...(conditions.length === 0 ? {} : { status }),
    };
  };
}
