import type { Delivery, Step } from '../../release/delivery.ts';
import { inputError } from '../../release/error.ts';
import { stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { DELIVERY_ANNOTATION } from '../kruise/keys.ts';
import { titleOf } from '../kruise/manifests.ts';
import { APP_ROLLOUT, WORKLOAD_ANNOTATION } from './keys.ts';
import { stepsIn } from './plan.ts';
import { kinds } from './refuses.ts';
import { specOf } from './status.ts';

/** The delivery that an AppRollout of stepgate describes, without gates, which it does not contain; null for one of somebody else. */
export function deliveryOf(rollout: KubeObject): Delivery | null {
  const name = stringAt(rollout, 'metadata', 'annotations', DELIVERY_ANNOTATION);
  const namespace = stringAt(rollout, 'metadata', 'namespace');
  const kind = stringAt(rollout, 'metadata', 'annotations', WORKLOAD_ANNOTATION) ?? '';
  const { component } = specOf(rollout);
  if (name === null || namespace === null || component === null || !kinds.includes(kind)) return null;
  return {
    name,
    environment: name.includes('@') ? name.slice(name.lastIndexOf('@') + 1) : null,
    namespace,
    cluster: { context: null, exec: [] },
    target: 'vela-approllout',
    workload: { kind, name: component },
    source: { kind: 'files', patterns: [] },
    style: 'partition',
    steps: stepsIn(rollout).map(
      ({ replicas }, index): Step => ({
        name: `step-${index + 1}`,
        replicas,
        traffic: null,
        matches: [],
        requestHeaders: null,
        leaveWhen: [],
        timer: 'stepgate',
      }),
    ),
    traffic: null,
    settings: {},
    startWhen: [],
    doneWhen: [],
    rollback: { on: [], stuckAfterSeconds: 15 * 60, git: 'auto' },
  };
}

/** Throws NOT_SUPPORTED: an AppRollout names neither the kind of its workload nor the size that the source asks for. */
export function importOf(rollout: KubeObject): never {
  throw inputError('NOT_SUPPORTED', `${titleOf({ ...rollout, kind: APP_ROLLOUT.kind })} can't be imported`, {
    hint: 'write the delivery by hand with target: vela-approllout; a batch is what a step adds, so add them up (docs/approllout.md)',
  });
}
