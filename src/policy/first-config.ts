import type { Delivery } from '../release/delivery.ts';
import { canonical, type JsonObject, without } from '../release/json.ts';
import { printYaml, type Remark } from './print.ts';
import { blockOf } from './written.ts';

/** A delivery of a first config, the name for its plan, and what is said about its keys. */
export interface FirstBlock {
  readonly delivery: Delivery;
  readonly plan: string;
  readonly remarks: readonly Remark[];
}

/** The keys of a block that a plan has in its place. */
const inPlan = ['strategy', 'startWhen', 'steps', 'doneWhen'];

/**
 * A first stepgate.yaml. A plan that several deliveries have is written once. `remarks` are lines above the file; those of a block have
 * paths in it, and what is said about a shared plan stands above the plan.
 */
export function printFirstConfig(blocks: readonly FirstBlock[], title: readonly string[]): string {
  const written = blocks.map((one) => ({ ...one, block: blockOf(one.delivery) }));
  const shared = new Map<string, { readonly name: string; readonly plan: JsonObject; readonly index: number }>();
  for (const [index, { block, plan: name }] of written.entries()) {
    const plan = planIn(block);
    const key = canonical(plan);
    const twins = written.filter((other) => canonical(planIn(other.block)) === key);
    if (twins.length < 2 || shared.has(key)) continue;
    const taken = [...shared.values()].filter((one) => one.name === name || one.name.startsWith(`${name}-`)).length;
    shared.set(key, { name: taken === 0 ? name : `${name}-${taken + 1}`, plan, index });
  }
  const remarks: Remark[] = [{ path: [], lines: title }];
  const deliveries = written.map(({ block, remarks: its }, index) => {
    const plan = shared.get(canonical(planIn(block)));
    for (const { path, lines } of its) {
      const isOfPlan = inPlan.includes(String(path[0]));
      if (plan === undefined || !isOfPlan) remarks.push({ path: ['deliveries', index, ...path], lines });
      else if (plan.index === index) remarks.push({ path: ['plans', plan.name, ...path], lines });
    }
    return plan === undefined ? block : { ...without(block, inPlan), plan: plan.name };
  });
  const plans = Object.fromEntries([...shared.values()].map(({ name, plan }) => [name, plan]));
  return printYaml({ version: 1, ...(shared.size === 0 ? {} : { plans }), deliveries }, remarks);
}

function planIn(block: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(block).filter(([key]) => inPlan.includes(key)));
}
