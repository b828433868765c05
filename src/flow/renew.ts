import type { Decision, Situation } from '../release/decision.ts';
import { asError, retold } from '../release/error.ts';
import { rollbackUnderWay } from '../release/record.ts';
import type { Work } from './work.ts';

/** Whether a decision needs today's policy: a start and an advance do, a rollback does not. */
export function needsPolicy(decision: Decision, { record }: Situation): boolean {
  if (rollbackUnderWay(record) !== null) return false;
  return decision.do === 'start' || decision.do === 'advance';
}

/** Reads the policy again, and returns whether it has changed. Throws (environment) when the remote does not answer. */
export async function renewed(work: Work): Promise<boolean> {
  try {
    return await work.renew();
  } catch (error) {
    const known = asError(error);
    if (known.family !== 'environment') throw error;
    throw retold(
      known,
      `${work.delivery.name}: no release starts or advances without today's policy (${known.message})`,
      {
        hint: 'the next tick continues once the remote answers',
        cause: error,
      },
    );
  }
}

/** The same for a run that waits anyway. A remote that does not answer is logged, and changes nothing. */
export async function renewedIfAnswered(work: Work): Promise<boolean> {
  try {
    return await work.renew();
  } catch (error) {
    const known = asError(error);
    if (known.family !== 'environment' || work.context.signal.aborted) throw error;
    work.context.log(`${work.delivery.name}: the policy could not be read again: ${known.message}`);
    return false;
  }
}
