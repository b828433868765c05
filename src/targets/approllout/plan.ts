import { type Amount, type Delivery, formatAmount } from '../../release/delivery.ts';
import { canonical, type JsonObject, listAt, objectAt, same, stringAt, textsAt, without } from '../../release/json.ts';
import type { LiveStep } from '../../release/observation.ts';
import type { KubeObject } from '../../release/ports.ts';
import { parseAmount } from '../kruise/amounts.ts';
import { DELIVERY_ANNOTATION } from '../kruise/keys.ts';
import { batchesOf, goalsOf, partitionFrom, reachedAfter } from './batches.ts';
import { APP_ROLLOUT, STEPS_ANNOTATION, WORKLOAD_ANNOTATION } from './keys.ts';
import { isBack, isTerminal, specOf, statusOf } from './status.ts';

/** The AppRollout that a plan demands, without what depends on the source and on the cluster: size, batches, and revisions. */
export function rolloutOf({ name, namespace, workload, steps }: Delivery): KubeObject {
  return {
    apiVersion: APP_ROLLOUT.apiVersion,
    kind: APP_ROLLOUT.kind,
    metadata: {
      name: workload.name,
      namespace,
      annotations: {
        [DELIVERY_ANNOTATION]: name,
        [STEPS_ANNOTATION]: steps.map(({ replicas }) => formatAmount(replicas)).join(', '),
        [WORKLOAD_ANNOTATION]: workload.kind,
      },
    },
    spec: { componentList: [workload.name] },
  };
}

/** The plan of a workload of that size: explicit batches in pods, and the partition at the first step that is decided about. */
export function planOf(delivery: Delivery, size: number): JsonObject {
  const partition = partitionFrom(delivery, 0);
  return {
    targetSize: size,
    rolloutBatches: batchesOf(delivery.steps, size).map((replicas) => ({ replicas })),
    // Where nobody decides about a step, all batches may run.
    ...(partition === delivery.steps.length - 1 ? {} : { batchPartition: partition }),
  };
}

/** The steps of a live AppRollout, as the pods of the new version after each. KubeVela's partition stands for the pauses. */
export function livePlanOf(rollout: KubeObject): readonly LiveStep[] {
  const { batches, targetSize } = specOf(rollout);
  return batches.map((amount, index) => ({
    replicas: targetSize === null ? formatAmount(amount) : String(reachedAfter(batches, targetSize, index)),
    traffic: null,
    pause: null,
    rest: canonical({}),
  }));
}

/** Fields of a plan that are compared as the steps, or that change during a release. */
const known: readonly string[] = ['targetSize', 'rolloutBatches', 'batchPartition', 'paused', 'numBatches'];

/**
 * How the plan in a live AppRollout differs from the steps of the policy, one line each: by the pods after each step, at the live
 * size. A first deploy, a change of the size and a rollback have batches of their own.
 */
export function planDifferences(wanted: KubeObject, live: KubeObject): readonly string[] {
  const { source, targetSize, batches } = specOf(live);
  // A rollout at its end moves nothing, and the next one is aimed with a plan of its own.
  if (source === null || isBack(live) || isTerminal(statusOf(live))) return [];
  const steps = stepsIn(wanted);
  if (targetSize === null) return ['targetSize is none in the cluster: KubeVela takes the size that the source has'];
  const differences: string[] = [];
  if (steps.length !== batches.length) {
    differences.push(`${count(batches.length)} in the cluster, ${count(steps.length)} in the policy`);
  } else {
    for (const [index, goal] of goalsOf(steps, targetSize).entries()) {
      const found = reachedAfter(batches, targetSize, index);
      if (found !== goal) differences.push(`step ${index + 1}: ${found} pods in the cluster, ${goal} in the policy`);
    }
  }
  const components = [textsAt(wanted, 'spec', 'componentList'), textsAt(live, 'spec', 'componentList')];
  if (!same(components[0], components[1])) {
    differences.push(
      `componentList is ${canonical(components[1] ?? [])} in the cluster, ${canonical(components[0] ?? [])} in the policy`,
    );
  }
  return [...differences, ...others(live)];
}

/** What a person has added in the cluster. KubeVela's webhook writes the default strategy. */
function others(live: KubeObject): readonly string[] {
  const plan = without(objectAt(live, 'spec', 'rolloutPlan'), known);
  const ofBatches = listAt(live, 'spec', 'rolloutPlan', 'rolloutBatches').flatMap((batch, index) =>
    Object.entries(without(objectAt({ batch }, 'batch'), ['replicas'])).map(
      ([key, value]) => [`${key} of step ${index + 1}`, value] as const,
    ),
  );
  return [...Object.entries(plan), ...ofBatches].flatMap(([key, value]) =>
    key === 'rolloutStrategy' && value === 'IncreaseFirst'
      ? []
      : [`${key} is ${canonical(value)} in the cluster, none in the policy`],
  );
}

/** The steps in the annotation of an AppRollout; an amount that is none counts as 0. */
export function stepsIn(rollout: KubeObject): readonly { readonly replicas: Amount }[] {
  const text = stringAt(rollout, 'metadata', 'annotations', STEPS_ANNOTATION) ?? '';
  const none: Amount = { unit: 'pods', value: 0 };
  return text === '' ? [] : text.split(',').map((one) => ({ replicas: parseAmount(one.trim()) ?? none }));
}

function count(steps: number): string {
  return steps === 1 ? '1 step' : `${steps} steps`;
}
