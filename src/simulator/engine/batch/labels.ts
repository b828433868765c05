import { controllerOf, isGoing, labelOf } from '../../api/things.ts';
import { hashOf } from '../../workloads/template.ts';
import type { Labels, Pod } from '../../workloads/types.ts';
import { revisionHash } from '../../workloads/words.ts';
import type { World } from '../../world.ts';
import { batchLabel, idLabel } from '../words.ts';
import { patch } from '../writes.ts';
import { type Batch, batchSize, currentBatch } from './batch.ts';
import { isOfRevision } from './pods.ts';

/** Labels new pods with the release's id and their batch. Earlier batches keep their counts; the remaining pods get later batches. */
export function labelPods(world: World, batch: Batch): void {
  const { release, pods, filter } = batch;
  const { rolloutID = '' } = release.spec.releasePlan;
  if (rolloutID === '' || pods.length === 0) return;
  const left = sharesOf(batch);
  const unlabelled: Pod[] = [];
  const hashes = new Map<Pod, string>();
  for (const pod of filter === undefined ? pods : filter(pods)) {
    if (isGoing(pod)) continue;
    const hash = labelOf(pod, revisionHash) === '' ? hashOfSet(world, pod) : '';
    if (hash !== '') hashes.set(pod, hash);
    const labels = hash === '' ? pod.metadata.labels : { ...pod.metadata.labels, [revisionHash]: hash };
    if (!isOfRevision(labels, release.status?.updateRevision ?? '')) continue;
    const index = Number(labels?.[batchLabel] ?? Number.NaN) - 1;
    const count = labels?.[idLabel] === rolloutID ? left[index] : undefined;
    if (count === undefined) unlabelled.push(pod);
    else left[index] = count - 1;
  }
  for (let index = left.length - 1; index >= 0; index -= 1) {
    for (let count = left[index] ?? 0; count > 0; count -= 1) {
      // The engine uses the order of its cache, which is random.
      const [pod] = unlabelled.splice(Math.floor(world.random() * unlabelled.length), 1);
      if (pod === undefined) break;
      const hash = hashes.get(pod);
      hashes.delete(pod);
      label(world, pod, {
        [idLabel]: rolloutID,
        [batchLabel]: String(index + 1),
        ...(hash === undefined ? {} : { [revisionHash]: hash }),
      });
    }
  }
  for (const [pod, hash] of hashes) label(world, pod, { [revisionHash]: hash });
}

/** How many pods each batch adds; 0 after the current batch. */
function sharesOf({ release, info }: Batch): number[] {
  const current = currentBatch(release);
  const sizes = release.spec.releasePlan.batches.map((_batch, index) =>
    index <= current ? batchSize(release, info.replicas, index) : 0,
  );
  return sizes.map((size, index) => (index > 0 && index <= current ? size - (sizes[index - 1] ?? 0) : size));
}

/** Native Deployments' pods have no label of the engine's revision: their ReplicaSet's template has it. */
function hashOfSet(world: World, pod: Pod): string {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return '';
  const set = world.api.get('ReplicaSet', pod.metadata.namespace ?? '', owner.name);
  return set === undefined ? '' : hashOf('kruise', set.spec.template);
}

export function label(world: World, pod: Pod, labels: Labels): void {
  patch(world, 'Pod', pod, { metadata: { labels } });
}
