import type { Delivery } from '../../release/delivery.ts';
import { asError } from '../../release/error.ts';
import { stringAt } from '../../release/json.ts';
import type { Cluster, KubeObject, ListQuery, WatchEvent } from '../../release/ports.ts';
import type { Snapshot } from '../../release/target.ts';
import { readTrouble } from '../write.ts';
import { type FollowedList, followedList, isOlder, newest } from './followed-list.ts';
import { type DeliveryLists, type Dependencies, lister, nameOf, podQuery } from './lists.ts';

/** The objects of one delivery, kept current from its first wait on: by watches, or by lists where it may have none. */
export interface Following extends AsyncDisposable {
  current(): Snapshot;
  /** When a list that many share was begun, where readiness is known by one; null once the pods were asked for alone. */
  readonly sharedAt: Date | null;
  /** Whether the two objects are known by such a list. */
  readonly shared: boolean;
  /** Whether watches bring what changes. */
  readonly watched: boolean;
  /** Resolves at the next change, or at `until`. Rejects when the signal aborts or a watch fails for good. */
  changed(until: Date | null): Promise<'changed' | 'time'>;
  /**
   * Asks for both objects anew: of two watches, one may not have brought yet what the other's news rests on. What came
   * from shared lists is asked for as a whole, for this delivery alone.
   */
  refresh(): Promise<void>;
  /** Asks for the pods of this delivery alone. */
  refreshPods(): Promise<void>;
  /** Takes the answer to a write as the newest known: what is older than it is ignored from now on. */
  wrote(object: KubeObject): void;
}

/** How a delivery is kept current while it waits. */
export interface Waiting {
  /** Whether it may have watches. It is asked at each wait until it has them. */
  mayWatch(): boolean;
  /** Reads its lists again, where it has none. */
  again(): Promise<DeliveryLists>;
}

/** A delivery without watches is read again after this long. Milliseconds. */
const READ_AGAIN = 10_000;
/** A server that does not answer is tried again for this long, as by a watch. Milliseconds. */
const PATIENCE = 300_000;

/** One for all: thousands of aborts with a stack each are a noticeable part of a tick in which nothing is due. */
const over = new Error('it is no longer waited for');

/** Follows a delivery from its first look on. */
export function follow(
  cluster: Cluster,
  delivery: Delivery,
  { lists, waiting }: { readonly lists: DeliveryLists; readonly waiting: Waiting },
  dependencies: Dependencies,
): Following {
  const { targets, clock, signal } = dependencies;
  const target = targets.of(delivery);
  const refs = target.refs(delivery);
  const stop = new AbortController();
  const every = AbortSignal.any([signal, stop.signal]);
  const running: Promise<void>[] = [];
  let wake: (() => void) | null = null;
  let dirty = false;
  let failure: { readonly cause: unknown } | null = null;

  let { rollouts, workloads, pods, sharedAt } = followedLists(lists);
  let shared = sharedAt !== null;
  let silentSince: number | null = null;

  async function listPods(): Promise<FollowedList | null> {
    const query = podQuery(target, delivery, first(workloads) ?? undefined);
    return query === null ? null : listAnew(query);
  }

  async function listAnew(query: ListQuery): Promise<FollowedList> {
    const { items, resourceVersion } = await cluster.list(query, every);
    return followedList({ query, objects: items, since: resourceVersion });
  }

  async function renew(list: FollowedList): Promise<void> {
    const fresh = await listAnew(list.query);
    for (const [name, object] of fresh.objects) {
      if (!isOlder(object, list.objects.get(name))) list.objects.set(name, object);
    }
  }

  async function refreshPods(): Promise<void> {
    if (pods !== null && running.length === 0) pods = await listAnew(pods.query);
    else if (pods !== null) await renew(pods);
    sharedAt = null;
  }

  function changed(): void {
    dirty = true;
    wake?.();
  }

  function take(list: FollowedList, event: WatchEvent): void {
    if (event.type === 'reset') {
      list.objects.clear();
      for (const item of event.items) list.objects.set(nameOf(item), item);
      return;
    }
    const name = nameOf(event.object);
    if (event.type === 'deleted') {
      list.objects.delete(name);
    } else if (!isOlder(event.object, list.objects.get(name))) {
      list.objects.set(name, event.object);
    }
  }

  async function watch(list: FollowedList): Promise<void> {
    for await (const event of cluster.watch(list.query, list.since, every)) {
      take(list, event);
      changed();
      // The pods' selector is known only once there is a workload.
      if (list === workloads && pods === null) {
        pods = await listPods();
        if (pods !== null) start(pods);
      }
    }
  }

  function start(list: FollowedList): void {
    running.push(
      watch(list).catch((cause: unknown) => {
        if (every.aborted) return;
        failure ??= { cause };
        wake?.();
      }),
    );
  }

  /** Waits for the next reading, or for `until` where that comes first, and reads the lists again. */
  async function readLater(until: Date | null): Promise<'changed' | 'time'> {
    const left = until === null ? Infinity : Math.max(0, until.getTime() - clock.now().getTime());
    await clock.sleep(Math.min(left, READ_AGAIN), every);
    try {
      const fresh = followedLists(await waiting.again());
      rollouts = newest(rollouts, fresh.rollouts);
      workloads = newest(workloads, fresh.workloads);
      pods = pods === null || fresh.pods === null ? fresh.pods : newest(pods, fresh.pods);
      sharedAt = fresh.sharedAt;
      shared = sharedAt !== null;
      silentSince = null;
    } catch (error) {
      const now = clock.now().getTime();
      silentSince ??= now;
      const { code } = asError(readTrouble(error, delivery.name));
      if (code !== 'CLUSTER_UNREACHABLE' || now - silentSince > PATIENCE) throw error;
    }
    return left <= READ_AGAIN ? 'time' : 'changed';
  }

  return {
    get sharedAt() {
      return sharedAt;
    },
    get shared() {
      return shared;
    },
    get watched() {
      return running.length > 0;
    },
    current: () => ({
      takenAt: running.length > 0 ? clock.now() : (sharedAt ?? clock.now()),
      rollout: first(rollouts),
      workload: first(workloads),
      pods: pods === null ? [] : [...pods.objects.values()],
    }),
    async refresh() {
      if (shared && running.length === 0) {
        const alone = lister({ targets, clock, signal: every });
        ({ rollouts, workloads, pods, sharedAt } = followedLists(await alone.at(cluster, delivery)));
      } else {
        for (const list of [rollouts, workloads]) await renew(list);
        if (sharedAt !== null) await refreshPods();
      }
      shared = false;
    },
    refreshPods,
    wrote(object) {
      const list = stringAt(object, 'kind') === refs.rollout.kind.kind ? rollouts : workloads;
      const name = nameOf(object);
      if (!isOlder(object, list.objects.get(name))) list.objects.set(name, object);
    },
    async changed(until) {
      if (running.length === 0 && !waiting.mayWatch()) return readLater(until);
      if (running.length === 0) for (const list of [rollouts, workloads, ...(pods === null ? [] : [pods])]) start(list);
      const timer = new AbortController();
      let ended = false;
      const stopped = () => timer.abort(every.reason);
      every.addEventListener('abort', stopped, { once: true });
      if (every.aborted) stopped();
      try {
        const time = until === null ? Infinity : Math.max(0, until.getTime() - clock.now().getTime());
        const outcome = await new Promise<'changed' | 'time'>((resolve, reject) => {
          wake = () => (failure === null ? resolve('changed') : reject(failure.cause));
          if (dirty || failure !== null) wake();
          clock.sleep(Math.min(time, 2 ** 31 - 1), timer.signal).then(
            () => resolve('time'),
            (reason: unknown) => {
              if (!ended) reject(reason);
            },
          );
        });
        return outcome;
      } finally {
        wake = null;
        dirty = false;
        ended = true;
        every.removeEventListener('abort', stopped);
        timer.abort(over);
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort(over);
      await Promise.allSettled(running);
    },
  };

  function first(list: FollowedList): KubeObject | null {
    const [object] = list.objects.values();
    return object ?? null;
  }
}

function followedLists({ rollout, workload, pods, sharedAt }: DeliveryLists) {
  const lanes = { rollouts: followedList(rollout), workloads: followedList(workload), sharedAt };
  return { ...lanes, pods: pods === null ? null : followedList(pods) };
}
