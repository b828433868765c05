import { type Json, listAt, numberAt, objectAt, stringAt } from '../../release/json.ts';
import { latest } from '../../release/moments.ts';

/** A condition of a status by its type; null when there is none. */
export function conditionIn(status: Json, type: string): Json {
  return listAt(status, 'conditions').find((one) => stringAt(one, 'type') === type) ?? null;
}

/** The number of pods that a workload asks for. */
export function sizeOf(workload: Json): number {
  return numberAt(workload, 'spec', 'replicas') ?? 1;
}

/** Whether the workload's controller has seen the last write, and every pod has the present template, available or not. */
export function isUpdated(workload: Json): boolean {
  const count = (field: string) => numberAt(workload, 'status', field) ?? 0;
  const size = sizeOf(workload);
  const generation = numberAt(workload, 'metadata', 'generation') ?? 0;
  return count('observedGeneration') >= generation && count('updatedReplicas') === size && count('replicas') === size;
}

/** The time in a field; null when it has none. */
export function dateIn(object: Json, field: string): Date | null {
  const text = stringAt(object, field);
  if (text === null) return null;
  const parsed = new Date(text);
  return Number.isNaN(parsed.getTime()) ? null : parsed;
}

/** When a workload was last written, by its managedFields; for workloads whose status has no times. */
export function lastWrite(workload: Json): Date {
  const writes = listAt(workload, 'metadata', 'managedFields').filter((one) => stringAt(one, 'subresource') === null);
  return latest(writes.map((one) => dateIn(one, 'time'))) ?? new Date(0);
}

export function isReady(pod: Json): boolean {
  return stringAt(conditionIn(objectAt(pod, 'status'), 'Ready'), 'status') === 'True';
}
