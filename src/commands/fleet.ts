import { type Following, follow, type Waiting } from '../flow/observe/follow.ts';
import { lister } from '../flow/observe/lists.ts';
import type { PolicySource } from '../flow/policy.ts';
import { withPatience } from '../flow/tick.ts';
import { type Work, workOn } from '../flow/work.ts';
import { readTrouble, writer } from '../flow/write.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError } from '../release/error.ts';
import type { DeliveryReport } from '../release/report.ts';
import { cancelled, failed, type Run } from './run.ts';
import { clusterFor, type Renewed, sharedLister } from './sharing.ts';

/** Deliveries processed concurrently. Each may check out a tree and start child processes. */
const AT_ONCE = 8;
/** Deliveries that may have watches, three each. Those beyond are read again by lists: connections are bounded. */
const WATCHED = 32;

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
  const how = share ? sharedLister(run, source, deliveries) : { lister: lister(context), renew: () => {} };
  const slots = slotsOf(AT_ONCE);
  const watches = { left: WATCHED };
  // A delivery that waits has no slot: all are begun, however long the first ones wait.
  return Promise.all(
    deliveries.map((delivery) => slots.at(() => runDelivery(run, source, delivery, { how, slots, watches }, work))),
  );
}

/** The answers in the order of the items. */
export function aFewAtOnce<T, R>(items: readonly T[], body: (item: T) => Promise<R>): Promise<readonly R[]> {
  const slots = slotsOf(AT_ONCE);
  return Promise.all(items.map((item) => slots.at(() => body(item))));
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
  { how, slots, watches }: { readonly how: Renewed; readonly slots: Slots; readonly watches: { left: number } },
  body: (work: Work) => Promise<DeliveryReport>,
): Promise<DeliveryReport> {
  const { context, input } = run;
  let work: Work | null = null;
  let watching = false;
  try {
    const cluster = await context.connect(clusterFor(delivery, input));
    const waiting: Waiting = {
      mayWatch() {
        if (watching || watches.left === 0) return watching;
        watches.left -= 1;
        watching = true;
        return true;
      },
      again() {
        how.renew();
        return how.lister.at(cluster, delivery);
      },
    };
    const lists = await how.lister.at(cluster, delivery);
    await using followed = follow(cluster, delivery, { lists, waiting }, context);
    const following = waitingWithoutSlot(followed, slots);
    const made = workOn(
      {
        context,
        source,
        cluster,
        following,
        lister: how.lister,
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
  } finally {
    if (watching) watches.left += 1;
  }
}
