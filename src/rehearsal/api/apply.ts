import { type Cause, Refusal } from './answers.ts';
import { compare, type Fields, fieldsOf, fromV1, isStatus, printed, toV1, within, without } from './fields.ts';
import { beside, isMap, type Json, type JsonMap, mapAt } from './json.ts';
import { apiVersionOf, type KindInfo } from './kinds.ts';
import { keyOf, shapeOf, withKeys } from './shape.ts';
import type { ManagedField } from './things.ts';

interface Owner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource: string;
  readonly apiVersion: string;
  readonly time: string;
  readonly fields: Fields;
  /** The entry it was read from, as long as nothing of it has changed. */
  readonly entry?: ManagedField;
}

export interface Applied {
  readonly object: JsonMap;
  readonly managedFields: readonly ManagedField[];
}

export interface ApplyRequest {
  readonly info: KindInfo;
  readonly live: JsonMap;
  readonly config: JsonMap;
  readonly manager: string;
  readonly force: boolean;
  readonly time: string;
  readonly apiVersion: string;
}

/**
 * Server-side apply without defaults and admission: what is in the config gets its value and this owner, what this owner
 * had and no longer names goes unless another owns it, and a field another owns with another value is a conflict.
 */
export function serverSideApply({ info, live, config, manager, force, time, apiVersion }: ApplyRequest): Applied {
  const owners = ownersOf(live);
  const mine = owners.find(
    (owner) => owner.manager === manager && owner.operation === 'Apply' && owner.subresource === '',
  );
  const others = owners.filter((owner) => owner !== mine);
  const wanted = new Set([...fieldsOf(info, config)].filter((path) => !isStatus(path)));
  const owned = others.flatMap((owner) => [...owner.fields]);
  const kept = new Set([...wanted, ...owned]);
  const stale = [...(mine?.fields ?? [])].filter(
    (path) =>
      !kept.has(path) &&
      !owned.some((other) => within(other, path)) &&
      ![...wanted].some((other) => within(other, path)),
  );
  const merged = mergeConfig(info, live, config, []);
  const whole = isMap(merged) ? merged : {};
  const next = beside(stale.length === 0 ? whole : without(info, whole, new Set(stale)), live);
  const object = isMap(next) ? next : {};
  const { changed } = compare(info, live, object);

  const clashes = others.flatMap((owner) =>
    [...owner.fields].filter((path) => changed.has(path) && wanted.has(path)).map((path) => ({ owner, path })),
  );
  if (clashes.length > 0 && !force) throw applyConflict(clashes);
  const lost = new Set(clashes.map(({ path }) => path));
  const rest = others.map((owner) => losing(owner, [...lost]));
  const unchanged =
    mine !== undefined && mine.fields.size === wanted.size && [...wanted].every((path) => mine.fields.has(path));
  const me: Owner = {
    manager,
    operation: 'Apply',
    subresource: '',
    apiVersion,
    time: unchanged && changed.size === 0 ? mine.time : time,
    fields: wanted,
  };
  return { object, managedFields: managedFields([...rest, me]) };
}

/** Who owns what after a write that is no apply: whoever changed a field owns it, alone. */
export function trackUpdate(request: Update): readonly ManagedField[] {
  const { info, before, after, manager, subresource, time } = request;
  // A write of managedFields themselves is taken as it is (E33); an empty list clears them.
  const given = mapAt(after, 'metadata')['managedFields'];
  const stored = mapAt(before, 'metadata')['managedFields'];
  const replaced = isMap(before['metadata']) && given !== stored && given !== undefined;
  const alone = replaced ? null : sameShape(request);
  if (alone !== null) return alone;
  const owners = ownersOf(replaced ? after : before);
  const { changed, removed } = compare(info, before, after);
  const taken: string[] = [];
  for (const path of changed) if (isStatus(path) === (subresource === 'status')) taken.push(path);
  if (taken.length === 0 && removed.size === 0) return managedFields(owners);
  const isMine = (owner: Owner) =>
    owner.manager === manager && owner.operation === 'Update' && owner.subresource === subresource;
  const mine = owners.find(isMine);
  const lost = [...removed, ...taken];
  const rest = owners.filter((owner) => owner !== mine).map((owner) => losing(owner, lost));
  const apiVersion = apiVersionOf(info);
  const fields = taking(mine, taken, removed);
  const isSame = mine?.fields === fields && mine.time === time && mine.apiVersion === apiVersion;
  const me: Owner = isSame ? mine : { manager, operation: 'Update', subresource, apiVersion, time, fields };
  return managedFields([...rest, me]);
}

interface Update {
  readonly info: KindInfo;
  readonly before: JsonMap;
  readonly after: JsonMap;
  readonly manager: string;
  readonly subresource: string;
  readonly time: string;
}

/** Most writes of a controller change the values of fields that are its own already: its fields are the same then. */
function taking(mine: Owner | undefined, taken: readonly string[], removed: Fields): Fields {
  if (mine === undefined) return new Set(taken);
  const { fields } = mine;
  const loses = anyOf(removed, (path) => fields.has(path));
  if (!loses && taken.every((path) => fields.has(path))) return fields;
  const next = new Set(fields);
  for (const path of removed) next.delete(path);
  for (const path of taken) next.add(path);
  return next;
}

function anyOf<T>(items: Iterable<T>, test: (item: T) => boolean): boolean {
  for (const item of items) if (test(item)) return true;
  return false;
}

/**
 * The owners after a write of a status whose fields are all one manager's already, and none is new or gone: its time alone
 * moves. It is what the engine writes most of the time; null for anything else.
 */
function sameShape({ before, after, manager, subresource, time }: Update): readonly ManagedField[] | null {
  if (subresource !== 'status' || !alike(before['status'], after['status'])) return null;
  const entries = mapAt(before, 'metadata')['managedFields'];
  const owners = (Array.isArray(entries) ? entries : []) as unknown as readonly ManagedField[];
  const [only, ...others] = owners.filter((entry) => entry.subresource === 'status');
  if (only?.manager !== manager || others.length > 0) return null;
  if (only.time === time) return owners;
  return owners.map((entry) => (entry === only ? entryOf({ ...ownerOf(entry), time }) : entry));
}

/** The same members all the way down, whatever their values. */
function alike(one: Json | undefined, two: Json | undefined): boolean {
  if (one === two) return true;
  if (Array.isArray(one) && Array.isArray(two)) {
    const [left, right] = [one as readonly Json[], two as readonly Json[]];
    return (
      left.length === right.length &&
      left.every((item, index) => isMap(item) === isMap(right[index]) && keyed(item, right[index]))
    );
  }
  if (isMap(one) && isMap(two)) {
    const keys = Object.keys(one);
    return keys.length === Object.keys(two).length && keys.every((key) => key in two && alike(one[key], two[key]));
  }
  return (
    isMap(one) === isMap(two) && Array.isArray(one) === Array.isArray(two) && one !== undefined && two !== undefined
  );
}

/** Items of a list are told apart by their type, as conditions are. */
function keyed(one: Json, two: Json | undefined): boolean {
  return !isMap(one) || !isMap(two) || (one['type'] === two['type'] && alike(one, two));
}

/** The owner without some of its fields; the very same where it has none of them. */
function losing(owner: Owner, gone: readonly string[]): Owner {
  const had = gone.filter((path) => owner.fields.has(path));
  if (had.length === 0) return owner;
  const { entry: _entry, ...others } = owner;
  const fields = new Set(owner.fields);
  for (const path of had) fields.delete(path);
  return { ...others, fields };
}

function ownersOf(object: JsonMap): readonly Owner[] {
  const entries = mapAt(object, 'metadata')['managedFields'];
  return (Array.isArray(entries) ? (entries as unknown as readonly ManagedField[]) : []).flatMap((entry) =>
    entry.manager === undefined ? [] : [ownerOf(entry)],
  );
}

/** Owners of entries: of those made here, and of those that somebody has written. */
const known = new WeakMap<ManagedField, Owner>();

function ownerOf(entry: ManagedField): Owner {
  const found = known.get(entry);
  if (found !== undefined) return found;
  const made: Owner = {
    manager: entry.manager,
    operation: entry.operation,
    subresource: entry.subresource ?? '',
    apiVersion: entry.apiVersion,
    time: entry.time,
    fields: isMap(entry.fieldsV1) ? fromV1(entry.fieldsV1) : new Set(),
    entry,
  };
  known.set(entry, made);
  return made;
}

const texts = new WeakMap<Fields, JsonMap>();

function fieldsV1Of(fields: Fields): JsonMap {
  const found = texts.get(fields);
  if (found !== undefined) return found;
  const made = toV1(fields);
  texts.set(fields, made);
  return made;
}

/** The entry as it is served. Its fields are written out when somebody reads them: few of the many versions are ever read. */
function entryOf({ manager, operation, apiVersion, time, fields, subresource }: Owner): ManagedField {
  const entry: ManagedField = {
    manager,
    operation,
    apiVersion,
    time,
    fieldsType: 'FieldsV1',
    get fieldsV1() {
      return fieldsV1Of(fields);
    },
    ...(subresource === '' ? {} : { subresource }),
  };
  known.set(entry, { manager, operation, apiVersion, time, fields, subresource, entry });
  return entry;
}

/** Whether two entries say the same, their times aside. */
export function sameOwner(one: ManagedField, two: ManagedField | undefined): boolean {
  if (one === two) return true;
  if (two === undefined) return false;
  const [left, right] = [ownerOf(one), ownerOf(two)];
  return (
    left.manager === right.manager &&
    left.operation === right.operation &&
    left.apiVersion === right.apiVersion &&
    left.subresource === right.subresource &&
    left.fields.size === right.fields.size &&
    (left.fields === right.fields || [...left.fields].every((path) => right.fields.has(path)))
  );
}

function managedFields(owners: readonly Owner[]): readonly ManagedField[] {
  return owners.filter((owner) => owner.fields.size > 0).map((owner) => owner.entry ?? entryOf(owner));
}

function mergeConfig(info: KindInfo, live: Json | undefined, config: Json, names: readonly string[]): Json {
  const shape = shapeOf(info, names, config);
  if (shape === 'members' && isMap(config)) {
    const result: Record<string, Json> = isMap(live) ? { ...live } : {};
    for (const [key, member] of Object.entries(config)) {
      if (names.length === 0 && (key === 'status' || key === 'metadata')) continue;
      result[key] = mergeConfig(info, result[key], member, [...names, key]);
    }
    if (names.length === 0) result['metadata'] = mergeMetadata(info, result['metadata'], config['metadata'] ?? {});
    return result;
  }
  if (Array.isArray(config) && shape === 'set') {
    const old = Array.isArray(live) ? (live as readonly Json[]) : [];
    return [...old, ...(config as readonly Json[]).filter((item) => !old.includes(item))];
  }
  if (Array.isArray(config) && typeof shape === 'object') {
    const { keys } = shape;
    const old = Array.isArray(live) ? (live as readonly Json[]) : [];
    const wanted = new Map((config as readonly Json[]).map((item) => [keyOf(item, keys), withKeys(item, keys)]));
    const seen = new Set(old.map((item) => keyOf(item, keys)));
    const updated = old.map((item) => {
      const next = wanted.get(keyOf(item, keys));
      return next === undefined ? item : mergeItem(info, item, next, names);
    });
    return [
      ...updated,
      ...[...wanted].filter(([key]) => !seen.has(key)).map(([, item]) => mergeItem(info, undefined, item, names)),
    ];
  }
  return config;
}

function mergeItem(info: KindInfo, live: Json | undefined, config: Json, names: readonly string[]): Json {
  if (!isMap(config)) return config;
  const result: Record<string, Json> = isMap(live) ? { ...live } : {};
  for (const [key, member] of Object.entries(config))
    result[key] = mergeConfig(info, result[key], member, [...names, key]);
  return result;
}

const serverKeeps = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'managedFields',
  'selfLink',
]);

function mergeMetadata(info: KindInfo, live: Json | undefined, config: Json): Json {
  const result: Record<string, Json> = isMap(live) ? { ...live } : {};
  for (const [key, member] of Object.entries(isMap(config) ? config : {})) {
    if (!serverKeeps.has(key)) result[key] = mergeConfig(info, result[key], member, ['metadata', key]);
  }
  return result;
}

/** The 409 as the real server words it; causes are ordered by manager, then field. */
function applyConflict(clashes: readonly { readonly owner: Owner; readonly path: string }[]): Refusal {
  const byOwner = new Map<string, string[]>();
  for (const { owner, path } of clashes) {
    const name = JSON.stringify(owner.manager);
    const who = owner.operation === 'Apply' ? name : `${name}${via(owner)} using ${owner.apiVersion}`;
    byOwner.set(who, [...(byOwner.get(who) ?? []), printed(path)].sort());
  }
  const causes: Cause[] = [...byOwner].flatMap(([who, fields]) =>
    fields.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field })),
  );
  const one = causes.length === 1;
  const texts = [...byOwner].map(([who, fields]) =>
    fields.length === 1
      ? `conflict with ${who}: ${fields[0] ?? ''}`
      : `conflicts with ${who}:\n${fields.map((field) => `- ${field}`).join('\n')}`,
  );
  return new Refusal(
    409,
    'Conflict',
    `Apply failed with ${causes.length} conflict${one ? '' : 's'}: ${texts.join('\n')}`,
    { causes },
  );
}

function via(owner: Owner): string {
  return owner.subresource === '' ? '' : ` with subresource "${owner.subresource}"`;
}
