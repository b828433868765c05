import { type Json, listAt, objectAt, stringAt } from '../../release/json.ts';

/** A condition of an object's status by its type; null where there is none. */
export function conditionIn(status: Json, type: string): Json {
  return listAt(status, 'conditions').find((one) => stringAt(one, 'type') === type) ?? null;
}

/** The time that a field says; null where it says none. */
export function dateIn(object: Json, field: string): Date | null {
  const text = stringAt(object, field);
  if (text === null) return null;
  const parsed = new Date(text);
  return Number.isNaN(parsed.getTime()) ? null : parsed;
}

export function isReady(pod: Json): boolean {
  return stringAt(conditionIn(objectAt(pod, 'status'), 'Ready'), 'status') === 'True';
}

export function latest(dates: readonly (Date | null)[]): Date | null {
  return dates.reduce((late, one) => (one !== null && (late === null || one > late) ? one : late), null);
}
