import { carrierMarks, untilMarked } from '../flow/carrier-marks.ts';
import { execute } from '../flow/execute.ts';
import { referenceOf } from '../flow/reference.ts';
import { renderAt } from '../flow/source.ts';
import { drive } from '../flow/tick.ts';
import { type Work, withRun } from '../flow/work.ts';
import { type Change, titleOf } from '../release/change.ts';
import { writing } from '../release/changes/changes.ts';
import { patch } from '../release/changes/facts.ts';
import { isBeside } from '../release/delivery.ts';
import { inputError, refusal } from '../release/error.ts';
import { notAtRest } from '../release/handover.ts';
import { handedOver, type Mark, markOf, markPatch } from '../release/owner.ts';
import type { KubeObject } from '../release/ports.ts';
import { parseRecord } from '../release/record-text.ts';
import type { DeliveryReport, Report } from '../release/report.ts';
import { eachDelivery } from './fleet.ts';
import { personOf } from './person.ts';
import { chosen, lookOnce, policyOf, type Run, reportOf } from './run.ts';

/**
 * Moves the owner mark from another delivery to this one: on the Rollout with its record, after a delivery was renamed, and on objects
 * that another repository no longer renders. Refused while a release is under way, and while the policy still has the other delivery in
 * the same cluster and namespace, unless it gives that one another workload.
 */
export async function adopt(run: Run<'adopt'>): Promise<Report> {
  const { owner } = run.input;
  if (owner === null) {
    throw inputError('USAGE', 'adopt needs the name of the delivery whose mark is there', { hint: '--owner NAME' });
  }
  const [source, commit] = await Promise.all([policyOf(run, 'fetched'), run.context.repo.resolve(run.input.at)]);
  const deliveries = chosen(source.current, run.input, true);
  const reports = await eachDelivery(run, source, deliveries, { read: 'alone', tells: true }, (work) =>
    adoptOne(work, { owner, commit }),
  );
  return reportOf('adopt', reports);
}

interface Adoption {
  readonly owner: string;
  readonly commit: string;
}

async function adoptOne(work: Work, { owner, commit }: Adoption): Promise<DeliveryReport> {
  const { today: delivery, policy, context } = work;
  const other = policy.deliveries.find((one) => one.name === owner && (one === delivery || isBeside(delivery, one)));
  // The policy gives it another workload: then its old one with its Rollout moves, and what both may render stays.
  const hasMoved = other !== undefined && owner !== delivery.name && isRolloutOf(work, owner);
  if (owner === delivery.name || (other !== undefined && !hasMoved)) {
    throw refusal(
      'STILL_IN_POLICY',
      `${delivery.name}: ${owner} is in ${policy.ref}, so what it has stays its own`,
      `remove ${owner} from stepgate.yaml; a workload moves without this command, by the delivery or the ungated that names it`,
    );
  }
  const person = await personOf(work);
  // Judged before the first write and written last: once the Rollout has the new name, the old one is unknown.
  const own = await ownWrites(work, owner, person);
  const { workload, carrier, before, idleOnly } = await renderAt(context, delivery, commit, 1);
  const beside = hasMoved ? [] : [...before, ...idleOnly];
  const objects = [...beside, ...(carrier === null ? [workload] : [])];
  let count = 0;
  for (const object of objects) count += await adoptObject(work, object, owner);
  if (own.length > 0) {
    await execute(work, writing(own));
    await untilMarked(work);
  }
  if (count + own.length === 0) {
    context.log(`${delivery.name}: nothing that it renders in ${delivery.namespace} carries the mark of ${owner}`);
  }
  return drive(work, lookOnce);
}

/** Whether the Rollout of the delivery's workload carries the name of another one. */
function isRolloutOf({ following }: Work, owner: string): boolean {
  const { rollout } = following.current();
  return rollout !== null && markOf(rollout).owner === owner;
}

/** The writes to the Rollout and to the carrier it is made of; none when neither carries the owner's mark. Throws MID_RELEASE. */
async function ownWrites(
  work: Work,
  owner: string,
  person: Awaited<ReturnType<typeof personOf>>,
): Promise<readonly Change[]> {
  const { target, today: delivery, following } = work;
  const snapshot = following.current();
  const { rollout, carrier = null } = snapshot;
  const named = rollout !== null && markOf(rollout).owner === owner ? rollout : null;
  const next = carrier === null ? null : carrierMark(work, carrier, { owner, isMadeWithIt: named !== null });
  if (named === null && next === null) return [];
  const observation = target.observe(delivery, snapshot);
  const record = parseRecord(observation.rollout?.record ?? null);
  const busy = notAtRest(observation, record);
  if (busy !== null) {
    throw refusal(
      'MID_RELEASE',
      `${delivery.name}: ${owner} can't be taken over now: ${busy}`,
      `wait for its end, or take it back: stepgate rollback --delivery ${owner}`,
    );
  }
  const why = `${person.name} makes ${delivery.name} of ${owner}`;
  const writes: Change[] = [];
  if (named !== null) {
    const noted = withRun(work, record, { command: 'adopt', about: owner, actor: person });
    const marks = markPatch(named, { ...markOf(named), owner: delivery.name });
    const body = [...target.patches.record(named, noted), ...marks];
    writes.push(patch({ ref: target.refs(delivery).rollout, body, manager: target.managers.record, why }));
  }
  if (carrier !== null && next !== null) writes.push(await carrierMarks(work, carrier, next, why));
  return writes;
}

/**
 * The mark of the carrier after it was handed over; null when it needs no write. Its own may have moved before, while its controller
 * still writes the owner's to what it makes of it: then it is written again as it is.
 */
function carrierMark(
  { target, today: { name } }: Work,
  carrier: KubeObject,
  { owner, isMadeWithIt }: { readonly owner: string; readonly isMadeWithIt: boolean },
): Mark | null {
  const mark = markOf(carrier);
  const isAhead = mark.owner === name && isMadeWithIt && target.carrier?.makesPlan === true;
  return isAhead ? mark : handedOver(mark, owner, name);
}

/** Moves the mark of one object. Returns 1 when it was moved, 0 when its mark names another delivery or there is none. */
async function adoptObject(work: Work, object: KubeObject, owner: string): Promise<0 | 1> {
  const { cluster, context, target, today: delivery } = work;
  const ref = await referenceOf(work, object);
  const live = await cluster.get(ref, context.signal);
  const next = handedOver(markOf(live), owner, delivery.name);
  if (live === null || next === null) return 0;
  const why = `${titleOf(object)} was ${owner}'s, and is ${delivery.name}'s`;
  await execute(work, writing([patch({ ref, body: markPatch(live, next), manager: target.managers.apply, why })]));
  return 1;
}
