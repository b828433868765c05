import {
  atShutGates,
  canRollBack,
  type Decision,
  hopeless,
  leftWords,
  onlyStable,
  type Situation,
  secondsSince,
  type Wait,
  wait,
} from './decision.ts';
import { judgeDone } from './gate.ts';
import { parseReleaseId } from './identity.ts';
import type { Observation, WorkloadView } from './observation.ts';
import { type AskedFor, openRollback, type ReleaseRecord, stableOf } from './record.ts';
import { mayBeCreated } from './start.ts';
import { isOpen } from './verdict.ts';

/** Seconds after which a template that the engine has not taken up counts as ungated (docs/engine.md#status). */
const UNGATED_AFTER = 15;

/** Decides for a requested release that is live while the engine is idle. `id` is the release that the engine names. */
export function atRest(situation: Situation, release: AskedFor, workload: WorkloadView, id: string | null): Decision {
  const { record, observation, evidence } = situation;
  if (workload.gated)
    return wait('brief', 'rolling', 'STARTING', 'the new version is gated, and the engine has not begun yet');
  const isSame = changedNoPods(record, observation);
  if (id !== null && id !== workload.id && !isFirst(record) && !isSame) {
    if (secondsSince(workload.changedAt, evidence.now) < UNGATED_AFTER) {
      return wait('brief', 'rolling', 'STARTING', 'the engine has not taken up the new version yet');
    }
    // A release that was delivered before has no steps to miss. The engine may never take up its id: this happens when
    // somebody restarts the workload by hand while the engine cancels a release (docs/engine.md#status).
    if (stableOf(record)?.id !== release.id) {
      return wait(
        'rest',
        'ungated',
        'UNGATED',
        'the template reached every pod without the steps: the engine did not take it up',
      );
    }
  }
  const bypassed = isSame ? null : withoutRelease(record, release, observation);
  if (bypassed !== null) return bypassed;
  // In canary style, the pods of the extra Deployment end shortly after the engine is idle.
  if (!workload.whole || !onlyStable(observation, workload)) {
    const broken = hopeless(observation);
    const advice = canRollBack(record) ? '' : '; there is no earlier version to go back to: fix it and deploy again';
    if (broken !== null) return wait('rest', 'stuck', 'POD_NOT_STARTING', `${broken}${advice}`);
    return wait(
      'engine',
      isFirst(record) ? 'rolling' : 'finishing',
      'PODS_NOT_READY',
      `the last pods are not ready yet${advice}`,
    );
  }
  if (stableOf(record)?.id !== release.id) {
    const shut = judgeDone(situation).filter((verdict) => !isOpen(verdict));
    const end = {
      place: situation.delivery.steps.length + 1,
      code: 'DONE_GATE_SHUT',
      lead: 'the end, after every step,',
    } as const;
    if (shut.length > 0) return atShutGates(situation, { ...end, shut });
    return { do: 'finish', release, why: 'every pod has the new version, and the engine is idle' };
  }
  const { rollback } = record;
  if (rollback !== null && rollback.to.id === release.id) {
    if (openRollback(record) !== null) {
      return wait('rest', 'rolledBack', 'ROLLED_BACK_GIT_TODO', leftWords(rollback));
    }
    return wait('rest', 'rolledBack', 'ROLLED_BACK', `rolled back by ${rollback.by}: ${rollback.reason}`);
  }
  // A rollback releases stable again under a new id.
  if (record.history.length === 1 && (parseReleaseId(release.id)?.attempt ?? 1) === 1)
    return wait('rest', 'done', 'FIRST_DEPLOY', 'serves; the first deploy of a workload is not progressive');
  return wait('rest', 'done', 'DELIVERED', 'delivered whole, and serving');
}

/**
 * The engine has no word of any release, although one was delivered before: it forgets a release under way when the workload
 * is deleted, and does not gate the pods of a workload that is created (T51).
 */
function withoutRelease(record: ReleaseRecord, release: AskedFor, { engine }: Observation): Wait | null {
  const stable = stableOf(record);
  if (engine.at !== 'idle' || engine.outcome !== 'fresh' || stable === null || stable.template === null) return null;
  if (stable.id === release.id || stable.template === release.template || mayBeCreated(record, release)) return null;
  const message =
    'the template reached every pod without the steps: the workload was deleted during the release and created again';
  return wait('rest', 'ungated', 'UNGATED', message);
}

/**
 * Whether a release by a carrier has left every pod as stable made it: something else in it was changed, such as the size, so
 * that the engine has nothing to take up.
 */
function changedNoPods(record: ReleaseRecord, { carrier, servingRevision }: Observation): boolean {
  const revision = stableOf(record)?.revision ?? null;
  return carrier !== null && revision !== null && revision === servingRevision;
}

function isFirst(record: ReleaseRecord): boolean {
  return record.history.length === 0;
}
