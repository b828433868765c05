import { isObject, type Json, listAt, objectAt, stringAt } from '../../release/json.ts';
import { parseQuantity } from '../../release/quantity.ts';

/** Amounts by resource (`cpu`, `memory`), in thousandths. */
export type Amounts = ReadonlyMap<string, bigint>;

/** What a pod requests from the scheduler, and what it may use at most. */
export interface Resources {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** The resources of a container as the server stores it. A limit without a request is the request too. */
export function containerResources(container: Json): Resources {
  const limits = amountsIn(objectAt(container, 'resources', 'limits'));
  return { limits, requests: new Map([...limits, ...amountsIn(objectAt(container, 'resources', 'requests'))]) };
}

/**
 * The resources of a pod: the sum of its containers, or of an init container when that is larger, plus the overhead. Init
 * containers that always restart count as containers beside the others. Resources of the pod itself take precedence.
 */
export function podResources(spec: Json): Resources {
  const own = containerResources(spec);
  const overhead = amountsIn(objectAt(spec, 'overhead'));
  return {
    requests: new Map([...sum([together(spec, 'requests'), overhead]), ...own.requests]),
    limits: new Map([...together(spec, 'limits'), ...own.limits]),
  };
}

function together(spec: Json, kind: keyof Resources): Amounts {
  let beside: Amounts = new Map();
  let most: Amounts = new Map();
  for (const container of listAt(spec, 'initContainers')) {
    const amounts = containerResources(container)[kind];
    const running = sum([beside, amounts]);
    most = highest(most, running);
    if (stringAt(container, 'restartPolicy') === 'Always') beside = running;
  }
  const all = listAt(spec, 'containers').map((container) => containerResources(container)[kind]);
  return highest(most, sum([beside, ...all]));
}

export function sum(parts: readonly Amounts[]): Amounts {
  const total = new Map<string, bigint>();
  for (const part of parts) for (const [name, amount] of part) total.set(name, (total.get(name) ?? 0n) + amount);
  return total;
}

export function times(amounts: Amounts, count: number): Amounts {
  return new Map([...amounts].map(([name, amount]) => [name, amount * BigInt(count)]));
}

function highest(left: Amounts, right: Amounts): Amounts {
  const names = new Set([...left.keys(), ...right.keys()]);
  return new Map(
    [...names].map((name) => {
      const [one, other] = [left.get(name) ?? 0n, right.get(name) ?? 0n];
      return [name, one > other ? one : other];
    }),
  );
}

/** The valid quantities of an object, by name. Anything else is left out. */
export function amountsIn(quantities: Json): Amounts {
  if (!isObject(quantities)) return new Map();
  return new Map(
    Object.entries(quantities).flatMap(([name, value]) => {
      const amount = parseQuantity(value);
      return amount === null ? [] : [[name, amount] as const];
    }),
  );
}
