import { isMap, type Json, type JsonMap } from './json.ts';
import type { KindInfo } from './kinds.ts';

/**
 * The structure of a value for server-side apply: maps with owners for each member, lists with keyed items, sets, and
 * values with one owner. Has only the OpenAPI markers of the kinds that are served here.
 */
export type Shape = 'members' | 'whole' | 'set' | { readonly keys: readonly string[] };

const podLists: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  imagePullSecrets: ['name'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  env: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
};

const wholeMaps = new Set([
  'selector',
  'nodeSelector',
  'configMapKeyRef',
  'secretKeyRef',
  'fieldRef',
  'resourceFieldRef',
]);

/** Custom resources without markers: maps by member, lists as a whole (Rollout steps, HTTPRoute rules). */
function hasMarkers(group: string): boolean {
  const known = marked.get(group);
  if (known !== undefined) return known;
  const native = !group.includes('.') || group.endsWith('.k8s.io');
  const made = native && group !== 'gateway.networking.k8s.io';
  marked.set(group, made);
  return made;
}

const marked = new Map<string, boolean>();

/** `names` are the field names from the root, list items left out. */
export function shapeOf(info: KindInfo, names: readonly string[], value: Json): Shape {
  const last = names.at(-1) ?? '';
  const parent = names.at(-2) ?? '';
  const known = hasMarkers(info.group);
  if (Array.isArray(value)) {
    if (parent === 'metadata' && last === 'finalizers') return 'set';
    if (parent === 'metadata' && last === 'ownerReferences') return { keys: ['uid'] };
    if (last === 'conditions' && known) return { keys: ['type'] };
    if (!known) return 'whole';
    if (last === 'ports' && parent === 'containers') return { keys: ['containerPort', 'protocol'] };
    if (last === 'ports' && parent === 'spec' && info.id === 'Service') return { keys: ['port', 'protocol'] };
    const keys = names.includes('spec') ? podLists[last] : undefined;
    return keys === undefined ? 'whole' : { keys };
  }
  if (isMap(value)) return known && parent !== 'metadata' && wholeMaps.has(last) ? 'whole' : 'members';
  return 'whole';
}

const keyDefaults: JsonMap = { protocol: 'TCP' };

/** An item's key as a path element of managedFields: `k:{"name":"main"}`. */
export function keyOf(item: Json, keys: readonly string[]): string {
  const map = isMap(item) ? item : {};
  const parts = keys.flatMap((key) => {
    const value = map[key] ?? keyDefaults[key];
    return value === undefined ? [] : [`${JSON.stringify(key)}:${JSON.stringify(value)}`];
  });
  return `k:{${parts.join(',')}}`;
}

/** Adds missing members of a key with the defaults of the schema. */
export function withKeys(item: Json, keys: readonly string[]): Json {
  if (!isMap(item)) return item;
  const missing = keys.filter((key) => item[key] === undefined && keyDefaults[key] !== undefined);
  return missing.length === 0
    ? item
    : { ...item, ...Object.fromEntries(missing.map((key) => [key, keyDefaults[key] ?? null])) };
}
