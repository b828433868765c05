import { stringAt } from '../../release/json.ts';
import { isOf } from '../../release/kinds.ts';
import type { Target } from '../../release/target.ts';
import { kruise } from '../kruise/index.ts';
import { AUTOSCALER } from '../kruise/keys.ts';
import { proposer } from '../kruise/propose/index.ts';
import { workloadKind } from '../kruise/workloads/index.ts';
import {
  APPLICATION_REVISION,
  carrier,
  keptTemplate,
  restorableOf,
  templateHash,
  templateOf,
} from '../vela/application.ts';
import { APPLICATION, VELA_IDENTITY } from '../vela/keys.ts';
import { first, revertPatch } from './aim.ts';
import { checkup } from './checkup.ts';
import { deliveryOf, importOf } from './delivery-of.ts';
import { expectedSize, forecast, stepPods } from './forecast.ts';
import { inSource, withPodAnnotation } from './in-source.ts';
import { APP_ROLLOUT, TEMPLATE_ANNOTATION, VELA_MANAGER } from './keys.ts';
import { observe } from './observe.ts';
import { planDifferences, rolloutOf } from './plan.ts';
import { check, kinds, refuses } from './refuses.ts';
import { named, render, renderYaml } from './render.ts';
import { rights } from './rights.ts';
import { traps } from './traps.ts';
import { change } from './writes.ts';

declare module '../../release/delivery.ts' {
  interface TargetNames {
    'vela-approllout': true;
  }
}

/**
 * An Application and an AppRollout of KubeVela v1.1 (docs/approllout.md). The Application makes a revision, and KubeVela moves pods
 * from one revision to another in batches, up to a partition; the record and the approvals are on the AppRollout.
 */
export const velaAppRollout: Target = {
  name: 'vela-approllout',
  about: 'an Application and an AppRollout of KubeVela v1.1',
  isOf: (rollout) => isOf(APP_ROLLOUT, rollout),
  refuses,
  managers: kruise.managers,
  engineManager: VELA_MANAGER,
  render,
  renderYaml,
  carrier: { ...carrier, makesPlan: false, isAsMade: () => true },
  named,
  rolloutOf,
  first,
  planDifferences,
  // A partition that was raised is an approval, and no difference to the plan.
  pausesLeft: () => [],
  refs: ({ namespace, workload }) => ({
    rollout: { kind: APP_ROLLOUT, namespace, name: workload.name },
    workload: { kind: workloadKind({ workload }).kind, namespace, name: workload.name },
  }),
  kinds: { ...kruise.kinds, record: APP_ROLLOUT },
  olderVersions: [],
  revisions: () => APPLICATION_REVISION,
  routes: () => [],
  assumedRoutes: () => [],
  surroundings: () => [APP_ROLLOUT, APPLICATION, APPLICATION_REVISION, AUTOSCALER],
  everywhere: () => [],
  rights,
  guarded: { keys: ['oam.dev/'], controllers: [VELA_IDENTITY], parts: [] },
  lookups: () => [],
  isSize: kruise.isSize,
  takesPods: kruise.takesPods,
  templateOf,
  withPodAnnotation,
  runsPods: kruise.runsPods,
  podLabels: kruise.podLabels,
  // The earlier rollout is given up first, and of three Deployments nobody counts the one between.
  takesThird: ({ workload }) => workload.kind !== 'Deployment',
  keepsToFirstStep: () => true,
  observe,
  restorableOf,
  templateHash,
  // With the annotation KubeVela writes no workload, and without a workload of its own kind there is nothing to gate.
  wouldGate: (_delivery, answer) => (stringAt(answer, 'metadata', 'annotations', TEMPLATE_ANNOTATION) ?? '') !== '',
  // A partition may be raised by several batches; they run one after the other.
  takesJump: () => true,
  stableTemplate: () => null,
  keptTemplate,
  deliveryOf,
  importOf,
  inSource,
  proposer,
  checkup,
  ownersOf: () => ({ plan: [], template: [] }),
  patches: {
    record: kruise.patches.record,
    revert: (_delivery, written, restorable, id) => revertPatch(written, restorable, id),
    repair: () => {
      throw new Error('a workload that KubeVela left paused is set free by another rollout alone');
    },
    mark: kruise.patches.mark,
    label: kruise.patches.label,
    forgetManager: kruise.patches.forgetManager,
  },
  diagnosis: kruise.diagnosis,
  change,
  traps,
  expectedSize,
  forecast,
  stepPods,
  check,
  refusesStyle: (kind, style) =>
    style === 'partition'
      ? null
      : { says: `is ${kind}, and the strategy is ${style}`, hint: 'write strategy: partition' },
  workloadKinds: kinds,
  laterWorkloadKinds: {},
  // KubeVela stops after no last batch.
  passesAsLast: () => true,
};
