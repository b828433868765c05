import type { Wanted } from '../../../release/finding.ts';
import { objectAt } from '../../../release/json.ts';
import { CONFIG_MAP } from '../keys.ts';
import type { Sight, Wrong } from './provider.ts';

/**
 * The ConfigMap with the cluster's own scripts for other classes and kinds (docs/engine.md#traffic), in the engine's usual
 * namespace.
 */
export const SCRIPTS: Wanted = { kind: CONFIG_MAP, namespace: 'kruise-rollout', name: 'kruise-rollout-configuration' };

/** Whether that ConfigMap has a script; unknown when it is missing or can't be read. */
export function hasScript(key: string, sight: Sight): 'yes' | 'no' | 'unknown' {
  const found = sight.looked(SCRIPTS);
  if (found.is !== 'there') return 'unknown';
  return Object.hasOwn(objectAt(found.object, 'data'), key) ? 'yes' : 'no';
}

/** The problem that the engine has no script for `what`. Empty when the ConfigMap can't be read, because it may have one. */
export function withoutScript(what: string, key: string, sight: Sight): readonly Wrong[] {
  const found = sight.looked(SCRIPTS);
  const title = `ConfigMap/${SCRIPTS.name} in namespace ${SCRIPTS.namespace}`;
  const wayOut = `correct it under traffic, or add the script ${key} to the engine's ConfigMap`;
  const code = 'TRAFFIC_CLASS_UNKNOWN';
  switch (found.is) {
    case 'there': {
      if (hasScript(key, sight) === 'yes') return [];
      const says = `the engine has no script for ${what}: it would wait for one for ever, with the workload paused`;
      return [{ code, severity: 'error', says, facts: [`${title} has no ${key}`], wayOut }];
    }
    case 'missing': {
      // The engine may run in another namespace, which can't be read.
      const says = `the engine has no script of its own for ${what}, and none was found that it is configured with`;
      return [{ code, severity: 'warning', says, facts: [`${title} is not there`], wayOut }];
    }
    case 'unserved':
    case 'unknown':
      return [];
  }
}

/** The problem that the engine's script always fails, so that the step never finishes its routes. */
export function scriptFails(subject: string, why: string, facts: readonly string[], wayOut: string): Wrong {
  return {
    code: 'TRAFFIC_SCRIPT_FAILS',
    severity: 'error',
    says: `the engine's script for ${subject} fails, and the step would never end: ${why}`,
    facts,
    wayOut,
  };
}
