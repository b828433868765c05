import { refusal } from './error.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

/** Readers of the fields of a record. Each throws RECORD_INVALID for a value of another type. */

/** The annotation on the Rollout in which stepgate keeps its record. */
export const RECORD_ANNOTATION = 'stepgate.dev/record';

export function orNull<T>(value: JsonObject, key: string, read: (inner: JsonObject) => T): T | null {
  const found = value[key];
  if (found === null) return null;
  return read(entry(found, key));
}

export function entry(value: Json | undefined, what: string): JsonObject {
  if (!isObject(value)) throw invalid(`'${what}' is ${value === undefined ? 'missing' : 'no object'}`);
  return value;
}

export function list(value: JsonObject, key: string): readonly Json[] {
  const found = value[key];
  if (!Array.isArray(found)) throw invalid(`'${key}' is ${found === undefined ? 'missing' : 'no list'}`);
  return found;
}

export function string(value: JsonObject, key: string): string {
  const found = value[key];
  if (typeof found !== 'string') throw invalid(`'${key}' is ${found === undefined ? 'missing' : 'no text'}`);
  return found;
}

export function stringOrNull(value: JsonObject, key: string): string | null {
  return value[key] === undefined || value[key] === null ? null : string(value, key);
}

export function isTrue(value: JsonObject, key: string): true {
  if (value[key] !== true) throw invalid(`'${key}' is not true`);
  return true;
}

export function boolean(value: JsonObject, key: string): boolean {
  const found = value[key];
  if (typeof found !== 'boolean') throw invalid(`'${key}' is neither true nor false`);
  return found;
}

export function oneOf<const T extends string>(value: JsonObject, key: string, words: readonly T[]): T {
  const found = words.find((word) => word === value[key]);
  if (found === undefined) throw invalid(`'${key}' is none of ${words.join(', ')}`);
  return found;
}

export function invalid(what: string) {
  return refusal(
    'RECORD_INVALID',
    `the annotation ${RECORD_ANNOTATION} on the Rollout is not a record of stepgate: ${what}`,
    'restore the annotation, or remove it and deploy with --live REF, where REF is the commit that is live',
  );
}
