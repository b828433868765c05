import { stamp } from '../api/marks.ts';
import type { World } from '../world.ts';
import type { Condition, DeploymentStatus } from './types.ts';

export function withCondition(status: DeploymentStatus, condition: Condition): DeploymentStatus {
  const old = status.conditions?.find((one) => one.type === condition.type);
  const kept =
    old !== undefined && old.status === condition.status
      ? { ...condition, lastTransitionTime: old.lastTransitionTime }
      : condition;
  if (old !== undefined && old.status === condition.status && old.reason === condition.reason) return status;
  return { ...status, conditions: [...(status.conditions ?? []).filter((one) => one !== old), kept] };
}

export function progressing(world: World, status: string, reason: string, message: string): Condition {
  const time = stamp(world.timeline.now());
  return { type: 'Progressing', status, reason, message, lastUpdateTime: time, lastTransitionTime: time };
}
