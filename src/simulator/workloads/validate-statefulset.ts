import { Refusal } from '../api/answers.ts';
import { at, same } from '../api/json.ts';
import type { StatefulSet } from './types.ts';

/** What may be changed of a StatefulSet. */
const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

/** What may not. Fields that Kubernetes doesn't know are dropped by it, not refused. */
const fixed = ['serviceName', 'podManagementPolicy', 'selector', 'volumeClaimTemplates'];

/** Refuses what Kubernetes' validation does, as far as a release meets it. */
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

function invalid({ metadata: { name } }: StatefulSet, field: string, reason: string, message: string): Refusal {
  const text = `StatefulSet.apps "${name}" is invalid: ${field}: ${message}`;
  return new Refusal(422, 'Invalid', text, { causes: [{ reason, message, field }] });
}
