import { kindInGroup } from '../api/kinds.ts';
import type { Thing } from '../api/things.ts';

export interface WorkloadRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** The kinds that the engine supports, by the model's names. */
const movable: readonly string[] = [
  'Deployment',
  'CloneSet',
  'StatefulSet',
  'AdvancedStatefulSet',
  'AdvancedDaemonSet',
];

export function isMovable(kind: string): boolean {
  return movable.includes(kind);
}

/** The objects, of one namespace, whose workloadRef names this workload; versions are not compared. */
export function referringTo<T extends { readonly spec: { readonly workloadRef: WorkloadRef } }>(
  objects: readonly T[],
  kind: string,
  { metadata: { name } }: Thing,
): readonly T[] {
  return objects.filter(
    ({ spec: { workloadRef } }) =>
      workloadRef.name === name && kindInGroup(workloadRef.apiVersion, workloadRef.kind)?.id === kind,
  );
}
