import type { Turns } from '../flow/context.ts';
import { withPullRequests } from '../flow/forge-pulls.ts';
import { type Following, follow, type Watches } from '../flow/observe/follow.ts';
import { type Lister, lister } from '../flow/observe/lists.ts';
import { withPatience } from '../flow/patience.ts';
import type { PolicySource } from '../flow/policy.ts';
import { type Work, workOn } from '../flow/work.ts';
import { readTrouble, writer } from '../flow/write.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError } from '../release/error.ts';
import type { DeliveryReport } from '../release/report.ts';
import { cancelled, failed, type RunWith } from './run.ts';
import { clusterFor, sharing } from './sharing.ts';
import { quietOf, type Slots, slotsOf, turnsOf } from './slots.ts';

/** Deliveries processed concurrently. Each may check out a tree and start child processes. */
const AT_ONCE = 8;
/** Open watches of single deliveries, three a delivery. An API server hardly notices so many connections. */
const WATCHES = 96;

/** How a command works on its deliveries. */
export interface Access {
  /**
   * How deliveries are read first. `shared`: more than AT_ONCE deliveries share their lists; for fewer, lists by name are as
   * fast and need fewer rights. `alone`: each has lists of its own, for a command that begins with a write and has to read
   * right before it. In both cases more than AT_ONCE deliveries share their watches: one for each kind and connection.
   */
  readonly read: 'shared' | 'alone';
  /** Field managers whose fields may be taken over; none by default. */
  readonly takeOver?: readonly string[];
  /** Whether people at the forge are told what became of it, for which a workflow's run finds out its pull requests. */
  readonly tells?: boolean;
  /** How an approval is written to the engine; by status by default. */
  readonly method?: Work['method'];
}

/** Works on each delivery, even when another one fails: each is reported on its own. */
export async function eachDelivery(
  run: RunWith<'context'>,
  source: PolicySource,
  deliveries: readonly Delivery[],
  access: Access,
  work: (work: Work) => Promise<DeliveryReport>,
): Promise<readonly DeliveryReport[]> {
  const { context } = run;
  const many = deliveries.length > AT_ONCE;
  const how = many ? lister(context, await sharing(run, source, deliveries), access.read) : lister(context);
  const slots = slotsOf(AT_ONCE);
  const quiet = quietOf(slots, context);
  const watches = watchesOf(WATCHES);
  // Every delivery begins. While one waits for the cluster, it has no slot, so it keeps no other from working.
  return Promise.all(
    deliveries.map((delivery) =>
      slots.at(() => {
        const turns = deliveries.length > 1 ? { turns: turnsOf(slots, quiet) } : {};
        return runDelivery(run, source, delivery, { ...access, how, slots, watches, ...turns }, work);
      }),
    ),
  );
}

/** The answers in the order of the items. */
export function aFewAtOnce<T, R>(items: readonly T[], body: (item: T) => Promise<R>): Promise<readonly R[]> {
  const slots = slotsOf(AT_ONCE);
  return Promise.all(items.map((item) => slots.at(() => body(item))));
}

function watchesOf(count: number): Watches {
  let free = count;
  return {
    take() {
      if (free === 0) return false;
      free -= 1;
      return true;
    },
    give() {
      free += 1;
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
    refresh: following.refresh,
    refreshPods: following.refreshPods,
    wrote: following.wrote,
    [Symbol.asyncDispose]: () => following[Symbol.asyncDispose](),
  };
}

/** What the deliveries of one run share. */
interface Shared {
  readonly how: Lister;
  readonly slots: Slots;
  readonly watches: Watches;
  /** Absent for one delivery. */
  readonly turns?: Turns;
}

async function runDelivery(
  run: RunWith<'context'>,
  source: PolicySource,
  delivery: Delivery,
  { how, slots, watches, turns, takeOver = [], tells = false, method = 'status' }: Access & Shared,
  body: (work: Work) => Promise<DeliveryReport>,
): Promise<DeliveryReport> {
  const { input } = run;
  const context = turns === undefined ? run.context : { ...run.context, turns };
  let work: Work | null = null;
  try {
    const cluster = await context.connect(clusterFor(delivery, input));
    const lists = await how.at(cluster, delivery);
    await using followed = follow(delivery, { ...context, cluster, lists, lister: how, watches });
    const following = waitingWithoutSlot(followed, slots);
    const parts = { context, source, cluster, following, lister: how, method };
    const made = workOn({ ...parts, writer: writer(context, cluster, takeOver) }, delivery.name);
    work = made;
    const report = await withPatience(made, () => body(made));
    return tells ? await withPullRequests(made, report) : report;
  } catch (error) {
    const known = context.signal.aborted ? cancelled() : asError(readTrouble(error, delivery.name));
    if (known.family === 'bug')
      context.log(known.cause instanceof Error ? (known.cause.stack ?? known.message) : known.message);
    return failed(delivery, known, work !== null && work.writer.count > 0);
  }
}
