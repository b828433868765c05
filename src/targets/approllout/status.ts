import type { Amount } from '../../release/delivery.ts';
import { at, type Json, listAt, numberAt, objectAt, stringAt, textsAt } from '../../release/json.ts';
import { latest } from '../../release/moments.ts';
import type { KubeObject } from '../../release/ports.ts';
import { parseAmount } from '../kruise/amounts.ts';
import { DELIVERY_ANNOTATION } from '../kruise/keys.ts';
import { dateIn } from '../kruise/status.ts';
import { PAIR_ANNOTATION, RELEASE_LABEL, REVISION_HASH_LABEL, REVISION_LABEL, ROLLBACK_ANNOTATION } from './keys.ts';

/** The spec of an AppRollout. Batches count from 0 here. */
export interface Spec {
  readonly target: string;
  /** Null for a change of the size alone, as in a first deploy. */
  readonly source: string | null;
  readonly component: string | null;
  readonly targetSize: number | null;
  readonly batches: readonly Amount[];
  /** The last batch that may run; null for all. */
  readonly partition: number | null;
  readonly paused: boolean;
}

/** The status of an AppRollout. It has no generation: what it is about is told by its content. */
export interface Status {
  /** Empty before the controller has seen the AppRollout. */
  readonly rolling: string;
  readonly batch: string;
  readonly currentBatch: number;
  /** -1 from the begin of a rollout until the size was verified. */
  readonly targetSize: number | null;
  readonly lastTarget: string | null;
  readonly lastSource: string | null;
  readonly conditions: readonly Condition[];
}

export interface Condition {
  readonly type: string;
  readonly isTrue: boolean;
  /** Foreign text. */
  readonly message: string;
  readonly at: Date | null;
}

export function specOf(rollout: KubeObject): Spec {
  const spec = objectAt(rollout, 'spec');
  const plan = objectAt(spec, 'rolloutPlan');
  return {
    target: stringAt(spec, 'targetAppRevisionName') ?? '',
    source: stringAt(spec, 'sourceAppRevisionName') || null,
    component: sole(textsAt(spec, 'componentList')),
    targetSize: numberAt(plan, 'targetSize'),
    batches: listAt(plan, 'rolloutBatches').map(amountOf),
    partition: numberAt(plan, 'batchPartition'),
    paused: at(plan, 'paused') === true,
  };
}

function sole(names: readonly string[]): string | null {
  return names.length === 1 ? (names[0] ?? null) : null;
}

/** An omitted amount counts as 0. */
function amountOf(batch: Json): Amount {
  return parseAmount(at(batch, 'replicas')) ?? { unit: 'pods', value: 0 };
}

export function statusOf(rollout: KubeObject): Status {
  const status = objectAt(rollout, 'status');
  return {
    rolling: stringAt(status, 'rollingState') ?? '',
    batch: stringAt(status, 'batchRollingState') ?? '',
    currentBatch: numberAt(status, 'currentBatch') ?? 0,
    targetSize: numberAt(status, 'rolloutTargetSize'),
    lastTarget: stringAt(status, 'lastTargetAppRevision') || null,
    // Written with a capital letter, and left out when it is empty.
    lastSource: stringAt(status, 'LastSourceAppRevision') || null,
    conditions: listAt(status, 'conditions').map((one) => ({
      type: stringAt(one, 'type') ?? '',
      isTrue: stringAt(one, 'status') === 'True',
      message: stringAt(one, 'message') ?? '',
      at: dateIn(one, 'lastTransitionTime'),
    })),
  };
}

/** At the end. Nothing moves until the pair or the size in the spec is another one. */
export function isTerminal({ rolling }: Pick<Status, 'rolling'>): boolean {
  return rolling === 'rolloutSucceed' || rolling === 'rolloutFailed';
}

/**
 * Whether a status is about the present spec: the same pair of revisions and the same size. At the begin of a first rollout the
 * pair is empty; from the begin of each rollout, and after one that failed before it was verified, the size is -1.
 */
export function isAbout(status: Status, { source, target, targetSize }: Spec): boolean {
  const begins = status.rolling === 'locatingTargetApp' || status.rolling === 'verifyingSpec';
  if (begins && status.lastTarget === null) return true;
  if (status.lastTarget !== target || status.lastSource !== source) return false;
  if (targetSize === null || status.targetSize === targetSize) return true;
  return status.targetSize === -1 && status.rolling !== 'rolloutSucceed';
}

/** A pair in words: `site-v1>site-v2`. */
export function pairWords({
  source,
  target,
}: {
  readonly source: string | null;
  readonly target: string | null;
}): string {
  return `${source ?? ''}>${target ?? ''}`;
}

/** The value of the pair's annotation: pair, size, and the hash of the target's content, because names are used again. */
export function pairMark(spec: Pick<Spec, 'source' | 'target' | 'targetSize'>, hash: string): string {
  return `${pairWords(spec)} ${spec.targetSize ?? '-'} ${hash}`;
}

/**
 * The release that an AppRollout was written for. A label that is about another pair or size, because somebody has edited the spec
 * since, is not believed, and neither is one whose revision has another content by now. `made`: the workload of the target, which has
 * the labels of the revision that it was made of; null when there is none. Null when no release is known.
 */
export function releaseOf(rollout: KubeObject, made: KubeObject | null): string | null {
  const spec = specOf(rollout);
  const labels = objectAt(made, 'metadata', 'labels');
  const isMade = stringAt(labels, REVISION_LABEL) === spec.target;
  const mark = markOf(rollout);
  // A spec without stepgate's mark is somebody else's. Of it only the workload can tell a release.
  if (mark === null) return isMade ? stringAt(labels, RELEASE_LABEL) : null;
  const hash = hashIn(mark);
  if (mark !== pairMark(spec, hash)) return null;
  if (isMade && stringAt(labels, REVISION_HASH_LABEL) !== hash) return null;
  return stringAt(rollout, 'metadata', 'labels', RELEASE_LABEL);
}

/** The mark with which stepgate has aimed an AppRollout; null when it has not. */
export function markOf(rollout: KubeObject): string | null {
  return stringAt(rollout, 'metadata', 'annotations', PAIR_ANNOTATION);
}

/** The hash of the target's content in a mark. */
export function hashIn(mark: string): string {
  return mark.slice(mark.lastIndexOf(' ') + 1);
}

/**
 * Who has aimed an AppRollout at its pair. `first`: stepgate has made it for the record, paused, and it moves no pod until it is aimed.
 * `foreign`: somebody else has made it, or changed its pair or size since.
 */
export function aimOf(rollout: KubeObject): 'first' | 'ours' | 'foreign' {
  const [spec, mark] = [specOf(rollout), markOf(rollout)];
  if (mark !== null) return mark === pairMark(spec, hashIn(mark)) ? 'ours' : 'foreign';
  const isOurs = stringAt(rollout, 'metadata', 'annotations', DELIVERY_ANNOTATION) !== null;
  return isOurs && spec.paused && spec.source === null ? 'first' : 'foreign';
}

/** Whether it takes a release back. */
export function isBack(rollout: KubeObject): boolean {
  return stringAt(rollout, 'metadata', 'annotations', ROLLBACK_ANNOTATION) !== null;
}

/** When a rollout last got on. Conditions that are False are of attempts. */
export function progressedAt({ conditions }: Status): Date | null {
  return latest(conditions.filter(({ isTrue, type }) => isTrue && type !== 'BatchPaused').map((one) => one.at));
}

/** What the controller says against the rollout: the newest False condition that has a message; null when there is none. */
export function troubleOf({ conditions }: Status): string | null {
  const said = conditions.filter(({ isTrue, message }) => !isTrue && message !== '' && message !== MODIFIED);
  const newest = latest(said.map((one) => one.at));
  const found = said.findLast((one) => newest === null || one.at?.getTime() === newest.getTime());
  return found?.message ?? null;
}

/** A condition that stays False with this message after a rollout was given up for another. */
const MODIFIED = 'Rollout Spec is modified';

export function conditionOf({ conditions }: Status, type: string): Condition | null {
  return conditions.find((one) => one.type === type) ?? null;
}
