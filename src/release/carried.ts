import { type Decision, type Wait, wait } from './decision.ts';
import type { CarrierView, Observation, WorkloadView } from './observation.ts';
import type { AskedFor } from './record.ts';

/**
 * What a release by a carrier waits for before it is judged by its pods: a controller has to make the workload of the carrier, and
 * the record has to name what it made. Null when both are done, and where there is no carrier.
 */
export function untilMade({ carrier }: Observation, release: AskedFor, { made }: WorkloadView): Decision | null {
  if (carrier === null) return null;
  if (!carrier.isRendered) return untilRendered(carrier, { back: false });
  if (!carrier.keepsRollout) return wait('rest', 'stuck', 'FOREIGN_RELEASE', stepsTaken);
  if (made === null || release.made !== undefined) return null;
  return { do: 'noteMade', release, made, why: 'no other one is promoted' };
}

const stepsTaken =
  'somebody has taken the steps out of the Application, so its controller removes the Rollout, at the end of this release at the latest, and the record with it: deploy again with --take-over, or roll back';

/** What is done until a controller has made the workload of a carrier. `back`: it carries the target of a rollback. */
export function untilRendered(carrier: CarrierView, { back }: { readonly back: boolean }): Decision {
  const { id, waitsForAim } = carrier;
  if (id === null || !waitsForAim) return notMade(carrier);
  return { do: 'aim', release: id, back, why: 'its revision is there, and no pod moves before' };
}

/** A wait for the controller that makes the workload of a carrier. */
function notMade({ id, trouble }: CarrierView): Wait {
  const name = id ?? 'the release';
  return trouble === null
    ? wait('brief', 'rolling', 'STARTING', `${name} is written, and its workload is not made of it yet`)
    : wait('brief', 'stuck', 'NOT_RENDERED', `${name} is written, and its workload can't be made of it: ${trouble}`);
}
