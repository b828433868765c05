import { execute } from '../flow/execute.ts';
import { referenceOf } from '../flow/reference.ts';
import { renderAt } from '../flow/source.ts';
import { drive } from '../flow/tick.ts';
import { type Work, withRun } from '../flow/work.ts';
import { titleOf } from '../release/change.ts';
import { writing } from '../release/changes/changes.ts';
import { patch } from '../release/changes/facts.ts';
import { isBeside } from '../release/delivery.ts';
import { inputError, refusal } from '../release/error.ts';
import { notAtRest } from '../release/handover.ts';
import { handedOver, markOf, markPatch } from '../release/owner.ts';
import type { KubeObject } from '../release/ports.ts';
import { parseRecord } from '../release/record-text.ts';
import type { DeliveryReport, Report } from '../release/report.ts';
import { eachDelivery } from './fleet.ts';
import { personOf } from './person.ts';
import { chosen, lookOnce, policyOf, type Run, reportOf } from './run.ts';

/**
 * Moves the owner mark from another delivery to this one: on the Rollout with its record, after a delivery was renamed, and on objects
 * that another repository no longer renders. Refused while a release is under way, and while the policy still has the other delivery in
 * the same cluster and namespace.
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
  const other = policy.deliveries.find(({ name }) => name === owner);
  if (owner === delivery.name || (other !== undefined && isBeside(delivery, other))) {
    throw refusal(
      'STILL_IN_POLICY',
      `${delivery.name}: ${owner} is in ${policy.ref}, so what it has stays its own`,
      `remove ${owner} from stepgate.yaml; a workload moves without this command, by the delivery or the ungated that names it`,
    );
  }
  const person = await personOf(work);
  // The Rollout is judged before the first write and written last: once it has the new name, the old one is unknown.
  const rollout = adoptedRollout(work, owner, person);
  const { workload, carrier, before, idleOnly } = await renderAt(context, delivery, commit, 1);
  const objects = [...before, ...idleOnly, carrier ?? workload];
  let count = 0;
  for (const object of objects) count += await adoptObject(work, object, owner);
  if (rollout !== null) await execute(work, rollout);
  if (count === 0 && rollout === null) {
    context.log(`${delivery.name}: nothing that it renders in ${delivery.namespace} carries the mark of ${owner}`);
  }
  return drive(work, lookOnce);
}

/** The write to the Rollout; null when the Rollout does not carry the owner's mark. Throws MID_RELEASE. */
function adoptedRollout(work: Work, owner: string, person: Awaited<ReturnType<typeof personOf>>) {
  const { target, today: delivery, following } = work;
  const { rollout, ...snapshot } = following.current();
  if (rollout === null || markOf(rollout).owner !== owner) return null;
  const observation = target.observe(delivery, { ...snapshot, rollout });
  const record = parseRecord(observation.rollout?.record ?? null);
  const busy = notAtRest(observation, record);
  if (busy !== null) {
    throw refusal(
      'MID_RELEASE',
      `${delivery.name}: ${owner} can't be taken over now: ${busy}`,
      `wait for its end, or take it back: stepgate rollback --delivery ${owner}`,
    );
  }
  const noted = withRun(work, record, { command: 'adopt', about: owner, actor: person });
  const named = markPatch(rollout, { ...markOf(rollout), owner: delivery.name });
  const why = `${person.name} makes ${delivery.name} of ${owner}`;
  const body = [...target.patches.record(rollout, noted), ...named];
  return writing([patch({ ref: target.refs(delivery).rollout, body, manager: target.managers.record, why })]);
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
