import { isMap, type Json, type JsonMap, listAt, textAt } from '../api/json.ts';
import { stamp } from '../api/marks.ts';
import { isGoing } from '../api/things.ts';
import type { World } from '../world.ts';
import { sameTemplate } from './template.ts';
import type { Labels, Pod, Template } from './types.ts';

/** Whether a running pod can become one of another template: only images of its containers, and metadata, differ. */
export function canUpdateInPlace(from: Template, to: Template): boolean {
  return sameTemplate(withoutImages(from), withoutImages(to));
}

/** An update of a pod in place. */
export interface InPlaceUpdate {
  readonly from: Template;
  readonly to: Template;
  /** Labels of the new revision. */
  readonly labels: Labels;
}

/**
 * Kruise's update of a pod that stays where it is, under its name: first not ready, then with another image and the labels of
 * the new revision, until the kubelet has started the containers again, which counts as a restart.
 */
export function updateInPlace(world: World, pod: Pod, { from, to, labels }: InPlaceUpdate): void {
  const { name, namespace = '' } = pod.metadata;
  const waiting = setStatus(world, pod, false);
  const images = new Map(listAt(to, 'spec', 'containers').map((one) => [textAt(one, 'name'), textAt(one, 'image')]));
  const containers = listAt(pod, 'spec', 'containers').map((one) =>
    isMap(one) ? { ...one, image: images.get(textAt(one, 'name')) ?? one['image'] ?? '' } : one,
  );
  const metadata = {
    ...waiting.metadata,
    labels: { ...changed(pod.metadata.labels, from.metadata?.labels, to.metadata?.labels), ...labels },
    annotations: changed(pod.metadata.annotations, from.metadata?.annotations, to.metadata?.annotations),
  };
  const updated = world.api.update(
    'Pod',
    { ...waiting, metadata, spec: { ...pod.spec, containers } },
    { manager: 'kruise-manager' },
  );
  const ready = world.stages.readyAfter(updated);
  const reason = ready === null ? 'ImagePullBackOff' : 'ContainerCreating';
  setStatus(world, restarted(world, updated, { waiting: { reason } }, 0), false);
  if (ready === null) return;
  world.timeline.after(ready, () => {
    const live = world.api.get('Pod', namespace, name);
    // Another update may have come in between.
    if (live === undefined || isGoing(live) || live.metadata.uid !== pod.metadata.uid) return;
    if (JSON.stringify(listAt(live, 'spec', 'containers')) !== JSON.stringify(containers)) return;
    const running = { running: { startedAt: stamp(world.timeline.now()) } };
    setStatus(world, restarted(world, live, running, 1), true);
  });
}

function withoutImages(template: Template): Template {
  const containers = listAt(template, 'spec', 'containers').map((one): Json => {
    if (!isMap(one)) return one;
    const { image: _, ...rest } = one;
    return rest;
  });
  return { spec: { ...template.spec, containers } };
}

/** The pod with its containers in another state, and what the kubelet then knows of the one before. */
function restarted(world: World, pod: Pod, state: JsonMap, times: 0 | 1): Pod {
  const lastState = { terminated: { finishedAt: stamp(world.timeline.now()), reason: 'Completed' } };
  const containerStatuses = (pod.status?.containerStatuses ?? []).map((one) => {
    const count = typeof one['restartCount'] === 'number' ? one['restartCount'] : 0;
    const image = textAt(
      listAt(pod, 'spec', 'containers').find((container) => textAt(container, 'name') === textAt(one, 'name')),
      'image',
    );
    return {
      ...one,
      image,
      ready: times === 1,
      restartCount: count + times,
      state,
      lastState: times === 1 ? (one['lastState'] ?? lastState) : lastState,
    };
  });
  return { ...pod, status: { ...pod.status, containerStatuses } };
}

/** What a pod has of a template's labels or annotations, brought from one template to the next. */
function changed(now: Labels = {}, from: Labels = {}, to: Labels = {}): Labels {
  return { ...Object.fromEntries(Object.entries(now).filter(([key]) => !(key in from))), ...to };
}

function setStatus(world: World, pod: Pod, isReady: boolean): Pod {
  const time = stamp(world.timeline.now());
  const status = isReady ? 'True' : 'False';
  const conditions = (pod.status?.conditions ?? []).map((one) =>
    one.type === 'Ready' || one.type === 'ContainersReady' ? { ...one, status, lastTransitionTime: time } : one,
  );
  return world.api.update(
    'Pod',
    { ...pod, status: { ...pod.status, conditions } },
    { manager: 'kubelet', subresource: 'status' },
  );
}
