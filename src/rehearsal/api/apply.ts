import { type Cause, Refusal } from './answers.ts';
import { compare, type Fields, fieldsOf, fromV1, isStatus, printed, toV1, within, without } from './fields.ts';
import { isMap, type Json, type JsonMap, mapAt } from './json.ts';
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
  const merged = mergeConfig(info, live, config, []);
  const owned = others.flatMap((owner) => [...owner.fields]);
  const kept = new Set([...wanted, ...owned]);
  const stale = [...(mine?.fields ?? [])].filter(
    (path) =>
      !kept.has(path) &&
      !owned.some((other) => within(other, path)) &&
      ![...wanted].some((other) => within(other, path)),
  );
  const object = without(info, isMap(merged) ? merged : {}, new Set(stale));
  const { changed } = compare(info, live, object);

  const clashes = others.flatMap((owner) =>
    [...owner.fields].filter((path) => changed.has(path) && wanted.has(path)).map((path) => ({ owner, path })),
  );
  if (clashes.length > 0 && !force) throw applyConflict(clashes);
  const lost = new Set(clashes.map(({ path }) => path));
  const rest = others.map((owner) => losing(owner, (path) => lost.has(path)));
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
export function trackUpdate(request: {
  readonly info: KindInfo;
  readonly before: JsonMap;
  readonly after: JsonMap;
  readonly manager: string;
  readonly subresource: string;
  readonly time: string;
}): readonly ManagedField[] {
  const { info, before, after, manager, subresource, time } = request;
  // A write of managedFields themselves is taken as it is (E33); an empty list clears them.
  const given = after['metadata'];
  const stored = before['metadata'];
  const replaced =
    isMap(given) &&
    isMap(stored) &&
    given['managedFields'] !== stored['managedFields'] &&
    given['managedFields'] !== undefined;
  const alone = replaced ? null : sameShape(request);
  if (alone !== null) return alone;
  const owners = ownersOf(replaced ? after : before);
  const { changed, removed } = compare(info, before, after);
  const relevant = [...changed].filter((path) => isStatus(path) === (subresource === 'status'));
  if (relevant.length === 0 && removed.size === 0) return managedFields(owners);
  const isMine = (owner: Owner) =>
    owner.manager === manager && owner.operation === 'Update' && owner.subresource === subresource;
  const mine = owners.find(isMine);
  const taken = new Set(relevant);
  const rest = owners
    .filter((owner) => !isMine(owner))
    .map((owner) => losing(owner, (path) => removed.has(path) || taken.has(path)));
  const kept = mine === undefined ? [] : [...mine.fields].filter((path) => !removed.has(path));
  const all = new Set([...kept, ...relevant]);
  const apiVersion = apiVersionOf(info);
  // Most writes of a controller change the values of fields that are its own already: only the time is new.
  const same = mine?.entry !== undefined && mine.apiVersion === apiVersion && all.size === mine.fields.size;
  const isSame = same && kept.length === mine.fields.size;
  const me: Owner = {
    manager,
    operation: 'Update',
    subresource,
    apiVersion,
    time,
    fields: isSame ? mine.fields : all,
    ...(isSame && mine.entry !== undefined ? { entry: { ...mine.entry, time } } : {}),
  };
  return managedFields([...rest, me]);
}

/**
 * The owners after a write of a status whose fields are all one manager's already, and none is new or gone: its time alone
 * moves. It is what the engine writes most of the time; null for anything else.
 */
function sameShape({ before, after, manager, subresource, time }: Parameters<typeof trackUpdate>[0]) {
  if (subresource !== 'status' || !alike(before['status'], after['status'])) return null;
  const entries = mapAt(before, 'metadata')['managedFields'];
  const owners = (Array.isArray(entries) ? entries : []) as unknown as readonly ManagedField[];
  const of = owners.filter((entry) => entry.subresource === 'status');
  if (of.length !== 1 || of[0]?.manager !== manager) return null;
  return owners.map((entry) => (entry === of[0] ? { ...entry, time } : entry));
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
function losing(owner: Owner, gone: (path: string) => boolean): Owner {
  const { entry: _entry, ...others } = owner;
  for (const path of owner.fields)
    if (gone(path)) return { ...others, fields: new Set([...owner.fields].filter((one) => !gone(one))) };
  return owner;
}

function ownersOf(object: JsonMap): readonly Owner[] {
  const entries = mapAt(object, 'metadata')['managedFields'];
  return (Array.isArray(entries) ? (entries as unknown as readonly ManagedField[]) : []).flatMap((entry) =>
    entry.manager === undefined
      ? []
      : [
          {
            manager: entry.manager,
            operation: entry.operation,
            subresource: entry.subresource ?? '',
            apiVersion: entry.apiVersion,
            time: entry.time,
            fields: cached(entry.fieldsV1),
            entry,
          },
        ],
  );
}

const parsed = new WeakMap<object, Fields>();

function cached(value: Json): Fields {
  if (!isMap(value)) return new Set();
  const known = parsed.get(value);
  if (known !== undefined) return known;
  const made = fromV1(value);
  parsed.set(value, made);
  return made;
}

function managedFields(owners: readonly Owner[]): readonly ManagedField[] {
  return owners
    .filter((owner) => owner.fields.size > 0)
    .map((owner) => {
      if (owner.entry !== undefined) return owner.entry;
      const fieldsV1 = toV1(owner.fields);
      parsed.set(fieldsV1, owner.fields);
      return {
        manager: owner.manager,
        operation: owner.operation,
        apiVersion: owner.apiVersion,
        time: owner.time,
        fieldsType: 'FieldsV1' as const,
        fieldsV1,
        ...(owner.subresource === '' ? {} : { subresource: owner.subresource }),
      };
    });
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
