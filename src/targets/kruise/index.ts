import type { Delivery } from '../../release/delivery.ts';
import type { InSource } from '../../release/imported.ts';
import { at, type Json, numberAt, objectAt, stringAt } from '../../release/json.ts';
import { isOf } from '../../release/kinds.ts';
import { markPatch } from '../../release/owner.ts';
import type { KubeObject } from '../../release/ports.ts';
import type { Target } from '../../release/target.ts';
import { change } from './changes.ts';
import { check, laterWorkloadKinds, refusesStyle, workloadKinds } from './check.ts';
import { checkup } from './checkup/index.ts';
import { deliveryOf } from './delivery-of.ts';
import { eventIn, eventsAbout, logOf } from './diagnosis.ts';
import { isOfOldEngine, olderRollouts } from './dialect/index.ts';
import { forecast, passesAsLast, stepPods } from './forecast.ts';
import { importOf } from './import.ts';
import {
  AUTOSCALER,
  DISRUPTION_BUDGET,
  ENGINE_IDENTITY,
  ENGINE_MANAGER,
  GATED_ANNOTATION,
  GROUP,
  ID_KEY,
  LIMIT_RANGE,
  managers,
  NODE,
  POD,
  RESOURCE_QUOTA,
  ROLLOUT,
  WATCHED_LABEL,
} from './keys.ts';
import { isSize, takesPods } from './manifests.ts';
import { observe, podTemplateHash, subStatusOf } from './observe.ts';
import { forgetManagerPatch, labelPatch, recordPatch, repairPatch, revertPatch } from './order.ts';
import { ownersOf } from './owners.ts';
import { proposer } from './propose/index.ts';
import { livePlanOf, planDifferences, render, renderYaml, rolloutOf } from './render.ts';
import { keptTemplate, stableTemplate } from './revisions.ts';
import { rights } from './rights.ts';
import { assumedRoutes, routes } from './routes.ts';
import { runsPods } from './runs-pods.ts';
import { lookups } from './sight.ts';
import { expectedSize } from './size.ts';
import { traps } from './traps.ts';
import { workloadKind } from './workloads/index.ts';

declare module '../../release/delivery.ts' {
  interface TargetNames {
    kruise: true;
  }
}

/** Kruise Rollouts v1beta1; v1alpha1 in clusters that serve nothing else (dialect/). */
export const kruise: Target = {
  name: 'kruise',
  about: 'a Rollout of Kruise beside the workload',
  // The others are asked first.
  isOf: () => true,
  // What the engine denies is in check, refusesStyle and the settings.
  refuses: () => [],
  managers,
  engineManager: ENGINE_MANAGER,
  carrier: null,
  render,
  renderYaml,
  named: (workload, id) => {
    const metadata = objectAt(workload, 'metadata');
    return { ...workload, metadata: { ...metadata, labels: { ...objectAt(metadata, 'labels'), [ID_KEY]: id } } };
  },
  rolloutOf,
  first: (delivery, rendered) => ({ is: 'apply', object: rendered?.rollout ?? rolloutOf(delivery) }),
  planDifferences,
  pausesLeft: (wanted, live) => {
    const found = livePlanOf(live);
    return livePlanOf(wanted).flatMap((step, index) =>
      found[index] !== undefined && found[index].pause !== step.pause ? [index + 1] : [],
    );
  },
  refs: (delivery) => ({
    rollout: { kind: ROLLOUT, namespace: delivery.namespace, name: delivery.workload.name },
    workload: { kind: workloadKind(delivery).kind, namespace: delivery.namespace, name: delivery.workload.name },
  }),
  kinds: {
    pod: POD,
    node: NODE,
    record: ROLLOUT,
  },
  olderVersions: [olderRollouts],
  revisions: (delivery) => workloadKind(delivery).revisions.kind,
  routes,
  assumedRoutes,
  surroundings: (delivery) => [
    ...new Set([
      ...routes(delivery).flatMap(({ kind }) => ('plural' in kind ? [kind] : [])),
      AUTOSCALER,
      ROLLOUT,
      RESOURCE_QUOTA,
      LIMIT_RANGE,
      DISRUPTION_BUDGET,
    ]),
  ],
  everywhere: (delivery) => (workloadKind(delivery).traps.NODES_TOO_FULL ? [NODE, POD] : []),
  rights,
  guarded: {
    keys: [`${GROUP}/`],
    controllers: [ENGINE_IDENTITY],
    // Without one that is in use every pod would be released (docs/engine.md).
    parts: [{ plural: 'batchreleases', over: 'Completed' }],
  },
  lookups,
  isSize,
  takesPods,
  templateOf,
  restorableOf: templateOf,
  withPodAnnotation,
  runsPods,
  podLabels: (workload) =>
    Object.fromEntries(
      Object.entries(objectAt(workload, 'spec', 'selector', 'matchLabels')).map(([key, value]) => [key, String(value)]),
    ),
  // The webhook refuses a third version in blueGreen until the stable template is restored (T23).
  takesThird: ({ style }) => style !== 'blueGreen',
  keepsToFirstStep,
  observe,
  templateHash: (_delivery, workload) => podTemplateHash(workload),
  wouldGate,
  // Engines before v0.6 have no such field, and walk from each step to the next.
  takesJump: (rollout) => numberAt(rollout, 'status', subStatusOf(rollout), 'nextStepIndex') !== null,
  stableTemplate,
  keptTemplate,
  deliveryOf,
  importOf,
  inSource,
  proposer,
  checkup,
  ownersOf,
  patches: {
    record: recordPatch,
    revert: revertPatch,
    repair: (delivery, workload) => repairPatch(workloadKind(delivery), workload),
    mark: markPatch,
    label: labelPatch,
    forgetManager: forgetManagerPatch,
  },
  diagnosis: { logOf, eventsAbout, eventIn },
  change,
  traps,
  expectedSize,
  forecast,
  stepPods,
  check,
  refusesStyle,
  workloadKinds,
  laterWorkloadKinds,
  passesAsLast,
};

/**
 * Whether the answer of a dry-run shows that the engine would gate a new template. The annotation alone is no proof: it may
 * be left from an earlier release. The webhook only sees objects with the label, and shuts the workload for the new template.
 * An old engine sets no label.
 */
function wouldGate(
  delivery: Delivery,
  answer: KubeObject,
  { rollout }: { readonly rollout: KubeObject | null },
): boolean {
  const needsNoLabel = rollout !== null && isOfOldEngine(rollout);
  return (
    (stringAt(answer, 'metadata', 'labels', WATCHED_LABEL) !== null || needsNoLabel) &&
    stringAt(answer, 'metadata', 'annotations', GATED_ANNOTATION) !== null &&
    workloadKind(delivery).isShut(answer)
  );
}

function inSource({ workload }: Pick<Delivery, 'workload'>): InSource {
  const { name } = workload;
  const { kind } = workloadKind({ workload });
  return {
    title: `${workload.kind} ${name}`,
    plan: 'Rollout',
    isIts: (object) => isOf(kind, object) && nameIn(object) === name,
    mayBecome: (object) => isOf(kind, object) && name.includes(nameIn(object) ?? name),
    hasPlan: (object) => isOf(ROLLOUT, object) && nameIn(object) === name,
  };
}

function nameIn(object: KubeObject): string | null {
  return stringAt(object, 'metadata', 'name');
}

function templateOf(_delivery: Pick<Delivery, 'workload'>, workload: KubeObject): Json {
  return at(workload, 'spec', 'template') ?? {};
}

function withPodAnnotation(delivery: Delivery, object: KubeObject, key: string, value: string): KubeObject | null {
  const isIts =
    isOf(workloadKind(delivery).kind, object) && stringAt(object, 'metadata', 'name') === delivery.workload.name;
  return isIts ? annotated(object, key, value) : null;
}

/** A workload with one more annotation in its pod template. */
export function annotated(workload: KubeObject, key: string, value: string): KubeObject {
  const template = objectAt(workload, 'spec', 'template');
  const metadata = objectAt(template, 'metadata');
  const annotations = { ...objectAt(metadata, 'annotations'), [key]: value };
  const spec = { ...objectAt(workload, 'spec'), template: { ...template, metadata: { ...metadata, annotations } } };
  return { ...workload, spec };
}

/**
 * Removing the routes takes the engine seconds, in which the batch of the release before goes on with the new template. Without
 * routes only a batch that tries again and again is as fast.
 */
function keepsToFirstStep(
  delivery: Delivery,
  { at: where, step }: { readonly at: 'waiting' | 'moving'; readonly step: number },
): boolean {
  return step <= 1 || workloadKind(delivery).staysShut || (where === 'waiting' && delivery.traffic === null);
}
