import { stringAt } from '../../release/json.ts';
import type { Target } from '../../release/target.ts';
import { kruise } from '../kruise/index.ts';
import {
  APPLICATION_REVISION,
  carrier,
  inSource,
  isMade,
  keptTemplate,
  named,
  remarkPatch,
  restorableOf,
  revertPatch,
  templateHash,
  templateOf,
  withPodAnnotation,
} from './application.ts';
import { checkup } from './checkup.ts';
import { GATED_LABEL, SKIP_RESUME, VELA_IDENTITY } from './keys.ts';
import { observe } from './observe.ts';
import { refuses } from './refuses.ts';
import { render, renderYaml } from './render.ts';
import { rights } from './rights.ts';
import { rolloutOf } from './trait.ts';
import { traps } from './traps.ts';

declare module '../../release/delivery.ts' {
  interface TargetNames {
    'vela-application': true;
  }
}

/**
 * An Application of KubeVela with the trait `kruise-rollout` (docs/kubevela.md). KubeVela makes a Rollout of it, which the engine of
 * the target kruise drives: what is read from that Rollout, and every rule about its plan, is that target's own. The record and the
 * approvals are on that Rollout; the version is written to the Application.
 */
export const velaApplication: Target = {
  ...kruise,
  name: 'vela-application',
  about: 'an Application of KubeVela with the trait kruise-rollout',
  refuses,
  rights,
  guarded: {
    keys: [...kruise.guarded.keys, SKIP_RESUME],
    controllers: [...kruise.guarded.controllers, VELA_IDENTITY],
    parts: kruise.guarded.parts,
  },
  render,
  renderYaml,
  rolloutOf,
  first: (delivery, rendered) => ({ is: 'apply', object: rendered?.rollout ?? rolloutOf(delivery) }),
  traps,
  checkup,
  carrier,
  isOf: isMade,
  observe,
  named,
  templateOf,
  restorableOf,
  templateHash,
  withPodAnnotation,
  // The server runs KubeVela for no dry-run. What can be seen before the write is whether the engine watches the workload.
  wouldGate: (_delivery, answer, { workload }) =>
    stringAt(answer, 'metadata', 'labels', GATED_LABEL) === 'true' && workload?.watched === true,
  revisions: () => APPLICATION_REVISION,
  // The engine's stable revision is one of the workload's, which says nothing about a component.
  stableTemplate: () => null,
  keptTemplate,
  importOf(rollout, namespace) {
    const { delivery, unsaid } = kruise.importOf(rollout, namespace);
    return { delivery: { ...delivery, target: 'vela-application' }, unsaid };
  },
  inSource,
  // What KubeVela owns is written by way of the Application.
  ownersOf(delivery, live) {
    const { plan } = kruise.ownersOf(delivery, live);
    return { plan: plan.filter((owner) => owner !== carrier.manager), template: [] };
  },
  deliveryOf(rollout) {
    const found = kruise.deliveryOf(rollout);
    return found === null ? null : { ...found, target: 'vela-application' };
  },
  patches: { ...kruise.patches, revert: revertPatch, mark: remarkPatch },
  // Those of its Rollouts are the target kruise's.
  olderVersions: [],
};
