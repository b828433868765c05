/** A kind of the embedded server. */
export interface KindInfo {
  /** The model's name, which differs for the native and Kruise's StatefulSet and DaemonSet. */
  readonly id: string;
  readonly kind: string;
  readonly plural: string;
  readonly group: string;
  /** Served versions, the stored one first. */
  readonly versions: readonly string[];
  readonly namespaced: boolean;
  /** Has a status subresource: a write of the object does not change the status, and a write of the status only the status. */
  readonly status: boolean;
  /** Whether it has metadata.generation, and which changes beside the spec increase it (Deployments: annotations). */
  readonly generation: 'none' | 'spec' | 'spec and annotations';
  /** Whether managedFields are kept; only for kinds that people apply. */
  readonly owned: boolean;
}

function kind(id: string, group: string, versions: string, plural: string, more: Partial<KindInfo> = {}): KindInfo {
  return {
    id,
    kind: id,
    plural,
    group,
    versions: versions.split(' '),
    namespaced: true,
    status: true,
    generation: 'spec',
    owned: true,
    ...more,
  };
}

const plain = { status: false, generation: 'none' } as const;

export const kinds: readonly KindInfo[] = [
  kind('Namespace', '', 'v1', 'namespaces', { namespaced: false, generation: 'none' }),
  kind('Node', '', 'v1', 'nodes', { namespaced: false, generation: 'none', owned: false }),
  kind('Pod', '', 'v1', 'pods', { owned: false }),
  kind('Service', '', 'v1', 'services', { generation: 'none' }),
  kind('ConfigMap', '', 'v1', 'configmaps', plain),
  kind('Secret', '', 'v1', 'secrets', plain),
  kind('ResourceQuota', '', 'v1', 'resourcequotas'),
  kind('LimitRange', '', 'v1', 'limitranges', plain),
  kind('ServiceAccount', '', 'v1', 'serviceaccounts', plain),
  kind('PersistentVolumeClaim', '', 'v1', 'persistentvolumeclaims', { generation: 'none' }),
  kind('Event', '', 'v1', 'events', { ...plain, owned: false }),
  kind('Deployment', 'apps', 'v1', 'deployments', { generation: 'spec and annotations' }),
  kind('ReplicaSet', 'apps', 'v1', 'replicasets', { owned: false }),
  kind('StatefulSet', 'apps', 'v1', 'statefulsets'),
  kind('DaemonSet', 'apps', 'v1', 'daemonsets'),
  kind('ControllerRevision', 'apps', 'v1', 'controllerrevisions', { ...plain, owned: false }),
  kind('Job', 'batch', 'v1', 'jobs'),
  kind('CronJob', 'batch', 'v1', 'cronjobs'),
  kind('PodDisruptionBudget', 'policy', 'v1', 'poddisruptionbudgets'),
  kind('Role', 'rbac.authorization.k8s.io', 'v1', 'roles', plain),
  kind('RoleBinding', 'rbac.authorization.k8s.io', 'v1', 'rolebindings', plain),
  kind('HorizontalPodAutoscaler', 'autoscaling', 'v2 v1', 'horizontalpodautoscalers', { generation: 'none' }),
  kind('Ingress', 'networking.k8s.io', 'v1', 'ingresses'),
  kind('NetworkPolicy', 'networking.k8s.io', 'v1', 'networkpolicies', { status: false }),
  kind('HTTPRoute', 'gateway.networking.k8s.io', 'v1 v1beta1', 'httproutes'),
  kind('Rollout', 'rollouts.kruise.io', 'v1beta1', 'rollouts'),
  // A cluster has one of the two: the model does not convert between them (engine/old-rollouts.ts).
  kind('OldRollout', 'rollouts.kruise.io', 'v1alpha1', 'rollouts', { kind: 'Rollout' }),
  kind('Application', 'core.oam.dev', 'v1beta1', 'applications'),
  kind('AppRollout', 'core.oam.dev', 'v1beta1', 'approllouts'),
  kind('ApplicationRevision', 'core.oam.dev', 'v1beta1', 'applicationrevisions', { ...plain, owned: false }),
  kind('BatchRelease', 'rollouts.kruise.io', 'v1beta1', 'batchreleases', { owned: false }),
  kind('TrafficRouting', 'rollouts.kruise.io', 'v1alpha1', 'trafficroutings'),
  kind('RolloutHistory', 'rollouts.kruise.io', 'v1alpha1', 'rollouthistories'),
  kind('CloneSet', 'apps.kruise.io', 'v1alpha1', 'clonesets'),
  kind('AdvancedStatefulSet', 'apps.kruise.io', 'v1beta1 v1alpha1', 'statefulsets', { kind: 'StatefulSet' }),
  kind('AdvancedDaemonSet', 'apps.kruise.io', 'v1alpha1', 'daemonsets', { kind: 'DaemonSet' }),
];

const answered = { ...plain, namespaced: false, owned: false };

/** Kinds that are answered and never stored. */
export const reviews: KindInfo = kind(
  'SelfSubjectReview',
  'authentication.k8s.io',
  'v1',
  'selfsubjectreviews',
  answered,
);
export const accessReviews: KindInfo = kind(
  'SelfSubjectAccessReview',
  'authorization.k8s.io',
  'v1',
  'selfsubjectaccessreviews',
  answered,
);

const byId = new Map(kinds.map((info) => [info.id, info]));

export function kindOf(id: string): KindInfo {
  const info = byId.get(id);
  if (info === undefined) throw new Error(`the embedded cluster does not know the kind ${id}`);
  return info;
}

export function apiVersionOf(info: KindInfo, version: string = info.versions[0] ?? 'v1'): string {
  return info.group === '' ? version : `${info.group}/${version}`;
}

/** `apps/v1` as group and version. */
export function groupVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

const served = new Map(
  kinds.flatMap((info) =>
    info.versions.map((version) => [`${apiVersionOf(info, version)} ${info.kind}`, info] as const),
  ),
);

export function kindFor(apiVersion: string, name: string): KindInfo | undefined {
  return served.get(`${apiVersion} ${name}`);
}

const inGroups = Map.groupBy(kinds, (info) => info.group);
/** Kinds by apiVersion, cached. */
const asWritten = new Map<string, readonly KindInfo[]>();

/** Kinds by group alone, as the engine looks up a workloadRef. */
export function kindInGroup(apiVersion: string, name: string): KindInfo | undefined {
  const known = asWritten.get(apiVersion) ?? inGroups.get(groupVersion(apiVersion).group) ?? [];
  if (asWritten.size < 64) asWritten.set(apiVersion, known);
  return known.find((info) => info.kind === name);
}

/** `rollouts.rollouts.kruise.io`, as the server writes it in its messages. */
export function resourceName(info: KindInfo): string {
  return info.group === '' ? info.plural : `${info.plural}.${info.group}`;
}
