import { at, type Json, type JsonObject, listAt, objectAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { formatQuantity } from '../../release/quantity.ts';
import { growthOf, podsText } from './growth.ts';
import { LIMIT_RANGE, NODE, POD } from './keys.ts';
import { limitItems, withDefaults } from './limit-ranges.ts';
import { type Amounts, amountsIn, podResources, sum } from './resources.ts';
import { finding, listed, nothing, type Trap, templateOf, titleOfWorkload } from './trap-input.ts';

/** Pods without a node stay Pending. Affinity is not counted, so the real room may be smaller. */
export const nodesTooFull: Trap = (look) => {
  const nodes = look.around.everywhere?.[NODE.kind] ?? null;
  const pods = look.around.everywhere?.[POD.kind] ?? null;
  const { most } = growthOf(look);
  // A cluster that lists no nodes may create them on demand.
  if (nodes === null || pods === null || nodes.length === 0 || most.pods === 0) return nothing;
  const ranges = limitItems(listed(look.around, LIMIT_RANGE) ?? []);
  const spec = withDefaults(objectAt(templateOf(look), 'spec'), ranges);
  const { requests } = podResources(spec);
  const used = usedBy(pods);
  const fitting = nodes.filter((node) => takes(node, spec));
  const room = fitting.map((node) => roomOn(node, requests, used.get(nameOf(node)) ?? none));
  const total = room.reduce((all, one) => all + one, 0);
  if (total >= most.pods) return nothing;
  const asked = [...requests].map(([name, amount]) => `${name} ${formatQuantity(name, amount)}`);
  return finding(
    'warning',
    'NODES_TOO_FULL',
    `the nodes have room for ${total} of the ${podsText(most.pods)} that come ${most.when}: the others stay Pending unless nodes are added`,
    [
      `${fitting.length} of ${nodes.length} nodes take pods of ${titleOfWorkload(look)}`,
      asked.length === 0 ? 'each pod requests nothing' : `each pod requests ${asked.join(' and ')}`,
    ],
    'add nodes, lower the requests, or use smaller steps or strategy partition',
  );
};

const none: readonly KubeObject[] = [];

/** The pods by their node, without those that have ended. */
function usedBy(pods: readonly KubeObject[]): ReadonlyMap<string, readonly KubeObject[]> {
  const going = pods.filter((pod) => !['Succeeded', 'Failed'].includes(stringAt(pod, 'status', 'phase') ?? ''));
  return Map.groupBy(going, (pod) => stringAt(pod, 'spec', 'nodeName') ?? '');
}

/** The number of further pods with these requests that a node has room for. */
function roomOn(node: KubeObject, requests: Amounts, pods: readonly KubeObject[]): number {
  const allocatable = amountsIn(objectAt(node, 'status', 'allocatable'));
  const used = sum(pods.map((pod) => podResources(objectAt(pod, 'spec')).requests));
  const rooms = [...requests]
    .filter(([, asked]) => asked > 0n)
    .map(([name, asked]) => ((allocatable.get(name) ?? 0n) - (used.get(name) ?? 0n)) / asked);
  const places = (allocatable.get('pods') ?? 0n) / 1000n - BigInt(pods.length);
  const least = [places, ...rooms].reduce((found, one) => (one < found ? one : found));
  return Math.max(0, Number(least));
}

/** Whether the scheduler may use a node: it is ready and schedulable, has the labels, and its taints are tolerated. */
function takes(node: KubeObject, spec: JsonObject): boolean {
  const ready = listAt(node, 'status', 'conditions').find((one) => stringAt(one, 'type') === 'Ready');
  const labels = objectAt(node, 'metadata', 'labels');
  const wanted = Object.entries(objectAt(spec, 'nodeSelector'));
  const taints = listAt(node, 'spec', 'taints').filter((taint) => stringAt(taint, 'effect') !== 'PreferNoSchedule');
  return (
    at(node, 'spec', 'unschedulable') !== true &&
    (ready === undefined || stringAt(ready, 'status') === 'True') &&
    wanted.every(([key, value]) => labels[key] === value) &&
    taints.every((taint) => listAt(spec, 'tolerations').some((one) => tolerates(one, taint)))
  );
}

function tolerates(toleration: Json, taint: Json): boolean {
  const [key, effect] = [stringAt(toleration, 'key') ?? '', stringAt(toleration, 'effect') ?? ''];
  const isAny = stringAt(toleration, 'operator') === 'Exists';
  return (
    (key === '' ? isAny : key === stringAt(taint, 'key')) &&
    (effect === '' || effect === stringAt(taint, 'effect')) &&
    (isAny || (stringAt(toleration, 'value') ?? '') === (stringAt(taint, 'value') ?? ''))
  );
}

function nameOf(node: KubeObject): string {
  return stringAt(node, 'metadata', 'name') ?? '';
}
