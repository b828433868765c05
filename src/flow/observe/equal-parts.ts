import { isObject, type Json, listAt, objectAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';

/** Different parts that are known at one time. Beyond it all are forgotten, and a part that comes again is kept once more. */
const MOST = 1000;

/**
 * A function that returns each object with the same value, and with one copy of the parts that the objects of a list have in common:
 * the fields of their managers, and conditions. Without it they are half of the memory that a list of workloads takes. Objects from
 * the cluster never change, so they may share parts.
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

  /** An entry as a whole has a time, which differs. */
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
