import type { Amount } from '../../release/delivery.ts';

/** An amount in pods at a size, rounded up; it may be more than there are. */
export function scaledAmount({ unit, value }: Amount, replicas: number): number {
  return unit === 'pods' ? value : Math.ceil((value * replicas) / 100);
}

/** As many as there are at most, and never fewer than none. */
export function clamp(pods: number, replicas: number): number {
  return Math.min(Math.max(pods, 0), replicas);
}
