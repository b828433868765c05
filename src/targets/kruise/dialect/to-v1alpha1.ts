import { environmentError } from '../../../release/error.ts';
import {
  at,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  objectAt,
  same,
  stringAt,
  without,
} from '../../../release/json.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { OLD_ROLLOUT, ROLLING_STYLE_ANNOTATION } from '../keys.ts';
import { readForm } from './from-v1alpha1.ts';
import { unsayable } from './unsayable.ts';

/**
 * A rendered Rollout as v1alpha1 says it. The style is always written, because a missing annotation means canary for some
 * kinds. Throws CLUSTER_REJECTED for a Rollout that v1alpha1 can't say whole.
 */
export function writtenForm(rollout: KubeObject): KubeObject {
  const [first] = unsayable(rollout);
  if (first !== undefined) throw refused(first.says, first.hint);
  const metadata = objectAt(rollout, 'metadata');
  const { workloadRef, strategy, ...spec } = objectAt(rollout, 'spec');
  const { canary, ...others } = objectAt({ strategy }, 'strategy');
  const { enableExtraWorkloadForCanary, steps, ...block } = objectAt({ canary }, 'canary');
  const style = enableExtraWorkloadForCanary === true ? 'canary' : 'partition';
  const written: KubeObject = {
    ...rollout,
    apiVersion: OLD_ROLLOUT.apiVersion,
    metadata: { ...metadata, annotations: { ...objectAt(metadata, 'annotations'), [ROLLING_STYLE_ANNOTATION]: style } },
    spec: {
      ...spec,
      objectRef: { workloadRef: workloadRef ?? {} },
      strategy: { ...others, canary: { ...block, steps: listAt({ steps }, 'steps').map(stepOf) } },
    },
  };
  // Whatever would be lost on the way back is not written, also when no rule above knows it.
  if (!same(at(readForm(written), 'spec'), at(rollout, 'spec'))) {
    throw refused('the plan has a part that does not survive the translation', 'write a plainer plan');
  }
  return written;
}

function stepOf(step: Json): JsonObject {
  const traffic = stringAt(step, 'traffic');
  const rest = isObject(step) ? without(step, ['traffic']) : {};
  return traffic === null ? rest : { ...rest, weight: Number.parseFloat(traffic) };
}

function refused(says: string, hint: string) {
  return environmentError('CLUSTER_REJECTED', `the cluster serves only ${OLD_ROLLOUT.apiVersion}: ${says}`, { hint });
}
