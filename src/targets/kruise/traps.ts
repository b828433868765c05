import type { Delivery } from '../../release/delivery.ts';
import type { Finding, Severity, Surroundings } from '../../release/finding.ts';
import type { Observation } from '../../release/observation.ts';
import type { Rendered } from '../../release/target.ts';
import type { Trap } from './trap-input.ts';
import { oldApi } from './traps-api.ts';
import {
  blueGreenDoubles,
  configNotVersioned,
  hpaOwnsReplicas,
  hpaPresent,
  notGatedYet,
  secondRollout,
} from './traps-around.ts';
import { budgetNeverMet } from './traps-budget.ts';
import { notRolling, partitionIgnored, scaledPodsAreNew, stepNeverReady, trafficNeverRouted } from './traps-kinds.ts';
import { limitRangeRefuses } from './traps-limits.ts';
import { planChangedMidway } from './traps-midway.ts';
import { nodesTooFull } from './traps-nodes.ts';
import {
  lastStepBelowAll,
  lastStepWaits,
  percentThenInteger,
  stepGoesDown,
  stepIsEverything,
  stepMovesNothing,
  trafficOverLimit,
} from './traps-plan.ts';
import { quotaTooSmall } from './traps-quota.ts';
import { routesMisread, trafficTargetMissing } from './traps-routes.ts';
import { extraPodsUnselected } from './traps-settings.ts';
import {
  deadlineTooShort,
  idAnnotation,
  noReadinessProbe,
  ownedFields,
  recreateStrategy,
  replicasZero,
  restartedAt,
} from './traps-workload.ts';
import { workloadKind } from './workloads/index.ts';

/** Every trap of the engine, by the code of its finding. Each kind of workload lists the traps that it has. */
const table = {
  PERCENT_THEN_INTEGER: percentThenInteger,
  STEP_GOES_DOWN: stepGoesDown,
  STEP_MOVES_NOTHING: stepMovesNothing,
  STEP_IS_EVERYTHING: stepIsEverything,
  LAST_STEP_BELOW_ALL: lastStepBelowAll,
  LAST_STEP_WAITS: lastStepWaits,
  TRAFFIC_OVER_LIMIT: trafficOverLimit,
  TRAFFIC_TARGET_MISSING: trafficTargetMissing,
  RECREATE_STRATEGY: recreateStrategy,
  OWNED_FIELDS: ownedFields,
  ID_ANNOTATION: idAnnotation,
  REPLICAS_ZERO: replicasZero,
  HPA_PRESENT: hpaPresent,
  HPA_OWNS_REPLICAS: hpaOwnsReplicas,
  SECOND_ROLLOUT: secondRollout,
  NOT_GATED_YET: notGatedYet,
  PLAN_CHANGED_MIDWAY: planChangedMidway,
  CONFIG_NOT_VERSIONED: configNotVersioned,
  RESTARTED_AT: restartedAt,
  DEADLINE_TOO_SHORT: deadlineTooShort,
  NO_READINESS_PROBE: noReadinessProbe,
  BLUE_GREEN_DOUBLES: blueGreenDoubles,
  NOT_ROLLING: notRolling,
  PARTITION_IGNORED: partitionIgnored,
  TRAFFIC_NEVER_ROUTED: trafficNeverRouted,
  STEP_NEVER_READY: stepNeverReady,
  SCALED_PODS_ARE_NEW: scaledPodsAreNew,
  QUOTA_TOO_SMALL: quotaTooSmall,
  NODES_TOO_FULL: nodesTooFull,
  LIMIT_RANGE_REFUSES: limitRangeRefuses,
  PDB_NEVER_MET: budgetNeverMet,
} as const satisfies Record<string, Trap>;

export type TrapCode = keyof typeof table;

/** Traps that every kind of workload has. Their findings have several codes. */
const ofEveryKind: readonly Trap[] = [routesMisread, extraPodsUnselected];

const codes = Object.keys(table).filter((code): code is TrapCode => Object.hasOwn(table, code));

const weight: Record<Severity, number> = { error: 0, warning: 1, note: 2 };

/**
 * The findings about the engine's traps for this delivery, errors first. With an error, the release would hang, be ungated,
 * lose pods or be denied. With a warning, it goes on but does not do what the plan says. A note is for information.
 */
export function traps(
  delivery: Delivery,
  rendered: Rendered,
  observation: Observation,
  around: Surroundings,
): readonly Finding[] {
  const look = { delivery, rendered, observation, around };
  const { traps: has } = workloadKind(delivery);
  return [
    // What the cluster has no words for comes first: the other findings are about what it would do.
    ...oldApi(look),
    ...codes.flatMap((code) => (has[code] ? table[code](look) : [])),
    ...ofEveryKind.flatMap((trap) => trap(look)),
  ].sort((left, right) => weight[left.severity] - weight[right.severity]);
}
