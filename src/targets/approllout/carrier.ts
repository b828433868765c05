import { type Json, listAt, numberAt, objectAt, stringAt } from '../../release/json.ts';
import type { CarrierView } from '../../release/observation.ts';
import type { KubeObject } from '../../release/ports.ts';
import { RELEASE_LABEL, REVISION_HASH_LABEL, REVISION_LABEL } from './keys.ts';
import { aimOf, hashIn, markOf, pairWords, specOf } from './status.ts';

/** A revision of the Application as it is in the cluster: its name, and the hash of its content. */
export interface Revision {
  readonly name: string;
  readonly hash: string;
}

/** The release that an Application, or a workload that was made of it, carries; null when it has none. */
export function releaseIn(object: KubeObject | null): string | null {
  return stringAt(object, 'metadata', 'labels', RELEASE_LABEL);
}

/** The revision that KubeVela has made of an Application as it is now; null until it has. */
export function latestOf(application: KubeObject): Revision | null {
  if (!isCurrent(application) || refusalOf(application) !== null) return null;
  const latest = objectAt(application, 'status', 'latestRevision');
  const [name, hash] = [stringAt(latest, 'name') ?? '', stringAt(latest, 'revisionHash') ?? ''];
  return name === '' || hash === '' ? null : { name, hash };
}

/** Its generation is written on failures too. */
function isCurrent(application: KubeObject): boolean {
  const generation = numberAt(application, 'metadata', 'generation');
  return generation !== null && (numberAt(application, 'status', 'observedGeneration') ?? 0) >= generation;
}

/** The parts of KubeVela's work without which there is no revision. */
const parts: readonly string[] = ['Parsed', 'Revision', 'Render'];

/** Why KubeVela makes no revision of an Application as it is now; null when it does not say that. Foreign text. */
export function refusalOf(application: KubeObject): string | null {
  if (!isCurrent(application)) return null;
  const failed = listAt(application, 'status', 'conditions').find(
    (one) => stringAt(one, 'status') === 'False' && parts.includes(stringAt(one, 'type') ?? ''),
  );
  return failed === undefined ? null : said(failed);
}

function said(condition: Json): string {
  return stringAt(condition, 'message') ?? stringAt(condition, 'reason') ?? 'KubeVela names no reason';
}

interface Moved {
  readonly rollout: KubeObject | null;
  /** The workload of the AppRollout's target. */
  readonly workload: KubeObject | null;
}

/**
 * The Application: which release it has, and whether the workload is made of it. Until then the AppRollout has to be aimed at it,
 * once for each release: a later change beside the component waits for the next one. An AppRollout that somebody else has aimed
 * since is left alone, and says so.
 */
export function carrierOf(application: KubeObject, { rollout, workload }: Moved): CarrierView {
  const id = releaseIn(application);
  if (rollout !== null && isElsewhere(rollout, id)) {
    return { id, isRendered: false, waitsForAim: false, keepsRollout: true, trouble: elsewhere(rollout) };
  }
  const latest = latestOf(application);
  const aim = rollout === null ? null : aimOf(rollout);
  const aimed = rollout !== null && aim === 'ours' && releaseIn(rollout) === id ? aimedAt(rollout) : null;
  const isRendered =
    aim !== 'first' && [latest, aimed].some((revision) => revision !== null && isOf(workload, revision));
  const waitsForAim = !isRendered && rollout !== null && latest !== null && aimed === null;
  return { id, isRendered, waitsForAim, keepsRollout: true, trouble: refusalOf(application) };
}

/** Whether somebody else has aimed an AppRollout since stepgate has aimed it for a release. */
export function isElsewhere(rollout: KubeObject, release: string | null): boolean {
  return markOf(rollout) !== null && aimOf(rollout) === 'foreign' && releaseIn(rollout) === release;
}

function isOf(workload: KubeObject | null, { name, hash }: Revision): boolean {
  const labels = objectAt(workload, 'metadata', 'labels');
  return stringAt(labels, REVISION_LABEL) === name && stringAt(labels, REVISION_HASH_LABEL) === hash;
}

/** The revision that stepgate has aimed an AppRollout at. */
function aimedAt(rollout: KubeObject): Revision {
  return { name: specOf(rollout).target, hash: hashIn(markOf(rollout) ?? '') };
}

function elsewhere(rollout: KubeObject): string {
  const { source, target, targetSize } = specOf(rollout);
  const pair = pairWords({ source, target });
  return `somebody else has aimed the AppRollout, at ${pair} and ${targetSize ?? 'no'} pods: deploy again, or roll back`;
}
