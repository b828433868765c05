import type { Kind } from '../../release/ports.ts';
import { APPLICATION } from '../vela/keys.ts';

/** KubeVela's AppRollouts. v1.2.0 and later have none. */
export const APP_ROLLOUT: Kind = {
  apiVersion: APPLICATION.apiVersion,
  kind: 'AppRollout',
  plural: 'approllouts',
  namespaced: true,
  whereMissing:
    'only KubeVela v1.0.0 to v1.1.13 has AppRollouts: use target: vela-application or kruise with a newer one',
};

/** The Rollout that the trait `rollout` makes (KubeVela v1.1.0 to v1.8.2, docs/approllout.md#the-trait-rollout). */
export const STANDARD_ROLLOUT: Pick<Kind, 'apiVersion' | 'kind'> = {
  apiVersion: 'standard.oam.dev/v1alpha1',
  kind: 'Rollout',
};

/** Annotation of an Application: with any value, KubeVela makes its revisions and writes no workload. */
export const TEMPLATE_ANNOTATION = 'app.oam.dev/rollout-template';
/** Annotation that KubeVela sets on an Application: its own version. */
export const VELA_VERSION_ANNOTATION = 'oam.dev/kubevela-version';
/** Labels that KubeVela sets on a workload: the component, the revision of the Application, and the hash of that. */
export const COMPONENT_LABEL = 'app.oam.dev/component';
export const REVISION_LABEL = 'app.oam.dev/appRevision';
export const REVISION_HASH_LABEL = 'app.oam.dev/app-revision-hash';

/** Label of an AppRollout and of its Application: the release. KubeVela copies it to the revision, and to the workload. */
export const RELEASE_LABEL = 'stepgate.dev/release';
/** Annotation of an AppRollout: the pair of revisions and the size that its release label is about (`status.ts`). */
export const PAIR_ANNOTATION = 'stepgate.dev/pair';
/** Annotation of an AppRollout: the steps of the plan, as the policy has them. */
export const STEPS_ANNOTATION = 'stepgate.dev/steps';
/** Annotation of an AppRollout: the kind of the workload, which its spec does not say. */
export const WORKLOAD_ANNOTATION = 'stepgate.dev/workload';
/** Annotation of an AppRollout that takes a release back. */
export const ROLLBACK_ANNOTATION = 'stepgate.dev/rollback';

/** KubeVela's finalizer of an AppRollout. */
export const FINALIZER = 'finalizers.approllout.oam.dev';

/** The field manager of KubeVela's controllers. */
export const VELA_MANAGER = 'kubevela';
