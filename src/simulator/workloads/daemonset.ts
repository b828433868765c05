import { isGoing, labelOf } from '../api/things.ts';
import type { Controller } from '../controllers.ts';
import { killPod, type World } from '../world.ts';
import { scaled } from './amounts.ts';
import { canUpdateInPlace, updateInPlace } from './in-place.ts';
import { ownersKeys } from './owners.ts';
import { createPod, podsOf } from './pods.ts';
import { nodeOf } from './ranking.ts';
import { findRevision, type Revision, recordRevision } from './revisions.ts';
import { type DaemonSet, isReady, type Pod } from './types.ts';
import { revisionHash } from './words.ts';

/** Kruise's DaemonSet of the standard type: one pod on each node; an old pod is deleted before the new one is made. */
export function daemonSetController(world: World): Controller {
  return {
    name: 'AdvancedDaemonSet',
    wakes: (change) =>
      change.kind === 'AdvancedDaemonSet' ? ownersKeys.self(change) : ownersKeys.pods(change, 'AdvancedDaemonSet'),
    look(namespace, name) {
      const set = world.api.get('AdvancedDaemonSet', namespace, name);
      if (set === undefined || isGoing(set)) return {};
      const update = recordRevision(world, set, set.spec.template, 'kruise');
      converge(world, set, update);
      return {
        finish: () => {
          const live = world.api.get('AdvancedDaemonSet', namespace, name);
          if (live === undefined) return;
          world.api.update(
            'AdvancedDaemonSet',
            { ...live, status: statusOf(world, set, update) },
            { manager: 'kruise-manager', subresource: 'status' },
          );
        },
      };
    },
  };
}

function converge(world: World, set: DaemonSet, update: Revision): void {
  const rolling = set.spec.updateStrategy.rollingUpdate;
  const all = podsOf(world, set);
  const pods = all.filter((pod) => !isGoing(pod));
  const fresh = pods.filter((pod) => labelOf(pod, revisionHash) === update.hash);
  const stale = pods.filter((pod) => labelOf(pod, revisionHash) !== update.hash);
  const keep = Math.min(world.nodes, rolling?.partition ?? 0);
  // A node waits until its deleted pod is gone.
  const free = nodeNames(world).filter((node) => !all.some((pod) => nodeOf(pod) === node));
  // Whatever is missing is made of the newest template: the partition only keeps what is there (docs/engine-kinds.md).
  for (const node of free)
    createPod(world, { owner: set, template: update.template, labels: { [revisionHash]: update.hash }, node });
  if (rolling?.paused === true) return;
  const most = Math.max(1, scaled(rolling?.maxUnavailable ?? 1, world.nodes, 'up'));
  let away = world.nodes - pods.length + fresh.filter((pod) => !isReady(pod)).length;
  // Nodes by their names, from the last one on: a second new version takes the place of the first one's pods.
  const next = stale.sort((a, b) => (nodeOf(a) < nodeOf(b) ? 1 : -1)).slice(0, Math.max(0, stale.length - keep));
  for (const pod of next) {
    if (isReady(pod)) {
      if (away >= most) continue;
      away += 1;
    }
    updatePod(world, set, pod, update);
  }
}

function nodeNames({ nodes }: World): readonly string[] {
  return Array.from({ length: nodes }, (_, index) => `node-${index + 1}`);
}

function updatePod(world: World, set: DaemonSet, pod: Pod, update: Revision): void {
  const hash = labelOf(pod, revisionHash);
  const old = findRevision(world, set, `${set.metadata.name}-${hash}`, update);
  const inPlace = set.spec.updateStrategy.rollingUpdate?.rollingUpdateType === 'InPlaceIfPossible';
  if (inPlace && canUpdateInPlace(old.template, update.template))
    updateInPlace(world, pod, { from: old.template, to: update.template, labels: { [revisionHash]: update.hash } });
  else killPod(world, pod);
}

function statusOf(world: World, set: DaemonSet, update: Revision): object {
  const pods = podsOf(world, set).filter((pod) => !isGoing(pod));
  const ready = pods.filter(isReady).length;
  return {
    observedGeneration: set.metadata.generation ?? 0,
    desiredNumberScheduled: world.nodes,
    currentNumberScheduled: pods.length,
    updatedNumberScheduled: pods.filter((pod) => labelOf(pod, revisionHash) === update.hash).length,
    numberMisscheduled: 0,
    numberReady: ready,
    ...(ready === 0 ? {} : { numberAvailable: ready }),
    ...(ready === world.nodes ? {} : { numberUnavailable: world.nodes - ready }),
    daemonSetHash: update.hash,
  };
}
