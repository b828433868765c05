import { listAt, stringAt } from '../../../release/json.ts';
import type { PodTrouble } from '../../../release/observation.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { dateIn } from '../status.ts';

/** Conditions by which OpenKruise's controllers tell that they could not make or change a pod. */
const failures = ['FailedScale', 'FailedUpdate', 'FailedCreatePod', 'FailedUpdatePod'];

/** A quota, or a template that cannot be brought into a running pod, leaves no new pod to look at. */
export function failuresOf(workload: KubeObject): readonly PodTrouble[] {
  const failed = listAt(workload, 'status', 'conditions').filter(
    (one) => failures.includes(stringAt(one, 'type') ?? '') && stringAt(one, 'status') === 'True',
  );
  return failed.map((one) => ({
    pod: stringAt(workload, 'metadata', 'name') ?? '',
    version: 'canary',
    reason: stringAt(one, 'type') ?? '',
    message: stringAt(one, 'message') ?? '',
    hopeless: true,
    since: dateIn(one, 'lastTransitionTime'),
    step: null,
    release: null,
  }));
}
