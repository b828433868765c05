import { at, isObject, listAt, objectAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import type { BlockingPod, PodCount, PodTrouble } from '../../release/target.ts';
import { conditionIn, dateIn, isReady, latest } from './status.ts';

/** When a pod became ready; null where it is not. */
export function readyAt(pod: KubeObject): Date | null {
  return isReady(pod) ? dateIn(conditionIn(objectAt(pod, 'status'), 'Ready'), 'lastTransitionTime') : null;
}

export function blockingPod(pod: KubeObject): BlockingPod {
  const name = stringAt(pod, 'metadata', 'name') ?? '';
  return { name, uid: stringAt(pod, 'metadata', 'uid') ?? '', since: unreadySince(pod) };
}

/** The pod's creation, or when it stopped being ready. */
function unreadySince(pod: KubeObject): Date | null {
  return latest([
    dateIn(objectAt(pod, 'metadata'), 'creationTimestamp'),
    dateIn(conditionIn(objectAt(pod, 'status'), 'Ready'), 'lastTransitionTime'),
  ]);
}

/** How many of the pods are ready, and how many there are. */
export function count(pods: readonly KubeObject[]): PodCount {
  return { ready: pods.filter(isReady).length, total: pods.length };
}

/** Waiting reasons that no patience mends; the others pass while a pod starts. */
const hopelessReasons = new Set([
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'Unschedulable',
  'FailedCreate',
]);

/** Why a pod is not ready, as far as the cluster says; nothing for one that is. */
export function troubleOf(pod: KubeObject, version: PodTrouble['version']): readonly PodTrouble[] {
  if (isReady(pod)) return [];
  const name = stringAt(pod, 'metadata', 'name') ?? '';
  const status = objectAt(pod, 'status');
  const since = unreadySince(pod);
  const told = (reason: string, message: string): readonly PodTrouble[] => [
    { pod: name, version, reason, message, hopeless: hopelessReasons.has(reason), since },
  ];
  for (const container of [...listAt(status, 'initContainerStatuses'), ...listAt(status, 'containerStatuses')]) {
    const waiting = at(container, 'state', 'waiting');
    const reason = stringAt(waiting, 'reason');
    if (isObject(waiting) && reason !== null && reason !== 'ContainerCreating' && reason !== 'PodInitializing') {
      return told(reason, stringAt(waiting, 'message') ?? '');
    }
  }
  const scheduled = conditionIn(status, 'PodScheduled');
  if (stringAt(scheduled, 'status') === 'False') {
    return told(stringAt(scheduled, 'reason') ?? 'Unschedulable', stringAt(scheduled, 'message') ?? '');
  }
  const unready = conditionIn(status, 'Ready');
  return told(
    stringAt(unready, 'reason') ?? stringAt(status, 'phase') ?? 'NotReady',
    stringAt(unready, 'message') ?? '',
  );
}
