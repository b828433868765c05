import { listAt, stringAt } from '../../../release/json.ts';
import type { PodTrouble } from '../../../release/observation.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { dateIn } from '../status.ts';

/** Conditions with which OpenKruise's controllers report that they could not create or change a pod. */
const failures = ['FailedScale', 'FailedUpdate', 'FailedCreatePod', 'FailedUpdatePod'];

/** Failures from a workload's conditions. After a quota's refusal or a bad template, there is no new pod to read. */
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
