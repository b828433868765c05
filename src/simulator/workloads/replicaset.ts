import { isGoing } from '../api/things.ts';
import type { Controller } from '../controllers.ts';
import type { World } from '../world.ts';
import { ownersKeys } from './owners.ts';
import { createPod, killPods, podsOf } from './pods.ts';
import { bySurplus, siblingsOf } from './ranking.ts';
import { isAvailable, isReady, type Pod, type ReplicaSet } from './types.ts';
import { templateHash } from './words.ts';

/** Kubernetes' ReplicaSet: keeps the number of pods at `replicas`. */
export function replicaSetController(world: World): Controller {
  return {
    name: 'replicasets',
    wakes: (change) => (change.kind === 'ReplicaSet' ? ownersKeys.self(change) : ownersKeys.pods(change, 'ReplicaSet')),
    look(namespace, name) {
      const set = world.api.get('ReplicaSet', namespace, name);
      if (set === undefined || isGoing(set)) return {};
      const pods = podsOf(world, set).filter((pod) => !isGoing(pod));
      const status = statusOf(world, set, pods);
      const missing = set.spec.replicas - pods.length;
      const hash = set.metadata.labels?.[templateHash] ?? '';
      for (let count = 0; count < missing; count += 1) {
        createPod(world, { owner: set, template: set.spec.template, labels: { [templateHash]: hash } });
      }
      if (missing < 0) killPods(world, bySurplus(world, pods, siblingsOf(world, set)).slice(0, -missing));
      return {
        finish: () => {
          const live = world.api.get('ReplicaSet', namespace, name);
          if (live !== undefined)
            world.api.update(
              'ReplicaSet',
              { ...live, status },
              { manager: 'kube-controller-manager', subresource: 'status' },
            );
        },
        ...waitForAvailable(world, set, pods),
      };
    },
  };
}

function statusOf(world: World, set: ReplicaSet, pods: readonly Pod[]): object {
  const ready = pods.filter(isReady).length;
  const available = pods.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, world.timeline.now())).length;
  return {
    replicas: pods.length,
    ...(pods.length === 0 ? {} : { fullyLabeledReplicas: pods.length }),
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(available === 0 ? {} : { availableReplicas: available }),
    observedGeneration: set.metadata.generation,
  };
}

/** The next pass when a pod becomes available. A time beyond the end of any simulation (blueGreen) causes no pass. */
function waitForAvailable(world: World, set: ReplicaSet, pods: readonly Pod[]): { readonly again?: number } {
  const wait = set.spec.minReadySeconds ?? 0;
  if (wait === 0 || wait > 86_400) return {};
  return pods.some((pod) => isReady(pod) && !isAvailable(pod, wait, world.timeline.now())) ? { again: 1000 } : {};
}
