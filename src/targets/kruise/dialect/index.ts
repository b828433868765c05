import { listAt, stringAt } from '../../../release/json.ts';
import type { KubeObject } from '../../../release/ports.ts';
import type { OlderVersion } from '../../../release/target.ts';
import { ENGINE_MANAGER, OLD_ROLLOUT, ROLLOUT } from '../keys.ts';
import { readForm } from './from-v1alpha1.ts';
import { writtenForm } from './to-v1alpha1.ts';

/**
 * Rollouts of v1alpha1, for clusters that serve no other version. Everything else in this target knows v1beta1 alone: what is
 * read is translated to it, and what is written from it.
 */
export const olderRollouts: OlderVersion = {
  of: ROLLOUT,
  served: OLD_ROLLOUT,
  read: readForm,
  write: writtenForm,
  patch(body) {
    const other = body.find(({ path }) => !alike.some((known) => known.test(path)));
    if (other !== undefined) throw new Error(`${other.path} has another meaning in ${OLD_ROLLOUT.apiVersion}`);
    return body;
  },
};

/** The paths that mean the same in both versions. A patch of any other path is a defect. */
const alike: readonly RegExp[] = [
  /^\/metadata\//,
  /^\/status\/message$/,
  /^\/status\/canaryStatus\//,
  /^\/spec\/strategy\/paused$/,
  /^\/spec\/strategy\/canary\/steps\/\d+\/pause$/,
];

/**
 * Whether the engine that wrote this Rollout knows v1alpha1 alone. v0.3.0 then puts no label on the workloads that it watches,
 * and its webhook takes every one (docs/engine.md#clusters-with-only-the-old-version).
 */
export function isOfOldEngine(rollout: KubeObject): boolean {
  const versions = listAt(rollout, 'metadata', 'managedFields')
    .filter((entry) => stringAt(entry, 'manager') === ENGINE_MANAGER)
    .map((entry) => stringAt(entry, 'apiVersion'));
  return versions.length > 0 && versions.every((version) => version === OLD_ROLLOUT.apiVersion);
}
