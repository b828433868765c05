import type { LeftOver } from '../../../release/checkup.ts';
import type { Delivery } from '../../../release/delivery.ts';
import { objectAt, without } from '../../../release/json.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { workloadKind } from '../workloads/index.ts';

/** A workload that the engine has paused or marked, and that has no Rollout any more. */
export function leftOver(delivery: Pick<Delivery, 'workload'>, workload: KubeObject): LeftOver | null {
  const kind = workloadKind(delivery);
  const { paused, marked } = kind.status(workload);
  if (!paused && !marked) return null;
  const free = { ...workload, spec: without(objectAt(workload, 'spec'), ['paused']) };
  const isWhole = kind.status(free).settled;
  const title = `${delivery.workload.kind}/${delivery.workload.name}`;
  const state = paused ? 'is paused' : "has the engine's marks of a release";
  return {
    isHarmless: paused && marked && isWhole,
    says: `${title} ${state}, and there is no Rollout that would end it`,
  };
}
