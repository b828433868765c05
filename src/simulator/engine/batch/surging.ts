import { type Json, type JsonMap, numberAt, parsedText } from '../../api/json.ts';
import { annotationOf, isGoing, type Thing } from '../../api/things.ts';
import { type Amount, amountAt, scaled } from '../../workloads/amounts.ts';
import type { Kinds, World } from '../../world.ts';
import { switchHpa } from '../hpa.ts';
import type { BatchRelease } from '../types.ts';
import { controlAnnotation, originalAnnotation } from '../words.ts';
import { patch } from '../writes.ts';
import { type Batch, checkReady, plannedAmount } from './batch.ts';
import { BatchFailed, type Control, type Info, noteWorkload } from './control.ts';
import { controlInfo, isControlled } from './control-info.ts';
import { labelPods } from './labels.ts';
import { ownedPods } from './pods.ts';

/** The user's settings, kept in an annotation while a blueGreen release has its own. */
export interface Settings {
  readonly maxUnavailable: Amount | undefined;
  readonly maxSurge: Amount | undefined;
  /** 0 is none. */
  readonly minReadySeconds: number;
  /** 0 is none; CloneSets have none. */
  readonly progressDeadlineSeconds: number;
}

/** One kind of workload that has old and new pods side by side. */
export interface Surging<Kind extends 'Deployment' | 'CloneSet'> {
  readonly kind: Kind;
  readonly workload: Kinds[Kind];
  readonly info: Info;
  /** The present settings, with the kind's defaults. */
  readonly settings: Settings;
  /** New pods are made but never become available, so that no old pod is removed. */
  readonly held: JsonMap;
  readonly isHeld: boolean;
  /** Also stops other objects, such as the autoscaler. */
  hold?(): void;
  surged(maxSurge: Amount): JsonMap;
  /** The patch that restores the settings. */
  restored(settings: Settings): { readonly labels?: Json; readonly spec: Json };
  /** Pods that must have a label, and be new. */
  planned(amount: Amount): number;
  /** Whether its pods are new and ready; `restored` is null when there were no settings to restore. */
  isDone(restored: Kinds[Kind] | null): boolean;
}

/** blueGreen style: the workload surges by the new pods of the batch, and keeps all old pods. */
export function surgingControl<Kind extends 'Deployment' | 'CloneSet'>(
  world: World,
  release: BatchRelease,
  surging: Surging<Kind>,
): Control {
  const { kind, workload, info } = surging;
  return {
    info,
    initialize(draft) {
      if (!isControlled(release, workload)) take(world, release, surging);
      noteWorkload(draft, info);
    },
    upgrade() {
      if (!surging.isHeld) throw new BatchFailed(notHeld(surging), true);
      const wanted = plannedAmount(release);
      const { maxSurge = 0 } = surging.settings;
      // The engine begins with 1.
      const now = maxSurge === 1 ? 0 : scaled(maxSurge, info.replicas);
      if (now < scaled(wanted, info.replicas)) patch(world, kind, workload, { spec: surging.surged(wanted) });
    },
    verify() {
      const planned = surging.planned(plannedAmount(release));
      // The plan's threshold does not count here (docs/engine.md#spec).
      const batch: Batch = {
        release,
        info,
        pods: ownedPods(world, workload),
        planned,
        desired: planned,
        failureThreshold: undefined,
      };
      labelPods(world, batch);
      checkReady(batch);
    },
    finalise() {
      // A superseding release is refused: the settings stay.
      if (release.spec.releasePlan.batchPartition === undefined) letGo(world, surging);
    },
  };
}

function take<Kind extends 'Deployment' | 'CloneSet'>(
  world: World,
  release: BatchRelease,
  surging: Surging<Kind>,
): void {
  const { kind, workload, settings } = surging;
  switchHpa(world, workload, false);
  surging.hold?.();
  // Settings recorded by an earlier release are the user's; the present ones are then those of that release.
  const noted = settingsIn(workload);
  const original = JSON.stringify({
    maxUnavailable: noted.maxUnavailable ?? settings.maxUnavailable,
    maxSurge: noted.maxSurge ?? settings.maxSurge,
    minReadySeconds: noted.minReadySeconds || settings.minReadySeconds || undefined,
    progressDeadlineSeconds: noted.progressDeadlineSeconds || settings.progressDeadlineSeconds || undefined,
  });
  const annotations = { [originalAnnotation]: original, [controlAnnotation]: controlInfo(release) };
  patch(world, kind, workload, { metadata: { annotations }, spec: surging.held });
}

function letGo<Kind extends 'Deployment' | 'CloneSet'>(world: World, surging: Surging<Kind>): void {
  if (!surging.isDone(restore(world, surging))) throw new BatchFailed('not all pods are updated and ready');
  switchHpa(world, surging.workload, true);
}

/** The workload with the user's settings; null when there are none to restore. */
function restore<Kind extends 'Deployment' | 'CloneSet'>(world: World, surging: Surging<Kind>): Kinds[Kind] | null {
  const { kind, workload } = surging;
  if (isGoing(workload) || annotationOf(workload, originalAnnotation) === '') return null;
  const { labels, spec } = surging.restored(settingsIn(workload));
  const annotations = { [originalAnnotation]: null, [controlAnnotation]: null };
  return patch(world, kind, workload, { metadata: { annotations, ...(labels === undefined ? {} : { labels }) }, spec });
}

function settingsIn(workload: Thing): Settings {
  const text = annotationOf(workload, originalAnnotation);
  const noted = text === '' ? {} : parsedText(text);
  return {
    maxUnavailable: amountAt(noted, 'maxUnavailable'),
    maxSurge: amountAt(noted, 'maxSurge'),
    minReadySeconds: numberAt(noted, 'minReadySeconds'),
    progressDeadlineSeconds: numberAt(noted, 'progressDeadlineSeconds'),
  };
}

function notHeld({ kind, workload }: Surging<'Deployment' | 'CloneSet'>): string {
  const { namespace = '', name } = workload.metadata;
  const word = kind.toLowerCase();
  const why =
    annotationOf(workload, controlAnnotation) === ''
      ? 'workload has no control info annotation'
      : `${word} strategy minReadySeconds or progressDeadlineSeconds is not MaxReadySeconds or MaxProgressSeconds`;
  return `cannot upgrade batch, because ${word} ${namespace}/${name} doesn't satisfy conditions: ${why}`;
}
