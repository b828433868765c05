import { cluster, type Pod, waitFor } from './fixture.ts';
import { type Recording, record } from './recorder.ts';
import type { Shop } from './shop.ts';

/** Watches a shop's pods, so that a test can say that there never were more of a version than was allowed. */
export type Witness = AsyncDisposable & {
  /** The most pods of the image that were there at any one time so far. */
  most(image: string): number;
};

/** Starts to watch, and is watching when it answers: the shop has to have a pod. */
export async function witness(
  { namespace }: Pick<Shop, 'namespace'>,
  on: Parameters<typeof record>[0] = cluster,
): Promise<Witness> {
  const recording = record<Pod>(on, namespace, 'pods');
  await waitFor(() => recording.seen.length > 0, { what: `a pod in ${namespace}`, every: 20 });
  return {
    most: (image) => most(recording, image),
    [Symbol.asyncDispose]: () => recording[Symbol.asyncDispose](),
  };
}

function most({ seen }: Recording<Pod>, image: string): number {
  const there = new Set<string>();
  let found = 0;
  for (const { type, object } of seen) {
    const { name, deletionTimestamp } = object.metadata;
    const runs = object.spec.containers.some((container) => container.image === image);
    if (type !== 'DELETED' && deletionTimestamp === undefined && runs) there.add(name);
    else there.delete(name);
    found = Math.max(found, there.size);
  }
  return found;
}
