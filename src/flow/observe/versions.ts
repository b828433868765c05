import { stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';

/**
 * Whether a resource version is older than another. Versions of one kind grow over all of its objects, lists and events
 * (Kubernetes API concepts). A version that is not a number is neither older nor newer.
 */
export function isBefore(version: string, other: string): boolean {
  const [left, right] = [numberOf(version), numberOf(other)];
  return left !== null && right !== null && left < right;
}

export function isUpTo(version: string, other: string): boolean {
  return version === other || isBefore(version, other);
}

export function versionOf(object: KubeObject): string {
  return stringAt(object, 'metadata', 'resourceVersion') ?? '';
}

export function nameOf(object: KubeObject): string {
  return stringAt(object, 'metadata', 'name') ?? '';
}

function numberOf(version: string): bigint | null {
  return /^\d+$/.test(version) ? BigInt(version) : null;
}
