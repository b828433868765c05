import { kindInGroup, kindOf } from '../api/kinds.ts';
import type { Change } from '../api/store.ts';
import { controllerOf, keyOf } from '../api/things.ts';

function self(change: Change): readonly string[] {
  return [keyOf(change.object)];
}

/** The owner of a changed object, if the owner is of this kind. */
function owner(change: Change, kind: string): readonly string[] {
  const found = controllerOf(change.object);
  if (found === undefined || found.kind !== kindOf(kind).kind) return [];
  if (kindInGroup(found.apiVersion, found.kind)?.id !== kind) return [];
  return [`${change.object.metadata.namespace ?? ''}/${found.name}`];
}

/** The keys to reconcile after a change: the object itself, or the owner of a pod or another child. */
export const ownersKeys = {
  self,
  owner,
  pods: (change: Change, kind: string) => (change.kind === 'Pod' ? owner(change, kind) : []),
};
