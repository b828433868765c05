import { conflict, notFound, Refusal } from './answers.ts';
import { serverSideApply, trackUpdate } from './apply.ts';
import { defaulted } from './defaults.ts';
import {
  at,
  clean,
  cleanBeside,
  isMap,
  type Json,
  type JsonMap,
  mapAt,
  mergePatch,
  same,
  textAt,
  withAt,
} from './json.ts';
import { jsonPatch } from './json-patch.ts';
import { apiVersionOf, type KindInfo, kindOf, resourceName } from './kinds.ts';
import { checkRollout } from './schema.ts';
import type { Store } from './store.ts';
import type { ManagedField, Thing } from './things.ts';

export interface WriteOptions {
  readonly manager: string;
  readonly dryRun?: boolean;
  readonly subresource?: 'status' | 'scale' | null;
}

/** What webhooks do to a write. */
export interface Admission {
  /** The object as it is to be stored; throws the denial. `old` is undefined for a create. */
  review(info: KindInfo, object: Thing, old: Thing | undefined): Thing;
}

/** The API server's verbs over a store, with generations, owners of fields, defaults and webhooks. Every call is one transaction. */
export interface Api {
  readonly store: Store;
  get<T extends Thing>(kind: string, namespace: string, name: string): T | undefined;
  list<T extends Thing>(kind: string, namespace: string | null): readonly T[];
  create<T extends Thing>(kind: string, object: object, options: WriteOptions): T;
  /** Replaces the whole object (or its status); 409 where `metadata.resourceVersion` is given and no longer so. */
  update<T extends Thing>(kind: string, object: object, options: WriteOptions): T;
  patch<T extends Thing>(
    kind: string,
    namespace: string,
    name: string,
    patch: Json,
    options: WriteOptions & { readonly type: 'json' | 'merge' },
  ): T;
  apply<T extends Thing>(
    kind: string,
    namespace: string,
    name: string,
    config: JsonMap,
    options: WriteOptions & { readonly force: boolean; readonly apiVersion?: string },
  ): { readonly object: T; readonly created: boolean };
  remove(
    kind: string,
    namespace: string,
    name: string,
    options?: { readonly dryRun?: boolean; readonly uid?: string },
  ): Thing;
}

export interface ApiOptions {
  readonly store: Store;
  readonly admission: Admission;
  readonly now: () => number;
  /** For uids and generated names. */
  readonly random: () => number;
}

export function createApi({ store, admission, now, random }: ApiOptions): Api {
  const time = () => stamp(now());

  function mustGet(kind: string, namespace: string, name: string): Thing {
    const found = store.get(kind, namespace, name);
    if (found === undefined) throw notFound(resourceName(kindOf(kind)), name);
    return found;
  }

  function born(info: KindInfo, object: JsonMap, managedFields: readonly ManagedField[]): Thing {
    const metadata = mapAt(object, 'metadata');
    const name = textAt(metadata, 'name') || `${textAt(metadata, 'generateName')}${word(random, 5)}`;
    const { generateName: _prefix, resourceVersion: _version, managedFields: _fields, ...rest } = metadata;
    return {
      ...object,
      apiVersion: apiVersionOf(info),
      kind: info.kind,
      metadata: {
        ...rest,
        name,
        uid: uuid(random),
        resourceVersion: '',
        creationTimestamp: time(),
        ...(info.generation === 'none' ? {} : { generation: 1 }),
        ...(managedFields.length === 0 ? {} : { managedFields }),
      },
    } as unknown as Thing;
  }

  function create(kind: string, given: JsonMap, options: WriteOptions, tracked?: readonly ManagedField[]): Thing {
    const info = kindOf(kind);
    const base = info.status ? withAt(given, ['status'], undefined) : given;
    const name = textAt(base, 'metadata', 'name');
    const namespace = textAt(base, 'metadata', 'namespace');
    if (name !== '' && store.get(kind, namespace, name) !== undefined) {
      throw new Refusal(409, 'AlreadyExists', `${resourceName(info)} "${name}" already exists`);
    }
    const { manager } = options;
    const fields =
      tracked ??
      (info.owned ? trackUpdate({ info, before: {}, after: base, manager, subresource: '', time: time() }) : []);
    const made = admission.review(info, born(info, defaulted(info, base), fields), undefined);
    return options.dryRun === true ? made : store.put(kind, made);
  }

  /** The new object from the old one: status or the rest, generation, owners, webhooks; the old one where nothing changes. */
  function save(
    kind: string,
    old: Thing,
    next: JsonMap,
    options: WriteOptions,
    tracked?: readonly ManagedField[],
  ): Thing {
    const info = kindOf(kind);
    const before = asMap(old);
    const version = textAt(next, 'metadata', 'resourceVersion');
    if (version !== '' && version !== old.metadata.resourceVersion)
      throw conflict(resourceName(info), old.metadata.name);
    // Most writes of controllers say what is there already.
    if (tracked === undefined && sameButVersion(before, next)) return old;
    const toStatus = options.subresource === 'status';
    const wanted = !info.status
      ? next
      : toStatus
        ? { ...withAt(before, ['status'], at(next, 'status')), metadata: statusMetadata(info, before, next) }
        : withAt(next, ['status'], before['status']);
    const owners =
      tracked ??
      (info.owned
        ? trackUpdate({
            info,
            before,
            after: wanted,
            manager: options.manager,
            subresource: options.subresource ?? '',
            time: time(),
          })
        : undefined);
    const full = toStatus ? wanted : defaulted(info, wanted);
    const kept = {
      ...full,
      apiVersion: old.apiVersion,
      kind: old.kind,
      metadata: metadataOf(old, full, owners),
    } as unknown as Thing;
    const reviewed =
      options.subresource === 'status' || options.subresource === 'scale' ? kept : admission.review(info, kept, old);
    const generation = old.metadata.generation;
    const moved = generation !== undefined && movesGeneration(info, before, asMap(reviewed));
    const final: Thing = moved
      ? { ...reviewed, metadata: { ...reviewed.metadata, generation: generation + 1 } }
      : reviewed;
    if (sameButTimes(final, old)) return old;
    if (options.dryRun === true) return final;
    // An object on its way out goes with its last finalizer.
    if (final.metadata.deletionTimestamp !== undefined && (final.metadata.finalizers ?? []).length === 0)
      return store.drop(kind, final);
    return store.put(kind, final);
  }

  return {
    store,
    get: (kind, namespace, name) => store.get(kind, namespace, name) as never,
    list: (kind, namespace) => store.list(kind, namespace) as never,
    create: (kind, object, options) => create(kind, clean(object) as JsonMap, options) as never,

    update(kind, object, options) {
      const old = mustGet(kind, textAt(object, 'metadata', 'namespace'), textAt(object, 'metadata', 'name'));
      return save(kind, old, cleanBeside(object, old), options) as never;
    },

    patch(kind, namespace, name, patch, options) {
      const old = mustGet(kind, namespace, name);
      const patched = options.type === 'json' ? jsonPatch(asMap(old), patch) : mergePatch(asMap(old), patch);
      if (!isMap(patched)) throw new Refusal(400, 'BadRequest', 'the patch makes no object');
      const renamed = textAt(patched, 'metadata', 'name') !== name;
      if (renamed) throw new Refusal(422, 'Invalid', 'metadata.name: Invalid value: field is immutable');
      return save(kind, old, patched, options) as never;
    },

    apply(kind, namespace, name, config, options) {
      const info = kindOf(kind);
      const title = namespace === '' ? name : `${namespace}/${name}`;
      if (kind === 'Rollout') checkRollout(config, title);
      const live = store.get(kind, namespace, name);
      const metadata = { ...mapAt(config, 'metadata'), name, ...(info.namespaced ? { namespace } : {}) };
      const { object, managedFields } = serverSideApply({
        info,
        live: live === undefined ? {} : asMap(live),
        config: { ...config, metadata },
        manager: options.manager,
        force: options.force,
        time: time(),
        apiVersion: options.apiVersion ?? apiVersionOf(info),
      });
      if (live === undefined) {
        const made = {
          ...object,
          metadata: { ...mapAt(object, 'metadata'), name, ...(info.namespaced ? { namespace } : {}) },
        };
        return { object: create(kind, made, options, managedFields) as never, created: true };
      }
      const wanted = textAt(config, 'metadata', 'resourceVersion');
      const next = wanted === '' ? object : withAt(object, ['metadata', 'resourceVersion'], wanted);
      return { object: save(kind, live, next, options, managedFields) as never, created: false };
    },

    remove(kind, namespace, name, options = {}) {
      const old = mustGet(kind, namespace, name);
      if (options.uid !== undefined && options.uid !== old.metadata.uid)
        throw conflict(resourceName(kindOf(kind)), name);
      if (options.dryRun === true) return old;
      if ((old.metadata.finalizers ?? []).length === 0) return store.drop(kind, old);
      if (old.metadata.deletionTimestamp !== undefined) return old;
      const generation = old.metadata.generation;
      return store.put(kind, {
        ...old,
        metadata: {
          ...old.metadata,
          deletionTimestamp: time(),
          ...(generation === undefined ? {} : { generation: generation + 1 }),
        },
      });
    },
  };
}

export function asMap(thing: Thing): JsonMap {
  return thing as unknown as JsonMap;
}

/** RFC 3339 in whole seconds, as metav1.Time is written. */
export function stamp(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (last.second !== second) last = { second, text: `${new Date(ms).toISOString().slice(0, 19)}Z` };
  return last.text;
}

let last = { second: Number.NaN, text: '' };

function metadataOf(old: Thing, next: JsonMap, owners: readonly ManagedField[] | undefined): Thing['metadata'] {
  const { labels, annotations, finalizers, ownerReferences } = mapAt(next, 'metadata') as unknown as Thing['metadata'];
  const { labels: _l, annotations: _a, finalizers: _f, ownerReferences: _o, managedFields: _m, ...kept } = old.metadata;
  return {
    ...kept,
    ...(labels === undefined || Object.keys(labels).length === 0 ? {} : { labels }),
    ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(finalizers === undefined || finalizers.length === 0 ? {} : { finalizers }),
    ...(ownerReferences === undefined || ownerReferences.length === 0 ? {} : { ownerReferences }),
    ...(owners === undefined || owners.length === 0 ? {} : { managedFields: owners }),
  };
}

/** A status write may touch nothing of metadata but the owners; of a Deployment also its annotations (T01: the revision). */
function statusMetadata(info: KindInfo, before: JsonMap, next: JsonMap): JsonMap {
  const fields = at(next, 'metadata', 'managedFields');
  const annotations = info.id === 'Deployment' ? at(next, 'metadata', 'annotations') : undefined;
  return {
    ...mapAt(before, 'metadata'),
    ...(fields === undefined ? {} : { managedFields: fields }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function movesGeneration(info: KindInfo, before: JsonMap, after: JsonMap): boolean {
  if (!same(before['spec'], after['spec'])) return true;
  return (
    info.generation === 'spec and annotations' &&
    !same(mapAt(before, 'metadata', 'annotations'), mapAt(after, 'metadata', 'annotations'))
  );
}

/** For "did anything change": owners' times do not count. */
function sameButTimes(one: Thing, two: Thing): boolean {
  return (
    sameButMetadata(asMap(one), asMap(two)) &&
    same(withoutTimes(one.metadata), withoutTimes(two.metadata)) &&
    sameOwners(one.metadata.managedFields ?? [], two.metadata.managedFields ?? [])
  );
}

function sameButMetadata(one: JsonMap, two: JsonMap): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(two)]);
  for (const key of keys) if (key !== 'metadata' && !same(one[key], two[key])) return false;
  return true;
}

function sameButVersion(one: JsonMap, two: JsonMap): boolean {
  if (!sameButMetadata(one, two)) return false;
  const { resourceVersion: _one, ...left } = mapAt(one, 'metadata');
  const { resourceVersion: _two, ...right } = mapAt(two, 'metadata');
  return same(left, right);
}

function withoutTimes({ managedFields: _fields, ...metadata }: Thing['metadata']): object {
  return metadata;
}

function sameOwners(one: readonly ManagedField[], two: readonly ManagedField[]): boolean {
  return (
    one.length === two.length &&
    one.every((entry, index) => {
      const other = two[index];
      return (
        entry === other ||
        (entry.manager === other?.manager &&
          entry.operation === other.operation &&
          entry.apiVersion === other.apiVersion &&
          entry.subresource === other.subresource &&
          same(entry.fieldsV1, other.fieldsV1))
      );
    })
  );
}

const letters = 'bcdfghjklmnpqrstvwxz2456789';

export function word(random: () => number, length: number): string {
  return Array.from({ length }, () => letters[Math.floor(random() * letters.length)] ?? 'b').join('');
}

function uuid(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
