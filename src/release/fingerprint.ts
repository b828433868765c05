import { createHmac } from 'node:crypto';

/** A short text for a hidden value: the same for equal parts, and no guide to them without the key. */
export type Fingerprint = (...parts: readonly string[]) => string;

/** Short enough to read, long enough that a change is not missed. */
const DIGITS = 8;

/** Fingerprints with a key that no other run has, so that a value can't be found by trying. */
export function fingerprints(key: Uint8Array): Fingerprint {
  // As JSON, so that no list of parts gives the text of another one.
  return (...parts) => createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex').slice(0, DIGITS);
}
