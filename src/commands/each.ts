import { othersInGates } from '../flow/evidence.ts';
import { type Following, follow } from '../flow/follow.ts';
import { type Looks, looks } from '../flow/look.ts';
import type { PolicySource } from '../flow/policy.ts';
import { type Shelves, shelvesOf } from '../flow/shelf.ts';
import { withPatience } from '../flow/tick.ts';
import { type Work, workOn } from '../flow/work.ts';
import { readTrouble, writer } from '../flow/write.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError, refusal } from '../release/error.ts';
import type { Cluster } from '../release/ports.ts';
import type { DeliveryReport } from '../release/report.ts';
import type { Input } from './options.ts';
import { cancelled, failed, type Run } from './run.ts';

/** So many deliveries are worked on at once: hundreds of trees and programs would choke the machine. */
const AT_ONCE = 8;
/** So many may be begun: those that wait for the cluster keep nobody from working. Each has three watches open. */
const BEGUN = 32;

/**
 * `shared`: more deliveries than are worked on at once are looked at by lists that they share; for fewer that would save
 * no time, and lists by name need fewer rights. `alone`: a command that begins with a write looks right before it.
 */
export type FirstLook = 'shared' | 'alone';

/** Runs one delivery after the other's failure too: each is reported on its own. */
export async function eachDelivery(
  run: Run,
  source: PolicySource,
  deliveries: readonly Delivery[],
  firstLook: FirstLook,
  work: (work: Work) => Promise<DeliveryReport>,
): Promise<readonly DeliveryReport[]> {
  const { context } = run;
  const share = firstLook === 'shared' && deliveries.length > AT_ONCE;
  const how = share ? looks(context, await sharing(run, source, deliveries)) : looks(context);
  const desks = places(AT_ONCE);
  return spread(deliveries, BEGUN, (delivery) => desks.at(() => one(run, source, delivery, { how, desks }, work)));
}

/** Who shares lists with whom: the deliveries of one connection, and the Rollouts that their gates ask about. */
async function sharing(
  { context, input }: Run,
  { current: policy }: PolicySource,
  deliveries: readonly Delivery[],
): Promise<ReadonlyMap<Cluster, Shelves>> {
  const asked = new Set(deliveries.flatMap(othersInGates));
  const shares = new Map<Cluster, { deliveries: Delivery[]; rollouts: Delivery[] }>();
  const put = async (delivery: Delivery, cluster: Delivery['cluster'], where: 'deliveries' | 'rollouts') => {
    // Who can't be connected to is told so when it is looked at.
    const connected = await context.connect(cluster).catch(() => null);
    if (connected === null) return;
    const share = shares.get(connected) ?? { deliveries: [], rollouts: [] };
    share[where].push(delivery);
    shares.set(connected, share);
  };
  for (const one of deliveries) {
    // One that may not be connected to is told so when it is looked at.
    if (isNarrowed(one, input)) await put(one, clusterFor(one, input), 'deliveries');
  }
  for (const one of policy.deliveries) if (asked.has(one.name)) await put(one, one.cluster, 'rollouts');
  return new Map([...shares].map(([cluster, share]) => [cluster, shelvesOf(share, { ...context, cluster })]));
}

/**
 * Where a delivery is. An option narrows what the policy says, and never widens it (design 8.8): where the policy names a
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

/** Only so many are in at a time; who waits goes out, and comes in again when a place is free. */
interface Places {
  at<T>(body: () => Promise<T>): Promise<T>;
  away<T>(body: () => Promise<T>): Promise<T>;
}

function places(count: number): Places {
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

function waitingOutside(following: Following, desks: Places): Following {
  return {
    current: following.current,
    get sharedAt() {
      return following.sharedAt;
    },
    changed: (until) => desks.away(() => following.changed(until)),
    get shared() {
      return following.shared;
    },
    refresh: following.refresh,
    refreshPods: following.refreshPods,
    wrote: following.wrote,
    [Symbol.asyncDispose]: () => following[Symbol.asyncDispose](),
  };
}

async function one(
  run: Run,
  source: PolicySource,
  delivery: Delivery,
  { how, desks }: { readonly how: Looks; readonly desks: Places },
  body: (work: Work) => Promise<DeliveryReport>,
): Promise<DeliveryReport> {
  const { context, input } = run;
  let work: Work | null = null;
  try {
    const cluster = await context.connect(clusterFor(delivery, input));
    await using followed = follow(cluster, delivery, await how.at(cluster, delivery), context);
    const following = waitingOutside(followed, desks);
    const made = workOn(
      {
        context,
        source,
        cluster,
        following,
        looks: how,
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
