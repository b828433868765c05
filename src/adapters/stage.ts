import type { Fate, OpenStage } from '../rehearse/stage.ts';
import { isObject, objectAt, stringAt } from '../release/json.ts';
import type { KubeObject } from '../release/ports.ts';
import { kindFor } from '../simulator/api/kinds.ts';
import { createCluster, type EmbeddedCluster } from '../simulator/cluster.ts';
import { conduct } from '../simulator/conductor.ts';
import { virtualTimeline } from '../simulator/time.ts';
import { kwokStages } from '../simulator/workloads/pods.ts';
import type { NewPod, PodStages } from '../simulator/world.ts';
import { embeddedCluster } from './embedded.ts';

/** Embedded clusters on one virtual clock. Equal calls give equal runs. */
export const openStage: OpenStage = async ({ start, carriers, fate, changed }) => {
  const timeline = virtualTimeline(start.getTime());
  const conductor = conduct(timeline);
  const clusters = new Map<string | null, EmbeddedCluster>();
  // With an engine of today: the one of KubeVela's addon knows less.
  const options = carriers ? ({ kubevela: true, rollouts: 'v1beta1' } as const) : {};
  const stages = stagesOf((pod) => fate(pod, new Date(timeline.now())));
  return {
    clock: conductor.clock,
    async connect({ context }) {
      const known = clusters.get(context);
      const cluster = known ?? createCluster({ timeline, seed: clusters.size + 1, stages, ...options });
      if (known === undefined) {
        clusters.set(context, cluster);
        cluster.api.store.listen(({ type, object }) =>
          changed({ cluster: context, object: plain(object), gone: type === 'DELETED' }),
        );
      }
      return embeddedCluster({ api: cluster.api, timeline, noticed: conductor.touch });
    },
    play: conductor.run,
    outside: conductor.track,
    serves: (object) => kindFor(stringAt(object, 'apiVersion') ?? '', stringAt(object, 'kind') ?? '') !== undefined,
    [Symbol.dispose]() {
      for (const cluster of clusters.values()) cluster.stop();
    },
  };
};

function stagesOf(fate: (pod: KubeObject) => Fate): PodStages {
  const fates = new Map<string, Fate>();
  const fateOf = (pod: NewPod): Fate => {
    // This is called before the pod has a uid. A pod of another version can have the same name.
    const { namespace, name, annotations } = objectAt(pod, 'metadata');
    const key = JSON.stringify([namespace, name, annotations, pod.spec['containers']]);
    const known = fates.get(key);
    if (known !== undefined) return known;
    const decided = fate(plain(pod));
    fates.set(key, decided);
    return decided;
  };
  return {
    ...kwokStages,
    placedAfter(pod) {
      const found = fateOf(pod);
      return found.is === 'unplaced' ? found.until : 0;
    },
    readyAfter(pod) {
      const found = fateOf(pod);
      return found.is === 'broken' ? null : found.after;
    },
  };
}

function plain(thing: object): KubeObject {
  if (!isObject(thing)) throw new Error('a stored object that is none');
  return thing;
}
