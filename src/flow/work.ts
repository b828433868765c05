import type { Actor } from '../release/actor.ts';
import type { Observed } from '../release/changes/facts.ts';
import type { Delivery } from '../release/delivery.ts';
import { refusal } from '../release/error.ts';
import { stringAt } from '../release/json.ts';
import type { Observation } from '../release/observation.ts';
import type { Cluster, KubeObject } from '../release/ports.ts';
import type { ReleaseRecord } from '../release/record.ts';
import { noted } from '../release/record-after.ts';
import { RECORD_ANNOTATION } from '../release/record-fields.ts';
import { droppedApprovals, parseRecord } from '../release/record-text.ts';
import type { Target } from '../release/target.ts';
import { type Answers, noAnswers } from './answers.ts';
import type { Context } from './context.ts';
import type { Policy } from './load.ts';
import { aroundOf } from './observe/around.ts';
import type { Following } from './observe/follow.ts';
import type { Lister } from './observe/lists.ts';
import { deliveryNamed, type PolicySource, planInForce } from './policy.ts';
import { Moved, type Writer } from './write.ts';

export type { Observed };

/** How an approval reaches the engine. */
export type Method = 'status' | 'plan';

/** One delivery in one run. */
export interface Work {
  readonly context: Context;
  readonly source: PolicySource;
  /** The policy as it was read last. */
  readonly policy: Policy;
  /** The delivery with the plan in force. */
  readonly delivery: Delivery;
  /** The delivery with today's plan, which the next release uses. */
  readonly today: Delivery;
  /** The dialect of its objects. */
  readonly target: Target;
  readonly cluster: Cluster;
  readonly following: Following;
  /** How this run reads a delivery for the first time. */
  readonly lister: Lister;
  readonly writer: Writer;
  /** Answers about other deliveries and routes. */
  readonly answers: Answers;
  readonly method: Method;
  /** The step to jump to at the next approval; null for the next step. */
  readonly jumpTo: number | null;
  /** Sets the plan of `delivery` to the one in force. */
  goBy(observed: Observed): Promise<void>;
  /** Reads the policy again, and returns whether it has changed. Throws GIT_FAILED when the remote does not answer. */
  renew(): Promise<boolean>;
}

/** The work on a delivery. Its plan and policy may change during the run. */
export function workOn(
  parts: Pick<Work, 'context' | 'source' | 'cluster' | 'following' | 'lister' | 'writer' | 'method'>,
  name: string,
): Work {
  const { source, context } = parts;
  let policy = source.current;
  let today = deliveryNamed(policy, name);
  const target = context.targets.of(today);
  let delivery = today;
  return {
    ...parts,
    target,
    answers: noAnswers(),
    jumpTo: null,
    get policy() {
      return policy;
    },
    get delivery() {
      return delivery;
    },
    get today() {
      return today;
    },
    async goBy({ record, observation, rollout }) {
      delivery = await planInForce(source, today, record, {
        live: observation.workload?.id ?? null,
        rollout,
        differences: (one, live) => target.planDifferences(target.rolloutOf(one), live),
      });
    },
    async renew() {
      const before = policy;
      policy = await source.renew();
      if (policy === before) return false;
      const { target: word } = today;
      today = deliveryNamed(policy, name);
      if (today.target !== word) {
        const says = `${name}: its target in stepgate.yaml changed while this command ran`;
        throw refusal('DELIVERY_UNKNOWN', says, 'run the command again');
      }
      delivery = today;
      return true;
    },
  };
}

/** The same work, with a jump to a step at its next approval. */
export function jumping(work: Work, jumpTo: number): Work {
  return {
    ...work,
    jumpTo,
    get policy() {
      return work.policy;
    },
    get delivery() {
      return work.delivery;
    },
    get today() {
      return work.today;
    },
  };
}

/**
 * The delivery as it is in the cluster. Throws FOREIGN_OBJECT when its Rollout belongs to another delivery, because
 * nothing may be decided on that record or written to it. A Rollout without the name of a delivery was made by hand, and
 * a deploy adopts it.
 */
export function observe(work: Work): Observed {
  const { target, delivery, following } = work;
  const current = following.current();
  // Times of the cluster are compared with the cluster's clock, never with the runner's.
  const snapshot = { ...current, takenAt: onServer(work, current.takenAt), ...aroundOf(following) };
  const observation = target.observe(delivery, snapshot);
  refuseForeign(delivery, observation);
  const record = recordIn(work, observation.rollout?.record ?? null);
  const { rollout, workload, carrier = null } = snapshot;
  const written = target.carrier === null ? workload : carrier;
  return { rollout, workload, written, observation, record };
}

/** Throws FOREIGN_OBJECT when the observed Rollout belongs to another delivery. */
export function refuseForeign({ name, namespace, workload }: Delivery, { rollout }: Observation): void {
  const owner = rollout?.delivery ?? name;
  if (owner === name) return;
  throw refusal(
    'FOREIGN_OBJECT',
    `${name}: the Rollout ${workload.name} in ${namespace} belongs to the delivery ${owner}`,
    `give each delivery its own workload; if ${owner} was renamed to ${name}: stepgate adopt --delivery ${name} --owner ${owner}; until then rollback, hold and resume take --delivery ${owner}`,
  );
}

/** The time of the cluster's clock; the runner's when the cluster's is unknown. */
export function serverTime({ cluster, context }: Pick<Work, 'cluster' | 'context'>): Date {
  return cluster.now() ?? context.clock.now();
}

/** The time of the cluster's clock at a time of the runner's clock. */
function onServer(work: Work, moment: Date): Date {
  const ahead = serverTime(work).getTime() - work.context.clock.now().getTime();
  return new Date(moment.getTime() + ahead);
}

/** The time of the runner's clock at a time of the cluster's clock. */
export function onRunner(work: Pick<Work, 'cluster' | 'context'>, moment: Date): Date {
  const ahead = serverTime(work).getTime() - work.context.clock.now().getTime();
  return new Date(moment.getTime() - ahead);
}

/** The record that was parsed last. Most events of a release do not change it. */
const lastRecords = new WeakMap<Following, { readonly text: string | null; readonly record: ReleaseRecord }>();

function recordIn({ following, context, delivery }: Work, text: string | null): ReleaseRecord {
  const last = lastRecords.get(following);
  if (last?.text === text) return last.record;
  const record = parseRecord(text);
  const dropped = text === null ? 0 : droppedApprovals(text);
  if (dropped > 0) {
    context.log(
      `${delivery.name}: ${dropped} approval(s) of an older version of stepgate do not count, because they name no plan: approve again`,
    );
  }
  lastRecords.set(following, { text, record });
  return record;
}

/** Throws Moved when the record is not the one that was judged. */
export function checkRecord({ observation }: Observed, rollout: KubeObject | null): void {
  const found = stringAt(rollout, 'metadata', 'annotations', RECORD_ANNOTATION);
  if (found !== (observation.rollout?.record ?? null)) throw new Moved('another release was requested');
}

/** Who acts, when (by the cluster's clock), and in which run. */
export function actBy(work: Work, actor: Actor = work.context.actor) {
  return { by: actor.name, at: serverTime(work).toISOString(), run: work.context.run };
}

/** The record with an entry for this run's act. */
export function withRun(
  work: Work,
  record: ReleaseRecord,
  { command, about, actor }: { readonly command: string; readonly about: string; readonly actor?: Actor },
): ReleaseRecord {
  return noted(record, { ...actBy(work, actor), command, about });
}
