import type { Actor } from '../release/actor.ts';
import { isHeldBy, type ReleaseRecord } from '../release/record.ts';
import { rollingBack, shortened } from '../release/record-after.ts';
import { type RollbackAnswer, type RollbackRequest, requestedRollback } from '../release/rollback-request.ts';
import { contentId } from '../release/whole.ts';
import { writeRecord } from './execute.ts';
import { actBy, type Observed, type Work, withRun } from './work.ts';

/** A rollback that a person or the policy requests, without who requested it and when. */
export type RollbackWish = Pick<RollbackRequest, 'release' | 'to' | 'reason' | 'also' | 'way'>;

/** What a requested rollback would do. `liveThen` is the id that was live when it was requested. */
export function answerRollback(
  work: Work,
  observed: Observed,
  wish: RollbackWish,
  { liveThen, by = work.context.actor }: { readonly liveThen: string | null; readonly by?: Actor },
): RollbackAnswer {
  const { policy } = work;
  return requestedRollback(
    observed.record,
    { ...wish, ...actBy(work, by) },
    {
      liveThen,
      liveNow: observed.observation.workload?.id ?? null,
      isMade: observed.observation.carrier?.isRendered ?? true,
      git: policy.missing !== null ? 'unknown' : policy.branch === null ? 'none' : 'branch',
    },
  );
}

/**
 * Records that a rollback is under way, and holds the bad version. The loop in `drive` does everything else, in this run
 * or a later one.
 */
export async function beginRollback(
  work: Work,
  observed: Observed,
  { rollback }: Extract<RollbackAnswer, { is: 'new' }>,
  command: string,
  actor: Actor = work.context.actor,
): Promise<void> {
  const { from, to, reason, dropped } = rollback;
  const next = withRun(work, rollingBack(observed.record, rollback), { command, about: contentId(from), actor });
  const also = dropped === undefined ? '' : `; ${dropped.id}, which was requested and is not live, is dropped`;
  const why = `roll back ${contentId(from)} to ${contentId(to)}: ${reason}${also}`;
  // Another release may have begun since the workload was read: nobody meant that one.
  await writeRecord(work, observed, next, why, { live: true });
}

/**
 * The record after a person has lifted a mistaken rollback. The hold of this rollback ends, and the holds of earlier ones
 * stay. When a revert removed the version from Git, it has to be restored there. Approvals are dropped: the next deploy
 * needs new ones.
 */
export function lifted(work: Work, record: ReleaseRecord, by: Actor, reason: string): ReleaseRecord {
  const { rollback } = record;
  if (rollback === null) return record;
  const holds = record.holds.filter((one) => !isHeldBy(rollback.from, one));
  return {
    ...record,
    approvals: [],
    holds,
    // What kept the revert from the branch no longer matters.
    rollback: {
      ...rollback,
      undo: { ...actBy(work, by), reason: shortened(reason) },
      trouble: null,
      troubleCode: null,
    },
  };
}
