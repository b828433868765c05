import type { Delivery } from '../../release/delivery.ts';
import type { Owners } from '../../release/imported.ts';
import { same } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { managersOf } from './engine-marks.ts';
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

/** Field managers that own `spec.<field>` or a field below it, without stepgate and the engine. */
function owning(object: KubeObject | null, field: string): readonly string[] {
  return [...new Set(managersOf(object, field))].filter((name) => name !== '' && !neverTaken.includes(name)).sort();
}
