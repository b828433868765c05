import { evidenceOnCommit } from '../flow/forge-evidence.ts';
import type { Urgency } from '../flow/request-release.ts';
import { observe, type Work } from '../flow/work.ts';
import { gates, needsOf } from '../gates/index.ts';
import { inputError, refusal } from '../release/error.ts';
import { mayForce } from '../release/gate.ts';
import { shortened } from '../release/record-after.ts';
import { oneLine } from '../views/neutral.ts';
import { personOf } from './person.ts';
import { accountOf } from './promoting-run.ts';

/**
 * Who lets the start of a commit pass its schedules and freezes; null where nobody does. Throws USAGE without a reason, and
 * PERSON_REFUSED for anybody who may not approve that start, such as whoever wrote the change where `notAuthor` bars them.
 */
export async function urgencyOf(
  work: Work,
  commit: string,
  { urgent, reason }: { readonly urgent: boolean; readonly reason: string },
): Promise<Urgency | null> {
  if (!urgent) return null;
  const { today: delivery } = work;
  const why = shortened(oneLine(reason));
  if (why === '') {
    throw inputError('USAGE', '--urgent needs a reason', { hint: 'say why it can not wait: --reason "..."' });
  }
  const person = await personOf(work);
  const { name: by } = person;
  const account = await accountOf(work, person);
  const forge = await evidenceOnCommit(work, observe(work).record, needsOf(delivery.startWhen), commit);
  const approver = { by, ...(account === null ? {} : { account }) };
  if (!mayForce(gates, delivery.startWhen, approver, forge)) {
    throw refusal(
      'PERSON_REFUSED',
      `${delivery.name}: ${by} may not approve the start, so may not call it urgent either`,
      'somebody who is named in approvals, and is not barred by notAuthor or notMerger, can',
    );
  }
  return { by, reason: why };
}
