import { at, listAt, stringAt, textsAt } from '../../release/json.ts';
import { groupOf } from '../../release/kinds.ts';
import type { KubeObject } from '../../release/ports.ts';
import { ENGINE_MANAGER, GROUP } from './keys.ts';

/** Whether the engine made an object for a release: a Rollout owns it, or did until it was deleted without what it owned. */
export function isMadeByEngine(object: KubeObject): boolean {
  const owners = listAt(object, 'metadata', 'ownerReferences');
  const writers = listAt(object, 'metadata', 'managedFields').map((entry) => stringAt(entry, 'manager'));
  return owners.some((owner) => groupOf(owner) === GROUP) || writers.includes(ENGINE_MANAGER);
}

/** The field managers that own `spec.<field>` or a field below it. Writes to the subresources status and scale are not counted. */
export function managersOf(object: KubeObject | null, field: string): readonly string[] {
  return listAt(object, 'metadata', 'managedFields')
    .filter((entry) => (stringAt(entry, 'subresource') ?? '') === '')
    .filter((entry) => at(entry, 'fieldsV1', 'f:spec', `f:${field}`) !== undefined)
    .map((entry) => stringAt(entry, 'manager') ?? '');
}

/** A merge patch, as the argument of kubectl, that takes these finalizers off an object and leaves all others. */
export function withoutFinalizers(object: KubeObject, finalizers: readonly string[]): string {
  const kept = textsAt(object, 'metadata', 'finalizers').filter((one) => !finalizers.includes(one));
  return JSON.stringify({ metadata: { finalizers: kept.length === 0 ? null : kept } });
}
