import type { Delivery } from '../../release/delivery.ts';
import { asError } from '../../release/error.ts';
import { stringAt } from '../../release/json.ts';
import type { Snapshot } from '../../release/observation.ts';
import type { Cluster, Kind, KubeObject, ObjectRef, WatchEvent } from '../../release/ports.ts';
import { readTrouble } from '../write.ts';
import {
  type DeliveryLists,
  type Dependencies,
  type KindList,
  type Lister,
  lister,
  podsOf,
  type Selection,
} from './lists.ts';
import { type View, viewOf } from './view.ts';

/** The objects of one delivery, kept current. Watches begin with the first wait, so a run that never waits sends three lists. */
export interface Following extends AsyncDisposable {
  current(): Snapshot;
  /** When the shared list that has the pods was begun; null once the pods were listed for this delivery alone. */
  readonly sharedAt: Date | null;
  /** Whether the Rollout and the workload come from shared lists. */
  readonly shared: boolean;
  /** Resolves at the next change, or at `until`. Rejects when the signal aborts, or when a watch fails for good. */
  changed(until: Date | null): Promise<'changed' | 'time'>;
  /**
   * Reads the Rollout, the workload and its carrier again, because one watch may lag behind the other. Objects that came from shared
   * lists are all read again, with lists for this delivery alone.
   */
  refresh(): Promise<void>;
  /** Reads the pods again, with a list for this delivery alone. */
  refreshPods(): Promise<void>;
  /**
   * Takes the answer to a write as the newest version, when it is the Rollout, the workload or its carrier. Older versions of it are
   * ignored from then on.
   */
  wrote(object: KubeObject): void;
}

/** What is needed to follow a delivery: its first lists, and the watch that many deliveries share, if there is one. */
export interface FollowOptions extends Dependencies {
  readonly cluster: Cluster;
  readonly lists: DeliveryLists;
  readonly lister: Lister;
  readonly watches: Watches;
}

/** Limits the open watches of single deliveries. Each watch is a connection. */
export interface Watches {
  /** False when no more may be opened: the delivery is then listed every POLL. */
  take(): boolean;
  give(): void;
}

/** Interval at which a delivery without a watch is listed. Milliseconds. */
const POLL = 10_000;
/** How long those lists are retried while the server does not answer; a watch retries as long. Milliseconds. */
const PATIENCE = 300_000;

/** One error for all aborts: an error with a stack for each takes a noticeable part of a tick over thousands of deliveries. */
const over = new Error('the wait has ended');

/** Follows a delivery, beginning with its first lists. */
export function follow(
  delivery: Delivery,
  { cluster, lists, lister: sharing, watches, ...dependencies }: FollowOptions,
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
  let listingPods = false;
  let silentSince: number | null = null;

  let { rollouts, workloads, carriers, pods, sharedAt } = viewsOf(lists);
  let shared = sharedAt !== null;

  async function renew(view: View): Promise<void> {
    const { items, resourceVersion } = await cluster.list(view.query, every);
    view.take({ type: 'reset', items, resourceVersion });
  }

  async function refreshPods(): Promise<void> {
    if (pods !== null) await renew(pods);
    sharedAt = null;
  }

  function changed(): void {
    dirty = true;
    wake?.();
  }

  function hear(view: View, event: WatchEvent): void {
    if (view.take(event)) changed();
    startPods();
  }

  /** Starts to follow the pods once there is a workload: before that, their labels are unknown. */
  function startPods(): void {
    if (pods !== null || listingPods) return;
    const selection = podsOf(target, delivery, workloads.objects[0]);
    if (selection === null) return;
    listingPods = true;
    start(watchPods(selection));
  }

  async function watchPods(selection: Selection): Promise<void> {
    const { items, resourceVersion } = await cluster.list(selection.query, every);
    pods = viewOf({ ...selection, objects: items, since: resourceVersion });
    changed();
    await watch(pods, target.kinds.pod);
  }

  /**
   * Watches by the shared watch, or else by one for this delivery. While too many of those are open, it lists every POLL
   * instead.
   */
  async function watch(view: View, kind: Kind): Promise<void> {
    const cached = await sharing.shared(cluster, kind, delivery);
    if (cached !== null && (await cached.follow((event) => hear(view, event), every)) === 'over') return;
    while (!watches.take()) await listLater(view);
    try {
      for await (const event of cluster.watch(view.query, view.since, every)) hear(view, event);
    } finally {
      watches.give();
    }
  }

  async function listLater(view: View): Promise<void> {
    await clock.sleep(POLL, every);
    try {
      const { items, resourceVersion } = await cluster.list(view.query, every);
      silentSince = null;
      hear(view, { type: 'reset', items, resourceVersion });
    } catch (error) {
      const now = clock.now().getTime();
      silentSince ??= now;
      const { code } = asError(readTrouble(error, delivery.name));
      if (every.aborted || code !== 'CLUSTER_UNREACHABLE' || now - silentSince > PATIENCE) throw error;
    }
  }

  function start(watching: Promise<void>): void {
    running.push(
      watching.catch((cause: unknown) => {
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
    current: () => ({
      takenAt: running.length > 0 ? clock.now() : (sharedAt ?? clock.now()),
      rollout: rollouts.objects[0] ?? null,
      workload: workloads.objects[0] ?? null,
      carrier: carriers?.objects[0] ?? null,
      pods: pods?.objects ?? [],
    }),
    async refresh() {
      if (shared && running.length === 0) {
        const alone = lister({ targets, clock, signal: every });
        ({ rollouts, workloads, carriers, pods, sharedAt } = viewsOf(await alone.at(cluster, delivery)));
      } else {
        for (const view of [rollouts, workloads, ...(carriers === null ? [] : [carriers])]) await renew(view);
        if (running.length > 0) startPods();
        if (sharedAt !== null) await refreshPods();
      }
      shared = false;
    },
    refreshPods,
    wrote(object) {
      if (isAt(refs.rollout, object)) rollouts.wrote(object);
      if (isAt(refs.workload, object)) workloads.wrote(object);
      if (target.carrier?.isOf(delivery, object) === true) carriers?.wrote(object);
    },
    async changed(until) {
      if (running.length === 0) {
        start(watch(rollouts, refs.rollout.kind));
        start(watch(workloads, refs.workload.kind));
        if (carriers !== null && target.carrier !== null) start(watch(carriers, target.carrier.kind));
        if (pods !== null) start(watch(pods, target.kinds.pod));
        startPods();
      }
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
}

function viewsOf({ rollout, workload, carrier, pods, sharedAt }: DeliveryLists) {
  const views = { rollouts: viewOf(rollout), workloads: viewOf(workload), sharedAt };
  const maybe = (list: KindList | null): View | null => (list === null ? null : viewOf(list));
  return { ...views, carriers: maybe(carrier), pods: maybe(pods) };
}

function isAt({ kind, name }: ObjectRef, object: KubeObject): boolean {
  return (
    stringAt(object, 'apiVersion') === kind.apiVersion &&
    stringAt(object, 'kind') === kind.kind &&
    stringAt(object, 'metadata', 'name') === name
  );
}
