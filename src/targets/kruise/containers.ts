import { at, isObject, type Json, listAt, numberAt, stringAt } from '../../release/json.ts';
import { latest } from '../../release/moments.ts';
import type { Observation, PodRestart } from '../../release/observation.ts';
import type { KubeObject } from '../../release/ports.ts';
import { endWords, nameOf, stepOf } from './pods.ts';
import { dateIn } from './status.ts';

/**
 * The time since which all containers of the pods run without a restart. Null when a container does not run. A container in
 * CrashLoopBackOff may not have restarted for minutes, but will restart soon.
 */
export function runningOf(pods: readonly KubeObject[], takenAt: Date): Observation['running'] {
  const each = pods.map((pod) => runningIn(pod, takenAt));
  const all = each.filter((one) => one !== null);
  const since = latest(all.map((one) => one.since));
  if (since === null || all.length < each.length) return null;
  return { since, restarts: all.reduce((sum, one) => sum + one.restarts, 0) };
}

function runningIn(pod: KubeObject, takenAt: Date): Observation['running'] {
  const own = listAt(pod, 'status', 'containerStatuses');
  const containers = [...own, ...listAt(pod, 'status', 'initContainerStatuses')];
  if (own.length === 0 || own.some((one) => !isObject(at(one, 'state', 'running')))) return null;
  const since = latest([
    dateIn(at(pod, 'metadata') ?? null, 'creationTimestamp'),
    ...containers.map((one) => dateIn(at(one, 'state', 'running') ?? null, 'startedAt')),
    ...containers.map((one) => restartedAt(one, takenAt)),
  ]);
  const restarts = containers.reduce((sum: number, one) => sum + (numberAt(one, 'restartCount') ?? 0), 0);
  return since === null ? null : { since, restarts };
}

/** When a container ended before its last restart; now when the kubelet does not say, null when it never restarted. */
function restartedAt(container: Json, takenAt: Date): Date | null {
  const ended = at(container, 'lastState', 'terminated') ?? null;
  if (stringAt(ended, 'finishedAt') === null && (numberAt(container, 'restartCount') ?? 0) === 0) return null;
  return dateIn(ended, 'finishedAt') ?? takenAt;
}

/** The containers of pods that have restarted, the latest restart first. */
export function restartsOf(pods: readonly KubeObject[]): readonly PodRestart[] {
  const found = pods.flatMap((pod) =>
    [...listAt(pod, 'status', 'containerStatuses'), ...listAt(pod, 'status', 'initContainerStatuses')].flatMap(
      (one) => {
        const count = numberAt(one, 'restartCount') ?? 0;
        if (count === 0) return [];
        const ended = at(one, 'lastState', 'terminated') ?? null;
        return [
          {
            pod: nameOf(pod),
            container: stringAt(one, 'name') ?? '',
            step: stepOf(pod),
            count,
            at: dateIn(ended, 'finishedAt'),
            reason: endWords(ended),
          },
        ];
      },
    ),
  );
  return found.toSorted((left, right) => (right.at?.getTime() ?? 0) - (left.at?.getTime() ?? 0));
}
