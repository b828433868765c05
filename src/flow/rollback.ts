import type { Release } from '../release/delivery.ts';
import { refusal } from '../release/error.ts';
import { parseReleaseId, releaseId } from '../release/identity.ts';
import { type Delivered, held, knownIds, type ReleaseRecord, type Rollback } from '../release/record.ts';
import { type Seen, type Work, writeRecord } from './work.ts';

export interface RollbackWish {
  /** Id of a delivered release, or null for the one before. */
  readonly to: string | null;
  readonly reason: string;
  readonly also: boolean;
}

/** Records that a rollback is under way, and holds what it leaves. The tick loop does the rest, as does any later one. */
export async function beginRollback(work: Work, seen: Seen, wish: RollbackWish): Promise<void> {
  const { context } = work;
  const rollback = planRollback(seen.record, wish, {
    by: context.who,
    at: context.clock.now().toISOString(),
    live: seen.observation.workload?.id ?? null,
    remote: work.policy.branch !== null,
  });
  const { from, to, by, at, reason } = rollback;
  const noted = { ...seen.record, approvals: [], rollback };
  const next =
    from.digest === to.digest ? noted : held(noted, { digest: from.digest, by, at, reason: `rolled back: ${reason}` });
  await writeRecord(work, seen, next, `roll back ${from.id} to ${to.id}: ${reason}`);
}

/** The rollback that a wish comes to. Pure. Throws a refusal where there is nothing to go back to. */
export function planRollback(
  record: ReleaseRecord,
  { to: wanted, reason, also }: RollbackWish,
  {
    by,
    at,
    live,
    remote,
  }: { readonly by: string; readonly at: string; readonly live: string | null; readonly remote: boolean },
): Rollback {
  const { release } = record;
  if (release === null) {
    throw refusal('NO_RELEASE', 'stepgate has released nothing here', 'deploy first');
  }
  const to = wanted === null ? before(record, release) : record.history.find((one) => one.id === wanted);
  if (to === undefined) {
    const known = record.history.map((one) => one.id);
    throw refusal(
      'NOTHING_TO_ROLL_BACK_TO',
      wanted === null ? 'no earlier release is known' : `${wanted} was not delivered here`,
      known.length === 0 ? 'deploy a good commit instead' : `known: ${known.join(', ')}`,
    );
  }
  const { id, commit, digest } = release;
  return {
    from: { id, commit, digest },
    to: { id: nextId(record, to, live), commit: to.commit, digest: to.digest },
    by,
    at,
    reason,
    cluster: 'todo',
    git: remote ? 'todo' : 'none',
    revert: null,
    also,
    trouble: remote ? null : 'there is no remote to push a revert to',
  };
}

/** In mid-release, stable; once a release was delivered, the one before it. */
function before(record: ReleaseRecord, release: Release): Delivered | undefined {
  return record.history.find((one) => one.digest !== release.digest);
}

/** An id for this commit and digest that nothing had before: the engine has to see another name (design 5.1). */
export function nextId(record: ReleaseRecord, { commit, digest }: Omit<Release, 'id'>, live: string | null): string {
  const known = [...knownIds(record), ...(live === null ? [] : [live])].map(parseReleaseId);
  const attempts = known.flatMap((one) =>
    one !== null && commit.startsWith(one.commit) && digest.startsWith(one.digest) ? [one.attempt] : [],
  );
  return releaseId(commit, digest, Math.max(0, ...attempts) + 1);
}
