import { at, listAt } from '../../release/json.ts';
import { isBeingDeleted } from '../../release/kinds.ts';
import { latest } from '../../release/moments.ts';
import type { Blocked, Engine } from '../../release/observation.ts';
import type { KubeObject } from '../../release/ports.ts';
import { dateIn } from '../kruise/status.ts';
import { reachedAfter } from './batches.ts';
import {
  conditionOf,
  isAbout,
  isBack,
  pairWords,
  progressedAt,
  type Spec,
  type Status,
  specOf,
  statusOf,
  troubleOf,
} from './status.ts';

/** What the state of the engine is read from. */
export interface Read {
  readonly rollout: KubeObject;
  /** The release that the AppRollout was written for. */
  readonly id: string | null;
  readonly hasWorkload: boolean;
  /** Pods of the target's template, counted by us. */
  readonly newPods: number;
  /** The size of the workload; null when there is none. */
  readonly size: number | null;
  readonly takenAt: Date;
}

/** A begin that takes longer than this is one that waits for something. In the recordings it took at most 10 s. Seconds. */
const BEGUN_WITHIN = 60;

/**
 * The state of KubeVela's controller. Its batches count from 0, steps from 1. A status that is about another pair of revisions or
 * another size than the spec is never reported as that of the release (docs/approllout.md#whose-status-it-is).
 */
export function engineOf(read: Read): Engine {
  const { rollout } = read;
  if (isBeingDeleted(rollout)) return { at: 'off', why: 'terminating' };
  const state = stateOf(read);
  return isBack(rollout) ? onTheWayBack(state) : state;
}

/** Nobody approves steps on the way back. */
function onTheWayBack(state: Engine): Engine {
  switch (state.at) {
    case 'starting':
    case 'waiting':
    case 'finishing':
      return { at: 'cancelling', id: state.id };
    case 'moving':
      return state.blocked === null ? { at: 'cancelling', id: state.id } : state;
    default:
      return state;
  }
}

function stateOf(read: Read): Engine {
  const { rollout, id } = read;
  const [spec, status] = [specOf(rollout), statusOf(rollout)];
  if (status.rolling === '') return { at: 'unseen' };
  if (!isAbout(status, spec)) return ofAnother(status);
  switch (status.rolling) {
    case 'rolloutSucceed':
      if (!read.hasWorkload) return { at: 'noWorkload' };
      return { at: 'idle', outcome: outcomeOf(rollout, spec), id };
    case 'rolloutFailed':
      return failed(read, status);
    case 'locatingTargetApp':
    case 'verifyingSpec':
    case 'initializing':
      return waitsToBegin(read, spec, status) ?? { at: 'starting', id };
    case 'rollingInBatches':
      return inBatches(read, spec, status);
    case 'finalising':
      return { at: 'finishing', id };
    default:
      // Failing, being given up, and what a later version may add.
      return moving(read, status, troubleOf(status) ?? `KubeVela is at ${status.rolling}`);
  }
}

/** The controller has not turned to the present spec yet: at its next pass it gives up what it does, or leaves its rest. */
function ofAnother(status: Status): Engine {
  if (status.rolling === 'rolloutSucceed' || status.rolling === 'rolloutFailed') return { at: 'unseen' };
  const pair = pairWords({ source: status.lastSource, target: status.lastTarget });
  return {
    at: 'moving',
    id: null,
    step: status.currentBatch + 1,
    leaving: false,
    since: null,
    detail: `KubeVela still works on ${pair}`,
    blocked: null,
  };
}

function outcomeOf(rollout: KubeObject, { source }: Spec): 'fresh' | 'succeeded' | 'cancelled' {
  if (isBack(rollout)) return 'cancelled';
  return source === null ? 'fresh' : 'succeeded';
}

function moving({ id }: Pick<Read, 'id'>, status: Status, detail: string, blocked: Blocked | null = null): Engine {
  const step = status.currentBatch + 1;
  return { at: 'moving', id, step, leaving: false, since: progressedAt(status), detail, blocked };
}

/** A correction of the plan does not start it again. */
function failed(read: Read, status: Status): Engine {
  const said = troubleOf(status) ?? 'KubeVela names no reason';
  const why = `KubeVela has ended this rollout: ${said}; it tries the same two revisions only in an AppRollout that is created anew; roll back, or deploy another version`;
  return moving(read, status, said, { why, run: null });
}

/** A missing revision or workload is waited for without a message. */
function waitsToBegin(read: Read, spec: Spec, status: Status): Engine | null {
  if (status.rolling !== 'locatingTargetApp') return null;
  const since = writtenAt(read.rollout);
  if (since === null || read.takenAt.getTime() - since.getTime() < BEGUN_WITHIN * 1000) return null;
  const names = [spec.target, ...(spec.source === null ? [] : [spec.source])].join(' and ');
  const why = `KubeVela has not begun for ${BEGUN_WITHIN} s or more, and says nothing: a revision is missing (${names}), or this version can't move a Deployment (v1.1.1 to v1.1.13)`;
  return { at: 'moving', id: read.id, step: 1, leaving: false, since, detail: why, blocked: { why, run: null } };
}

/** When the status was last written, or the spec after it. */
function writtenAt(rollout: KubeObject): Date | null {
  const entries = listAt(rollout, 'metadata', 'managedFields').map((entry) => dateIn(entry, 'time'));
  return latest([...entries, dateIn(at(rollout, 'metadata') ?? null, 'creationTimestamp')]);
}

function inBatches(read: Read, spec: Spec, status: Status): Engine {
  const { id, newPods, size } = read;
  const step = status.currentBatch + 1;
  if (spec.paused) {
    // It is written once and never taken back, so it says something only beside the field.
    const isHeld = conditionOf(status, 'BatchPaused')?.isTrue === true;
    return isHeld
      ? { at: 'frozen', id, step, since: progressedAt(status) }
      : moving(read, status, 'KubeVela is about to pause');
  }
  if (status.batch !== 'batchReady') return moving(read, status, detailOf(status));
  const since = progressedAt(status);
  const isAllowedOn = spec.partition === null || spec.partition > status.currentBatch;
  if (isAllowedOn) {
    return { at: 'moving', id, step, leaving: true, since, detail: 'KubeVela is leaving the step', blocked: null };
  }
  const goal = size === null || spec.source === null ? 0 : reachedAfter(spec.batches, size, status.currentBatch);
  if (newPods < goal) {
    return moving(read, status, `KubeVela calls the step ready with ${newPods} of ${goal} new pods`);
  }
  // A partition is never overwritten, so an approval can be sent at once.
  return { at: 'waiting', id, step, asks: true, timed: false, since, blocked: null };
}

function detailOf(status: Status): string {
  const said = troubleOf(status);
  if (said !== null) return said;
  switch (status.batch) {
    case 'batchInitializing':
      return 'KubeVela is beginning the step';
    case 'batchInRolling':
      return 'KubeVela is replacing pods';
    case 'batchVerifying':
      return 'KubeVela is counting ready pods';
    default:
      return 'KubeVela is finishing the step';
  }
}
