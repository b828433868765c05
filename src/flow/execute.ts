import type { Decision } from '../release/decision.ts';
import { delivered } from '../release/record.ts';
import { repair, restoreBeside, revertWorkload, settleRollback } from './restore.ts';
import { pushRevert } from './revert.ts';
import { answerRollback, beginRollback } from './rollback.ts';
import { start } from './start.ts';
import { undoRevert } from './undo.ts';
import { type Observed, serverTime, type Work, writeRecord } from './work.ts';
import { changeFor, write } from './write-change.ts';

/**
 * Executes one decision. Every write tests what was decided on; what has changed since is thrown as Moved, and is
 * decided anew. Confirmation is the next observation, never the answer to a write. `news`: Git's half has met a trouble
 * that was not known before.
 */
export async function execute(
  work: Work,
  observed: Observed,
  decision: Exclude<Decision, { do: 'wait' }>,
): Promise<{ readonly news: boolean }> {
  switch (decision.do) {
    case 'restoreBeside':
      return { news: await restoreBeside(work, observed, decision.rollback) };
    case 'pushRevert':
      return { news: await pushRevert(work, observed, decision.rollback) };
    case 'undoRevert':
      return { news: await undoRevert(work, observed, decision.rollback, decision.undo) };
    case 'start':
    case 'finish':
    case 'rollBack':
    case 'revertWorkload':
    case 'settleRollback':
      await inSteps(work, observed, decision);
      return { news: false };
    case 'repair':
      await repair(work, observed, decision);
      return { news: false };
    case 'advance':
    case 'restorePauses':
    case 'unpauseRollout':
    case 'removePod':
      await write(work, changeFor(work, observed, decision));
      return { news: false };
  }
}

/** What has to be rendered, asked or seen in between. */
async function inSteps(
  work: Work,
  observed: Observed,
  decision: Extract<Decision, { do: 'start' | 'finish' | 'rollBack' | 'revertWorkload' | 'settleRollback' }>,
): Promise<void> {
  switch (decision.do) {
    case 'start':
      return start(work, observed, decision.release, decision.why);
    case 'finish':
      return writeRecord(
        work,
        observed,
        delivered(observed.record, decision.release, {
          at: serverTime(work).toISOString(),
          revision: observed.observation.servingRevision,
        }),
        `${decision.release.id} is stable: ${decision.why}`,
      );
    case 'rollBack': {
      const { release } = observed.record;
      const wish = { release: release?.id ?? null, to: decision.to, reason: decision.reason, also: false };
      const answer = answerRollback(work, observed, wish, observed.observation.workload?.id ?? null);
      if (answer.is === 'new') await beginRollback(work, observed, answer, 'policy');
      return;
    }
    case 'revertWorkload':
      return revertWorkload(work, observed, decision.rollback, decision.why);
    case 'settleRollback':
      return settleRollback(work, observed, decision.rollback);
  }
}
