import { at, type Json, type JsonMap, mapAt, same } from './json.ts';
import type { KindInfo } from './kinds.ts';
import { sameOwner } from './owners.ts';
import { asMap, type ManagedField, type Thing } from './things.ts';

/** The stored metadata with the parts that a write may change: labels, annotations, finalizers, owners and managedFields. */
export function metadataOf(old: Thing, given: JsonMap, owners: readonly ManagedField[] | undefined): Thing['metadata'] {
  const { labels, annotations, finalizers, ownerReferences } = given;
  const before = old.metadata;
  const managedFields = owners === undefined || owners.length === 0 ? undefined : owners;
  const left =
    labels === before.labels &&
    annotations === before.annotations &&
    finalizers === before.finalizers &&
    ownerReferences === before.ownerReferences;
  if (left && managedFields === before.managedFields) return before;
  if (left && managedFields !== undefined) return { ...before, managedFields };
  const { labels: _l, annotations: _a, finalizers: _f, ownerReferences: _o, managedFields: _m, ...kept } = before;
  return {
    ...kept,
    ...filled({ labels, annotations, finalizers, ownerReferences }),
    ...(managedFields === undefined ? {} : { managedFields }),
  };
}

/** The maps and lists that are not empty. */
function filled(members: Readonly<Record<string, Json | undefined>>): JsonMap {
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(members))
    if (typeof member === 'object' && member !== null && Object.keys(member).length > 0) result[key] = member;
  return result;
}

/** A status write may change only the owners in metadata, and for a Deployment its annotations (T01: the revision). */
export function statusMetadata(info: KindInfo, before: JsonMap, next: JsonMap): JsonMap {
  const fields = at(next, 'metadata', 'managedFields');
  const annotations = info.id === 'Deployment' ? at(next, 'metadata', 'annotations') : undefined;
  return {
    ...mapAt(before, 'metadata'),
    ...(fields === undefined ? {} : { managedFields: fields }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** Whether this write increases the object's generation. */
export function movesGeneration(info: KindInfo, before: JsonMap, after: JsonMap): boolean {
  if (!same(before['spec'], after['spec'])) return true;
  return (
    info.generation === 'spec and annotations' &&
    !same(mapAt(before, 'metadata', 'annotations'), mapAt(after, 'metadata', 'annotations'))
  );
}

/** To find out whether anything changed: the times of owners are ignored. */
export function sameButTimes(one: Thing, two: Thing): boolean {
  return (
    sameMembers(asMap(one), asMap(two), 'metadata') &&
    sameMembers(mapAt(one, 'metadata'), mapAt(two, 'metadata'), 'managedFields') &&
    sameOwners(one.metadata.managedFields ?? [], two.metadata.managedFields ?? [])
  );
}

/** To find out whether the write has new values. */
export function sameButVersion(one: JsonMap, two: JsonMap): boolean {
  return (
    sameMembers(one, two, 'metadata') && sameMembers(mapAt(one, 'metadata'), mapAt(two, 'metadata'), 'resourceVersion')
  );
}

function sameMembers(one: JsonMap, two: JsonMap, but: string): boolean {
  if (one === two) return true;
  for (const key in one) if (key !== but && one[key] !== two[key] && !same(one[key], two[key])) return false;
  for (const key in two) if (key !== but && one[key] === undefined && two[key] !== undefined) return false;
  return true;
}

function sameOwners(one: readonly ManagedField[], two: readonly ManagedField[]): boolean {
  return one === two || (one.length === two.length && one.every((entry, index) => sameOwner(entry, two[index])));
}
