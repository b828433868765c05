import type { Actor } from '../release/actor.ts';
import type { Observed } from '../release/changes/facts.ts';
import type { Delivery } from '../release/delivery.ts';
import { refusal } from '../release/error.ts';
import { stringAt } from '../release/json.ts';
import type { Cluster, KubeObject } from '../release/ports.ts';
import { noted, type ReleaseRecord } from '../release/record.ts';
import { droppedApprovals, parseRecord, RECORD_ANNOTATION } from '../release/record-text.ts';
import type { Observation, Target } from '../release/target.ts';
import { type Answers, noAnswers } from './answers.ts';
import type { Context } from './context.ts';
import type { Policy } from './load.ts';
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
  /** Today's policy, as it was read last. */
  readonly policy: Policy;
  /** With the plan that its release goes by. */
  readonly delivery: Delivery;
  /** With today's plan, by which the next release starts. */
  readonly today: Delivery;
  /** The dialect of its objects. */
  readonly target: Target;
  readonly cluster: Cluster;
  readonly following: Following;
  /** How this run looks at deliveries for the first time. */
  readonly lister: Lister;
  readonly writer: Writer;
  /** What was asked about others, and when. */
  readonly answers: Answers;
  readonly method: Method;
  /** Where to jump at the next approval instead of the next step; null for none. */
  readonly jumpTo: number | null;
  /** Goes by the plan that the record names. */
  goBy(observed: Observed): Promise<void>;
  /** Reads the policy again; whether it says something else now. Throws GIT_FAILED where the remote does not answer. */
  renew(): Promise<boolean>;
}

/** The work on a delivery, whose plan and policy may change under way. */
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
      today = deliveryNamed(policy, name);
      delivery = today;
      return true;
    },
  };
}

/** The same work, which jumps to a step at its next approval. */
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
 * What the cluster says of this delivery. Throws FOREIGN_OBJECT where its Rollout is another delivery's: nothing is decided
 * on, or written into, that one's record. A Rollout that names no delivery was made by hand, and is taken on by a deploy.
 */
export function observe(work: Work): Observed {
  const { target, delivery, following } = work;
  const current = following.current();
  // Times of the cluster are compared with the cluster's clock, never with the runner's.
  const snapshot = { ...current, takenAt: onServer(work, current.takenAt) };
  const observation = target.observe(delivery, snapshot);
  refuseForeign(delivery, observation);
  const record = recordIn(work, observation.rollout?.record ?? null);
  return { rollout: snapshot.rollout, workload: snapshot.workload, observation, record };
}

/** Throws FOREIGN_OBJECT where an observation is of a Rollout that another delivery has made. */
export function refuseForeign({ name, namespace, workload }: Delivery, { rollout }: Observation): void {
  const owner = rollout?.delivery ?? name;
  if (owner === name) return;
  throw refusal(
    'FOREIGN_OBJECT',
    `${name}: the Rollout ${workload.name} in ${namespace} belongs to the delivery ${owner}`,
    `give each delivery its own workload; where ${name} is a new name of ${owner}: stepgate rollback, hold and resume take --delivery ${owner}`,
  );
}

/** The cluster's time; the runner's where the cluster has not told its own. */
export function serverTime({ cluster, context }: Pick<Work, 'cluster' | 'context'>): Date {
  return cluster.now() ?? context.clock.now();
}

/** A moment of the runner's clock as the cluster's clock shows it. */
function onServer(work: Work, moment: Date): Date {
  const ahead = serverTime(work).getTime() - work.context.clock.now().getTime();
  return new Date(moment.getTime() + ahead);
}

/** A moment of the cluster's clock as the runner's clock shows it: what is slept until. */
export function onRunner(work: Pick<Work, 'cluster' | 'context'>, moment: Date): Date {
  const ahead = serverTime(work).getTime() - work.context.clock.now().getTime();
  return new Date(moment.getTime() - ahead);
}

/** The record of the last look: most events of a release leave it alone. */
const lastRecords = new WeakMap<Following, { readonly text: string | null; readonly record: ReleaseRecord }>();

function recordIn({ following, context, delivery }: Work, text: string | null): ReleaseRecord {
  const last = lastRecords.get(following);
  if (last?.text === text) return last.record;
  const record = parseRecord(text);
  const dropped = text === null ? 0 : droppedApprovals(text);
  if (dropped > 0) {
    context.log(
      `${delivery.name}: ${dropped} approval(s) of an older version of stepgate do not count, for they name no plan: approve again`,
    );
  }
  lastRecords.set(following, { text, record });
  return record;
}

/** Throws Moved where the record is not the one that something was judged on. */
export function checkRecord({ observation }: Observed, rollout: KubeObject | null): void {
  const found = stringAt(rollout, 'metadata', 'annotations', RECORD_ANNOTATION);
  if (found !== (observation.rollout?.record ?? null)) throw new Moved('another release was asked for');
}

/** Who acts, when by the cluster's clock, and in which run. */
export function actBy(work: Work, actor: Actor = work.context.actor) {
  return { by: actor.name, at: serverTime(work).toISOString(), run: work.context.run };
}

/** The record with this run's act noted. */
export function withRun(
  work: Work,
  record: ReleaseRecord,
  { command, about, actor }: { readonly command: string; readonly about: string; readonly actor?: Actor },
): ReleaseRecord {
  return noted(record, { ...actBy(work, actor), command, about });
}
