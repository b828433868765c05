import { gates } from '../gates/index.ts';
import type { Catalog, Condition, Delivery } from '../release/delivery.ts';
import { digestOf } from '../release/identity.ts';
import type { JsonObject } from '../release/json.ts';
import { settingsInConfig, trafficInConfig } from '../targets/index.ts';

/**
 * Hex SHA-256 over the plan of a delivery: it changes when steps, gates, routing or the target change. The people of approvals, their
 * count and the windows of schedules are left out, because these are always today's.
 *
 * Records keep this digest. A key that a plan gets later must be left out when it has the default value. Otherwise an
 * update of stepgate would change the plan of every release under way.
 */
export function planDigest(delivery: Delivery): string {
  const known = digests.get(delivery);
  if (known !== undefined) return known;
  const digest = digestOfPlan(delivery);
  digests.set(delivery, digest);
  return digest;
}

/** Cached by delivery: it is needed after every event, and a delivery never changes. */
const digests = new WeakMap<Delivery, string>();

function digestOfPlan({ target, style, steps, startWhen, doneWhen, traffic, settings }: Delivery): string {
  return digestOf({
    ...(target === undefined ? {} : { target }),
    style,
    steps: steps.map((step) => ({
      name: step.name,
      replicas: step.replicas,
      ...trafficInConfig.step.inDigest(step),
      leaveWhen: step.leaveWhen.map(conditionOf),
      timer: step.timer,
    })),
    startWhen: startWhen.map(conditionOf),
    doneWhen: doneWhen.map(conditionOf),
    traffic: traffic === null ? null : trafficInConfig.inDigest(traffic),
    ...settingsInConfig.print(settings),
  });
}

function conditionOf(condition: Condition): JsonObject {
  const { kind, name } = condition;
  return { kind, name, ...gates[kind].inDigest(condition) };
}

/**
 * Today's delivery with the plan that its release has started with. Steps, gates, routing and rollback come from
 * `started`; the entries of approvals and schedules are today's.
 */
export function planOf(started: Delivery, today: Delivery, catalog: Catalog): Delivery {
  const current = (conditions: readonly Condition[]) =>
    conditions.map((condition) => gates[condition.kind].today(condition, catalog));
  return {
    ...today,
    style: started.style,
    steps: started.steps.map((step) => ({ ...step, leaveWhen: current(step.leaveWhen) })),
    traffic: started.traffic,
    settings: started.settings,
    startWhen: current(started.startWhen),
    doneWhen: current(started.doneWhen),
    rollback: started.rollback,
  };
}
