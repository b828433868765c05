import type { Delivery } from '../../release/delivery.ts';

/** The engine's shortest recorded waits, in seconds (docs/engine.md#times). Each is a minimum. */
const SHORTEST = { first: 5, later: 1, end: 1 };
/** The shortest waits for routes. The engine checks again after the grace period, and then checks what it wrote. */
const ROUTES = { first: 4, later: 4, end: 1 };
const USUAL_GRACE = 3;

/** The fewest seconds that the engine takes from the start or an approval to the pause of a step, or to the end. */
export function engineWait({ steps, traffic }: Delivery, at: number | 'end'): number {
  const grace = traffic?.graceSeconds ?? USUAL_GRACE;
  if (at === 'end') return SHORTEST.end + (traffic === null ? 0 : ROUTES.end + 3 * grace);
  const place = at === 0 ? 'first' : 'later';
  const step = steps[at];
  const isRouted = traffic !== null && step !== undefined && (step.traffic !== null || step.matches.length > 0);
  return SHORTEST[place] + (isRouted ? ROUTES[place] : 0);
}
