import { type JsonMap, listAt, textAt } from '../api/json.ts';
import { stamp, word } from '../api/marks.ts';
import { controllerRef, isGoing, type Thing } from '../api/things.ts';
import type { Controller } from '../controllers.ts';
import { killPod, type NewPod, type PodStages, type World } from '../world.ts';
import { chooseNode } from './ranking.ts';
import type { Labels, Pod, Template } from './types.ts';

/** A pod is ready 200 ms after it was scheduled, like kwok in the recordings; with an image `...:broken` never. */
export const kwokStages: PodStages = {
  readyAfter: (pod) => (imagesOf(pod).some((image) => image.endsWith(':broken')) ? null : 260),
  goneAfter: () => 45,
  placedAfter: () => 0,
};

export function imagesOf(pod: NewPod): readonly string[] {
  return listAt(pod, 'spec', 'containers').map((container) => textAt(container, 'image'));
}

export interface PodRequest {
  readonly owner: Thing;
  readonly template: Template;
  readonly labels: Labels;
  /** The name of a pod; those of a StatefulSet have an ordinal. */
  readonly name?: string;
  /** A DaemonSet's pods have nodes of their own. */
  readonly node?: string;
}

export function createPod(world: World, { owner, template, labels, name, node }: PodRequest): Pod {
  const pod = {
    metadata: {
      name: name ?? `${owner.metadata.name}-${word(world.random, 5)}`,
      namespace: owner.metadata.namespace,
      labels: { ...template.metadata?.labels, ...labels },
      annotations: template.metadata?.annotations,
      ownerReferences: [controllerRef(owner)],
    },
    spec: template.spec ?? {},
  };
  // A pod that has to wait for a node gets none: its node does not matter then.
  const placed = world.stages.placedAfter(pod) === 0;
  const nodeName = node ?? (placed ? chooseNode(world) : undefined);
  const spec = nodeName === undefined ? pod.spec : { ...pod.spec, nodeName };
  const made = world.api.create('Pod', { ...pod, spec }, { manager: 'kube-controller-manager' });
  return placed ? setPhase(world, made, 'Pending', false) : unplaced(world, made);
}

/** The status of a pod for which the scheduler finds no node. */
function unplaced(world: World, pod: Pod): Pod {
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    lastTransitionTime: pod.metadata.creationTimestamp,
    reason: 'Unschedulable',
    message: `0/${world.nodes} nodes are available`,
  };
  const status = { phase: 'Pending', conditions: [condition] };
  return world.api.update('Pod', { ...pod, status }, { manager: 'kube-scheduler', subresource: 'status' });
}

function setPhase(world: World, pod: Pod, phase: string, ready: boolean): Pod {
  const time = stamp(world.timeline.now());
  const condition = (type: string, status: boolean) => ({
    type,
    status: status ? 'True' : 'False',
    lastTransitionTime: time,
  });
  const before = listAt(pod, 'status', 'conditions').find((one) => textAt(one, 'type') === 'PodScheduled');
  const placed =
    textAt(before, 'status') === 'False'
      ? time
      : textAt(before, 'lastTransitionTime') || pod.metadata.creationTimestamp;
  const scheduled = { ...condition('PodScheduled', true), lastTransitionTime: placed };
  const status = {
    phase,
    conditions: [condition('Ready', ready), condition('ContainersReady', ready), scheduled],
    startTime: pod.metadata.creationTimestamp,
    containerStatuses: containerStatuses(world, pod, phase, ready),
  };
  return world.api.update('Pod', { ...pod, status }, { manager: 'kubelet', subresource: 'status' });
}

function containerStatuses(world: World, pod: Pod, phase: string, ready: boolean): readonly JsonMap[] {
  const pending = phase === 'Pending' && !ready;
  const reason = world.stages.readyAfter(pod) === null ? 'ImagePullBackOff' : 'ContainerCreating';
  return listAt(pod, 'spec', 'containers').map((container) => ({
    name: textAt(container, 'name'),
    image: textAt(container, 'image'),
    ready,
    restartCount: 0,
    state: pending ? { waiting: { reason } } : { running: { startedAt: pod.metadata.creationTimestamp } },
  }));
}

/** Moves pods through their stages. */
export function podController(world: World): Controller {
  return {
    name: 'pods',
    wakes: (change) =>
      change.kind === 'Pod' && change.type === 'ADDED'
        ? [`${change.object.metadata.namespace}/${change.object.metadata.name}`]
        : [],
    look(namespace, name) {
      const pod = world.api.get('Pod', namespace, name);
      // A pod that runs already has passed its stages: one that somebody puts into the store of another cluster.
      if (pod === undefined || pod.status?.phase === 'Running') return {};
      const later = (ms: number, next: (pod: Pod) => void) =>
        world.timeline.after(ms, () => {
          const live = world.api.get('Pod', namespace, name);
          if (live !== undefined && live.metadata.uid === pod.metadata.uid && !isGoing(live)) next(live);
        });
      const placed = world.stages.placedAfter(pod);
      const ready = world.stages.readyAfter(pod);
      if (placed === null) return {};
      if (placed > 0) later(placed, (live) => setPhase(world, live, 'Pending', false));
      if (ready !== null) later(placed + ready, (live) => setPhase(world, live, 'Running', true));
      return {};
    },
  };
}

export function podsOf(world: World, owner: Thing): readonly Pod[] {
  return world.api.controlled('Pod', owner.metadata.namespace ?? '', owner.metadata.uid);
}

export function killPods(world: World, pods: readonly Pod[]): void {
  for (const pod of pods) killPod(world, pod);
}
