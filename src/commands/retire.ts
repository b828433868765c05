import { carrierMarks, untilMarked } from '../flow/carrier-marks.ts';
import { execute, writeRecord } from '../flow/execute.ts';
import { actBy, type Observed, observe, type Work, withRun } from '../flow/work.ts';
import type { Change } from '../release/change.ts';
import { writing } from '../release/changes/changes.ts';
import { patch } from '../release/changes/facts.ts';
import { formatPlace, refusal } from '../release/error.ts';
import { leftInGit, notAtRest } from '../release/handover.ts';
import { stringAt } from '../release/json.ts';
import { DELIVERY_MARK, markOf } from '../release/owner.ts';
import { annotationPath } from '../release/pointers.ts';
import type { JsonPatch, KubeObject } from '../release/ports.ts';
import { held } from '../release/record-after.ts';
import { RECORD_ANNOTATION } from '../release/record-fields.ts';
import type { DeliveryReport, Report } from '../release/report.ts';
import { eachDelivery } from './fleet.ts';
import { atRollout, located } from './located.ts';
import { personOf } from './person.ts';
import { type Run, reportOf, unread } from './run.ts';

/**
 * Gives a delivery up that the policy no longer has. Its workload and everything that it reads stay as they are. Only at rest: without
 * its Rollout, a release under way would reach every pod at once.
 */
export async function retire(run: Run<'retire'>): Promise<Report> {
  const { source, deliveries } = await located(run);
  const access = { read: 'alone' } as const;
  const retired = (work: Work) => retireOne(work, run.input.reason);
  const reports = await eachDelivery(run, source, deliveries, access, async (work) => {
    const { policy, delivery } = work;
    // What the policy has no workload for any more can be given up, and nothing else of the delivery.
    const left = await atRollout(run, work, access, retired, { unclaimed: true });
    if (left !== null) return left;
    if (policy.missing === null) {
      throw refusal(
        'STILL_IN_POLICY',
        `${delivery.name} is in ${policy.ref}, which would release it again`,
        'remove it from stepgate.yaml on that branch first; then give it up by its name',
      );
    }
    // A config with a mistake may well have it, and a deploy would then find a workload without a record.
    const { code, at, message } = policy.missing;
    if (at !== null) {
      throw refusal(
        'STILL_IN_POLICY',
        `${delivery.name}: whether the policy still has it can't be known: ${formatPlace(at)}: ${message} (${code})`,
        'correct the file; where it has no delivery any more, remove it from the branch',
      );
    }
    return retired(work);
  });
  return reportOf('retire', reports);
}

async function retireOne(work: Work, reason: string): Promise<DeliveryReport> {
  const { delivery, target, following } = work;
  const person = await personOf(work);
  const why = `${person.name} gives ${delivery.name} up`;
  const before = observe(work);
  refuseBusy(work, before);
  await nameOfCarrier(work, before, why);
  // The hold stops every other run that has not written yet, so the second look sees all that can still come.
  await holdIt(work, `given up: ${reason === '' ? 'no reason given' : reason}`, person);
  await following.refresh();
  const observed = observe(work);
  refuseBusy(work, observed);
  const { rollout } = observed;
  if (rollout !== null) {
    const ref = target.refs(delivery).rollout;
    if (target.carrier === null) {
      const uid = stringAt(rollout, 'metadata', 'uid') ?? '';
      await execute(work, writing([{ do: 'remove', ref, uid, why }]));
    } else {
      // What a controller makes of a carrier would be made again: it only loses the record and the name.
      const named = await nameOfCarrier(work, observed, why);
      const rest = patch({ ref, body: withoutRecord(rollout), manager: target.managers.record, why });
      await execute(work, writing([rest, ...named]));
      await untilMarked(work);
    }
  }
  return {
    ...unread(delivery),
    state: 'absent',
    reason: 'RETIRED',
    message: `given up by ${person.name}: ${delivery.workload.kind}/${delivery.workload.name} stays as it is, without steps and gates`,
    changed: work.writer.count > 0,
  };
}

async function holdIt(work: Work, reason: string, person: Awaited<ReturnType<typeof personOf>>): Promise<void> {
  const observed = observe(work);
  if (observed.rollout === null) return;
  const next = held(observed.record, { ...actBy(work, person), digest: null, release: null, reason });
  const noted = withRun(work, next, { command: 'retire', about: 'the delivery', actor: person });
  await writeRecord(work, observed, noted, `${person.name} gives ${work.delivery.name} up, so nothing starts any more`);
}

/** Throws MID_RELEASE, and ROLLBACK_UNDER_WAY where the record is still needed for Git. */
function refuseBusy({ delivery }: Work, { observation, record }: Observed): void {
  const { name } = delivery;
  const busy = notAtRest(observation, record);
  if (busy !== null) {
    throw refusal(
      'MID_RELEASE',
      `${name}: ${busy}; without its Rollout every pod would get the new version at once`,
      `wait for its end, or take it back: stepgate rollback --delivery ${name}`,
    );
  }
  const left = leftInGit(record);
  if (left === null) return;
  throw refusal(
    'ROLLBACK_UNDER_WAY',
    `${name}: ${left} was rolled back, and Git still names it`,
    `revert it by hand, then: stepgate resume --delivery ${name} --release ${left}`,
  );
}

/** Takes the name off a carrier whose controller would write it to the Rollout again. */
async function nameOfCarrier(work: Work, { written }: Observed, why: string): Promise<readonly Change[]> {
  const { target, delivery } = work;
  if (target.carrier?.makesPlan !== true || written === null || markOf(written).owner !== delivery.name) return [];
  return [await carrierMarks(work, written, { ...markOf(written), owner: null }, why)];
}

/** Takes the record and the name of the delivery off an object, and tests both. */
function withoutRecord(rollout: KubeObject): JsonPatch {
  return [RECORD_ANNOTATION, DELIVERY_MARK].flatMap((key): JsonPatch => {
    const value = stringAt(rollout, 'metadata', 'annotations', key);
    const path = annotationPath(key);
    return value === null
      ? []
      : [
          { op: 'test', path, value },
          { op: 'remove', path },
        ];
  });
}
