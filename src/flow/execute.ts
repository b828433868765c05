import type { Decision, RestOfRollback } from '../release/decision.ts';
import { delivered } from '../release/record.ts';
import { repair, restoreBeside, revertWorkload, settleRollback } from './restore.ts';
import { pushRevert } from './revert.ts';
import { answerRollback, beginRollback } from './rollback.ts';
import { start } from './start.ts';
import { undoRevert } from './undo.ts';
import { type Observed, serverTime, there, type Work, writeRecord } from './work.ts';

/**
 * Carries out one decision. Every write tests what was decided on; what has changed since is thrown as Moved, and is
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
    default:
      await executeInCluster(work, observed, decision);
      return { news: false };
  }
}

async function executeInCluster(
  work: Work,
  observed: Observed,
  decision: Exclude<Decision, { do: 'wait' | RestOfRollback }>,
): Promise<void> {
  const { target, delivery, writer, following } = work;
  const refs = target.refs(delivery);
  switch (decision.do) {
    case 'start':
      return start(work, observed, decision.release, decision.why);
    case 'advance': {
      const rollout = there(observed.rollout);
      const { manager, why } = {
        manager: target.managers.promote,
        why: `step ${decision.step} of ${decision.release} may go on: ${decision.why}`,
      };
      if (work.method === 'plan' && work.jumpTo === null) {
        const body = target.patches.openPause(rollout, decision.step);
        return following.wrote(await writer.patch(refs.rollout, body, { manager, why }));
      }
      const body = work.jumpTo === null ? target.patches.approve(rollout) : target.patches.jump(rollout, work.jumpTo);
      return following.wrote(await writer.patch(refs.rollout, body, { manager, subresource: 'status', why }));
    }
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
    case 'restorePauses': {
      const body = target.patches.restorePauses(there(observed.rollout), target.rolloutOf(delivery), decision.steps);
      return following.wrote(
        await writer.patch(refs.rollout, body, { manager: target.managers.promote, why: decision.why }),
      );
    }
    case 'rollBack': {
      const { release } = observed.record;
      const wish = { release: release?.id ?? null, to: decision.to, reason: decision.reason, also: false };
      const answer = answerRollback(work, observed, wish, observed.observation.workload?.id ?? null);
      if (answer.is === 'new') await beginRollback(work, observed, answer, 'policy');
      return;
    }
    case 'revertWorkload':
      return revertWorkload(work, observed, decision.rollback, decision.why);
    case 'unpauseRollout':
      return following.wrote(
        await writer.patch(refs.rollout, target.patches.unpause(), {
          manager: target.managers.rollback,
          why: decision.why,
        }),
      );
    case 'settleRollback':
      return settleRollback(work, observed, decision.rollback);
    case 'removePod': {
      const { name, uid } = decision.pod;
      const pod = { kind: target.kinds.pod, namespace: delivery.namespace, name };
      return writer.remove(pod, uid, decision.why);
    }
    case 'repair':
      return repair(work, observed, decision);
  }
}
