import { evidenceOnCommit } from '../flow/forge-evidence.ts';
import type { Urgency } from '../flow/request-release.ts';
import { observe, type Work } from '../flow/work.ts';
import { gates, needsOf } from '../gates/index.ts';
import { inputError } from '../release/error.ts';
import { mayForce } from '../release/gate.ts';
import { shortened } from '../release/record-after.ts';
import { oneLine } from '../views/neutral.ts';
import { approverOf, mayNotApprove, personOf } from './person.ts';
import { accountOf } from './promoting-run.ts';

/**
 * Reads `--urgent`: the person who lets the start of `commit` pass its schedules and freezes, and why. Null without `--urgent`. Throws
 * USAGE when the reason is missing. Throws PERSON_REFUSED when this person may not approve the start: approvals do not name the person, or
 * the person wrote the change and `notAuthor` excludes its authors.
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
  const approver = approverOf(person, await accountOf(work, person));
  const forge = await evidenceOnCommit(work, observe(work).record, needsOf(delivery.startWhen), commit);
  if (!mayForce(gates, delivery.startWhen, approver, forge))
    throw mayNotApprove(delivery.name, person.name, { place: 'the start', act: 'call it urgent' });
  return { by: person.name, reason: why };
}
