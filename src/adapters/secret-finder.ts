import { stringAt } from '../release/json.ts';
import type { Cluster, KubeObject, ListQuery, WatchEvent } from '../release/ports.ts';
import { valuesOfSecrets } from '../release/secret-values.ts';

/** Reports the values of every Secret that a run reads or renders, before the Secret is used. */
export interface SecretFinder {
  /** Reports the values of Secrets among rendered objects, and returns the objects unchanged. */
  search<T extends KubeObject>(objects: readonly T[]): readonly T[];
  /** A cluster that reports the values of Secrets in its answers. */
  searching(cluster: Cluster): Cluster;
}

/** `tell` is called with each value; not with one that is also the name of an object or namespace, which reports say. */
export function secretFinder(tell: (value: string) => void): SecretFinder {
  const names = new Set<string | null>();

  function see(object: KubeObject): void {
    names.add(stringAt(object, 'metadata', 'name')).add(stringAt(object, 'metadata', 'namespace'));
    for (const value of valuesOfSecrets(object)) if (!names.has(value)) tell(value);
  }

  /** Items of a list need no `kind`. Those of other kinds are not searched: there are thousands of pods. */
  function seeItem({ kind }: ListQuery, item: KubeObject): void {
    if (kind.kind === 'Secret') see({ ...item, kind: 'Secret' });
  }

  async function seen<T extends KubeObject | null>(asked: Promise<T>): Promise<T> {
    const object = await asked;
    if (object !== null) see(object);
    return object;
  }

  return {
    search(objects) {
      for (const object of objects) names.add(stringAt(object, 'metadata', 'name'));
      objects.forEach(see);
      return objects;
    },
    searching: (cluster) => ({
      ...cluster,
      get: (ref, signal) => seen(cluster.get(ref, signal)),
      async list(query, signal) {
        const listed = await cluster.list(query, signal);
        for (const item of listed.items) seeItem(query, item);
        return listed;
      },
      apply: (object, options) => seen(cluster.apply(object, options)),
      patch: (ref, body, options) => seen(cluster.patch(ref, body, options)),
      watch: (query, since, signal) => searched(cluster.watch(query, since, signal), (item) => seeItem(query, item)),
    }),
  };
}

async function* searched(
  watched: AsyncIterable<WatchEvent>,
  see: (object: KubeObject) => void,
): AsyncGenerator<WatchEvent, void, undefined> {
  for await (const event of watched) {
    for (const object of event.type === 'reset' ? event.items : [event.object]) see(object);
    yield event;
  }
}
