import { environmentError } from '../release/error.ts';
import { stringAt } from '../release/json.ts';
import {
  type Cluster,
  ClusterError,
  type Kind,
  KindMissing,
  type KubeObject,
  type ObjectRef,
  type WatchEvent,
} from '../release/ports.ts';
import type { OlderVersion } from '../release/target.ts';

/**
 * The cluster as one that serves the usual version of every kind. Of a kind that it serves in an older version alone, what is
 * read and written is translated. The usual version is asked for first, and an older one is spoken only after the server has
 * said that it does not serve the usual one. It is asked again before every write, because a write in the older version of a
 * server that has both may lose parts of the object (E11).
 */
export function withOlderVersions(cluster: Cluster, versions: readonly OlderVersion[]): Cluster {
  /** The older versions that this cluster serves alone, and those of whose kinds it serves the usual version. */
  const spoken = new Set<OlderVersion>();
  const unneeded = new Set<OlderVersion>();
  const read = cached();

  const olderOf = (asked: Pick<Kind, 'apiVersion' | 'kind'>): OlderVersion | null =>
    versions.find(({ of }) => of.apiVersion === asked.apiVersion && of.kind === asked.kind) ?? null;

  /** Whether the cluster, which does not serve the usual version, serves the older one. */
  async function speaks(older: OlderVersion, signal: AbortSignal): Promise<boolean> {
    if (spoken.has(older)) return true;
    if ((await cluster.discover(older.served.apiVersion, older.served.kind, signal)) === null) return false;
    spoken.add(older);
    return true;
  }

  /** Asks in the usual version. Where the server does not serve it, asks in the older one. */
  async function either<T>(
    kind: Kind,
    signal: AbortSignal,
    ask: (kind: Kind, translated: (object: KubeObject) => KubeObject) => Promise<T>,
  ): Promise<T> {
    const older = olderOf(kind);
    if (older === null) return ask(kind, asItIs);
    const inOlder = () => ask(older.served, (object) => read(older, object));
    if (spoken.has(older)) return inOlder();
    try {
      const answer = await ask(kind, asItIs);
      unneeded.add(older);
      return answer;
    } catch (error) {
      if (unneeded.has(older) || !isUnserved(error) || !(await speaks(older, signal))) throw error;
      return inOlder();
    }
  }

  /** Throws ENGINE_CHANGED when the server has begun to serve the usual version. */
  async function stillOlder({ of, served }: OlderVersion, ref: Omit<ObjectRef, 'kind'>, signal: AbortSignal) {
    const query = { kind: of, namespace: ref.namespace, fieldSelector: `metadata.name=${ref.name}`, limit: 1 };
    try {
      await cluster.list(query, signal);
    } catch (error) {
      if (isUnserved(error)) return;
      throw error;
    }
    throw environmentError(
      'ENGINE_CHANGED',
      `${of.kind}/${ref.name}: the cluster serves ${of.apiVersion} now, and this run began with ${served.apiVersion}`,
      { hint: 'nothing was written; run the command again' },
    );
  }

  return {
    ...cluster,

    get: (ref, signal) =>
      either(ref.kind, signal, async (kind, translated) => {
        const found = await cluster.get({ ...ref, kind }, signal);
        return found === null ? null : translated(found);
      }),

    list: (query, signal) =>
      either(query.kind, signal, async (kind, translated) => {
        const listed = await cluster.list({ ...query, kind }, signal);
        return { ...listed, items: listed.items.map(translated) };
      }),

    watch(query, since, signal) {
      const older = olderOf(query.kind);
      // A watch follows a list, which has found out the version.
      if (older === null || !spoken.has(older)) return cluster.watch(query, since, signal);
      return translatedEvents(cluster.watch({ ...query, kind: older.served }, since, signal), (object) =>
        read(older, object),
      );
    },

    async apply(object, options) {
      const { signal, dryRun } = options;
      const named = { apiVersion: stringAt(object, 'apiVersion') ?? '', kind: stringAt(object, 'kind') ?? '' };
      const older = olderOf(named);
      if (older === null || (await servesUsual(older, signal))) return cluster.apply(object, options);
      const namespace = stringAt(object, 'metadata', 'namespace');
      const name = stringAt(object, 'metadata', 'name') ?? '';
      const written = older.write(object);
      if (!dryRun) await stillOlder(older, { namespace, name }, signal);
      return read(older, await cluster.apply(written, options));
    },

    async patch(ref, body, options) {
      const older = olderOf(ref.kind);
      if (older === null || (await servesUsual(older, options.signal))) return cluster.patch(ref, body, options);
      const written = older.patch(body);
      if (!options.dryRun) await stillOlder(older, ref, options.signal);
      return read(older, await cluster.patch({ ...ref, kind: older.served }, written, options));
    },

    async remove(ref, uid, signal) {
      const older = olderOf(ref.kind);
      if (older === null || (await servesUsual(older, signal))) return cluster.remove(ref, uid, signal);
      await stillOlder(older, ref, signal);
      return cluster.remove({ ...ref, kind: older.served }, uid, signal);
    },

    async discover(apiVersion, kind, signal) {
      const older = olderOf({ apiVersion, kind });
      if (older === null || (await servesUsual(older, signal))) return cluster.discover(apiVersion, kind, signal);
      return { ...older.of, servedAs: older.served.apiVersion };
    },
  };

  /** Whether to speak the usual version: the server has it, or has neither. */
  async function servesUsual(older: OlderVersion, signal: AbortSignal): Promise<boolean> {
    if (unneeded.has(older) || spoken.has(older)) return unneeded.has(older);
    if ((await cluster.discover(older.of.apiVersion, older.of.kind, signal)) !== null) return true;
    return !(await speaks(older, signal));
  }
}

/** Whether the server does not serve the kind in the version that was asked for. */
function isUnserved(error: unknown): boolean {
  return error instanceof KindMissing || (error instanceof ClusterError && error.status === 404);
}

function asItIs(object: KubeObject): KubeObject {
  return object;
}

/** Translates each object once. Objects from the cluster never change, and what is made of them is cached by object. */
function cached(): (older: OlderVersion, object: KubeObject) => KubeObject {
  const known = new WeakMap<KubeObject, KubeObject>();
  return (older, object) => {
    const found = known.get(object) ?? older.read(object);
    known.set(object, found);
    return found;
  };
}

async function* translatedEvents(
  events: AsyncIterable<WatchEvent>,
  translated: (object: KubeObject) => KubeObject,
): AsyncGenerator<WatchEvent, void, undefined> {
  for await (const event of events) {
    if (event.type === 'reset') yield { ...event, items: event.items.map(translated) };
    else yield { ...event, object: translated(event.object) };
  }
}
