import type { Observation } from './observation.ts';
import { type ReleaseRecord, rollbackUnderWay } from './record.ts';
import { contentId } from './whole.ts';

/**
 * Why a delivery can't be handed over or given up now; null when it is at rest. Without its Rollout in mid-release every pod would get
 * the new version at once (docs/engine.md).
 */
export function notAtRest({ engine, workload }: Observation, record: ReleaseRecord): string | null {
  switch (engine.at) {
    case 'idle':
    case 'noWorkload':
    case 'absent':
      if (rollbackUnderWay(record) !== null) return 'a rollback is under way';
      if (workload === null) return null;
      if (workload.gated) return 'a new version is written, and the engine is about to begin';
      return workload.settled ? null : 'an update of its pods is not finished';
    case 'off':
      // A disabled Rollout no longer holds pods back.
      return engine.why === 'disabled' ? null : 'the engine is closing it';
    case 'unseen':
      return 'the engine has not seen its Rollout yet';
    case 'starting':
    case 'moving':
    case 'waiting':
    case 'frozen':
    case 'refusing':
      return 'a release is under way';
    case 'finishing':
    case 'cancelling':
      return 'the engine is closing a release';
  }
}

/**
 * The release that was rolled back and that Git still names, which nobody would know without the record; null when there is none. Objects
 * that stable reads are not waited for: they can only be restored where the policy still has the delivery.
 */
export function leftInGit({ rollback }: ReleaseRecord): string | null {
  return rollback?.git === 'todo' ? contentId(rollback.from) : null;
}
