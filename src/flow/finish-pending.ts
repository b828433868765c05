import { decide } from '../release/decide.ts';
import { isRestOfRollback } from '../release/decision.ts';
import { openRollback } from '../release/record.ts';
import { act } from './act.ts';
import { gather } from './evidence.ts';
import { PATIENCE, patience } from './patience.ts';
import { situationOf } from './situation.ts';
import { observe, type Work } from './work.ts';

/**
 * Finishes what an earlier run left undone. Before a new release begins, stable has to be in the record, and the plan's
 * pauses have to be restored (E1).
 */
export async function finishPending(work: Work): Promise<void> {
  const { tried } = patience(work);
  for (let round = 0; round < PATIENCE; round += 1) {
    const observed = observe(work);
    await work.goBy(observed);
    const { evidence } = await gather(work, observed, 'anew');
    const decision = decide(situationOf(work, observed, evidence, { advance: false, retryGit: false }));
    if (decision.do !== 'finish' && decision.do !== 'restorePauses') return;
    await tried(() => act(work, observed, decision));
  }
}

/**
 * Tries once to finish an open rollback, before another commit is released. Once its revert is on the branch, commits on top
 * of the revert are no longer refused.
 */
export async function finishRollback(work: Work): Promise<void> {
  const observed = observe(work);
  if (openRollback(observed.record) === null) return;
  const { evidence } = await gather(work, observed, 'anew');
  const decision = decide(situationOf(work, observed, evidence, { advance: false, retryGit: true }));
  if (decision.do !== 'wait' && isRestOfRollback(decision)) await act(work, observed, decision);
}
