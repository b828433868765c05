import type { Context } from '../flow/context.ts';
import { othersInGates } from '../flow/evidence.ts';
import { follow } from '../flow/follow.ts';
import { type ConfigParser, loadPolicy, type Policy } from '../flow/load.ts';
import { type Looks, looks } from '../flow/look.ts';
import { type Shelves, shelvesOf } from '../flow/shelf.ts';
import { type Goal, withPatience } from '../flow/tick.ts';
import type { Work } from '../flow/work.ts';
import { readTrouble, writer } from '../flow/write.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError, inputError, type StepgateError } from '../release/error.ts';
import type { Cluster } from '../release/ports.ts';
import type { DeliveryReport, ErrorReport, Report } from '../release/report.ts';
import type { Input } from './options.ts';

/** What a command is run with. */
export interface Run {
  readonly context: Context;
  readonly parser: ConfigParser;
  readonly input: Input;
  /** Prints an interim report (`--watch`). */
  show(report: Report): void;
}

/** So many deliveries are worked on at once. */
const AT_ONCE = 8;

/**
 * `shared`: more deliveries than are worked on at once are looked at by lists that they share; for fewer that would save
 * no time, and lists by name need fewer rights. `alone`: a command that begins with a write looks right before it.
 */
export type FirstLook = 'shared' | 'alone';

export function policyOf({ context, parser, input }: Run): Promise<Policy> {
  return loadPolicy(context, parser, { config: input.config, policyRef: input.policyRef });
}

/** The deliveries a command works on: those named, or all; a command that writes to one must be told which. */
export function chosen(policy: Policy, { deliveries: names }: Input, needsOne: boolean): readonly Delivery[] {
  const known = policy.deliveries.map((delivery) => delivery.name);
  const missing = names.find((name) => !known.includes(name));
  if (missing !== undefined) {
    throw inputError('DELIVERY_UNKNOWN', `there is no delivery '${missing}' in ${policy.ref}`, {
      hint: `known: ${known.join(', ')}`,
    });
  }
  if (names.length > 0) return policy.deliveries.filter((delivery) => names.includes(delivery.name));
  if (needsOne && policy.deliveries.length > 1) {
    throw inputError('DELIVERY_REQUIRED', `${policy.deliveries.length} deliveries are configured`, {
      hint: `name one or more: --delivery ${known.slice(0, 3).join(' --delivery ')}`,
    });
  }
  return policy.deliveries;
}

/** Runs one delivery after the other's failure too: each is reported on its own. */
export async function eachDelivery(
  run: Run,
  policy: Policy,
  deliveries: readonly Delivery[],
  firstLook: FirstLook,
  work: (work: Work) => Promise<DeliveryReport>,
): Promise<readonly DeliveryReport[]> {
  const { context } = run;
  const share = firstLook === 'shared' && deliveries.length > AT_ONCE;
  const how = share ? looks(context, await sharing(run, policy, deliveries)) : looks(context);
  return aFewAtOnce(deliveries, (delivery) => one(run, policy, delivery, how, work));
}

/** Who shares lists with whom: the deliveries of one connection, and the Rollouts that their gates ask about. */
async function sharing(
  { context, input }: Run,
  policy: Policy,
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
  for (const one of deliveries) await put(one, clusterFor(one, input), 'deliveries');
  for (const one of policy.deliveries) if (asked.has(one.name)) await put(one, one.cluster, 'rollouts');
  return new Map([...shares].map(([cluster, share]) => [cluster, shelvesOf(share, { ...context, cluster })]));
}

function clusterFor(delivery: Delivery, { context }: Input): Delivery['cluster'] {
  return { ...delivery.cluster, context: context ?? delivery.cluster.context };
}

/** The answers in the order of the items: hundreds of trees and programs at once would choke the machine. */
export async function aFewAtOnce<T, R>(items: readonly T[], body: (item: T) => Promise<R>): Promise<readonly R[]> {
  const answers: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, item] = next;
      answers[index] = await body(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return answers;
}

async function one(
  run: Run,
  policy: Policy,
  delivery: Delivery,
  how: Looks,
  body: (work: Work) => Promise<DeliveryReport>,
): Promise<DeliveryReport> {
  const { context, input } = run;
  let work: Work | null = null;
  try {
    const cluster = await context.connect(clusterFor(delivery, input));
    await using following = follow(cluster, delivery, await how.at(cluster, delivery), context);
    work = {
      context,
      policy,
      delivery,
      cluster,
      following,
      looks: how,
      writer: writer(context, cluster, input.takeOver),
      method: input.method,
      jumpTo: null,
    };
    const made = work;
    return await withPatience(made, () => body(made));
  } catch (error) {
    const known = context.signal.aborted ? cancelled() : asError(readTrouble(error, delivery.name));
    if (known.family === 'bug')
      context.log(known.cause instanceof Error ? (known.cause.stack ?? known.message) : known.message);
    return failed(delivery, known, work !== null && work.writer.count > 0);
  }
}

export function cancelled(): StepgateError {
  return asError(inputError('CANCELLED', 'cancelled; the rollout stays as it is'));
}

/** A delivery about which nothing but the error is known. */
export function failed(delivery: Delivery, error: StepgateError, changed: boolean): DeliveryReport {
  const none = { ready: 0, total: 0 };
  return {
    name: delivery.name,
    state: error.code === 'HELD' ? 'held' : 'failed',
    reason: error.code,
    message: error.message,
    release: null,
    stable: null,
    step: null,
    steps: [],
    next: null,
    todo: null,
    hold: null,
    pods: { stable: none, canary: none },
    trouble: [],
    gates: [],
    findings: [],
    changes: [],
    forecast: [],
    changed,
    error: errorReport(error),
  };
}

export function errorReport({ family, code, message, hint, at }: StepgateError): ErrorReport {
  return { family, code, message, hint, at };
}

export function reportOf(command: string, deliveries: readonly DeliveryReport[]): Report {
  return { version: 1, command, changed: deliveries.some((delivery) => delivery.changed), error: null, deliveries };
}

export function deadline({ context, input }: Run): Date {
  return new Date(context.clock.now().getTime() + input.timeoutSeconds * 1000);
}

export function goal(run: Run, until: Goal['until'], more: Partial<Goal> = {}): Goal {
  return { until, advance: until === 'act' || until === 'done', retryGit: false, deadline: deadline(run), ...more };
}
