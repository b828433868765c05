import { at, objectAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import type { Target } from '../../release/target.ts';
import { deliveryOf } from './delivery-of.ts';
import { forecast } from './forecast.ts';
import {
  AUTOSCALER,
  DEPLOYMENT,
  GATED_ANNOTATION,
  HTTP_ROUTE,
  ID_KEY,
  INGRESS,
  managers,
  POD,
  REPLICA_SET,
  ROLLOUT,
  SERVICE,
  WATCHED_LABEL,
} from './keys.ts';
import { observe, templateHash } from './observe.ts';
import {
  approvePatch,
  forgetManagerPatch,
  jumpPatch,
  openPausePatch,
  recordPatch,
  repairPatch,
  restorePausesPatch,
  revertPatch,
  unpausePatch,
} from './order.ts';
import { livePlanOf, planDifferences, render, renderYaml, rolloutOf } from './render.ts';
import { keptTemplate, stableTemplate } from './revisions.ts';
import { traps } from './traps.ts';

/** Kruise Rollouts v1beta1. */
export const kruise: Target = {
  managers,
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
    workload: { kind: DEPLOYMENT, namespace: delivery.namespace, name: delivery.workload.name },
  }),
  kinds: {
    pod: POD,
    replicaSet: REPLICA_SET,
    service: SERVICE,
    ingress: INGRESS,
    route: HTTP_ROUTE,
    autoscaler: AUTOSCALER,
    rollout: ROLLOUT,
    record: ROLLOUT,
  },
  observe,
  templateHash,
  wouldGate,
  stableTemplate,
  keptTemplate,
  deliveryOf,
  patches: {
    record: recordPatch,
    approve: approvePatch,
    jump: jumpPatch,
    openPause: openPausePatch,
    restorePauses: restorePausesPatch,
    unpause: unpausePatch,
    revert: revertPatch,
    repair: repairPatch,
    forgetManager: forgetManagerPatch,
  },
  traps,
  forecast,
};

/**
 * The mark of a release before may still be there: only an object that has the label reaches the webhook, which shuts the
 * gate for the new one.
 */
function wouldGate(answer: KubeObject): boolean {
  return (
    stringAt(answer, 'metadata', 'labels', WATCHED_LABEL) !== null &&
    stringAt(answer, 'metadata', 'annotations', GATED_ANNOTATION) !== null &&
    at(answer, 'spec', 'paused') === true
  );
}
