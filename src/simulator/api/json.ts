/** JSON as the API server stores it. Stored values are never changed in place: a write makes new values and shares the others. */
export type Json = null | boolean | number | string | readonly Json[] | JsonMap;
export interface JsonMap {
  readonly [key: string]: Json;
}

/** A value that may hold undefined, as typed objects of the model do; `clean` makes JSON of it. */
export type Loose = unknown;

export function isMap(value: Loose): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a list. `Array.isArray` does not narrow readonly lists. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function at(value: Loose, ...path: readonly (string | number)[]): Json | undefined {
  let here: Loose = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string | number, unknown>)[key];
  }
  return here as Json | undefined;
}

export function textAt(value: Loose, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

export function numberAt(value: Loose, ...path: readonly (string | number)[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : 0;
}

export function listAt(value: Loose, ...path: readonly (string | number)[]): readonly Json[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function mapAt(value: Loose, ...path: readonly (string | number)[]): JsonMap {
  const found = at(value, ...path);
  return isMap(found) ? found : {};
}

/** The value if it is a map, else an empty map. */
export function mapOf(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

/** The value without undefined members; the value itself when it has none. */
export function clean(value: Loose): Json {
  if (typeof value !== 'object' || value === null) return (value ?? null) as Json;
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    for (let index = 0; index < items.length; index += 1)
      if (clean(items[index]) !== items[index]) return items.map(clean);
    return value as readonly Json[];
  }
  const map = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(map)) {
    const member = map[key];
    if (member === undefined || (typeof member === 'object' && clean(member) !== member)) return cleaned(map);
  }
  return value as JsonMap;
}

function cleaned(map: Readonly<Record<string, unknown>>): JsonMap {
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(map)) if (member !== undefined) result[key] = clean(member);
  return result;
}

/**
 * The value as JSON (without undefined members). Every part that equals a part of the old value is that part itself, so that
 * unchanged parts can be found by identity.
 */
export function beside(value: Loose, old: Loose): Json {
  if (value === old || typeof value !== 'object' || value === null) return (value ?? null) as Json;
  if (Array.isArray(value)) return listBeside(value, Array.isArray(old) ? old : null);
  return mapBeside(value as LooseMap, isMap(old) ? old : null);
}

type LooseMap = Readonly<Record<string, unknown>>;

function listBeside(list: readonly unknown[], old: readonly Json[] | null): Json {
  let result: Json[] | null = null;
  let isOld = old !== null && old.length === list.length;
  for (let index = 0; index < list.length; index += 1) {
    const given = list[index];
    const item = beside(given, old?.[index]);
    if (isOld && item !== old?.[index]) isOld = false;
    if (item === given) continue;
    result ??= [...(list as readonly Json[])];
    result[index] = item;
  }
  return isOld && old !== null ? old : (result ?? (list as readonly Json[]));
}

function mapBeside(map: LooseMap, old: JsonMap | null): Json {
  const keys = Object.keys(map);
  let result: Record<string, Json> | null = null;
  let isOld = old !== null;
  let kept = 0;
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] ?? '';
    const given = map[key];
    const before = old?.[key];
    const member = given === undefined || given === before ? given : beside(given, before);
    if (member !== undefined) kept += 1;
    if (isOld && member !== before) isOld = false;
    if (result === null && (member === undefined || member !== given)) {
      result = {};
      for (let earlier = 0; earlier < index; earlier += 1) {
        const name = keys[earlier] ?? '';
        result[name] = map[name] as Json;
      }
    }
    if (result !== null && member !== undefined) result[key] = member as Json;
  }
  if (isOld && old !== null && kept === Object.keys(old).length) return old;
  return result ?? (map as JsonMap);
}

/** Deep equality; the order of keys does not matter, a missing member equals an undefined one. */
export function same(one: Loose, two: Loose): boolean {
  if (one === two) return true;
  if (typeof one !== 'object' || typeof two !== 'object' || one === null || two === null) return false;
  if (Array.isArray(one) || Array.isArray(two)) {
    if (!Array.isArray(one) || !Array.isArray(two) || one.length !== two.length) return false;
    return one.every((item, index) => same(item, two[index]));
  }
  const left = one as Record<string, unknown>;
  const right = two as Record<string, unknown>;
  for (const key in left) if (left[key] !== right[key] && !same(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

/** The value with one member set, or removed when it is undefined. Missing maps on the path are added. */
export function withAt(value: Json | undefined, path: readonly string[], member: Json | undefined): JsonMap {
  const [key, ...rest] = path;
  const map = isMap(value) ? value : {};
  if (key === undefined) return map;
  if (rest.length > 0) {
    if (member === undefined && !isMap(map[key])) return map;
    return { ...map, [key]: withAt(map[key], rest, member) };
  }
  if (member !== undefined) return { ...map, [key]: member };
  const { [key]: _gone, ...others } = map;
  return others;
}

/** RFC 7386. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isMap(patch)) return patch;
  const result: Record<string, Json> = isMap(target) ? { ...target } : {};
  for (const [key, member] of Object.entries(patch)) {
    if (member === null) delete result[key];
    else result[key] = mergePatch(result[key], member);
  }
  return result;
}

/** JSON with sorted keys, for hashes and comparisons. */
export function canonical(value: Loose): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

const parsed = new Map<string, Json>();

/** Parses JSON with a cache, for texts that are read often, such as the engine's annotations. */
export function parsedText(text: string): Json {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  if (parsed.size > 256) parsed.clear();
  const made = JSON.parse(text) as Json;
  parsed.set(text, made);
  return made;
}
