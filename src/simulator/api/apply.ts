import { type Cause, Refusal } from './answers.ts';
import { compare, fieldsOf, isStatus, printed, within, without } from './fields.ts';
import { beside, isMap, type Json, type JsonMap } from './json.ts';
import type { KindInfo } from './kinds.ts';
import { losing, managedFields, type Owner, ownersOf } from './owners.ts';
import { keyOf, shapeOf, withKeys } from './shape.ts';
import type { ManagedField } from './things.ts';

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
 * Server-side apply without defaults and admission. A field in the config gets its value and this owner. A field that this
 * owner had and no longer names is removed, unless another manager owns it. A field with another value that another
 * manager owns is a conflict.
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

/** The 409 with the text of the real server; causes are ordered by manager, then field. */
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
