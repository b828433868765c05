import { denied, Refusal } from '../api/answers.ts';
import { at, same } from '../api/json.ts';
import { goReplicas } from '../engine/go-text.ts';
import type { StatefulSet } from './types.ts';

/** The fields of a StatefulSet that may change. */
const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

/** The fields that must not change. Kubernetes drops unknown fields without refusing them. */
const fixed = ['serviceName', 'podManagementPolicy', 'selector', 'volumeClaimTemplates'];

/** Refuses the writes that Kubernetes' validation refuses, for the fields that a release uses. */
export function validateStatefulSet(set: StatefulSet, old: StatefulSet | undefined): void {
  const { type, rollingUpdate } = set.spec.updateStrategy;
  if (type !== 'RollingUpdate' && rollingUpdate !== undefined) {
    const value = JSON.stringify({
      Partition: rollingUpdate.partition ?? 0,
      MaxUnavailable: rollingUpdate.maxUnavailable ?? null,
    });
    const message = `Invalid value: ${value}: only allowed for updateStrategy 'RollingUpdate'`;
    throw invalid(set, 'spec.updateStrategy.rollingUpdate', 'FieldValueInvalid', message);
  }
  if (old === undefined || fixed.every((key) => same(at(old, 'spec', key), at(set, 'spec', key)))) return;
  const names = changeable.map((name) => `'${name}'`);
  const message = `Forbidden: updates to statefulset spec for fields other than ${names.slice(0, -1).join(', ')} and ${names.at(-1)} are forbidden`;
  throw invalid(set, 'spec', 'FieldValueForbidden', message);
}

/** Denies what the webhook of Kruise's StatefulSet denies: more than one pod at once where one waits for the other. */
export function validateAdvancedStatefulSet({ spec }: StatefulSet): void {
  const { maxUnavailable = 1 } = spec.updateStrategy.rollingUpdate ?? {};
  if (spec.podManagementPolicy === 'Parallel' || maxUnavailable === 1) return;
  const value = `spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: ${goReplicas(maxUnavailable)}`;
  throw denied(`${value}: can only work with Parallel PodManagementPolicyType`, 422, 'vstatefulset.kb.io');
}

function invalid({ metadata: { name } }: StatefulSet, field: string, reason: string, message: string): Refusal {
  const text = `StatefulSet.apps "${name}" is invalid: ${field}: ${message}`;
  return new Refusal(422, 'Invalid', text, { causes: [{ reason, message, field }] });
}
