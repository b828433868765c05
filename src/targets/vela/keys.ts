import type { Kind } from '../../release/ports.ts';

/** KubeVela's API group, and the only version of Applications that is served today (docs/kubevela.md). */
export const APPLICATION: Kind = {
  apiVersion: 'core.oam.dev/v1beta1',
  kind: 'Application',
  plural: 'applications',
  namespaced: true,
  whereMissing: 'install KubeVela in this cluster',
};

/** Annotation of an Application: with another value its workflow runs again, with the same one no edit is rendered. */
export const PUBLISH_VERSION = 'app.oam.dev/publishVersion';
/** Annotation of what KubeVela has made: the whole object as it was applied, in JSON. */
export const LAST_APPLIED = 'app.oam.dev/last-applied-configuration';
/** Label of what KubeVela has made: the name of the Application. KubeVela removes no object without it. */
export const APPLICATION_LABEL = 'app.oam.dev/name';
/** Label of a workload: the addon's engine gates no other. KubeVela copies it from the Application's labels. */
export const GATED_LABEL = 'kruise-rollout.oam.dev/webhook';
/** Annotation of a Rollout: `vela workflow resume` approves its step otherwise, whatever its gates say. */
export const SKIP_RESUME = 'controller.core.oam.dev/skip-resume';
/** The trait that makes the Rollout. */
export const TRAIT = 'kruise-rollout';
/** Other traits that move the pods of a component step by step. */
export const OTHER_TRAITS: readonly string[] = ['rolling-release', 'rollout'];
/** The step of a workflow that makes a Rollout of its own. */
export const CANARY_STEP = 'canary-deploy';
/** The service account of KubeVela's controller, as its chart installs it. */
export const VELA_IDENTITY = 'system:serviceaccount:vela-system:kubevela-vela-core';
