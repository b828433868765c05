import { formatAmount } from '../../release/delivery.ts';
import { stringAt } from '../../release/json.ts';
import type { Finding, LiveStep, Observation } from '../../release/target.ts';
import { parseAmount, scaledAmount } from './amounts.ts';
import { routingMoved } from './annotations.ts';
import { ROLLOUT } from './keys.ts';
import { titleOf } from './manifests.ts';
import { fixedDifferences, livePlanOf, samePlan } from './strategy.ts';
import { finding, isRunning, listed, nothing, type PlannedStep, planned, sizeOf, type Trap } from './trap-input.ts';

/** E7, T20: what an edited plan does to the release that runs. */
export const planChangedMidway: Trap = (look) => {
  const { delivery, rendered, observation, around } = look;
  const live = observation.rollout;
  const { engine } = observation;
  const isGoing = engine.at === 'off' && engine.why === 'terminating';
  if (live === null || (!isRunning(look) && !isGoing)) return nothing;
  const wanted = livePlanOf(rendered.rollout);
  const object =
    (listed(around, ROLLOUT) ?? []).find((one) => stringAt(one, 'metadata', 'name') === delivery.workload.name) ?? null;

  const denied = [
    ...(wanted.length === live.steps.length
      ? []
      : [`${live.steps.length} steps in the cluster, ${wanted.length} in the policy`]),
    ...(object === null ? [] : fixedDifferences(rendered.rollout, object)),
  ];
  if (denied.length > 0) {
    const says = `${titleOf(rendered.rollout)}: the engine denies this change of the plan`;
    return isGoing
      ? finding(
          'error',
          'PLAN_CHANGED_MIDWAY',
          `${says} while the Rollout is being deleted`,
          denied,
          'wait until it is gone, then deploy',
        )
      : midway('error', `${says} while a release runs`, denied);
  }
  if (isGoing) return nothing;
  const routing = object === null ? null : routingMoved(rendered.rollout, object);
  if (routing !== null) {
    const why = 'the engine takes a TrafficRouting when a release starts, and lets only that one go when it ends';
    return midway('error', why, [routing]);
  }
  if (samePlan(wanted, live.steps)) return nothing;

  const current = 'step' in observation.engine ? observation.engine.step : null;
  const size = sizeOf(look);
  const now = current === null ? undefined : planned(look, size ?? 0)[current - 1];
  const lowered = now === undefined ? null : howLowered(now, live.steps[now.number - 1], size, observation.pods.canary);
  if (lowered !== null)
    return midway('error', 'the current step would be lowered: the engine then leaves it unapproved', [lowered]);
  const changed = wanted.flatMap((step, index) =>
    samePlan([step], live.steps.slice(index, index + 1)) ? [] : [`step ${index + 1} differs`],
  );
  return midway('warning', 'the engine runs the current step again with the changed plan', changed);
};

/**
 * How the current step asks for less than the cluster does, or than has moved; null where it does not. What has moved is
 * not enough to go by: pods come between this look and the write, and the engine compares with what it wants (E7).
 */
function howLowered(
  wanted: PlannedStep,
  live: LiveStep | undefined,
  size: number | null,
  moved: Observation['pods']['canary'],
): string | null {
  const found = parseAmount(live?.replicas);
  const isLess =
    found !== null &&
    (found.unit === wanted.step.replicas.unit
      ? wanted.step.replicas.value < found.value
      : size === null || scaledAmount(wanted.step.replicas, size) < scaledAmount(found, size));
  if (isLess) return `${wanted.title}, ${formatAmount(found)} in the cluster`;
  return size !== null && wanted.pods < moved.total
    ? `${wanted.title} comes to ${wanted.pods} pods, ${moved.total} are new already`
    : null;
}

function midway(severity: 'error' | 'warning', message: string, facts: readonly string[]): readonly Finding[] {
  return finding(
    severity,
    'PLAN_CHANGED_MIDWAY',
    message,
    facts,
    'wait until the release is done or rolled back, then change the plan',
  );
}
