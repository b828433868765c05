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

function isNobodys([first = '', second = '']: readonly string[], depth: number): boolean {
  if (depth === 1) return noOwner.ofRoot.has(first);
  return depth === 2 && first === 'metadata' && noOwner.ofMetadata.has(second);
}

/** Every field a value holds. */
export function fieldsOf(info: KindInfo, value: JsonMap): Set<string> {
  const found = new Set<string>();
  walk(info, value, [], [], (path) => found.add(path));
  return found;
}

function walk(
  info: KindInfo,
  value: Json,
  path: readonly string[],
  names: readonly string[],
  visit: (path: string) => void,
): void {
  if (isNobodys(names, names.length)) return;
  const shape = shapeOf(info, names, value);
  if (shape === 'members' && isMap(value)) {
    const members = Object.entries(value);
    if (members.length === 0 && path.length > 0) visit(path.join(join));
    for (const [key, member] of members) walk(info, member, [...path, `f:${key}`], [...names, key], visit);
    return;
  }
  if (Array.isArray(value) && value.length > 0 && shape === 'set') {
    for (const item of value as readonly Json[]) visit([...path, `v:${JSON.stringify(item)}`].join(join));
    return;
  }
  if (Array.isArray(value) && value.length > 0 && typeof shape === 'object') {
    for (const item of value as readonly Json[]) {
      const here = [...path, keyOf(item, shape.keys)];
      visit(here.join(join));
      if (!isMap(item)) continue;
      for (const [key, member] of Object.entries(item))
        walk(info, member, [...here, `f:${key}`], [...names, key], visit);
    }
    return;
  }
  if (path.length > 0) visit(path.join(join));
}

export interface Difference {
  /** Fields with another value, or new. */
  readonly changed: Fields;
  readonly removed: Fields;
}

/** What differs between two objects, by field. */
export function compare(info: KindInfo, before: JsonMap, after: JsonMap): Difference {
  const changed = new Set<string>();
  const removed = new Set<string>();
  differ(info, before, after, [], [], changed, removed);
  return { changed, removed };
}

function differ(
  info: KindInfo,
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[],
  names: readonly string[],
  changed: Set<string>,
  removed: Set<string>,
): void {
  if (
    before === after ||
    isNobodys(names, names.length) ||
    (before !== undefined && after !== undefined && same(before, after))
  )
    return;
  if (after === undefined) {
    if (before !== undefined) walk(info, before, path, names, (gone) => removed.add(gone));
    return;
  }
  if (before === undefined) {
    walk(info, after, path, names, (made) => changed.add(made));
    return;
  }
  const shape = shapeOf(info, names, after);
  if (shape === 'members' && isMap(before) && isMap(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      differ(info, before[key], after[key], [...path, `f:${key}`], [...names, key], changed, removed);
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && (shape === 'set' || typeof shape === 'object')) {
    const name = (item: Json) =>
      shape === 'set' ? `v:${JSON.stringify(item)}` : keyOf(item, (shape as { keys: readonly string[] }).keys);
    const old = new Map((before as readonly Json[]).map((item) => [name(item), item]));
    const now = new Map((after as readonly Json[]).map((item) => [name(item), item]));
    for (const key of new Set([...old.keys(), ...now.keys()])) {
      const was = old.get(key);
      const is = now.get(key);
      const here = [...path, key];
      if (was === undefined) changed.add(here.join(join));
      if (is === undefined) removed.add(here.join(join));
      if (!isMap(was) && !isMap(is)) continue;
      const left = isMap(was) ? was : {};
      const right = isMap(is) ? is : {};
      for (const member of new Set([...Object.keys(left), ...Object.keys(right)])) {
        differ(info, left[member], right[member], [...here, `f:${member}`], [...names, member], changed, removed);
      }
    }
    return;
  }
  if (path.length > 0) changed.add(path.join(join));
}

/** As FieldsV1: nested maps, `.` where the item itself is owned too. */
export function toV1(fields: Fields): JsonMap {
  const root: Record<string, Json> = {};
  for (const path of [...fields].sort()) {
    let here = root;
    for (const part of path.split(join)) {
      here[part] ??= {};
      here = here[part] as Record<string, Json>;
    }
    const last = path.split(join).at(-1) ?? '';
    if (last.startsWith('k:')) here['.'] = {};
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

/** Whether a path lies in an item or map that another path names. */
export function within(path: string, outer: string): boolean {
  return path === outer || path.startsWith(outer + join);
}

export function isStatus(path: string): boolean {
  return path === 'f:status' || path.startsWith(`f:status${join}`);
}

/** An object without the given fields; maps that this empties stay where they were owned by nobody else's field. */
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
