import type { Amount } from '../../release/delivery.ts';
import type { Json } from '../../release/json.ts';

export const NONE: Amount = { unit: 'pods', value: 0 };

/** An amount in pods at a size, rounded up; it may be more than there are. */
export function scaledAmount({ unit, value }: Amount, replicas: number): number {
  return unit === 'pods' ? value : Math.ceil((value * replicas) / 100);
}

/** As many as there are at most, and never fewer than none. */
export function clamp(pods: number, replicas: number): number {
  return Math.min(Math.max(pods, 0), replicas);
}

/** An amount as an object of the cluster writes it, `25%`, `"3"` or 3; null for anything else. */
export function parseAmount(value: Json | undefined): Amount | null {
  const [, digits, sign] = /^(\d+)(%?)$/.exec(String(value)) ?? [];
  return digits === undefined ? null : { unit: sign === '%' ? 'percent' : 'pods', value: Number(digits) };
}
