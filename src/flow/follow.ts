import type { Delivery } from '../release/delivery.ts';
import { isObject, objectAt, stringAt } from '../release/json.ts';
import type { Clock, Cluster, Kind, KubeObject, ListQuery, WatchEvent } from '../release/ports.ts';
import type { Snapshot, Target } from '../release/target.ts';

/** The objects of one delivery, kept current. Watches begin with the first wait, so that a look costs three lists. */
export interface Following extends AsyncDisposable {
  current(): Snapshot;
  /** Resolves at the next change, or at `until`. Rejects when the signal aborts or a watch fails for good. */
  changed(until: Date | null): Promise<'changed' | 'time'>;
  /** Asks for both objects anew: of two watches, one may not have brought yet what the other's news rests on. */
  refresh(): Promise<void>;
  /** Takes the answer to a write as the newest known: what is older than it is ignored from now on. */
  wrote(object: KubeObject): void;
}

interface Lane {
  readonly query: ListQuery;
  readonly objects: Map<string, KubeObject>;
  since: string;
}

/** Looks once, and can follow from there. */
export async function follow(
  cluster: Cluster,
  target: Target,
  delivery: Delivery,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Following> {
  const refs = target.refs(delivery);
  const stop = new AbortController();
  const every = AbortSignal.any([signal, stop.signal]);
  const running: Promise<void>[] = [];
  let wake: (() => void) | null = null;
  let dirty = false;
  let failure: { readonly cause: unknown } | null = null;

  const byName = (kind: Kind, name: string): ListQuery => ({
    kind,
    namespace: delivery.namespace,
    fieldSelector: `metadata.name=${name}`,
  });
  const rollouts = await look(byName(refs.rollout.kind, refs.rollout.name));
  const workloads = await look(byName(refs.workload.kind, refs.workload.name));
  let pods: Lane | null = await lookAtPods();

  async function look(query: ListQuery): Promise<Lane> {
    const listed = await cluster.list(query, every);
    const objects = new Map(listed.items.map((item) => [nameOf(item), item]));
    return { query, objects, since: listed.resourceVersion };
  }

  async function lookAtPods(): Promise<Lane | null> {
    const [workload] = workloads.objects.values();
    const labels = objectAt(workload, 'spec', 'selector', 'matchLabels');
    const labelSelector = Object.entries(labels)
      .map(([key, value]) => `${key}=${String(value)}`)
      .join(',');
    if (labelSelector === '') return null;
    return look({ kind: target.kinds.pod, namespace: delivery.namespace, labelSelector });
  }

  function changed(): void {
    dirty = true;
    wake?.();
  }

  function take(lane: Lane, event: WatchEvent): void {
    if (event.type === 'reset') {
      lane.objects.clear();
      for (const item of event.items) lane.objects.set(nameOf(item), item);
      return;
    }
    const name = nameOf(event.object);
    if (event.type === 'deleted') {
      lane.objects.delete(name);
    } else if (!isOlder(event.object, lane.objects.get(name))) {
      lane.objects.set(name, event.object);
    }
  }

  async function watch(lane: Lane): Promise<void> {
    for await (const event of cluster.watch(lane.query, lane.since, every)) {
      take(lane, event);
      changed();
      // The pods' selector is known only once there is a workload.
      if (lane === workloads && pods === null) {
        pods = await lookAtPods();
        if (pods !== null) start(pods);
      }
    }
  }

  function start(lane: Lane): void {
    running.push(
      watch(lane).catch((cause: unknown) => {
        if (every.aborted) return;
        failure ??= { cause };
        wake?.();
      }),
    );
  }

  return {
    current: () => ({
      takenAt: clock.now(),
      rollout: first(rollouts),
      workload: first(workloads),
      pods: pods === null ? [] : [...pods.objects.values()],
    }),
    async refresh() {
      for (const lane of [rollouts, workloads]) {
        const fresh = await look(lane.query);
        for (const [name, object] of fresh.objects) {
          if (!isOlder(object, lane.objects.get(name))) lane.objects.set(name, object);
        }
      }
    },
    wrote(object) {
      const lane = stringAt(object, 'kind') === refs.rollout.kind.kind ? rollouts : workloads;
      const name = nameOf(object);
      if (!isOlder(object, lane.objects.get(name))) lane.objects.set(name, object);
    },
    async changed(until) {
      if (running.length === 0) for (const lane of [rollouts, workloads, ...(pods === null ? [] : [pods])]) start(lane);
      const timer = new AbortController();
      try {
        const time = until === null ? Infinity : Math.max(0, until.getTime() - clock.now().getTime());
        const outcome = await new Promise<'changed' | 'time'>((resolve, reject) => {
          wake = () => (failure === null ? resolve('changed') : reject(failure.cause));
          if (dirty || failure !== null) wake();
          const either = AbortSignal.any([every, timer.signal]);
          clock.sleep(Math.min(time, 2 ** 31 - 1), either).then(
            () => resolve('time'),
            (reason: unknown) => {
              if (!timer.signal.aborted) reject(reason);
            },
          );
        });
        return outcome;
      } finally {
        wake = null;
        dirty = false;
        timer.abort();
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.allSettled(running);
    },
  };

  function first(lane: Lane): KubeObject | null {
    const [object] = lane.objects.values();
    return object ?? null;
  }
}

function nameOf(object: KubeObject): string {
  return stringAt(object, 'metadata', 'name') ?? '';
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
