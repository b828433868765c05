import type { Change } from '../../src/simulator/api/store.ts';
import { isGoing, type Thing } from '../../src/simulator/api/things.ts';
import { idOf, isReadyPod, notedIn, planIn, podsOf, pointOf, versionOf, wantedVersion } from './facts.ts';
import { lookAge, type Sight, sizeOf, soakedSince } from './sight.ts';

export function podChanged(sight: Sight, { type, object, old }: Change): void {
  if (type === 'ADDED') exposed(sight, object);
  if (
    type === 'MODIFIED' &&
    old !== undefined &&
    isReadyPod(object) === isReadyPod(old) &&
    isGoing(object) === isGoing(old)
  )
    return;
  look(sight);
  noteServing(sight);
}

/** Notes since when every pod of the wanted version is ready: since the last of those that are there became so. */
export function look(sight: Sight): void {
  const { readyPods } = sight;
  const pods = sight.pods();
  for (const pod of pods) {
    const { name } = pod.metadata;
    if (!isReadyPod(pod)) readyPods.delete(name);
    else if (!readyPods.has(name)) readyPods.set(name, sight.now());
  }
  const version = wantedVersion(sight.workload());
  const ours = pods.filter((pod) => versionOf(pod) === version);
  const since = Math.max(...ours.map((pod) => readyPods.get(pod.metadata.name) ?? Number.POSITIVE_INFINITY));
  if (Number.isFinite(since)) {
    sight.readySince = since;
    sight.allReadyAt = Number.POSITIVE_INFINITY;
    return;
  }
  if (sight.readySince !== null) {
    sight.allReadyAt = sight.now();
    sight.soakedBefore = soakedSince(sight);
  }
  sight.readySince = null;
}

export function noteServing(sight: Sight): void {
  const { phase } = pointOf(sight.rollout());
  if (phase === 'Progressing') return;
  const live = sight.workload();
  const version = wantedVersion(live);
  const all = sight.pods();
  const size = sizeOf(live);
  if (
    live !== undefined &&
    size > 0 &&
    all.length === size &&
    all.every((pod) => versionOf(pod) === version && isReadyPod(pod))
  )
    sight.stable = version;
}

/** No more pods of a version than the steps that were let go allow. */
function exposed(sight: Sight, pod: Thing): void {
  const version = versionOf(pod);
  if (sight.stable === null || version === sight.stable || sight.strangers.has(version)) return;
  const noted = notedIn(sight.rollout());
  if (noted.rollback !== null && noted.rollback.cluster === 'todo') return;
  const live = sight.workload();
  const point = pointOf(sight.rollout());
  const isLive = wantedVersion(live) === version;
  const size = sizeOf(live);
  if (isLive && point.phase === 'Progressing' && point.id === idOf(live)) {
    const step = planIn(sight.rollout())[point.step - 1];
    const through = point.reason !== 'InRolling' || point.state === 'Completed';
    sight.quotas.set(version, through || step === undefined ? size : podsOf(step, size));
  }
  const count = sight.pods().filter((one) => versionOf(one) === version).length;
  const allowed = Math.max(sight.quotas.get(version) ?? 0, sight.shares.get(version) ?? 0);
  // All pods may be new: what is there beside them is the surge, and the extra Deployment until it goes.
  if (isLive && allowed >= size) return;
  const quota = Math.max(allowed, beforeShrink(sight, version));
  if (count > quota && !sight.meddled)
    sight.breaks(
      'no more pods than the step allows',
      `${count} of ${version}, ${quota} allowed (${point.phase} ${point.reason} step ${point.step})`,
    );
}

/** Pods that the step allowed a moment ago, when there were more in all: controllers may still be creating those. */
function beforeShrink({ shrunk, rollout, now }: Sight, version: string): number {
  if (shrunk === null || shrunk.version !== version || now() - shrunk.at > lookAge) return 0;
  const step = planIn(rollout())[pointOf(rollout()).step - 1];
  return step === undefined ? 0 : podsOf(step, shrunk.from);
}
