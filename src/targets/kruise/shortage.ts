import { listAt, objectAt, stringAt } from '../../release/json.ts';
import type { Around, PodTrouble, Shortage } from '../../release/observation.ts';
import type { Span } from '../../release/policy-watch.ts';
import type { KubeObject } from '../../release/ports.ts';
import { nameOf } from './pods.ts';
import { type FailedPull, failedPull, faultOf } from './pull.ts';
import { conditionIn, dateIn, isReady } from './status.ts';

interface Pods {
  readonly canary: readonly KubeObject[];
  readonly stable: readonly KubeObject[];
  /** What is wrong with the new pods, and with the workload that should create them. */
  readonly trouble: readonly PodTrouble[];
  readonly around: Around | undefined;
}

/**
 * What new pods lack that a pod of any other version would lack too: nodes, quota, or a registry that answers. Every other
 * trouble counts as a fault of the version.
 */
export function shortagesOf({ canary, stable, trouble, around }: Pods): readonly Shortage[] {
  const pods = new Map(canary.map((pod) => [nameOf(pod), pod]));
  return trouble.flatMap((one): readonly Shortage[] => {
    if (one.version !== 'canary') return [];
    const pod = pods.get(one.pod);
    const of =
      pod === undefined
        ? refusedBy(one)
        : lacksNode(one)
          ? 'nodes'
          : nobodyPulls(pod, { stable, around })
            ? 'registry'
            : onBadNode(pod, one, around?.nodes ?? null)
              ? 'nodes'
              : null;
    const why = `${one.reason}${one.message === '' ? '' : `: ${one.message}`}`;
    return of === null ? [] : [{ of, pod: one.pod, since: one.since, why }];
  });
}

/** The times in which pods waited for a node. One that still waits does so until now. */
export function unplacedOf(pods: readonly KubeObject[], now: Date): readonly Span[] {
  return pods.flatMap((pod) => {
    const from = dateIn(objectAt(pod, 'metadata'), 'creationTimestamp');
    const scheduled = conditionIn(objectAt(pod, 'status'), 'PodScheduled');
    const is = stringAt(scheduled, 'status');
    const waits = is === 'False' && stringAt(scheduled, 'reason') === 'Unschedulable';
    if (from === null || (waits ? isOwn(stringAt(scheduled, 'message') ?? '') : is !== 'True')) return [];
    const to = waits ? now : dateIn(scheduled, 'lastTransitionTime');
    return to === null || to <= from ? [] : [{ from, to }];
  });
}

/** The nodes of pods that are not ready, each once. */
export function nodesOf(pods: readonly KubeObject[]): readonly string[] {
  const names = pods.filter((pod) => !isReady(pod)).map((pod) => stringAt(pod, 'spec', 'nodeName') ?? '');
  return [...new Set(names)].filter((name) => name !== '');
}

/** A quota or a limit of the namespace refuses the pods. The API server says so in the same words to every controller. */
function refusedBy({ message }: PodTrouble): Shortage['of'] | null {
  return /exceeded quota|failed quota|(maximum|minimum) \S+ usage per|max limit to request ratio/i.test(message)
    ? 'quota'
    : null;
}

function lacksNode({ reason, message }: PodTrouble): boolean {
  if (reason === 'Evicted') return /low on resource/i.test(message);
  return reason === 'Unschedulable' && !isOwn(message);
}

/**
 * Reasons for which the scheduler refuses a node because of what the pod itself asks for. A taint is none: where the nodes that
 * pods used are gone, or somebody has tainted them, only that is said.
 */
const ownReasons = [
  /didn't match Pod's node affinity/i,
  /didn't match (the )?node selector/i,
  /affinity(\/| )(rules|anti-affinity)|anti-affinity/i,
  /topology spread/i,
  /persistentvolumeclaim|persistent volumes|volume node affinity/i,
  /free ports/i,
];

/** Whether every node is refused because of what the pod asks for: `0/5 nodes are available: 5 node(s) didn't match ...`. */
function isOwn(message: string): boolean {
  const [, listed = message] = message.split('nodes are available:', 2);
  const [counted = ''] = listed.split('preemption:', 1);
  const reasons = counted
    .split(', ')
    .map((one) => one.trim())
    .filter((one) => one !== '' && one !== '.');
  return reasons.length > 0 && reasons.every((reason) => ownReasons.some((own) => own.test(reason)));
}

/** Whether the node of a pod is down or in need, while nothing is known against the pod itself. */
function onBadNode(pod: KubeObject, { hopeless }: PodTrouble, nodes: Around['nodes']): boolean {
  const name = stringAt(pod, 'spec', 'nodeName');
  const node = name === null ? undefined : nodes?.find((one) => nameOf(one) === name);
  if (hopeless || node === undefined) return false;
  return listAt(node, 'status', 'conditions').some((one) => {
    const [type, status] = [stringAt(one, 'type') ?? '', stringAt(one, 'status')];
    return type === 'Ready' ? status !== 'True' : inNeed.includes(type) && status === 'True';
  });
}

const inNeed = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'];

/** Whether others can't pull from the registry of a pod's image either, or the registry itself is what fails. */
function nobodyPulls(pod: KubeObject, { stable, around }: Pick<Pods, 'stable' | 'around'>): boolean {
  const mine = failedPull(pod);
  if (mine === null) return false;
  const fault = faultOf(mine);
  if (fault === 'registry') return true;
  const fails = (one: KubeObject): FailedPull | null => {
    const found = isReady(one) ? null : failedPull(one);
    return found !== null && found.registry === mine.registry ? found : null;
  };
  // An old pod has run its image before, so that its registry had it.
  if (stable.some((one) => fails(one) !== null)) return true;
  if (fault === 'image') return false;
  // A missing image of others says nothing about the registry, and neither does the same image.
  return (around?.pending ?? []).some((one) => {
    const found = fails(one);
    return found !== null && found.repository !== mine.repository && faultOf(found) !== 'image';
  });
}
