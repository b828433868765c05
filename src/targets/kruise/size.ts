import type { Delivery } from '../../release/delivery.ts';
import type { Surroundings } from '../../release/finding.ts';
import type { Size } from '../../release/forecast.ts';
import { numberAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import type { Rendered } from '../../release/target.ts';
import { AUTOSCALER } from './keys.ts';
import { scales, titleOf } from './manifests.ts';
import { listed } from './trap-input.ts';

/**
 * Pods that the steps are counted from: those of the live workload, else as rendered, else the fewest that its autoscaler
 * keeps. An autoscaler in the source is applied, so it comes before those in the cluster. Kubernetes makes one pod where
 * nothing says how many.
 */
export function expectedSize(
  { workload }: Delivery,
  rendered: Rendered,
  { live, around }: { readonly live: number | null; readonly around: Surroundings | null },
): Size {
  const known = live ?? numberAt(rendered.workload, 'spec', 'replicas');
  if (known !== null) return { pods: known, autoscaler: null };
  const inCluster = around === null ? null : listed(around, AUTOSCALER);
  const found = [...rendered.idleOnly, ...(inCluster ?? [])].find((one) => scales(one, workload));
  if (found === undefined) return { pods: 1, autoscaler: null };
  // KEDA may keep none: then one pod comes with the first event.
  return { pods: Math.max(1, rangeOf(found).least), autoscaler: titleOf(found) };
}

/** The fewest and the most pods that an autoscaler keeps, with the defaults of its kind; null where it does not say. */
export function rangeOf(autoscaler: KubeObject): { readonly least: number; readonly most: number | null } {
  const isKeda = stringAt(autoscaler, 'kind') === 'ScaledObject';
  return isKeda
    ? {
        least: numberAt(autoscaler, 'spec', 'minReplicaCount') ?? 0,
        most: numberAt(autoscaler, 'spec', 'maxReplicaCount') ?? 100,
      }
    : {
        least: numberAt(autoscaler, 'spec', 'minReplicas') ?? 1,
        most: numberAt(autoscaler, 'spec', 'maxReplicas'),
      };
}
