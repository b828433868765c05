import { at, isObject, type Json, listAt, numberAt, objectAt, stringAt } from '../../release/json.ts';
import { latest } from '../../release/moments.ts';
import type { BlockingPod, PodCount, PodTrouble } from '../../release/observation.ts';
import type { KubeObject } from '../../release/ports.ts';
import { BATCH_LABEL, ID_KEY } from './keys.ts';
import { conditionIn, dateIn, isReady } from './status.ts';

/** When a pod became ready; null when it is not ready. */
export function readyAt(pod: KubeObject): Date | null {
  return isReady(pod) ? dateIn(conditionIn(objectAt(pod, 'status'), 'Ready'), 'lastTransitionTime') : null;
}

export function nameOf(pod: KubeObject): string {
  return stringAt(pod, 'metadata', 'name') ?? '';
}

/** The step that created a pod, from 1, by its label; null when it has none. */
export function stepOf(pod: KubeObject): number | null {
  const text = stringAt(pod, 'metadata', 'labels', BATCH_LABEL) ?? '';
  return /^[1-9]\d{0,3}$/.test(text) ? Number(text) : null;
}

/** The rollout-id in a pod's label; null when it has none. */
export function releaseOf(pod: KubeObject): string | null {
  return stringAt(pod, 'metadata', 'labels', ID_KEY) || null;
}

export function blockingPod(pod: KubeObject): BlockingPod {
  return { name: nameOf(pod), uid: stringAt(pod, 'metadata', 'uid') ?? '', since: unreadySince(pod) };
}

/** When a pod stopped being ready; when that is not known, the time of its creation. */
function unreadySince(pod: KubeObject): Date | null {
  return latest([
    dateIn(objectAt(pod, 'metadata'), 'creationTimestamp'),
    dateIn(conditionIn(objectAt(pod, 'status'), 'Ready'), 'lastTransitionTime'),
  ]);
}

/** The number of ready pods, and of all pods. */
export function count(pods: readonly KubeObject[]): PodCount {
  return { ready: pods.filter(isReady).length, total: pods.length };
}

/** Waiting reasons that do not pass by themselves. The others pass while a pod starts. */
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

/** The known reasons why a pod is not ready; empty for a ready pod. */
export function troubleOf(pod: KubeObject, version: PodTrouble['version']): readonly PodTrouble[] {
  if (isReady(pod)) return [];
  const status = objectAt(pod, 'status');
  const of = { pod: nameOf(pod), version, since: unreadySince(pod), step: stepOf(pod), release: releaseOf(pod) };
  const told = (reason: string, message: string): readonly PodTrouble[] => [
    { ...of, reason, message, hopeless: hopelessReasons.has(reason) },
  ];
  for (const container of [...listAt(status, 'initContainerStatuses'), ...listAt(status, 'containerStatuses')]) {
    const waiting = at(container, 'state', 'waiting');
    const reason = stringAt(waiting, 'reason');
    if (isObject(waiting) && reason !== null && reason !== 'ContainerCreating' && reason !== 'PodInitializing') {
      const ended = endWords(at(container, 'lastState', 'terminated') ?? null);
      const parts = [stringAt(waiting, 'message') ?? '', ended === '' ? '' : `the last run ended: ${ended}`];
      return told(reason, parts.filter((part) => part !== '').join('; '));
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

/** How a container ended, such as `OOMKilled, exit code 137`; empty when the kubelet does not say. */
export function endWords(terminated: Json): string {
  const code = numberAt(terminated, 'exitCode');
  const parts = [stringAt(terminated, 'reason') ?? '', code === null ? '' : `exit code ${code}`];
  return parts.filter((part) => part !== '').join(', ');
}
