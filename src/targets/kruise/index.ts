import type { Delivery } from '../../release/delivery.ts';
import { at, numberAt, objectAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import type { Target } from '../../release/target.ts';
import { change } from './changes.ts';
import { check, laterWorkloadKinds, refusesStyle, workloadKinds } from './check.ts';
import { deliveryOf } from './delivery-of.ts';
import { eventIn, eventsAbout, logOf } from './diagnosis.ts';
import { isOfOldEngine, olderRollouts } from './dialect/index.ts';
import { forecast, passesAsLast, stepPods } from './forecast.ts';
import { importOf } from './import.ts';
import {
  AUTOSCALER,
  DISRUPTION_BUDGET,
  ENGINE_MANAGER,
  GATED_ANNOTATION,
  ID_KEY,
  LIMIT_RANGE,
  managers,
  NODE,
  POD,
  RESOURCE_QUOTA,
  ROLLOUT,
  WATCHED_LABEL,
} from './keys.ts';
import { observe, subStatusOf, templateHash } from './observe.ts';
import { forgetManagerPatch, recordPatch, repairPatch, revertPatch } from './order.ts';
import { ownersOf } from './owners.ts';
import { livePlanOf, planDifferences, render, renderYaml, rolloutOf } from './render.ts';
import { keptTemplate, stableTemplate } from './revisions.ts';
import { assumedRoutes, routes } from './routes.ts';
import { lookups } from './sight.ts';
import { expectedSize } from './size.ts';
import { traps } from './traps.ts';
import { workloadKind } from './workloads/index.ts';

/** Kruise Rollouts v1beta1; v1alpha1 in clusters that serve nothing else (dialect/). */
export const kruise: Target = {
  managers,
  engineManager: ENGINE_MANAGER,
  render,
  renderYaml,
  named: (workload, id) => {
    const metadata = objectAt(workload, 'metadata');
    return { ...workload, metadata: { ...metadata, labels: { ...objectAt(metadata, 'labels'), [ID_KEY]: id } } };
  },
  rolloutOf,
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
  lookups,
  templateOf: (workload) => at(workload, 'spec', 'template') ?? {},
  withPodAnnotation,
  podLabels: (workload) =>
    Object.fromEntries(
      Object.entries(objectAt(workload, 'spec', 'selector', 'matchLabels')).map(([key, value]) => [key, String(value)]),
    ),
  // The webhook refuses a third version in blueGreen until the stable template is restored (T23).
  takesThird: ({ style }) => style !== 'blueGreen',
  keepsToFirstStep,
  observe,
  templateHash,
  wouldGate,
  // Engines before v0.6 have no such field, and walk from each step to the next.
  takesJump: (rollout) => numberAt(rollout, 'status', subStatusOf(rollout), 'nextStepIndex') !== null,
  stableTemplate,
  keptTemplate,
  deliveryOf,
  importOf,
  ownersOf,
  patches: {
    record: recordPatch,
    revert: revertPatch,
    repair: (delivery, workload) => repairPatch(workloadKind(delivery), workload),
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
function wouldGate(delivery: Delivery, answer: KubeObject, rollout: KubeObject | null): boolean {
  const needsNoLabel = rollout !== null && isOfOldEngine(rollout);
  return (
    (stringAt(answer, 'metadata', 'labels', WATCHED_LABEL) !== null || needsNoLabel) &&
    stringAt(answer, 'metadata', 'annotations', GATED_ANNOTATION) !== null &&
    workloadKind(delivery).isShut(answer)
  );
}

function withPodAnnotation(workload: KubeObject, key: string, value: string): KubeObject {
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
