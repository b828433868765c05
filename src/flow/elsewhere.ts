import { type Delivery, isBeside } from '../release/delivery.ts';
import { StepgateError } from '../release/error.ts';
import type { Finding } from '../release/finding.ts';
import { leftInGit } from '../release/handover.ts';
import { stringAt } from '../release/json.ts';
import { markOf } from '../release/owner.ts';
import { ClusterError, type Kind, type KubeObject } from '../release/ports.ts';
import { type ReleaseRecord, stableOf } from '../release/record.ts';
import { RECORD_ANNOTATION } from '../release/record-fields.ts';
import { parseRecord } from '../release/record-text.ts';
import type { DeliveryReport } from '../release/report.ts';
import type { Target, Targets } from '../release/target.ts';
import type { Work } from './work.ts';
import { readTrouble } from './write.ts';

/** A Rollout that carries the name of a delivery, and has another workload than the policy names. */
export interface Elsewhere {
  /** The delivery, with the workload of this Rollout in place of the policy's. */
  readonly delivery: Delivery;
  /** The name of the Rollout. */
  readonly rollout: string;
  /** The delivery to which the policy gives that workload now; null when it gives it to none. */
  readonly heir: string | null;
  /** What has to end there first; null when it is at rest. */
  readonly open: Open | null;
}

interface Open {
  /** A release that was asked for there and has not been delivered, or one that was rolled back there and that Git still names. */
  readonly is: 'asked for' | 'left in Git';
  readonly release: string;
}

/**
 * Finds the Rollouts of a delivery that guard another workload than the policy names. Rollouts with an open release come first. Listing
 * them costs a request. Without `always` they are listed only when the policy's workload does not exist, or when the Rollout of another
 * delivery guards it. Returns none when this identity may not list Rollouts.
 */
export async function elsewhere(work: Work, { always = false } = {}): Promise<readonly Elsewhere[]> {
  const { context, policy, today, target } = work;
  if (policy.missing !== null || (!always && isHere(work))) return [];
  const kind = target.kinds.record;
  const found = (await listed(work, kind)).flatMap((rollout): readonly Elsewhere[] => {
    if (markOf(rollout).owner !== today.name) return [];
    const delivery = targetOf(context.targets, kind, rollout).deliveryOf(rollout);
    if (delivery === null || isSameWorkload(delivery, today)) return [];
    const name = stringAt(rollout, 'metadata', 'name') ?? '';
    const heir = policy.deliveries.find((one) => isBeside(today, one) && isSameWorkload(one, delivery))?.name ?? null;
    return [
      { delivery: { ...delivery, cluster: today.cluster }, rollout: name, heir, open: openIn(recordIn(rollout)) },
    ];
  });
  return found.toSorted((one, other) => Number(one.open === null) - Number(other.open === null));
}

function isHere({ following, today }: Work): boolean {
  const { rollout, workload } = following.current();
  return workload !== null && (markOf(rollout).owner ?? today.name) === today.name;
}

/** The target that an object with a record is of. The usual target takes what no other one has. */
export function targetOf({ all, usual }: Targets, { apiVersion, kind }: Kind, rollout: KubeObject): Target {
  const keepsIt = ({ kinds: { record }, isOf }: Target) =>
    record.apiVersion === apiVersion && record.kind === kind && isOf(rollout);
  const found = all.find((target) => target !== usual && keepsIt(target)) ?? (keepsIt(usual) ? usual : undefined);
  if (found === undefined) throw new Error(`no target keeps its record in a ${kind}`);
  return found;
}

/** Lists the objects of a kind in the namespace of a delivery. Returns none when the cluster lacks the kind, or this identity may not list it. */
export async function listed(
  { cluster, lister, today }: Pick<Work, 'cluster' | 'lister' | 'today'>,
  kind: Kind,
): Promise<readonly KubeObject[]> {
  try {
    const cached = await lister.shared(cluster, kind, today);
    return cached?.labelled([]) ?? (await lister.every(cluster, kind, today.namespace)) ?? [];
  } catch (error) {
    if (error instanceof ClusterError && [401, 403, 404].includes(error.status)) return [];
    throw readTrouble(error, cluster.title);
  }
}

function isSameWorkload({ workload: one }: Delivery, { workload: other }: Delivery): boolean {
  return one.kind === other.kind && one.name === other.name;
}

/** Parses the record of a Rollout. Null when it is invalid: commands that work on that delivery report it. */
export function recordIn(rollout: KubeObject): ReleaseRecord | null {
  try {
    return parseRecord(stringAt(rollout, 'metadata', 'annotations', RECORD_ANNOTATION));
  } catch (error) {
    if (error instanceof StepgateError && error.family !== 'bug') return null;
    throw error;
  }
}

/** The release in a record that has to end before the Rollout may be deleted. Null when none is open. */
export function openIn(record: ReleaseRecord | null): Open | null {
  if (record === null) return null;
  const { release } = record;
  const left = leftInGit(record);
  if (left !== null) return { is: 'left in Git', release: left };
  return release === null || stableOf(record)?.id === release.id ? null : { is: 'asked for', release: release.id };
}

/**
 * What a delivery has left behind at another workload. An error where nobody would end what is open there, and where a deploy would take
 * the Rollout from the workload that it guards.
 */
export async function elsewhereFindings(work: Work): Promise<readonly Finding[]> {
  const { target, today, policy } = work;
  const { name, workload } = today;
  const found = (await elsewhere(work)).filter(({ heir, open }) => heir === null || open !== null);
  return found.map(({ delivery, rollout, open }): Finding => {
    const title = `${delivery.workload.kind}/${delivery.workload.name}`;
    const now = `${policy.ref} has ${workload.kind}/${workload.name} as the workload of ${name}, which is not there`;
    const of = { code: 'ROLLOUT_ELSEWHERE', facts: [`the Rollout ${rollout} carries the name ${name}`] } as const;
    if (open === null) {
      const message = `the Rollout ${rollout} guards ${title}: ${now}`;
      const wayOut = `stepgate retire --delivery ${name} gives the Rollout up, and leaves ${title} as it is`;
      const isNeeded = rollout === target.refs(today).rollout.name;
      return { ...of, severity: isNeeded ? 'error' : 'warning', message, wayOut };
    }
    const isGoing = open.is === 'asked for';
    return {
      ...of,
      severity: 'error',
      message: `${open.release} ${isGoing ? `is under way at ${title}, and nothing goes on there` : `was rolled back at ${title}, and Git still names it`}: ${now}`,
      wayOut: isGoing
        ? `take it back with stepgate rollback --delivery ${name}, or name ${title} in stepgate.yaml until it is delivered`
        : `revert it by hand, then: stepgate resume --delivery ${name} --release ${open.release}`,
    };
  });
}

/** The report of a delivery with what it has left behind at another workload. */
export async function withElsewhere(work: Work, report: DeliveryReport): Promise<DeliveryReport> {
  const found = await elsewhereFindings(work);
  return found.length === 0 ? report : { ...report, findings: [...found, ...report.findings] };
}
