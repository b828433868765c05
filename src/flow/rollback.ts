import type { Actor } from '../release/actor.ts';
import { type ReleaseRecord, rollingBack, shortened } from '../release/record.ts';
import { type RollbackAnswer, type RollbackRequest, requestedRollback } from '../release/rollback-request.ts';
import { writeRecord } from './execute.ts';
import { actBy, type Observed, type Work, withRun } from './work.ts';

/** What a person or the policy asks for, without who and when. */
export type RollbackWish = Pick<RollbackRequest, 'release' | 'to' | 'reason' | 'also'>;

/** What a wish comes to here. `liveThen` is the id that was live when it was made. */
export function answerRollback(
  work: Work,
  observed: Observed,
  wish: RollbackWish,
  liveThen: string | null,
): RollbackAnswer {
  const { policy } = work;
  return requestedRollback(
    observed.record,
    { ...wish, ...actBy(work) },
    {
      liveThen,
      liveNow: observed.observation.workload?.id ?? null,
      git: policy.missing !== null ? 'unknown' : policy.branch === null ? 'none' : 'branch',
    },
  );
}

/** Records that a rollback is under way, and holds what it leaves. The tick loop does the rest, as does any later one. */
export async function beginRollback(
  work: Work,
  observed: Observed,
  { rollback, drops }: Extract<RollbackAnswer, { is: 'new' }>,
  command: string,
): Promise<void> {
  const { from, to, reason } = rollback;
  const next = withRun(work, rollingBack(observed.record, rollback), { command, about: from.id });
  const dropped = drops === null ? '' : `; ${drops.id}, which was asked for and is not live, is dropped`;
  await writeRecord(work, observed, next, `roll back ${from.id} to ${to.id}: ${reason}${dropped}`);
}

/**
 * The record once a mistaken rollback is lifted: what it held is free again, and Git is to name that version
 * again where a revert took it away. What an earlier rollback held, which this one has overtaken, stays held. Approvals start
 * anew, with the next deploy.
 */
export function lifted(work: Work, record: ReleaseRecord, by: Actor, reason: string): ReleaseRecord {
  const { rollback } = record;
  if (rollback === null) return record;
  const holds = record.holds.filter((one) => one.digest !== rollback.from.digest);
  return {
    ...record,
    approvals: [],
    holds,
    rollback: { ...rollback, undo: { ...actBy(work, by), reason: shortened(reason) } },
  };
}
