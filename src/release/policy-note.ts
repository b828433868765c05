import type { RunRef } from './actor.ts';
import { going, stopped, watchOver } from './policy-watch.ts';
import type { Hold, ReleaseRecord } from './record.ts';
import { held, shortened } from './record-after.ts';

/** What a run notes in the record about rollbacks by the policy. Times are ISO. */
export type PolicyNote =
  /** A shortage stops the clock of `stuckAfter`. */
  | { readonly is: 'stop'; readonly from: string }
  | { readonly is: 'go'; readonly to: string }
  /** The policy is about to roll back: others who are, too, see it. */
  | { readonly is: 'claim' }
  /** In place of a rollback, the delivery is held. */
  | { readonly is: 'hold'; readonly bars: NonNullable<Hold['bars']>; readonly reason: string };

/** Who the policy's rollbacks and holds are by. */
export const THE_POLICY = 'the policy';

/** The record with a note about its release. */
export function withNote(
  record: ReleaseRecord,
  note: PolicyNote,
  { at, run }: { readonly at: string; readonly run: RunRef },
): ReleaseRecord {
  const { release } = record;
  if (release === null) return record;
  const watch = watchOver(record, release.id);
  switch (note.is) {
    case 'stop':
      return { ...record, watch: stopped(watch, note.from) };
    case 'go':
      return { ...record, watch: going(watch, note.to) };
    case 'claim':
      return { ...record, watch: { ...watch, claimed: at } };
    case 'hold': {
      const { bars, reason } = note;
      const hold = { digest: null, release: release.id, by: THE_POLICY, at, run, reason: shortened(reason), bars };
      return held({ ...record, watch: { ...watch, claimed: null } }, hold);
    }
  }
}
