import { at, isMap, type Loose } from '../api/json.ts';

/** A number of pods, or a percentage of them. */
export type Amount = number | string;

export interface RollingUpdate {
  readonly maxSurge?: Amount;
  readonly maxUnavailable?: Amount;
}

/** Reads an amount; undefined when there is none. */
export function amountAt(value: Loose, ...path: readonly string[]): Amount | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' || typeof found === 'string' ? found : undefined;
}

/** Reads a rolling update; undefined when there is none. */
export function rollingUpdateAt(value: Loose, ...path: readonly string[]): RollingUpdate | undefined {
  if (!isMap(at(value, ...path))) return undefined;
  const [maxSurge, maxUnavailable] = [amountAt(value, ...path, 'maxSurge'), amountAt(value, ...path, 'maxUnavailable')];
  return {
    ...(maxSurge === undefined ? {} : { maxSurge }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
  };
}

/** `"20%"` of a total, or a number of pods. Other text counts as 0. */
export function scaled(amount: Amount | undefined, total: number, round: 'up' | 'down' = 'up'): number {
  if (amount === undefined) return 0;
  if (typeof amount === 'number') return amount;
  const percent = /^(\d+)%$/.exec(amount);
  if (percent === null) return 0;
  const exact = (Number(percent[1]) * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

/** The surge and the unavailable pods; never both 0. */
export function fenceposts(
  update: RollingUpdate | undefined,
  replicas: number,
): { readonly surge: number; readonly unavailable: number } {
  const surge = scaled(update?.maxSurge, replicas, 'up');
  const unavailable = scaled(update?.maxUnavailable, replicas, 'down');
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}
