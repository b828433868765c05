import type { Delivery } from '../release/delivery.ts';
import type { Place } from '../release/error.ts';

/** Finds where a key of a delivery stands in its config: `['steps', 0, 'traffic']`. */
export type FindPlace = (key: readonly (string | number)[]) => Place | null;

/** By delivery, as it was read. What is made of a delivery later has no place. */
const found = new WeakMap<Delivery, FindPlace>();

/** Remembers where the keys of a delivery stand. */
export function rememberPlaces(delivery: Delivery, find: FindPlace): Delivery {
  found.set(delivery, find);
  return delivery;
}

/** What is made of a delivery whose keys stand where they stood. */
export function withSamePlaces(made: Delivery, delivery: Delivery): Delivery {
  const find = found.get(delivery);
  return find === undefined ? made : rememberPlaces(made, find);
}

/** Where a key of a delivery stands in the config; null when it is not known. */
export function placeOf(delivery: Delivery, key: readonly (string | number)[]): Place | null {
  return found.get(delivery)?.(key) ?? null;
}
