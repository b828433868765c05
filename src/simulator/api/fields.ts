import { isMap, type Json, type JsonMap, same } from './json.ts';
import type { KindInfo } from './kinds.ts';
import { keyOf, shapeOf } from './shape.ts';

/** Paths of managedFields, each `f:spec␟f:replicas`; a list item is a path of its own. */
export type Fields = ReadonlySet<string>;

const join = '\u241f';
const noOwner = {
  ofRoot: new Set(['apiVersion', 'kind']),
  ofMetadata: new Set([
    'name',
    'namespace',
    'uid',
    'resourceVersion',
    'generation',
    'creationTimestamp',
    'deletionTimestamp',
    'managedFields',
    'selfLink',
  ]),
};

function isNobodys(names: readonly string[]): boolean {
  if (names.length === 1) return noOwner.ofRoot.has(names[0] ?? '');
  return names.length === 2 && names[0] === 'metadata' && noOwner.ofMetadata.has(names[1] ?? '');
}

/** A path with one more part. */
function under(path: string, part: string): string {
  return path === '' ? part : `${path}${join}${part}`;
}

/** Every field a value holds. */
export function fieldsOf(info: KindInfo, value: JsonMap): Set<string> {
  const found = new Set<string>();
  walk({ info, names: [], visit: (path) => found.add(path) }, value, '');
  return found;
}

interface Walking {
  readonly info: KindInfo;
  /** The field names from the root to here. */
  readonly names: string[];
  readonly visit: (path: string) => void;
}

function walk(walking: Walking, value: Json, path: string): void {
  const { info, names, visit } = walking;
  if (isNobodys(names)) return;
  const shape = shapeOf(info, names, value);
  if (shape === 'members' && isMap(value)) {
    const keys = Object.keys(value);
    if (keys.length === 0 && path !== '') visit(path);
    walkMembers(walking, value, keys, path);
    return;
  }
  if (Array.isArray(value) && value.length > 0 && shape === 'set') {
    for (const item of value as readonly Json[]) visit(under(path, `v:${JSON.stringify(item)}`));
    return;
  }
  if (Array.isArray(value) && value.length > 0 && typeof shape === 'object') {
    for (const item of value as readonly Json[]) {
      const here = under(path, keyOf(item, shape.keys));
      visit(here);
      if (isMap(item)) walkMembers(walking, item, Object.keys(item), here);
    }
    return;
  }
  if (path !== '') visit(path);
}

function walkMembers(walking: Walking, map: JsonMap, keys: readonly string[], path: string): void {
  for (const key of keys) {
    walking.names.push(key);
    walk(walking, map[key] ?? null, under(path, `f:${key}`));
    walking.names.pop();
  }
}

export interface Difference {
  /** Fields that are new or have another value. */
  readonly changed: Fields;
  readonly removed: Fields;
}

/** The differences between two objects, by field. Shared parts are skipped. */
export function compare(info: KindInfo, before: JsonMap, after: JsonMap): Difference {
  const changed = new Set<string>();
  const removed = new Set<string>();
  differ({ info, names: [], changed, removed }, before, after, '');
  return { changed, removed };
}

interface Comparing {
  readonly info: KindInfo;
  readonly names: string[];
  readonly changed: Set<string>;
  readonly removed: Set<string>;
}

function differ(comparing: Comparing, before: Json | undefined, after: Json | undefined, path: string): void {
  const { info, names, changed, removed } = comparing;
  if (before === after || isNobodys(names)) return;
  if (after === undefined) {
    if (before !== undefined) walk({ info, names, visit: (gone) => removed.add(gone) }, before, path);
    return;
  }
  if (before === undefined) {
    walk({ info, names, visit: (made) => changed.add(made) }, after, path);
    return;
  }
  const shape = shapeOf(info, names, after);
  if (shape === 'members' && isMap(before) && isMap(after)) {
    differMembers(comparing, before, after, path);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && (shape === 'set' || typeof shape === 'object')) {
    const name = (item: Json) => (shape === 'set' ? `v:${JSON.stringify(item)}` : keyOf(item, shape.keys));
    const [left, right] = [before as readonly Json[], after as readonly Json[]];
    // An item at the same position is compared without its key.
    const named = (items: readonly Json[], others: readonly Json[]) =>
      new Map(items.flatMap((item, index) => (item === others[index] ? [] : [[name(item), item] as const])));
    const [old, now] = [named(left, right), named(right, left)];
    for (const key of new Set([...old.keys(), ...now.keys()])) {
      const was = old.get(key);
      const is = now.get(key);
      const here = under(path, key);
      if (was === undefined) changed.add(here);
      if (is === undefined) removed.add(here);
      if (isMap(was) || isMap(is)) differMembers(comparing, isMap(was) ? was : {}, isMap(is) ? is : {}, here);
    }
    return;
  }
  if (path !== '' && !same(before, after)) changed.add(path);
}

function differMembers(comparing: Comparing, before: JsonMap, after: JsonMap, path: string): void {
  if (before === after) return;
  const one = (key: string) => {
    const [was, is] = [before[key], after[key]];
    if (was === is) return;
    comparing.names.push(key);
    differ(comparing, was, is, under(path, `f:${key}`));
    comparing.names.pop();
  };
  for (const key of Object.keys(before)) one(key);
  for (const key of Object.keys(after)) if (before[key] === undefined) one(key);
}

/** As FieldsV1: nested maps, `.` where the item itself is owned too. */
export function toV1(fields: Fields): JsonMap {
  const root: Record<string, Json> = {};
  for (const path of [...fields].sort()) {
    const parts = path.split(join);
    let here = root;
    for (const part of parts) {
      here[part] ??= {};
      here = here[part] as Record<string, Json>;
    }
    if (parts.at(-1)?.startsWith('k:') === true) here['.'] = {};
  }
  return root;
}

export function fromV1(value: Json): Set<string> {
  const found = new Set<string>();
  const down = (node: Json, path: readonly string[]) => {
    const members = isMap(node) ? Object.entries(node) : [];
    if (path.length > 0 && (members.length === 0 || (isMap(node) && '.' in node))) found.add(path.join(join));
    for (const [key, member] of members) if (key !== '.') down(member, [...path, key]);
  };
  down(value, []);
  return found;
}

/** `.spec.template.spec.containers[name="main"].image`, as conflicts name fields. */
export function printed(path: string): string {
  return path
    .split(join)
    .map((part) => {
      if (part.startsWith('f:')) return `.${part.slice(2)}`;
      if (part.startsWith('v:')) return `[=${part.slice(2)}]`;
      const keys = JSON.parse(part.slice(2)) as Record<string, Json>;
      return `[${Object.entries(keys)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(',')}]`;
    })
    .join('');
}

/** Whether a path is inside an item or map of another path. */
export function within(path: string, outer: string): boolean {
  return path === outer || path.startsWith(outer + join);
}

export function isStatus(path: string): boolean {
  return path === 'f:status' || path.startsWith(`f:status${join}`);
}

/** The object without the given fields. A map that becomes empty is removed, unless a field of another owner keeps it. */
export function without(info: KindInfo, value: JsonMap, gone: Fields): JsonMap {
  const drop = (node: Json, path: readonly string[], names: readonly string[]): Json | undefined => {
    const here = path.join(join);
    if (gone.has(here)) return undefined;
    const shape = shapeOf(info, names, node);
    if (shape === 'members' && isMap(node)) {
      const members = Object.entries(node).flatMap(([key, member]) => {
        const kept = drop(member, [...path, `f:${key}`], [...names, key]);
        return kept === undefined ? [] : [[key, kept] as const];
      });
      if (members.length === 0 && Object.keys(node).length > 0 && path.length > 1) return undefined;
      return Object.fromEntries(members);
    }
    if (Array.isArray(node) && typeof shape === 'object') {
      const items: readonly Json[] = (node as readonly Json[]).flatMap((item): readonly Json[] => {
        const itemPath = [...path, keyOf(item, shape.keys)];
        if (gone.has(itemPath.join(join))) return [];
        if (!isMap(item)) return [item];
        const members = Object.entries(item).flatMap(([key, member]) => {
          const kept = drop(member, [...itemPath, `f:${key}`], [...names, key]);
          return kept === undefined ? [] : [[key, kept] as const];
        });
        return [Object.fromEntries(members)];
      });
      return items.length === 0 && node.length > 0 ? undefined : items;
    }
    if (Array.isArray(node) && shape === 'set') {
      const items = (node as readonly Json[]).filter(
        (item) => !gone.has([...path, `v:${JSON.stringify(item)}`].join(join)),
      );
      return items.length === 0 && node.length > 0 ? undefined : items;
    }
    return node;
  };
  const result = drop(value, [], []);
  return isMap(result) ? result : {};
}
