import { type JsonObject, listAt, objectAt } from '../../release/json.ts';
import { formatQuantity } from '../../release/quantity.ts';
import { LIMIT_RANGE } from './keys.ts';
import { type LimitItem, limitItems, withDefaults } from './limit-ranges.ts';
import { amountsIn, containerResources, podResources, type Resources } from './resources.ts';
import { finding, listed, nameOf, nothing, type Trap, templateOf, titleOfWorkload } from './trap-input.ts';

/** When a LimitRange refuses a template, no pod is created and the step waits for ever. */
export const limitRangeRefuses: Trap = (look) => {
  const items = limitItems(listed(look.around, LIMIT_RANGE) ?? []);
  const spec = withDefaults(objectAt(templateOf(look), 'spec'), items);
  const containers = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')];
  return items.flatMap((item) => {
    const facts =
      item.type === 'Container'
        ? containers.flatMap((one) => refusals(item, containerResources(one), `container ${nameOf(one)}`))
        : item.type === 'Pod'
          ? refusals(item, podResources(spec), 'the pod')
          : [];
    if (facts.length === 0) return nothing;
    return finding(
      'error',
      'LIMIT_RANGE_REFUSES',
      `${item.title} refuses the pods of ${titleOfWorkload(look)}: no new pod would be created`,
      facts,
      `change the resources of the containers, or ${item.title}`,
    );
  });
};

/** Why a LimitRange refuses a container or a pod (Kubernetes, plugin LimitRanger); empty when it accepts. */
function refusals({ min, max, ratio }: LimitItem, { requests, limits }: Resources, who: string): readonly string[] {
  const found: string[] = [];
  each(min, (resource, least, text) => {
    const asked = requests.get(resource);
    const limit = limits.get(resource);
    if (asked === undefined) found.push(`${who} has no request of ${resource}, of which the minimum is ${text}`);
    else if (asked < least)
      found.push(`${who} requests ${resource} ${formatQuantity(resource, asked)}, the minimum is ${text}`);
    else if (limit !== undefined && limit < least)
      found.push(`${who} has the limit ${resource} ${formatQuantity(resource, limit)}, the minimum is ${text}`);
  });
  each(max, (resource, most, text) => {
    const asked = requests.get(resource);
    const limit = limits.get(resource);
    if (limit === undefined) found.push(`${who} has no limit of ${resource}, of which the maximum is ${text}`);
    else if (limit > most)
      found.push(`${who} has the limit ${resource} ${formatQuantity(resource, limit)}, the maximum is ${text}`);
    else if (asked !== undefined && asked > most)
      found.push(`${who} requests ${resource} ${formatQuantity(resource, asked)}, the maximum is ${text}`);
  });
  each(ratio, (resource, most, text) => {
    const asked = requests.get(resource) ?? 0n;
    const limit = limits.get(resource) ?? 0n;
    if (asked === 0n || limit === 0n) found.push(`${who} needs a request and a limit of ${resource}, for their ratio`);
    else if (limit * 1000n > asked * most)
      found.push(
        `${who} has the limit ${resource} ${formatQuantity(resource, limit)} with the request ${formatQuantity(resource, asked)}, the largest ratio is ${text}`,
      );
  });
  return found;
}

function each(quantities: JsonObject, check: (resource: string, amount: bigint, text: string) => void): void {
  for (const [resource, amount] of amountsIn(quantities)) check(resource, amount, String(quantities[resource]));
}
