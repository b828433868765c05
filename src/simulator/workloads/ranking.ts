import { textAt } from '../api/json.ts';
import { controllerOf, isGoing, type Thing } from '../api/things.ts';
import type { World } from '../world.ts';
import { isReady, type Pod } from './types.ts';

export function nodeOf(pod: Pod): string {
  return textAt(pod, 'spec', 'nodeName');
}

/** A random node: those of the recordings are large and have no labels for spreading pods. */
export function chooseNode({ random, nodes }: World): string {
  return `node-${Math.floor(random() * nodes) + 1}`;
}

/**
 * The order in which a ReplicaSet deletes pods: pods that are not ready; pods on nodes with most pods of the same workload;
 * pods that have been ready for a shorter time, where times of the same magnitude (log2 of seconds) count as equal.
 */
export function bySurplus(world: World, pods: readonly Pod[], siblings: readonly Pod[]): readonly Pod[] {
  const perNode = new Map<string, number>();
  for (const pod of siblings) if (!isGoing(pod)) perNode.set(nodeOf(pod), (perNode.get(nodeOf(pod)) ?? 0) + 1);
  const now = world.timeline.now();
  const ranked = pods.map((pod) => ({
    pod,
    ready: isReady(pod) ? 1 : 0,
    crowd: -(perNode.get(nodeOf(pod)) ?? 0),
    age: isReady(pod) ? magnitude(readySince(pod), now) : 0,
    uid: pod.metadata.uid,
  }));
  ranked.sort((a, b) => a.ready - b.ready || a.crowd - b.crowd || a.age - b.age || (a.uid < b.uid ? -1 : 1));
  return ranked.map(({ pod }) => pod);
}

/**
 * The order in which a CloneSet updates pods: those that are not ready, then the youngest. Times have no parts of a second,
 * and pods of the same one are in random order.
 */
export function bySacrifice(world: World, pods: readonly Pod[]): readonly Pod[] {
  const seconds = (ms: number) => Math.floor(ms / 1000);
  const ranked = pods.map((pod) => ({
    pod,
    ready: isReady(pod) ? 1 : 0,
    since: seconds(readySince(pod)),
    born: seconds(Date.parse(pod.metadata.creationTimestamp)),
    chance: world.random(),
  }));
  ranked.sort((a, b) => a.ready - b.ready || b.since - a.since || b.born - a.born || a.chance - b.chance);
  return ranked.map(({ pod }) => pod);
}

/** The order in which a CloneSet deletes pods: the same, but of those that are ready the last one of each node goes last. */
export function spreadOut(world: World, pods: readonly Pod[]): readonly Pod[] {
  const order = bySacrifice(world, pods);
  const perNode = Map.groupBy(order, nodeOf);
  // How many of its node go after it.
  const left = (pod: Pod) => (perNode.get(nodeOf(pod)) ?? []).toReversed().indexOf(pod);
  return order.toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)) || left(b) - left(a));
}

function readySince(pod: Pod): number {
  const since = pod.status?.conditions?.find((one) => one.type === 'Ready')?.lastTransitionTime;
  return since === undefined ? 0 : Date.parse(since);
}

function magnitude(since: number, now: number): number {
  const seconds = (now - since) / 1000;
  return seconds < 1 ? -1 : Math.floor(Math.log2(seconds));
}

/** Pods of all ReplicaSets of the same workload. */
export function siblingsOf(world: World, set: Thing): readonly Pod[] {
  const namespace = set.metadata.namespace ?? '';
  const owner = controllerOf(set)?.uid;
  const sets = owner === undefined ? [set] : world.api.controlled('ReplicaSet', namespace, owner);
  return sets.flatMap(({ metadata }) => world.api.controlled('Pod', namespace, metadata.uid));
}
