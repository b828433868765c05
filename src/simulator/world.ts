import type { Api, Things } from './api/api.ts';
import type { JsonMap } from './api/json.ts';
import type { Pair } from './api/store.ts';
import type { Thing } from './api/things.ts';
import type { BatchRelease, Rollout, Service, TrafficRouting } from './engine/types.ts';
import type { Timeline } from './time.ts';
import type {
  CloneSet,
  ControllerRevision,
  DaemonSet,
  Deployment,
  Pod,
  ReplicaSet,
  StatefulSet,
} from './workloads/types.ts';

/** The kinds of which controllers read more than the metadata. */
export interface Kinds extends Things {
  readonly Pod: Pod;
  readonly ReplicaSet: ReplicaSet;
  readonly ControllerRevision: ControllerRevision;
  readonly Deployment: Deployment;
  readonly CloneSet: CloneSet;
  readonly StatefulSet: StatefulSet;
  readonly AdvancedStatefulSet: StatefulSet;
  readonly AdvancedDaemonSet: DaemonSet;
  readonly Rollout: Rollout;
  readonly BatchRelease: BatchRelease;
  readonly TrafficRouting: TrafficRouting;
  readonly Service: Service;
}

/** The input for a new pod. */
export interface NewPod {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
  readonly spec: JsonMap;
}

/** The times of a pod's stages. */
export interface PodStages {
  /** From creation until a node is found; null: never. Also called before the pod is created. */
  readonly placedAfter: (pod: NewPod) => number | null;
  /** From scheduled to Running and Ready; null: never. Called several times for a pod. */
  readonly readyAfter: (pod: NewPod) => number | null;
  /** From the deletion until the object is removed. */
  readonly goneAfter: (pod: Pod) => number;
}

/** The state and services that every controller uses. */
export interface World {
  readonly api: Api<Kinds>;
  readonly timeline: Timeline;
  readonly random: () => number;
  readonly stages: PodStages;
  /** The nodes for the pods of a DaemonSet. */
  readonly nodes: number;
  /** Whether the engine labels the workloads that it watches, by which its webhook then selects them. v0.3.0 does not. */
  readonly labels: boolean;
  /** Whose hash the engine computes of a Deployment's template. In a Kubernetes of its time an old engine has the same. */
  readonly hasher: 'kubernetes' | 'kruise';
}

/** Whether the objects are of this kind, and so have its type. */
export function isOf<Kind extends keyof Kinds & string>(pair: Pair, kind: Kind): pair is Pair<Kinds[Kind]> {
  return pair.kind === kind;
}

/** Deletes a pod: first it is terminating, then it is removed. */
export function killPod(world: World, { metadata: { namespace = '', name } }: Thing): void {
  const { api, timeline } = world;
  const live = api.get('Pod', namespace, name);
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return;
  const at = `${new Date(timeline.now()).toISOString().slice(0, 19)}Z`;
  const going = api.store.put('Pod', { ...live, metadata: { ...live.metadata, deletionTimestamp: at } });
  timeline.after(world.stages.goneAfter(live), () => {
    const now = api.get('Pod', namespace, name);
    if (now?.metadata.uid === going.metadata.uid) api.store.drop('Pod', now);
  });
}
