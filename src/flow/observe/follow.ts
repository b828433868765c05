import type { Delivery } from '../../release/delivery.ts';
import { isObject, stringAt } from '../../release/json.ts';
import type { Cluster, KubeObject, ListQuery, WatchEvent } from '../../release/ports.ts';
import type { Snapshot } from '../../release/target.ts';
import { type DeliveryLists, type Dependencies, type KindList, lister, nameOf, podQuery } from './lists.ts';

/** The objects of one delivery, kept current. Watches begin with the first wait, so that a look costs three lists. */
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

interface FollowedList {
  readonly query: ListQuery;
  readonly objects: Map<string, KubeObject>;
  since: string;
}

/** One for all: thousands of aborts with a stack each are a noticeable part of a tick in which nothing is due. */
const over = new Error('it is no longer waited for');

/** Follows a delivery from its first look on. */
export function follow(
  cluster: Cluster,
  delivery: Delivery,
  lists: DeliveryLists,
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

function followedList({ query, objects, since }: KindList): FollowedList {
  return { query, objects: new Map(objects.map((object) => [nameOf(object), object])), since };
}

/** Versions of one object grow (Kubernetes API concepts, resource versions); what is not a number is taken as newer. */
function isOlder(object: KubeObject, known: KubeObject | undefined): boolean {
  if (known === undefined || !isObject(known)) return false;
  if (stringAt(object, 'metadata', 'uid') !== stringAt(known, 'metadata', 'uid')) return false;
  const [left, right] = [versionOf(object), versionOf(known)];
  return left !== null && right !== null && left < right;
}

function versionOf(object: KubeObject): bigint | null {
  const text = stringAt(object, 'metadata', 'resourceVersion') ?? '';
  return /^\d+$/.test(text) ? BigInt(text) : null;
}
