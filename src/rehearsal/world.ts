import type { Api } from './api/api.ts';
import type { Thing } from './api/things.ts';
import type { Timeline } from './time.ts';
import type { Pod } from './workloads/types.ts';

/** How a pod's life goes: a table of stages. */
export interface PodStages {
  /** From creation until a node is found; null never is. */
  readonly placedAfter: (pod: Pod) => number | null;
  /** From its node to Running and Ready; null never gets there. Asked more than once for a pod. */
  readonly readyAfter: (pod: Pod) => number | null;
  /** From the deletion to the object's end. */
  readonly goneAfter: (pod: Pod) => number;
}

/** What every controller works on. */
export interface World {
  readonly api: Api;
  readonly timeline: Timeline;
  readonly random: () => number;
  readonly stages: PodStages;
  /** Nodes a DaemonSet has pods on. */
  readonly nodes: number;
}

/** Ends a pod's life: deleting first, gone a moment later. */
export function killPod(world: World, pod: Pod): void {
  const { api, timeline } = world;
  const namespace = pod.metadata.namespace ?? '';
  const live = api.get<Pod>('Pod', namespace, pod.metadata.name);
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return;
  const at = `${new Date(timeline.now()).toISOString().slice(0, 19)}Z`;
  const going = api.store.put('Pod', { ...live, metadata: { ...live.metadata, deletionTimestamp: at } } as Thing);
  timeline.after(world.stages.goneAfter(pod), () => {
    const now = api.get<Pod>('Pod', namespace, pod.metadata.name);
    if (now?.metadata.uid === going.metadata.uid) api.store.drop('Pod', now);
  });
}
