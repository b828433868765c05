import type { Delivery } from '../../release/delivery.ts';
import type { AskedLog, EventsAbout, SeenEvent } from '../../release/diagnosis.ts';
import { at, isObject, type Json, listAt, numberAt, objectAt, stringAt } from '../../release/json.ts';
import { latest } from '../../release/moments.ts';
import type { KubeObject, ListQuery } from '../../release/ports.ts';
import { EVENT } from './keys.ts';
import { dateIn } from './status.ts';
import { workloadKind } from './workloads/index.ts';

/**
 * The log that best explains why a pod is not ready: the log of a failed container, else of the first container that is not
 * ready. Null when no container has a log yet.
 */
export function logOf(pod: KubeObject): AskedLog | null {
  const containers = [...listAt(pod, 'status', 'initContainerStatuses'), ...listAt(pod, 'status', 'containerStatuses')];
  const isOn = (one: Json, state: 'running' | 'terminated') => isObject(at(one, 'state', state));
  const crashed = containers.find((one) => !isOn(one, 'running') && isObject(at(one, 'lastState', 'terminated')));
  const ended = containers.find(
    (one) => isOn(one, 'terminated') && numberAt(one, 'state', 'terminated', 'exitCode') !== 0,
  );
  const unready = containers.find((one) => isOn(one, 'running') && at(one, 'ready') !== true);
  const restarted = containers.find((one) => isOn(one, 'running') && isObject(at(one, 'lastState', 'terminated')));
  if (crashed !== undefined) return asked(crashed, !isOn(crashed, 'terminated'));
  if (ended !== undefined) return asked(ended, false);
  if (unready !== undefined) return asked(unready, unready === restarted);
  return restarted === undefined ? null : asked(restarted, true);
}

function asked(container: Json, previous: boolean): AskedLog {
  return { container: stringAt(container, 'name') ?? '', previous };
}

/** The objects whose events may explain unready pods: the pods, their controllers and the workload, each once. */
export function eventsAbout(delivery: Delivery, pods: readonly KubeObject[]): readonly EventsAbout[] {
  const { kind } = workloadKind(delivery);
  const about = new Map<string, EventsAbout>();
  const add = (of: string, name: string) => {
    const query: ListQuery = {
      kind: EVENT,
      namespace: delivery.namespace,
      fieldSelector: `involvedObject.kind=${of},involvedObject.name=${name}`,
    };
    about.set(`${of} ${name}`, { object: `${of} ${name}`, query });
  };
  for (const pod of pods) {
    add('Pod', stringAt(pod, 'metadata', 'name') ?? '');
    for (const owner of listAt(pod, 'metadata', 'ownerReferences')) {
      const [of, name] = [stringAt(owner, 'kind'), stringAt(owner, 'name')];
      if (at(owner, 'controller') === true && of !== null && name !== null) add(of, name);
    }
  }
  add(kind.kind, delivery.workload.name);
  return [...about.values()];
}

/** An event from either of the API's two forms. */
export function eventIn(object: string, event: KubeObject): SeenEvent {
  const series = objectAt(event, 'series');
  const last = latest([
    dateIn(event, 'lastTimestamp'),
    dateIn(series, 'lastObservedTime'),
    dateIn(event, 'eventTime'),
    dateIn(objectAt(event, 'metadata'), 'creationTimestamp'),
  ]);
  return {
    object,
    type: stringAt(event, 'type') ?? '',
    reason: stringAt(event, 'reason') ?? '',
    message: stringAt(event, 'message') ?? '',
    count: numberAt(series, 'count') ?? numberAt(event, 'count') ?? 1,
    at: last,
  };
}
