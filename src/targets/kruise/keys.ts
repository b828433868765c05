import { DELIVERY_MARK } from '../../release/owner.ts';
import type { Kind } from '../../release/ports.ts';

/** The engine's API group, and the prefix of nearly all its labels and annotations (docs/engine.md#keys). */
export const GROUP = 'rollouts.kruise.io';

/** Label of the workload (and of pods): the release's name. An annotation with the same key disables the gate (E8). */
export const ID_KEY = 'rollouts.kruise.io/rollout-id';
/** Label of pods: the step that made the pod, from 1. */
export const BATCH_LABEL = 'rollouts.kruise.io/rollout-batch-id';
/** Label that the engine sets on a workload it watches. The gating webhook selects workloads by it (docs/engine.md#gate). */
export const WATCHED_LABEL = 'rollouts.kruise.io/workload-type';
/** Label of a partition Deployment during a release: the engine's own controller moves its pods. */
export const ADVANCED_CONTROL_LABEL = 'rollouts.kruise.io/controlled-by-advanced-deployment-controller';
/** Annotation the webhook sets when it gates a workload. */
export const GATED_ANNOTATION = 'rollouts.kruise.io/in-progressing';
/** Annotation that names the BatchRelease which has taken the workload. */
export const TAKEN_ANNOTATION = 'batchrelease.rollouts.kruise.io/control-info';
/** Annotation of a partition Deployment during a release: the strategy that the engine restores at the end. */
export const SAVED_STRATEGY_ANNOTATION = 'rollouts.kruise.io/deployment-strategy';
/** Annotation of a partition Deployment during a release: counts that its own status lacks. */
export const EXTRA_STATUS_ANNOTATION = 'rollouts.kruise.io/deployment-extra-status';
/** Annotation of a blueGreen workload during a release: the settings that the engine restores at the end. */
export const SAVED_SETTINGS_ANNOTATION = 'rollouts.kruise.io/original-deployment-strategy';
/** Suffix with which blueGreen detaches an autoscaler from its workload (docs/engine.md#autoscalers-and-scaling). */
export const AUTOSCALER_OFF_SUFFIX = '-DisableByRollout';
/** Label that Kubernetes sets on the pods of a StatefulSet: the name of their ControllerRevision. */
export const REVISION_HASH_LABEL = 'controller-revision-hash';
/** Label of the pods of one template. Kubernetes sets it for a ReplicaSet, and OpenKruise for a CloneSet. */
export const TEMPLATE_HASH_LABEL = 'pod-template-hash';
/** Annotation that `kubectl rollout restart` sets in the pod template. */
export const RESTARTED_ANNOTATION = 'kubectl.kubernetes.io/restartedAt';

/** Annotation of a Rollout that has the style in v1alpha1 (docs/engine.md#old-manifests). */
export const ROLLING_STYLE_ANNOTATION = 'rollouts.kruise.io/rolling-style';
/** Annotation of a Rollout: the TrafficRouting that is active during its releases (T46). */
export const TRAFFIC_ROUTING_ANNOTATION = 'rollouts.kruise.io/trafficrouting';
/** Annotation of a Rollout: a rollback goes through the steps (T10). */
export const ROLLBACK_IN_BATCH_ANNOTATION = 'rollouts.kruise.io/rollback-in-batch';
/** Annotation of a Rollout: the engine's hash of the plan. */
export const PLAN_HASH_ANNOTATION = 'rollouts.kruise.io/hash';
/** The engine's finalizer of a Rollout. */
export const FINALIZER = 'rollouts.kruise.io/rollout';
/** The engine's finalizer of a BatchRelease. */
export const BATCH_FINALIZER = 'rollouts.kruise.io/batch-release-finalizer';
/** The engine's finalizer of the extra Deployment of canary style. */
export const EXTRA_FINALIZER = 'finalizer.rollouts.kruise.io/batch-release';
/** Label of the extra Deployment of canary style: the name of the stable one. */
export const EXTRA_LABEL = 'rollouts.kruise.io/canary-deployment';
/** The engine's finalizer of a TrafficRouting while a release uses it: this, and the name of the Rollout (T46). */
export const ROUTING_FINALIZER = 'progressing.rollouts.kruise.io/';
/** Annotation of a route of another kind during a release: the spec that the engine puts back at the end. */
export const ORIGINAL_SPEC_ANNOTATION = 'rollouts.kruise.io/original-spec-configuration';
/** What the engine appends to the name of a Service and of an Ingress, for those of the new version. */
export const CANARY_SUFFIX = '-canary';
/** Annotation on the Rollout that a person changes to make the engine reconcile again. */
export const LOOK_ANNOTATION = 'stepgate.dev/look-again';
/** Annotation on the Rollout: the name of its delivery. */
export const DELIVERY_ANNOTATION = DELIVERY_MARK;

/** The field manager of the engine (E6). */
export const ENGINE_MANAGER = 'kruise-rollout';
/** The service account of the engine, as its chart and its own manifests install it. */
export const ENGINE_IDENTITY = 'system:serviceaccount:kruise-rollout:kruise-rollout-controller-manager';

/** stepgate's own field managers, one for each reason to write. A conflict between two of them may be forced. */
export const managers = {
  /** Server-side apply of the rendered source. */
  apply: 'stepgate',
  /** The user's values for fields that the engine borrows. They are written while the engine is idle. */
  settings: 'stepgate-settings',
  record: 'stepgate-record',
  promote: 'stepgate-promote',
  rollback: 'stepgate-rollback',
} as const;

export const ROLLOUT = kind('rollouts.kruise.io/v1beta1', 'Rollout', 'rollouts');
/** Only for clusters that serve no other version (docs/engine.md#clusters-with-only-the-old-version). */
export const OLD_ROLLOUT = kind('rollouts.kruise.io/v1alpha1', 'Rollout', 'rollouts');
export const DEPLOYMENT = kind('apps/v1', 'Deployment', 'deployments');
export const STATEFUL_SET = kind('apps/v1', 'StatefulSet', 'statefulsets');
export const CLONE_SET = openKruise('apps.kruise.io/v1alpha1', 'CloneSet', 'clonesets');
export const ADVANCED_STATEFUL_SET = openKruise('apps.kruise.io/v1beta1', 'StatefulSet', 'statefulsets');
export const ADVANCED_DAEMON_SET = openKruise('apps.kruise.io/v1alpha1', 'DaemonSet', 'daemonsets');
export const CONTROLLER_REVISION = kind('apps/v1', 'ControllerRevision', 'controllerrevisions');
export const REPLICA_SET = kind('apps/v1', 'ReplicaSet', 'replicasets');
export const EVENT = kind('v1', 'Event', 'events');
export const POD = kind('v1', 'Pod', 'pods');
export const SERVICE = kind('v1', 'Service', 'services');
export const INGRESS = kind('networking.k8s.io/v1', 'Ingress', 'ingresses');
/** The version that the engine itself reads (docs/engine.md#traffic). */
export const HTTP_ROUTE = kind('gateway.networking.k8s.io/v1beta1', 'HTTPRoute', 'httproutes');
export const CONFIG_MAP = kind('v1', 'ConfigMap', 'configmaps');
export const INGRESS_CLASS: Kind = {
  ...kind('networking.k8s.io/v1', 'IngressClass', 'ingressclasses'),
  namespaced: false,
};
export const RESOURCE_QUOTA = kind('v1', 'ResourceQuota', 'resourcequotas');
export const LIMIT_RANGE = kind('v1', 'LimitRange', 'limitranges');
export const DISRUPTION_BUDGET = kind('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets');
export const NODE: Kind = { ...kind('v1', 'Node', 'nodes'), namespaced: false };
export const AUTOSCALER = kind('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers');

/** Whether a label or annotation belongs to the engine. No manifest may own one. */
export function isEngineKey(key: string): boolean {
  const prefix = key.slice(0, Math.max(0, key.indexOf('/')));
  return prefix === GROUP || prefix.endsWith(`.${GROUP}`);
}

/** A kind of OpenKruise. */
function openKruise(apiVersion: string, name: string, plural: string): Kind {
  const whereMissing = 'install OpenKruise in this cluster, then restart Kruise Rollouts: it looks for the kinds once';
  return { ...kind(apiVersion, name, plural), whereMissing };
}

function kind(apiVersion: string, name: string, plural: string): Kind {
  return { apiVersion, kind: name, plural, namespaced: true };
}
