import { type Cluster, ClusterError } from '../../src/release/ports.ts';

/** Of all annotations of an object, in bytes: the API server takes no more. */
const MOST_ANNOTATIONS = 262_144;

/** What happens to a run on its way. */
export interface Meddling {
  /** What somebody does right before one of the run's writes reaches the cluster: the first, where `at` does not say. */
  readonly meanwhile?: () => Promise<unknown>;
  readonly at?: number;
  /** The process is ended as it sends this write, from 1. */
  readonly dies?: number;
}

/** What happens before each write of a run. */
export function beforeWrites({ meanwhile, at = 1, dies }: Meddling, life: AbortController): () => Promise<unknown> {
  let writes = 0;
  return async () => {
    writes += 1;
    if (writes === at) await meanwhile?.();
    if (writes === dies) life.abort(new Error('the process is gone'));
    life.signal.throwIfAborted();
  };
}

/** The cluster with the real server's bound on annotations, and with a server that may not answer. */
export function guarded(
  inner: Cluster,
  { isAway, before }: { isAway: () => boolean; before: () => Promise<unknown> },
): Cluster {
  const ask = <T>(body: () => Promise<T>): Promise<T> =>
    isAway() ? Promise.reject(new ClusterError(0, '', 'connect ECONNREFUSED')) : body();
  return {
    title: inner.title,
    get: (ref, signal) => ask(() => inner.get(ref, signal)),
    list: (query, signal) => ask(() => inner.list(query, signal)),
    apply: (object, options) =>
      ask(async () => {
        if (!options.dryRun) await before();
        return inner.apply(object, options);
      }),
    remove: (ref, uid, signal) =>
      ask(async () => {
        await before();
        return inner.remove(ref, uid, signal);
      }),
    patch: (ref, body, options) =>
      ask(async () => {
        if (!options.dryRun) await before();
        const largest = Math.max(
          0,
          ...body.map((one) => ('value' in one && typeof one.value === 'string' ? Buffer.byteLength(one.value) : 0)),
        );
        if (largest > MOST_ANNOTATIONS) throw new ClusterError(422, 'Invalid', 'metadata.annotations: Too long');
        return inner.patch(ref, body, options);
      }),
    logs: (query, signal) => ask(() => inner.logs(query, signal)),
    watch: (query, since, signal) => inner.watch(query, since, signal),
    discover: (apiVersion, kind, signal) => ask(() => inner.discover(apiVersion, kind, signal)),
    now: () => inner.now(),
    user: (signal) => ask(() => inner.user(signal)),
    may: (access, signal) => ask(() => inner.may(access, signal)),
  };
}
