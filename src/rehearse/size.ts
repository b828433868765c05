import type { Delivery } from '../release/delivery.ts';
import { inputError } from '../release/error.ts';
import { isObject, type Json } from '../release/json.ts';
import type { Rendered, Target } from '../release/target.ts';

/** The most pods of all deliveries of a rehearsal: with more, it takes minutes. */
const MOST_PODS = 2000;

/** A delivery that is going to be rehearsed. */
export interface Rehearsed {
  readonly delivery: Delivery;
  readonly rendered: Rendered;
  readonly target: Target;
}

/** Throws NOT_SUPPORTED where the sources ask for more pods than a rehearsal plays. */
export function refuseTooLarge(all: readonly Rehearsed[]): void {
  let total = 0;
  for (const { delivery, rendered, target } of all) {
    const { pods } = target.expectedSize(delivery, rendered, { live: null, around: null });
    const { carrier, workload, settings, before, idleOnly } = rendered;
    const own = Math.max(pods, asked(carrier), asked(workload), asked(settings));
    total += own + [...before, ...idleOnly].reduce((sum, object) => sum + asked(object), 0);
    if (total <= MOST_PODS) continue;
    throw inputError('NOT_SUPPORTED', `${delivery.name}: ${total} pods are too many for a rehearsal`, {
      hint: `write fewer replicas on a branch, and rehearse that: a rehearsal plays at most ${MOST_PODS} pods of all deliveries together`,
    });
  }
}

const counts = new Set(['replicas', 'parallelism']);

/** How many pods an object asks for, wherever it does. */
function asked(value: Json): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one: Json) => sum + asked(one), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, inner]) => sum + (counts.has(key) && typeof inner === 'number' ? Math.max(0, inner) : asked(inner)),
    0,
  );
}
