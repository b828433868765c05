import { at, listAt, numberAt, textAt } from '../../src/simulator/api/json.ts';
import type { Change } from '../../src/simulator/api/store.ts';
import { isGoing, type Thing } from '../../src/simulator/api/things.ts';
import { idOf, isReadyPod, notedIn, planIn, podsOf, pointOf, versionOf, wantedVersion } from './facts.ts';
import { judgeShare } from './laws-of-traffic.ts';
import { lookAge, type Sight, soakedSince } from './sight.ts';
import { sizeOf, workloadKinds } from './workloads.ts';

export function podChanged(sight: Sight, actor: string, change: Change): void {
  const { type, object, old } = change;
  noteStarts(sight, change);
  if (actor === 'person') noteTaken(sight, change);
  if (type === 'ADDED' || (type === 'MODIFIED' && isChanged(object, old))) exposed(sight, object);
  if (
    type === 'MODIFIED' &&
    old !== undefined &&
    isReadyPod(object) === isReadyPod(old) &&
    isGoing(object) === isGoing(old) &&
    !isChanged(object, old)
  )
    return;
  look(sight);
  noteServing(sight);
  judgeShare(sight);
}

/** Notes that somebody takes an old pod away, where the one in its place is new. */
function noteTaken(sight: Sight, { type, object, old }: Change): void {
  const version = wantedVersion(sight.workload());
  const isTaken = type === 'DELETED' ? !isGoing(object) : isGoing(object) && old !== undefined && !isGoing(old);
  if (!isTaken || !workloadKinds[sight.kind].makesNew) return;
  if (versionOf(object) === version) {
    const others = sight.now() - sight.taken.at < lookAge ? sight.taken.pods : 0;
    sight.taken = { at: sight.now(), pods: others + 1 };
  } else sight.remade.set(version, (sight.remade.get(version) ?? 0) + 1);
}

/** Notes when the containers of a pod are started. */
function noteStarts(sight: Sight, { type, object, old }: Change): void {
  const { name } = object.metadata;
  if (type === 'ADDED') {
    sight.startsOf.set(name, [sight.now()]);
    if (!sight.firstOf.has(versionOf(object))) sight.firstOf.set(versionOf(object), sight.now());
  }
  if (type === 'ADDED' && textAt(object, 'metadata', 'labels', 'lane') !== '') sight.counts.canaryPods += 1;
  if (type === 'DELETED') sight.startsOf.delete(name);
  if (type !== 'MODIFIED' || restartsOf(object) <= restartsOf(old)) return;
  sight.counts.restarts += 1;
  sight.startsOf.set(name, [...(sight.startsOf.get(name) ?? []), sight.now()]);
}

function restartsOf(pod: Thing | undefined): number {
  return listAt(pod, 'status', 'containerStatuses').reduce(
    (sum: number, one) => sum + numberAt(one, 'restartCount'),
    0,
  );
}

/** Whether a pod has become one of another version where it is. */
function isChanged(pod: Thing, old: Thing | undefined): boolean {
  return old !== undefined && at(pod, 'spec') !== at(old, 'spec') && versionOf(pod) !== versionOf(old);
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
  const times = ours
    .map((pod) => readyPods.get(pod.metadata.name) ?? Number.POSITIVE_INFINITY)
    .sort((one, other) => one - other);
  const isWhole = Number.isFinite(times.at(-1) ?? Number.POSITIVE_INFINITY);
  if (isWhole) sight.allReadyAt = Number.POSITIVE_INFINITY;
  else if (sight.allReadyAt === Number.POSITIVE_INFINITY) sight.allReadyAt = sight.now();
  // At least one has to be ready, however many need not be.
  const since = times[Math.max(0, times.length - 1 - sparedOf(sight, times.length))] ?? Number.POSITIVE_INFINITY;
  if (Number.isFinite(since)) {
    sight.readySince = since;
    sight.enoughReadyAt = Number.POSITIVE_INFINITY;
    return;
  }
  if (sight.readySince !== null) {
    sight.enoughReadyAt = sight.now();
    sight.soakedBefore = soakedSince(sight);
  }
  sight.readySince = null;
}

/** How many of so many new pods need not be ready: the engine rounds a share up, and knows none in blueGreen. */
function sparedOf({ rollout }: Sight, pods: number): number {
  const threshold = at(rollout(), 'spec', 'strategy', 'canary', 'failureThreshold');
  if (typeof threshold === 'number') return threshold;
  return typeof threshold === 'string' ? Math.ceil((Number.parseInt(threshold, 10) * pods) / 100) : 0;
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
  // A template that is written right then makes what is missing.
  const justTaken = sight.now() - sight.taken.at < lookAge ? sight.taken.pods : 0;
  const stepped = (sight.quotas.get(version) ?? 0) + (sight.remade.get(version) ?? 0) + justTaken;
  const allowed = Math.max(stepped, sight.shares.get(version) ?? 0);
  // All pods may be new: what is there beside them is the surge, and the extra Deployment until it goes.
  if (isLive && allowed >= size) return;
  const quota = Math.max(allowed, beforeShrink(sight, version), isLive ? ofFirstStep(sight) : 0);
  if (count > quota && !sight.meddled)
    sight.breaks(
      'no more pods than the step allows',
      `${count} of ${version}, ${quota} allowed (${point.phase} ${point.reason} step ${point.step})`,
    );
}

/**
 * Pods that the batch under way may move when another template has taken its place, until the engine has seen that one: no
 * more than its own first step, which takes no approval.
 */
function ofFirstStep({ kind, rollout, workload }: Sight): number {
  const point = pointOf(rollout());
  if (!workloadKinds[kind].goesOn || point.phase !== 'Progressing' || point.id === idOf(workload())) return 0;
  const [first] = planIn(rollout());
  return first === undefined ? 0 : podsOf(first, sizeOf(workload()));
}

/** Pods that the step allowed a moment ago, when there were more in all: controllers may still be creating those. */
function beforeShrink({ shrunk, rollout, now }: Sight, version: string): number {
  if (shrunk === null || shrunk.version !== version || now() - shrunk.at > lookAge) return 0;
  const step = planIn(rollout())[pointOf(rollout()).step - 1];
  return step === undefined ? 0 : podsOf(step, shrunk.from);
}
