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
 * The size from which the steps are counted. It is the size of the live workload, else of the rendered one, else the minimum
 * of the autoscaler. An autoscaler in the source will be applied, so it takes precedence over one in the cluster. Without any
 * of these, Kubernetes creates one pod.
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
  // KEDA's minimum may be 0. The first event then starts one pod.
  return { pods: Math.max(1, rangeOf(found).least), autoscaler: titleOf(found) };
}

/** The minimum and maximum size of an autoscaler, with the defaults of its kind; `most` is null when it has no maximum. */
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
