import type { Delivery } from '../../release/delivery.ts';
import { refusal } from '../../release/error.ts';
import { at, type Json, type JsonObject, listAt, numberAt, objectAt, stringAt } from '../../release/json.ts';
import { annotationPath, pointer } from '../../release/pointers.ts';
import type { JsonPatch, KubeObject } from '../../release/ports.ts';
import { RECORD_ANNOTATION } from '../../release/record-fields.ts';
import type { FirstWrite, Rendered, Target } from '../../release/target.ts';
import { managers } from '../kruise/keys.ts';
import { titleOf } from '../kruise/manifests.ts';
import { componentIn } from '../vela/source.ts';
import { latestOf, type Revision, refusalOf } from './carrier.ts';
import { PAIR_ANNOTATION, RELEASE_LABEL, ROLLBACK_ANNOTATION, TEMPLATE_ANNOTATION } from './keys.ts';
import { planOf, rolloutOf } from './plan.ts';
import { sizeIn } from './source.ts';
import { aimOf, isAbout, pairMark, specOf, statusOf } from './status.ts';

/** What there is of a delivery, where null stands for nothing. */
type Found = Parameters<Target['first']>[2];

/**
 * What makes the AppRollout that has the record. KubeVela's webhook refuses one whose target is not there, so the Application comes
 * first; it moves no pod. The AppRollout is made paused, which makes a workload without pods, and waits until it is aimed. One that
 * somebody else has made is taken over at its end, by its annotations alone. Throws NO_RELEASE without a rendering, WOULD_NOT_GATE for
 * an Application of which KubeVela makes the workload by itself, and FOREIGN_OBJECT for what nobody knows the revision of.
 */
export function first(
  delivery: Delivery,
  rendered: Rendered | null,
  { rollout, written, workload }: Found,
): FirstWrite {
  if (written !== null && (stringAt(written, 'metadata', 'annotations', TEMPLATE_ANNOTATION) ?? '') === '') {
    throw refusal(
      'WOULD_NOT_GATE',
      `${titleOf(written)} is live without ${TEMPLATE_ANNOTATION}, so KubeVela moves every pod at once`,
      'docs/approllout.md says why an Application that runs is not taken over',
    );
  }
  if (rollout !== null) return { is: 'apply', object: takenOver(delivery, rollout) };
  if (rendered === null || rendered.carrier === null) {
    throw refusal('NO_RELEASE', `${delivery.name} has no AppRollout yet, and it is made of a revision`, 'deploy first');
  }
  if (workload !== null) {
    const what = `${delivery.workload.kind}/${delivery.workload.name} runs, and no AppRollout says which revision it is`;
    throw refusal('FOREIGN_OBJECT', what, 'give the component another name, or remove the workload that is there');
  }
  if (written === null) return { is: 'after the carrier', carrier: rendered.carrier };
  const latest = latestOf(written);
  if (latest !== null) return { is: 'apply', object: waiting(delivery, latest, sizeOf(delivery, written) ?? 1) };
  const why = refusalOf(written);
  return {
    is: 'wait',
    why: `KubeVela has made no revision of ${titleOf(written)} yet${why === null ? '' : `: ${why}`}`,
  };
}

/**
 * An AppRollout of somebody else, as its annotations alone. One that stepgate has made before, for a delivery that was given up, keeps
 * its spec: the server would take away what an apply of the same manager no longer has.
 */
function takenOver(delivery: Delivery, rollout: KubeObject): KubeObject {
  if (!isAtEnd(rollout)) {
    const { rolling } = statusOf(rollout);
    throw refusal(
      'FOREIGN_RELEASE',
      `${titleOf(rollout)} is somebody else's, and at ${rolling === '' ? 'its begin' : rolling}`,
      'deploy when it has ended',
    );
  }
  const { spec: _, ...wanted } = rolloutOf(delivery);
  const isOurs = listAt(rollout, 'metadata', 'managedFields').some(
    (entry) =>
      stringAt(entry, 'manager') === managers.apply &&
      stringAt(entry, 'operation') === 'Apply' &&
      at(entry, 'fieldsV1', 'f:spec') !== undefined,
  );
  return isOurs ? { ...wanted, spec: objectAt(rollout, 'spec') } : wanted;
}

/** Whether every pod has the revision that the spec names. */
export function isAtEnd(rollout: KubeObject): boolean {
  const status = statusOf(rollout);
  return status.rolling === 'rolloutSucceed' && isAbout(status, specOf(rollout));
}

function waiting(delivery: Delivery, { name }: Revision, size: number): KubeObject {
  const rollout = rolloutOf(delivery);
  const rolloutPlan = { ...atOnce(size), paused: true };
  return { ...rollout, spec: { ...objectAt(rollout, 'spec'), targetAppRevisionName: name, rolloutPlan } };
}

/** All pods in one batch: a first deploy, and the way back. */
function atOnce(size: number): JsonObject {
  return { targetSize: size, rolloutBatches: [{ replicas: size }] };
}

function sizeOf(delivery: Delivery, application: KubeObject): number | null {
  const component = componentIn(delivery, application);
  return component === null ? null : sizeIn(component);
}

interface Live {
  readonly rollout: KubeObject;
  /** The Application. */
  readonly written: KubeObject | null;
}

/**
 * Aims the AppRollout at the newest revision of the Application, for a release. `back`: it goes there in one batch. The patch tests
 * the record and the spec that it was decided on. It takes a pause away, because a rollout that is given up leaves nothing to pause.
 */
export function aimPatch(
  delivery: Delivery,
  { rollout, written }: Live,
  { id, back }: { readonly id: string; readonly back: boolean },
): JsonPatch {
  const latest = written === null ? null : latestOf(written);
  if (written === null || latest === null) throw new Error('there is nothing to aim an AppRollout at');
  const before = specOf(rollout);
  const source = sourceFor(rollout, latest, back);
  const rendered = sizeOf(delivery, written);
  // On the way back no size changes: a component of before may name another one.
  const size = (back ? (before.targetSize ?? rendered) : (rendered ?? before.targetSize)) ?? 1;
  const plan = source === null || back ? atOnce(size) : planOf(delivery, size);
  const pair = { source, target: latest.name, targetSize: size };
  const isSame = aimOf(rollout) !== 'first' && pairMark(pair, '') === pairMark(before, '');
  const spec = {
    ...objectAt(rolloutOf(delivery), 'spec'),
    targetAppRevisionName: latest.name,
    ...(source === null ? {} : { sourceAppRevisionName: source }),
    rolloutPlan: plan,
  };
  return [
    ...specTests(rollout),
    ...labelled(rollout, id),
    ...annotated(rollout, {
      ...objectAt(rolloutOf(delivery), 'metadata', 'annotations'),
      [PAIR_ANNOTATION]: pairMark(pair, latest.hash),
      [ROLLBACK_ANNOTATION]: back ? 'true' : null,
    }),
    // KubeVela goes on with the same pair, and a lower partition would end it.
    ...(isSame ? [] : [{ op: 'replace' as const, path: '/spec', value: spec }]),
  ];
}

/**
 * The revision that pods leave: the one that runs whole, or in the middle of a rollout the one that it comes from. On the way back it
 * is the one that the rollout went to. Null in a first deploy.
 */
function sourceFor(rollout: KubeObject, { name }: Revision, back: boolean): string | null {
  if (aimOf(rollout) === 'first') return null;
  const spec = specOf(rollout);
  const from = back || isAtEnd(rollout) ? spec.target : (spec.source ?? spec.target);
  if (from !== name) return from;
  // Back to what it came from, by a new release; or to the same again.
  return spec.target === name ? spec.source : spec.target;
}

/** Puts an older spec of the Application back, under another release. KubeVela gives it its revision of before. */
export function revertPatch(application: KubeObject, restorable: Json, id: string): JsonPatch {
  return [
    { op: 'test', path: '/metadata/uid', value: stringAt(application, 'metadata', 'uid') },
    { op: 'test', path: '/metadata/generation', value: numberAt(application, 'metadata', 'generation') },
    { op: 'replace', path: '/spec', value: restorable },
    ...labelled(application, id),
  ];
}

function labelled(object: KubeObject, id: string): JsonPatch {
  const labels = at(object, 'metadata', 'labels');
  return labels === undefined
    ? [{ op: 'add', path: '/metadata/labels', value: { [RELEASE_LABEL]: id } }]
    : [{ op: 'add', path: `/metadata/labels/${pointer(RELEASE_LABEL)}`, value: id }];
}

/** Null takes an annotation away. The AppRollout has one at least: its delivery. */
function annotated(rollout: KubeObject, wanted: JsonObject): JsonPatch {
  const live = objectAt(rollout, 'metadata', 'annotations');
  return Object.entries(wanted).flatMap(([key, value]): JsonPatch => {
    const path = annotationPath(key);
    if (value !== null) return [{ op: 'add', path, value }];
    return live[key] === undefined ? [] : [{ op: 'remove', path }];
  });
}

/** Tests the record, and the spec: only an edit of it changes the generation. */
export function specTests(rollout: KubeObject): JsonPatch {
  const record = stringAt(rollout, 'metadata', 'annotations', RECORD_ANNOTATION);
  return [
    { op: 'test', path: '/metadata/uid', value: stringAt(rollout, 'metadata', 'uid') },
    { op: 'test', path: '/metadata/generation', value: numberAt(rollout, 'metadata', 'generation') },
    ...(record === null ? [] : [{ op: 'test' as const, path: annotationPath(RECORD_ANNOTATION), value: record }]),
  ];
}
