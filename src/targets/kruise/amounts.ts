import type { Amount } from '../../release/delivery.ts';
import type { Json } from '../../release/json.ts';

export const NONE: Amount = { unit: 'pods', value: 0 };

/** An amount in pods at a size, rounded up. It may be larger than the size. */
export function scaledAmount({ unit, value }: Amount, replicas: number): number {
  return unit === 'pods' ? value : Math.ceil((value * replicas) / 100);
}

/** The number of pods, limited to the range from 0 to `replicas`. */
export function clamp(pods: number, replicas: number): number {
  return Math.min(Math.max(pods, 0), replicas);
}

/** Parses an amount from a cluster object: `25%`, `"3"` or 3. Null for anything else. */
export function parseAmount(value: Json | undefined): Amount | null {
  const [, digits, sign] = /^(\d+)(%?)$/.exec(String(value)) ?? [];
  return digits === undefined ? null : { unit: sign === '%' ? 'percent' : 'pods', value: Number(digits) };
}
