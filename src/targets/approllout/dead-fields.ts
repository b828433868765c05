import { at, type Json, listAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';

/** A field of an AppRollout that does not do what its name says, or nothing at all. */
export interface DeadField {
  /** `spec.rolloutPlan.rolloutBatches[0].podList`. */
  readonly field: string;
  /** A text about the field. */
  readonly says: string;
}

/** Fields below a plan or a batch that no version of KubeVela reads, or that fail. */
const ofPlan: Readonly<Record<string, string>> = {
  canaryMetric: 'is evaluated by no version of KubeVela: a step with a metric would go on all the same',
  numBatches: "is turned into batches by KubeVela's webhook alone, and a cluster without it then has no batches",
};
const ofBatch: Readonly<Record<string, string>> = {
  podList: 'is read by no version of KubeVela: other pods would be replaced',
  instanceInterval: 'is read by no version of KubeVela: the pods of a batch are replaced without a pause',
  canaryMetric: ofPlan['canaryMetric'] ?? '',
};

/** The dead fields that an AppRollout sets (docs/approllout.md#dead-fields). */
export function deadFields(rollout: KubeObject): readonly DeadField[] {
  const found: DeadField[] = [];
  const plan = at(rollout, 'spec', 'rolloutPlan') ?? {};
  if (at(rollout, 'spec', 'revertOnDelete') !== undefined) {
    const says = 'is only logged by KubeVela: deleting the AppRollout leaves the pods as they are, of both versions';
    found.push({ field: 'spec.revertOnDelete', says });
  }
  found.push(...among(plan, 'spec.rolloutPlan', ofPlan));
  const batches = listAt(plan, 'rolloutBatches');
  for (const [index, batch] of batches.entries()) {
    found.push(...among(batch, `spec.rolloutPlan.rolloutBatches[${index}]`, ofBatch));
  }
  if (batches.length > 0 && at(batches.at(-1), 'replicas') === undefined) {
    const says = 'is left out for "the rest", and KubeVela reads that as 0 pods and ends the rollout';
    found.push({ field: `spec.rolloutPlan.rolloutBatches[${batches.length - 1}].replicas`, says });
  }
  return found;
}

function among(value: Json, path: string, dead: Readonly<Record<string, string>>): readonly DeadField[] {
  return Object.entries(dead).flatMap(([key, says]) =>
    at(value, key) === undefined ? [] : [{ field: `${path}.${key}`, says }],
  );
}
