import { compare, type Fields, fromV1, isStatus, toV1 } from './fields.ts';
import { isMap, type Json, type JsonMap, mapAt } from './json.ts';
import { apiVersionOf, type KindInfo } from './kinds.ts';
import { type ManagedField, managedFieldsOf } from './things.ts';

/** An entry of managedFields, with its fields as a set. */
export interface Owner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource: string;
  readonly apiVersion: string;
  readonly time: string;
  readonly fields: Fields;
  /** The stored entry, if nothing has changed. */
  readonly entry?: ManagedField;
}

/** The owners after a write that is not an apply: the writer becomes the only owner of every changed field. */
export function trackUpdate(request: Update): readonly ManagedField[] {
  const { info, before, after, manager, subresource, time } = request;
  // Written managedFields are stored unchanged (E33); an empty list clears them.
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

/** A shortcut: most writes of a controller change only fields that it owns already, so that its fields stay the same. */
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
 * The owners after a write of a status that adds and removes no field, when one manager owns all fields: only its time
 * changes. Most writes of the engine are like this. Null for every other write.
 */
function sameShape({ before, after, manager, subresource, time }: Update): readonly ManagedField[] | null {
  if (subresource !== 'status' || !alike(before['status'], after['status'])) return null;
  const owners = managedFieldsOf(before);
  const [only, ...others] = owners.filter((entry) => entry.subresource === 'status');
  if (only?.manager !== manager || others.length > 0) return null;
  if (only.time === time) return owners;
  return owners.map((entry) => (entry === only ? entryOf({ ...ownerOf(entry), time }) : entry));
}

/** Whether both values have the same members at every depth. */
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

/** The key of an item in a list of conditions is its type. */
function keyed(one: Json, two: Json | undefined): boolean {
  return !isMap(one) || !isMap(two) || (one['type'] === two['type'] && alike(one, two));
}

/** The owner without some fields; the same object when it has none of them. */
export function losing(owner: Owner, gone: readonly string[]): Owner {
  const had = gone.filter((path) => owner.fields.has(path));
  if (had.length === 0) return owner;
  const { entry: _entry, ...others } = owner;
  const fields = new Set(owner.fields);
  for (const path of had) fields.delete(path);
  return { ...others, fields };
}

/** Who owns which fields of an object. */
export function ownersOf(object: JsonMap): readonly Owner[] {
  return managedFieldsOf(object).map(ownerOf);
}

/** Cached owners of entries. */
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

/** The entry to serve. Its fields are formatted when they are read, because most versions are never read. */
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

/** Whether two entries are equal except for their times. */
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

/** The entries of managers that own a field. */
export function managedFields(owners: readonly Owner[]): readonly ManagedField[] {
  return owners.filter((owner) => owner.fields.size > 0).map((owner) => owner.entry ?? entryOf(owner));
}
