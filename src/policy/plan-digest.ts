import { gates } from '../gates/index.ts';
import type { Catalog, Condition, Delivery } from '../release/delivery.ts';
import { digestOf } from '../release/identity.ts';
import type { JsonObject } from '../release/json.ts';

/**
 * Hex SHA-256 over what the plan of a delivery says: the same until steps, gates or routing change. People, their number
 * and the windows of schedules are not in it: they are today's, whatever plan a release has started with.
 *
 * Records keep this text. A key that the plan gets later goes in only where it is not the default, or every release under
 * way would have a changed plan after an update of stepgate.
 */
export function planDigest(delivery: Delivery): string {
  const known = digests.get(delivery);
  if (known !== undefined) return known;
  const digest = digestOfPlan(delivery);
  digests.set(delivery, digest);
  return digest;
}

/** It is asked for after every event, and a delivery is never changed. */
const digests = new WeakMap<Delivery, string>();

function digestOfPlan({ style, steps, startWhen, doneWhen, traffic }: Delivery): string {
  return digestOf({
    style,
    steps: steps.map(({ name, replicas, traffic, matches, leaveWhen, timer }) => ({
      name,
      replicas,
      traffic,
      matches,
      leaveWhen: leaveWhen.map(conditionOf),
      timer,
    })),
    startWhen: startWhen.map(conditionOf),
    doneWhen: doneWhen.map(conditionOf),
    traffic: traffic === null ? null : { ...traffic },
  });
}

function conditionOf(condition: Condition): JsonObject {
  const { kind, name } = condition;
  return { kind, name, ...gates[kind].inDigest(condition) };
}

/**
 * Today's delivery under the plan that its release has started with: how pods and traffic move, what is waited
 * for and what takes it back are of `started`; who approves and when a schedule is open are today's, by name.
 */
export function planOf(started: Delivery, today: Delivery, catalog: Catalog): Delivery {
  const current = (conditions: readonly Condition[]) =>
    conditions.map((condition) => gates[condition.kind].today(condition, catalog));
  return {
    ...today,
    style: started.style,
    steps: started.steps.map((step) => ({ ...step, leaveWhen: current(step.leaveWhen) })),
    traffic: started.traffic,
    startWhen: current(started.startWhen),
    doneWhen: current(started.doneWhen),
    rollback: started.rollback,
  };
}
