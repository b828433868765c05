import { at, type Json, type JsonMap, mapAt, same } from './json.ts';
import type { KindInfo } from './kinds.ts';
import { sameOwner } from './owners.ts';
import { asMap, type ManagedField, type Thing } from './things.ts';

/** The stored metadata with what a write may change of it: labels, annotations, finalizers, owners of the object and of its fields. */
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

/** The maps and lists with something in them. */
function filled(members: Readonly<Record<string, Json | undefined>>): JsonMap {
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(members))
    if (typeof member === 'object' && member !== null && Object.keys(member).length > 0) result[key] = member;
  return result;
}

/** A status write may touch nothing of metadata but the owners; of a Deployment also its annotations (T01: the revision). */
export function statusMetadata(info: KindInfo, before: JsonMap, next: JsonMap): JsonMap {
  const fields = at(next, 'metadata', 'managedFields');
  const annotations = info.id === 'Deployment' ? at(next, 'metadata', 'annotations') : undefined;
  return {
    ...mapAt(before, 'metadata'),
    ...(fields === undefined ? {} : { managedFields: fields }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** Whether the object's generation grows by this write. */
export function movesGeneration(info: KindInfo, before: JsonMap, after: JsonMap): boolean {
  if (!same(before['spec'], after['spec'])) return true;
  return (
    info.generation === 'spec and annotations' &&
    !same(mapAt(before, 'metadata', 'annotations'), mapAt(after, 'metadata', 'annotations'))
  );
}

/** For "did anything change": owners' times do not count. */
export function sameButTimes(one: Thing, two: Thing): boolean {
  return (
    sameMembers(asMap(one), asMap(two), 'metadata') &&
    sameMembers(mapAt(one, 'metadata'), mapAt(two, 'metadata'), 'managedFields') &&
    sameOwners(one.metadata.managedFields ?? [], two.metadata.managedFields ?? [])
  );
}

/** For "does the write say anything new". */
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
