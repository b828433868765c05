import type { Delivery } from '../../release/delivery.ts';
import type { Owners } from '../../release/imported.ts';
import { at, type Json, listAt, same, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { ENGINE_MANAGER, managers } from './keys.ts';
import { rolloutOf } from './render.ts';
import { blockOf } from './strategy.ts';

const neverTaken: readonly string[] = [ENGINE_MANAGER, ...Object.values(managers)];

/** The other managers whose fields a deploy would take over in the live objects. */
export function ownersOf(
  delivery: Delivery,
  { rollout, workload }: { readonly rollout: KubeObject; readonly workload: KubeObject | null },
): Owners {
  const found = blockOf(rollout);
  // A list of the plan is owned as a whole. Fields that the rendered Rollout does not have are no conflict.
  const changed = Object.entries(blockOf(rolloutOf(delivery))).some(([key, value]) => !same(found[key], value));
  return {
    plan: changed ? owning(rollout, 'strategy') : [],
    template: owning(workload, 'template'),
  };
}

/** Managers that own a field below this field of spec. */
function owning(object: KubeObject | null, field: string): readonly string[] {
  const entries = listAt(object, 'metadata', 'managedFields').filter((entry) => owns(entry, field));
  const names = entries.map((entry) => stringAt(entry, 'manager') ?? '');
  return [...new Set(names)].filter((name) => name !== '' && !neverTaken.includes(name)).sort();
}

function owns(entry: Json, field: string): boolean {
  const status = (stringAt(entry, 'subresource') ?? '') !== '';
  return !status && at(entry, 'fieldsV1', 'f:spec', `f:${field}`) !== undefined;
}
