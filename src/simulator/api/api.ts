import { conflict, notFound, Refusal } from './answers.ts';
import { serverSideApply } from './apply.ts';
import { checkData, storedData } from './data-kinds.ts';
import { defaulted, type KruiseGates } from './defaults.ts';
import { beside, clean, isMap, type Json, type JsonMap, mapAt, mapOf, mergePatch, textAt, withAt } from './json.ts';
import { jsonPatch } from './json-patch.ts';
import { apiVersionOf, type KindInfo, kindOf, resourceName } from './kinds.ts';
import { stamp, uuid, word } from './marks.ts';
import { trackUpdate } from './owners.ts';
import { checkRollout } from './schema.ts';
import { checkLimits } from './schema-limits.ts';
import type { Store } from './store.ts';
import { asMap, type ManagedField, type Thing } from './things.ts';
import { metadataOf, movesGeneration, sameButTimes, sameButVersion, statusMetadata } from './written.ts';

export interface WriteOptions {
  readonly manager: string;
  readonly dryRun?: boolean;
  readonly subresource?: 'status' | 'scale' | null;
}

/** What webhooks do to a write. */
export interface Admission {
  /** Returns the object to store, or throws the denial. `old` is undefined for a create. */
  review(info: KindInfo, object: Thing, old: Thing | undefined): Thing;
}

/** The type of stored objects, by the model's name of the kind. */
export type Things = Readonly<Record<string, Thing>>;

/** The API server's verbs over a store, with generations, owners of fields, defaults and webhooks. Every call is one transaction. */
export interface Api<Kinds extends Things = Things> {
  readonly store: Store;
  /** Whether the server serves this kind, by the model's name. */
  serves(kind: string): boolean;
  get<Kind extends keyof Kinds & string>(kind: Kind, namespace: string, name: string): Kinds[Kind] | undefined;
  list<Kind extends keyof Kinds & string>(kind: Kind, namespace: string | null): readonly Kinds[Kind][];
  /** The objects of a namespace that an object controls, by its uid. */
  controlled<Kind extends keyof Kinds & string>(kind: Kind, namespace: string, uid: string): readonly Kinds[Kind][];
  create<Kind extends keyof Kinds & string>(kind: Kind, object: object, options: WriteOptions): Kinds[Kind];
  /** Replaces the whole object (or its status); 409 when `metadata.resourceVersion` is given and is not the present one. */
  update<Kind extends keyof Kinds & string>(kind: Kind, object: object, options: WriteOptions): Kinds[Kind];
  patch<Kind extends keyof Kinds & string>(
    kind: Kind,
    namespace: string,
    name: string,
    patch: Json,
    options: WriteOptions & { readonly type: 'json' | 'merge' },
  ): Kinds[Kind];
  apply<Kind extends keyof Kinds & string>(
    kind: Kind,
    namespace: string,
    name: string,
    config: JsonMap,
    options: WriteOptions & { readonly force: boolean; readonly apiVersion?: string },
  ): { readonly object: Kinds[Kind]; readonly created: boolean };
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
  /** The defaults where left out. */
  readonly gates?: KruiseGates;
  /** The kinds that are not served, by the model's name; none when left out. */
  readonly unserved?: readonly string[];
}

export function createApi<Kinds extends Things = Things>(options: ApiOptions): Api<Kinds> {
  const { store, admission, now, random, gates = { templateNoDefaults: false }, unserved = [] } = options;
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
    };
  }

  function create(kind: string, given: JsonMap, options: WriteOptions, tracked?: readonly ManagedField[]): Thing {
    const info = kindOf(kind);
    const base = storedData(info, info.status ? withAt(given, ['status'], undefined) : given);
    const name = textAt(base, 'metadata', 'name');
    const namespace = textAt(base, 'metadata', 'namespace');
    if (name !== '' && store.get(kind, namespace, name) !== undefined) {
      throw new Refusal(409, 'AlreadyExists', `${resourceName(info)} "${name}" already exists`);
    }
    const { manager } = options;
    const fields =
      tracked ??
      (info.owned ? trackUpdate({ info, before: {}, after: base, manager, subresource: '', time: time() }) : []);
    const made = admission.review(info, born(info, defaulted(info, base, gates), fields), undefined);
    return options.dryRun === true ? made : store.put(kind, made);
  }

  /** Makes the new object from the old one: status or the rest, generation, owners, webhooks. Returns the old object when nothing changes. */
  function save(
    kind: string,
    old: Thing,
    given: object,
    options: WriteOptions,
    tracked?: readonly ManagedField[],
  ): Thing {
    const info = kindOf(kind);
    const before = asMap(old);
    const version = textAt(given, 'metadata', 'resourceVersion');
    if (version !== '' && version !== old.metadata.resourceVersion)
      throw conflict(resourceName(info), old.metadata.name);
    const next = storedData(info, mapOf(beside(given, before)));
    checkData(info, before, next);
    // Most writes of controllers change nothing.
    if (tracked === undefined && sameButVersion(before, next)) return old;
    const subresource = options.subresource ?? '';
    const wanted = !info.status
      ? next
      : subresource === 'status'
        ? { ...withAt(before, ['status'], next['status']), metadata: statusMetadata(info, before, next) }
        : withAt(next, ['status'], before['status']);
    // A stored object has its defaults. The writer whose change caused a default owns it.
    const full = wanted['spec'] === before['spec'] ? wanted : mapOf(beside(defaulted(info, wanted, gates), before));
    const { manager } = options;
    const owners =
      tracked ??
      (info.owned ? trackUpdate({ info, before, after: full, manager, subresource, time: time() }) : undefined);
    const kept = {
      ...full,
      apiVersion: old.apiVersion,
      kind: old.kind,
      metadata: metadataOf(old, mapAt(full, 'metadata'), owners),
    };
    const reviewed = subresource === '' ? admission.review(info, kept, old) : kept;
    const generation = old.metadata.generation;
    const moved = generation !== undefined && movesGeneration(info, before, asMap(reviewed));
    const final: Thing = moved
      ? { ...reviewed, metadata: { ...reviewed.metadata, generation: generation + 1 } }
      : reviewed;
    if (sameButTimes(final, old)) return old;
    if (options.dryRun === true) return final;
    // A deleted object is removed with its last finalizer.
    if (final.metadata.deletionTimestamp !== undefined && (final.metadata.finalizers ?? []).length === 0)
      return store.drop(kind, final);
    return store.put(kind, final);
  }

  const api: Api = {
    store,
    serves: (kind) => !unserved.includes(kind),
    get: store.get,
    list: store.list,
    controlled: store.controlled,
    create: (kind, object, options) => create(kind, mapOf(clean(object)), options),

    update(kind, object, options) {
      const old = mustGet(kind, textAt(object, 'metadata', 'namespace'), textAt(object, 'metadata', 'name'));
      return save(kind, old, object, options);
    },

    patch(kind, namespace, name, patch, options) {
      const old = mustGet(kind, namespace, name);
      const patched = options.type === 'json' ? jsonPatch(asMap(old), patch) : mergePatch(asMap(old), patch);
      if (!isMap(patched)) throw new Refusal(400, 'BadRequest', 'the patch makes no object');
      const renamed = textAt(patched, 'metadata', 'name') !== name;
      if (renamed) throw new Refusal(422, 'Invalid', 'metadata.name: Invalid value: field is immutable');
      return save(kind, old, patched, options);
    },

    apply(kind, namespace, name, config, options) {
      const info = kindOf(kind);
      const title = namespace === '' ? name : `${namespace}/${name}`;
      checkRollout(kind, config, title);
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
      if (kind === 'Rollout') checkLimits(object, name);
      if (live === undefined) {
        const made = {
          ...object,
          metadata: { ...mapAt(object, 'metadata'), name, ...(info.namespaced ? { namespace } : {}) },
        };
        return { object: create(kind, made, options, managedFields), created: true };
      }
      const wanted = textAt(config, 'metadata', 'resourceVersion');
      const next = wanted === '' ? object : withAt(object, ['metadata', 'resourceVersion'], wanted);
      return { object: save(kind, live, next, options, managedFields), created: false };
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
  // The store has no types. Defaults, webhooks and the writes of controllers ensure the type of a stored object.
  return api as Api<Kinds>;
}
