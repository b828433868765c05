import { othersInGates } from '../flow/evidence.ts';
import { type Following, follow } from '../flow/observe/follow.ts';
import { type ListCaches, listCaches } from '../flow/observe/list-cache.ts';
import { type Lister, lister } from '../flow/observe/lists.ts';
import type { PolicySource } from '../flow/policy.ts';
import { withPatience } from '../flow/tick.ts';
import { type Work, workOn } from '../flow/work.ts';
import { readTrouble, writer } from '../flow/write.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError, refusal } from '../release/error.ts';
import type { Cluster } from '../release/ports.ts';
import type { DeliveryReport } from '../release/report.ts';
import type { Input } from './options.ts';
import { cancelled, failed, type Run } from './run.ts';

/** Deliveries processed concurrently. Each may check out a tree and start child processes. */
const AT_ONCE = 8;
/** Deliveries begun at a time: one that waits for the cluster takes no slot. Each has three watches open. */
const BEGUN = 32;

/**
 * `shared`: more deliveries than are worked on at once are looked at by lists that they share; for fewer that would save
 * no time, and lists by name need fewer rights. `alone`: a command that begins with a write looks right before it.
 */
export type FirstRead = 'shared' | 'alone';

/** Runs one delivery after the other's failure too: each is reported on its own. */
export async function eachDelivery(
  run: Run,
  source: PolicySource,
  deliveries: readonly Delivery[],
  firstRead: FirstRead,
  work: (work: Work) => Promise<DeliveryReport>,
): Promise<readonly DeliveryReport[]> {
  const { context } = run;
  const share = firstRead === 'shared' && deliveries.length > AT_ONCE;
  const how = share ? lister(context, await sharing(run, source, deliveries)) : lister(context);
  const slots = slotsOf(AT_ONCE);
  return spread(deliveries, BEGUN, (delivery) =>
    slots.at(() => runDelivery(run, source, delivery, { how, slots }, work)),
  );
}

/** Who shares lists with whom: the deliveries of one connection, and the Rollouts that their gates ask about. */
async function sharing(
  { context, input }: Run,
  { current: policy }: PolicySource,
  deliveries: readonly Delivery[],
): Promise<ReadonlyMap<Cluster, ListCaches>> {
  const asked = new Set(deliveries.flatMap(othersInGates));
  const shares = new Map<Cluster, { deliveries: Delivery[]; rollouts: Delivery[] }>();
  const put = async (delivery: Delivery, cluster: Delivery['cluster'], where: 'deliveries' | 'rollouts') => {
    // A connection failure is reported when that delivery is read.
    const connected = await context.connect(cluster).catch(() => null);
    if (connected === null) return;
    const share = shares.get(connected) ?? { deliveries: [], rollouts: [] };
    share[where].push(delivery);
    shares.set(connected, share);
  };
  for (const delivery of deliveries) {
    // A context that is refused is reported when that delivery is read.
    if (isNarrowed(delivery, input)) await put(delivery, clusterFor(delivery, input), 'deliveries');
  }
  for (const delivery of policy.deliveries) {
    if (asked.has(delivery.name)) await put(delivery, delivery.cluster, 'rollouts');
  }
  return new Map([...shares].map(([cluster, share]) => [cluster, listCaches(share, { ...context, cluster })]));
}

/**
 * Where a delivery is. An option narrows what the policy says, and never widens it: where the policy names a
 * context, no other is taken. Throws CONTEXT_REFUSED.
 */
function clusterFor(delivery: Delivery, input: Input): Delivery['cluster'] {
  const { context } = delivery.cluster;
  if (!isNarrowed(delivery, input)) {
    throw refusal(
      'CONTEXT_REFUSED',
      `${delivery.name} is in the cluster of context ${context}, by the policy: --context ${input.context} is another`,
      `leave --context out; ${delivery.name} can be moved in stepgate.yaml only`,
    );
  }
  return { ...delivery.cluster, context: input.context ?? context };
}

function isNarrowed({ cluster }: Delivery, { context }: Input): boolean {
  return context === null || cluster.context === null || cluster.context === context;
}

/** The answers in the order of the items. */
export function aFewAtOnce<T, R>(items: readonly T[], body: (item: T) => Promise<R>): Promise<readonly R[]> {
  return spread(items, AT_ONCE, body);
}

async function spread<T, R>(items: readonly T[], atOnce: number, body: (item: T) => Promise<R>): Promise<readonly R[]> {
  const answers: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, item] = next;
      answers[index] = await body(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return answers;
}

/** A fixed number of slots: a delivery gives its slot back while it waits, and takes one again before it goes on. */
interface Slots {
  at<T>(body: () => Promise<T>): Promise<T>;
  away<T>(body: () => Promise<T>): Promise<T>;
}

function slotsOf(count: number): Slots {
  const queue: (() => void)[] = [];
  let free = count;
  const enter = async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
  };
  const leave = () => {
    const next = queue.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    async at(body) {
      await enter();
      try {
        return await body();
      } finally {
        leave();
      }
    },
    async away(body) {
      leave();
      try {
        return await body();
      } finally {
        await enter();
      }
    },
  };
}

function waitingWithoutSlot(following: Following, slots: Slots): Following {
  return {
    current: following.current,
    get sharedAt() {
      return following.sharedAt;
    },
    changed: (until) => slots.away(() => following.changed(until)),
    get shared() {
      return following.shared;
    },
    get watched() {
      return following.watched;
    },
    refresh: following.refresh,
    refreshPods: following.refreshPods,
    wrote: following.wrote,
    [Symbol.asyncDispose]: () => following[Symbol.asyncDispose](),
  };
}

async function runDelivery(
  run: Run,
  source: PolicySource,
  delivery: Delivery,
  { how, slots }: { readonly how: Lister; readonly slots: Slots },
  body: (work: Work) => Promise<DeliveryReport>,
): Promise<DeliveryReport> {
  const { context, input } = run;
  let work: Work | null = null;
  try {
    const cluster = await context.connect(clusterFor(delivery, input));
    await using followed = follow(cluster, delivery, await how.at(cluster, delivery), context);
    const following = waitingWithoutSlot(followed, slots);
    const made = workOn(
      {
        context,
        source,
        cluster,
        following,
        lister: how,
        writer: writer(context, cluster, input.takeOver),
        method: input.method,
      },
      delivery.name,
    );
    work = made;
    return await withPatience(made, () => body(made));
  } catch (error) {
    const known = context.signal.aborted ? cancelled() : asError(readTrouble(error, delivery.name));
    if (known.family === 'bug')
      context.log(known.cause instanceof Error ? (known.cause.stack ?? known.message) : known.message);
    return failed(delivery, known, work !== null && work.writer.count > 0);
  }
}
