import { isGoing, labelOf } from '../api/things.ts';
import type { World } from '../world.ts';
import { scaled } from './amounts.ts';
import { bySacrifice, spreadOut } from './ranking.ts';
import type { Revision } from './revisions.ts';
import { type CloneSet, isAvailable, isReady, type Pod } from './types.ts';
import { revisionHash } from './words.ts';

/** What a CloneSet's controller does next: it scales up, or down, or updates pods. */
export type Work =
  | { readonly do: 'create'; readonly ofUpdate: number; readonly ofCurrent: number }
  | { readonly do: 'delete'; readonly pods: readonly Pod[] }
  | { readonly do: 'update'; readonly pods: readonly Pod[] };

export function isOf(pod: Pod, revision: Revision): boolean {
  return labelOf(pod, revisionHash) === revision.name;
}

/** Kruise's arithmetic (cloneset_sync_utils.go), without its rollback of a partition, lifecycle hooks and specified deletes. */
export function nextWork(world: World, set: CloneSet, all: readonly Pod[], update: Revision): Work {
  const { replicas, updateStrategy, minReadySeconds = 0 } = set.spec;
  const pods = all.filter((pod) => !isGoing(pod));
  const available = (pod: Pod) => isAvailable(pod, minReadySeconds, world.timeline.now());
  const fresh = pods.filter((pod) => isOf(pod, update));
  const stale = pods.filter((pod) => !isOf(pod, update));
  const keep = Math.min(replicas, scaled(updateStrategy.partition ?? 0, replicas, 'up'));
  const mostSurge = updateStrategy.paused === true ? 0 : scaled(updateStrategy.maxSurge, replicas, 'up');
  const mostAway = scaled(updateStrategy.maxUnavailable ?? '20%', replicas, mostSurge === 0 ? 'up' : 'down');
  const away = pods.filter((pod) => !available(pod)).length;
  const behind = Math.max(0, stale.length - keep);
  const lacking = Math.max(0, replicas - keep - fresh.length);
  const toUpdate = Math.min(behind, lacking);
  const wanted = replicas + Math.min(mostSurge, toUpdate);
  if (pods.length < wanted) {
    const missing = wanted - pods.length;
    const ofCurrent = Math.min(missing, Math.max(0, keep - stale.length));
    return { do: 'create', ofUpdate: missing - ofCurrent, ofCurrent };
  }
  const spare = mostAway + pods.length - replicas;
  if (pods.length > wanted) {
    const surplus = pods.length - wanted;
    const ofStale = Math.min(surplus, behind);
    const chosen = [
      ...spreadOut(world, stale).slice(0, ofStale),
      ...spreadOut(world, fresh).slice(0, surplus - ofStale),
    ];
    return { do: 'delete', pods: sparing(chosen, Math.max(0, spare - away)) };
  }
  if (updateStrategy.paused === true) return { do: 'update', pods: [] };
  const broken = fresh.filter((pod) => !available(pod)).length;
  // The youngest first, of whatever old version: a second new version takes the place of the first one's pods (T09).
  const order = bySacrifice(world, stale).slice(0, toUpdate);
  return { do: 'update', pods: limited(order, { available, away, broken, spare }) };
}

/** Pods that are ready go only as far as that many may. */
function sparing(pods: readonly Pod[], readyLimit: number): readonly Pod[] {
  let left = readyLimit;
  return pods.filter((pod) => {
    if (!isReady(pod)) return true;
    left -= 1;
    return left >= 0;
  });
}

/** As many as may be away, counting those of the new version that already are. */
function limited(
  pods: readonly Pod[],
  {
    available,
    away,
    broken,
    spare,
  }: {
    readonly available: (pod: Pod) => boolean;
    readonly away: number;
    readonly broken: number;
    readonly spare: number;
  },
): readonly Pod[] {
  let gone = away;
  const chosen: Pod[] = [];
  for (const pod of pods) {
    if (broken + chosen.length >= spare || (available(pod) && gone >= spare)) break;
    if (available(pod)) gone += 1;
    chosen.push(pod);
  }
  return chosen;
}
