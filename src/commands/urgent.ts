import { forgeEvidence } from '../flow/forge-evidence.ts';
import type { Urgency } from '../flow/request-release.ts';
import { observe, type Work } from '../flow/work.ts';
import { gates, needsOf } from '../gates/index.ts';
import { inputError, refusal } from '../release/error.ts';
import { mayApprove } from '../release/gate.ts';
import { shortened } from '../release/record-after.ts';
import { oneLine } from '../views/neutral.ts';
import { personOf } from './person.ts';

/**
 * Who lets a start pass its schedules and freezes; null where nobody does. Throws USAGE without a reason, and PERSON_REFUSED for
 * anybody who may not approve the start.
 */
export async function urgencyOf(
  work: Work,
  { urgent, reason }: { readonly urgent: boolean; readonly reason: string },
): Promise<Urgency | null> {
  if (!urgent) return null;
  const { today: delivery } = work;
  const why = shortened(oneLine(reason));
  if (why === '') {
    throw inputError('USAGE', '--urgent needs a reason', { hint: 'say why it can not wait: --reason "..."' });
  }
  const { name: by } = await personOf(work);
  const forge = await forgeEvidence(work, observe(work).record, needsOf(delivery.startWhen), 'known');
  if (!mayApprove(gates, delivery.startWhen, by, forge)) {
    throw refusal(
      'PERSON_REFUSED',
      `${delivery.name}: ${by} may not approve the start, so may not call it urgent either`,
      'somebody who is named in approvals can',
    );
  }
  return { by, reason: why };
}
