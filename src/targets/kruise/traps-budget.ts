import type { ForecastStep } from '../../release/forecast.ts';
import { at, type Json, type JsonObject, listAt, numberAt, objectAt, stringAt, textsAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { parseAmount, scaledAmount } from './amounts.ts';
import { forecast } from './forecast.ts';
import { DISRUPTION_BUDGET } from './keys.ts';
import { titleOf } from './manifests.ts';
import { expectedSize } from './size.ts';
import { finding, listed, nothing, type Trap, templateOf } from './trap-input.ts';

/**
 * While fewer pods are healthy than a budget asks for, Kubernetes evicts none of them. Draining a node then waits until the
 * step ends. Budgets that also select pods of other workloads are left out.
 */
export const budgetNeverMet: Trap = (look) => {
  const { delivery, rendered, observation, around } = look;
  const live = observation.workload;
  if (live === null) return nothing;
  const { pods: replicas } = expectedSize(delivery, rendered, { live: live.replicas, around });
  const steps = forecast(delivery, { replicas, rendered, live: around.workload, now: observation.takenAt });
  const old = objectAt(around.workload, 'spec', 'template', 'metadata', 'labels');
  const fresh = objectAt(templateOf(look), 'metadata', 'labels');
  return (listed(around, DISRUPTION_BUDGET) ?? []).flatMap((budget) => {
    const covers = { old: selects(budget, old), fresh: selects(budget, fresh) };
    const present = observation.pods.stable.total + observation.pods.canary.total;
    if ((!covers.old && !covers.fresh) || (numberAt(budget, 'status', 'expectedPods') ?? 0) > present) return nothing;
    const found = steps.flatMap((step, index) => {
      const pods = (covers.old ? step.stablePods : 0) + (covers.fresh ? step.canaryPods : 0);
      const wanted = wantedBy(budget, sizeOf(step, { replicas, isCanary: delivery.style === 'canary', covers }));
      return pods < wanted ? [{ pods, wanted, when: `step ${index + 1} (${step.name})` }] : [];
    });
    const [first] = found;
    if (first === undefined) return nothing;
    const { pods, wanted, when } = first;
    const title = titleOf(budget);
    return finding(
      'warning',
      'PDB_NEVER_MET',
      `${title} asks for ${wanted} pods and has ${pods} while ${when} waits: none of them is evicted then, and draining a node waits too`,
      [
        `${title} has ${amountText(budget)}`,
        ...(covers.old === covers.fresh
          ? []
          : [`it selects the pods of the ${covers.old ? 'old' : 'new'} version alone`]),
        ...found.slice(1).map((one) => `${one.pods} of ${one.wanted} at ${one.when} too`),
      ],
      covers.old === covers.fresh
        ? 'lower minAvailable, or write it as a percentage'
        : 'select by labels that both versions have',
    );
  });
};

interface Covered {
  readonly replicas: number;
  readonly isCanary: boolean;
  readonly covers: { readonly old: boolean; readonly fresh: boolean };
}

/** The size from which a budget's percentages are counted: that of the workloads it selects. Canary style has two. */
function sizeOf({ canaryPods }: ForecastStep, { replicas, isCanary, covers }: Covered): number {
  if (!isCanary) return replicas;
  return (covers.old ? replicas : 0) + (covers.fresh ? canaryPods : 0);
}

/** The number of pods that a budget wants healthy, at a size. */
function wantedBy(budget: KubeObject, size: number): number {
  const least = parseAmount(at(budget, 'spec', 'minAvailable'));
  if (least !== null) return scaledAmount(least, size);
  const away = parseAmount(at(budget, 'spec', 'maxUnavailable'));
  return away === null ? 0 : size - scaledAmount(away, size);
}

function amountText(budget: KubeObject): string {
  const [key, value] = ['minAvailable', 'maxUnavailable']
    .map((name) => [name, at(budget, 'spec', name)] as const)
    .find(([, found]) => found !== undefined) ?? ['minAvailable', 0];
  return `${key} ${String(value)}`;
}

/** Whether a budget selects pods with these labels. An empty selector selects every pod. Without a selector it selects none. */
function selects(budget: KubeObject, labels: JsonObject): boolean {
  const selector = at(budget, 'spec', 'selector');
  if (selector === undefined || selector === null) return false;
  return (
    Object.entries(objectAt(selector, 'matchLabels')).every(([key, value]) => labels[key] === value) &&
    listAt(selector, 'matchExpressions').every((one) => holds(one, labels))
  );
}

function holds(expression: Json, labels: JsonObject): boolean {
  const value = labels[stringAt(expression, 'key') ?? ''];
  const values = textsAt(expression, 'values');
  switch (stringAt(expression, 'operator')) {
    case 'In':
      return typeof value === 'string' && values.includes(value);
    case 'NotIn':
      return typeof value !== 'string' || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
