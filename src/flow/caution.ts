import type { Caution, RecentRollback } from '../release/breaker.ts';
import { SETTLES } from '../release/breaker.ts';
import type { Decision } from '../release/decision.ts';
import { StepgateError } from '../release/error.ts';
import { stringAt } from '../release/json.ts';
import type { Bars } from '../release/no-rollback-past.ts';
import { THE_POLICY } from '../release/policy-note.ts';
import { watchOver } from '../release/policy-watch.ts';
import { type Cluster, ClusterError, type Kind, type KubeObject } from '../release/ports.ts';
import type { ReleaseRecord } from '../release/record.ts';
import { RECORD_ANNOTATION } from '../release/record-fields.ts';
import { recordKinds } from '../release/record-kinds.ts';
import { parseRecord } from '../release/record-text.ts';
import { barsOf } from './bars.ts';
import { tellOnce } from './execute.ts';
import { answerPolicy } from './policy-rollback.ts';
import { type Observed, serverTime, type Work } from './work.ts';
import { readTrouble } from './write.ts';

/** Age at which records that were listed for another delivery of this run still tell that there are too many. Milliseconds. */
const USABLE_FOR = 10_000;

/** Reads what a rollback by the policy depends on: those of others in the cluster, and the commits that it would undo. */
export async function gatherCaution(
  work: Work,
  observed: Observed,
  decision: Extract<Decision, { do: 'rollBack' }>,
): Promise<Caution> {
  const { delivery, context } = work;
  const { claimed } = watchOver(observed.record, observed.record.release?.id ?? '');
  const settled = claimed === null ? null : Date.parse(claimed) + SETTLES * 1000;
  const now = serverTime(work).getTime();
  // A list that began before the claim has settled may lack an earlier claim.
  const [listed, bars] = await Promise.all([
    recordsSince(work, settled === null ? now - USABLE_FOR : Math.min(settled, now)),
    barsFor(work, observed, decision),
  ]);
  if (listed.narrow !== null)
    tellOnce(work, `${delivery.name}: rollbacks by the policy are counted in the namespace alone: ${listed.narrow}`);
  if (bars.is === 'unknown')
    tellOnce(work, `${delivery.name}: whether a commit bars this rollback can't be known: ${bars.why}`);
  context.signal.throwIfAborted();
  const own = work.target.refs(delivery).rollout;
  const recent = listed.rollouts.flatMap(({ kind, rollout }) => {
    const isOwn =
      kind === own.kind.kind &&
      stringAt(rollout, 'metadata', 'name') === own.name &&
      stringAt(rollout, 'metadata', 'namespace') === own.namespace;
    const found = recentIn(work, rollout);
    return isOwn ? found.filter(({ is }) => is === 'begun') : found;
  });
  return { at: new Date(listed.begun), recent, narrow: listed.narrow, bars };
}

async function barsFor(work: Work, observed: Observed, decision: Extract<Decision, { do: 'rollBack' }>): Promise<Bars> {
  const { is, rollback } = answerPolicy(work, observed, decision);
  if (is === 'same') return { is: 'known', bars: [] };
  return barsOf(work, { past: rollback.to.commit, release: rollback.from.commit });
}

/** The rollbacks by the policy in a record, and its claim of one. A record that can't be read has none. */
function recentIn({ context }: Work, rollout: KubeObject): readonly RecentRollback[] {
  const record = recordIn(rollout);
  if (record === null) return [];
  const { targets } = context;
  const named = targets.all.find((target) => target.isOf(rollout))?.deliveryOf(rollout)?.name;
  const delivery = named ?? stringAt(rollout, 'metadata', 'name') ?? '';
  const namespace = stringAt(rollout, 'metadata', 'namespace') ?? '';
  const begun = record.runs
    .filter(({ by, command }) => by === THE_POLICY && command === 'policy')
    .map(({ about, at }) => ({ delivery, namespace, release: about, is: 'begun' as const, at: new Date(at) }));
  const release = record.release?.id ?? '';
  const { claimed } = watchOver(record, release);
  if (claimed === null) return begun;
  return [...begun, { delivery, namespace, release, is: 'claimed', at: new Date(claimed) }];
}

function recordIn(rollout: KubeObject): ReleaseRecord | null {
  try {
    return parseRecord(stringAt(rollout, 'metadata', 'annotations', RECORD_ANNOTATION));
  } catch (error) {
    if (error instanceof StepgateError && error.family !== 'bug') return null;
    throw error;
  }
}

/** Every object with a record, as far as this run may list them. */
interface Records {
  /** The cluster's time at which the list was asked for. Milliseconds. */
  readonly begun: number;
  readonly rollouts: readonly { readonly kind: string; readonly rollout: KubeObject }[];
  readonly narrow: string | null;
}

/** The last list of each connection and namespace, for the deliveries of one run that look at the same time. */
const lists = new WeakMap<Cluster, Map<string, { readonly begun: number; readonly records: Promise<Records> }>>();

async function recordsSince(work: Work, since: number): Promise<Records> {
  const { cluster, delivery } = work;
  const known = lists.get(cluster) ?? new Map();
  lists.set(cluster, known);
  const found = known.get(delivery.namespace);
  if (found !== undefined && found.begun >= since) return found.records;
  const begun = serverTime(work).getTime();
  const records = listRecords(work, begun);
  known.set(delivery.namespace, { begun, records });
  records.catch(() => known.delete(delivery.namespace));
  return records;
}

async function listRecords(work: Work, begun: number): Promise<Records> {
  const { context, delivery, target } = work;
  let narrow: string | null = null;
  const rollouts: { kind: string; rollout: KubeObject }[] = [];
  for (const kind of recordKinds(context.targets)) {
    const isOwn = kind === target.kinds.record;
    const found = await listOf(work, kind, null).catch(async (error: unknown) => {
      // A cluster need not have the kinds of every target, and a role need not name them.
      if (!isOwn && isRefused(error, [403, 404])) return [];
      if (!isRefused(error, [403])) throw readTrouble(error, delivery.name);
      narrow = error.message;
      return listOf(work, kind, delivery.namespace).catch((again: unknown) => {
        if (!isRefused(again, [403])) throw readTrouble(again, delivery.name);
        return [];
      });
    });
    rollouts.push(...found.map((rollout) => ({ kind: kind.kind, rollout })));
  }
  return { begun, rollouts, narrow };
}

async function listOf({ cluster, context }: Work, kind: Kind, namespace: string | null) {
  return (await cluster.list({ kind, namespace }, context.signal)).items;
}

function isRefused(error: unknown, codes: readonly number[]): error is ClusterError {
  return error instanceof ClusterError && codes.includes(error.status);
}
