import { randomBytes } from 'node:crypto';

/** A key that nobody else has. */
export function randomKey(): Uint8Array {
  return randomBytes(32);
}
