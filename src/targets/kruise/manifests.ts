import { clusterWide } from '../../release/cluster-wide.ts';
import type { Delivery } from '../../release/delivery.ts';
import { type InputProblem, throwProblems } from '../../release/error.ts';
import { numberAt, objectAt, stringAt, without } from '../../release/json.ts';
import { groupOf, isOf } from '../../release/kinds.ts';
import type { KubeObject } from '../../release/ports.ts';
import { AUTOSCALER_OFF_SUFFIX, GROUP, ID_KEY } from './keys.ts';
import { isRoute } from './traffic/index.ts';
import { kindOf, workloadKind } from './workloads/index.ts';
import type { WorkloadKind } from './workloads/kind.ts';

/** The source's objects, grouped by when they may be written. Every object has the delivery's namespace. */
export interface Sorted {
  /** What a release writes. */
  readonly workload: KubeObject;
  readonly before: readonly KubeObject[];
  readonly idleOnly: readonly KubeObject[];
}

/** The known kinds without a namespace, by API group. Of any other kind the cluster says whether it has one. */
const clusterKinds: Readonly<Record<string, readonly string[]>> = {
  '': ['Namespace', 'Node', 'PersistentVolume', 'ComponentStatus'],
  'admissionregistration.k8s.io': [
    'ValidatingWebhookConfiguration',
    'MutatingWebhookConfiguration',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
    'MutatingAdmissionPolicy',
    'MutatingAdmissionPolicyBinding',
  ],
  'apiextensions.k8s.io': ['CustomResourceDefinition'],
  'apiregistration.k8s.io': ['APIService'],
  'certificates.k8s.io': ['CertificateSigningRequest', 'ClusterTrustBundle'],
  'flowcontrol.apiserver.k8s.io': ['FlowSchema', 'PriorityLevelConfiguration'],
  'gateway.networking.k8s.io': ['GatewayClass'],
  'networking.k8s.io': ['IngressClass', 'IPAddress', 'ServiceCIDR'],
  'node.k8s.io': ['RuntimeClass'],
  'rbac.authorization.k8s.io': ['ClusterRole', 'ClusterRoleBinding'],
  'scheduling.k8s.io': ['PriorityClass'],
  'storage.k8s.io': ['StorageClass', 'CSIDriver', 'CSINode', 'VolumeAttachment', 'VolumeAttributesClass'],
  'cert-manager.io': ['ClusterIssuer'],
  'external-secrets.io': ['ClusterSecretStore', 'ClusterExternalSecret'],
};

/** API groups whose kinds the engine, or the proxy it configures, reads during a release (docs/engine.md#traffic). */
const routeGroups = ['gateway.networking.k8s.io', 'networking.istio.io', 'traefik.io', 'traefik.containo.us'];

/** The order of writing for the objects that the workload reads. Other kinds come last. */
const beforeOrder = ['ServiceAccount', 'Secret', 'ConfigMap', 'PersistentVolumeClaim', 'Role', 'RoleBinding'];

/** Fields that the server adds to an object, as `kubectl get -o yaml` prints them. A server-side apply refuses some. */
export const serverFields = ['creationTimestamp', 'generation', 'managedFields', 'resourceVersion', 'selfLink', 'uid'];

/** Checks a source's manifests and sorts them. Throws SOURCE_INVALID or ID_ANNOTATION with all problems. */
export function sortManifests(delivery: Delivery, manifests: readonly KubeObject[]): Sorted {
  return sortAround(delivery, manifests, {
    isMain: (object) => isWorkload(delivery, object),
    problems: missingWorkload(delivery, manifests),
  });
}

/** The object that a release writes, in a source, and the problems with it; there is such an object when there are none. */
interface Main {
  isMain(object: KubeObject): boolean;
  readonly problems: readonly InputProblem[];
}

/** Checks manifests and sorts them around the object that a release writes. Throws SOURCE_INVALID or ID_ANNOTATION. */
export function sortAround(
  delivery: Delivery,
  manifests: readonly KubeObject[],
  { isMain, problems: ofMain }: Main,
): Sorted {
  const problems = manifests.flatMap((object) => problemsOf(delivery, object));
  problems.push(...duplicates(manifests), ...ofMain);
  throwProblems(problems);

  const ours = manifests.map((object) => placed(delivery, object)).sort(byWriting);
  const [workload] = ours.filter(isMain);
  if (workload === undefined) throw new Error('the object of the release was there a moment ago');
  const others = ours.filter((object) => object !== workload);
  return {
    workload,
    before: others.filter((object) => !isIdleOnly(delivery, object)),
    idleOnly: others.filter((object) => isIdleOnly(delivery, object)),
  };
}

/**
 * Whether an autoscaler (HorizontalPodAutoscaler, or KEDA's ScaledObject) sets the size of the workload. An autoscaler that
 * blueGreen detached for the release counts: the engine attaches it again (docs/engine.md#autoscalers-and-scaling).
 */
export function scales(autoscaler: KubeObject, workload: Delivery['workload']): boolean {
  if (!isAutoscaler(autoscaler)) return false;
  const { kind } = workloadKind({ workload });
  const target = objectAt(autoscaler, 'spec', 'scaleTargetRef');
  const { name } = target;
  return (
    isOf(kind, { apiVersion: kind.apiVersion, kind: 'Deployment', ...target }) &&
    (name === workload.name || name === `${workload.name}${AUTOSCALER_OFF_SUFFIX}`)
  );
}

/** The title of an object in messages: `ConfigMap/shop`. */
export function titleOf(object: KubeObject): string {
  return `${stringAt(object, 'kind') ?? '?'}/${stringAt(object, 'metadata', 'name') ?? '?'}`;
}

function problemsOf(delivery: Delivery, object: KubeObject): InputProblem[] {
  const apiVersion = stringAt(object, 'apiVersion');
  const kind = stringAt(object, 'kind');
  if (apiVersion === null || kind === null || stringAt(object, 'metadata', 'name') === null) {
    return [
      invalid(
        `a manifest has no ${apiVersion === null ? 'apiVersion' : kind === null ? 'kind' : 'metadata.name'}: ${titleOf(object)}`,
        'every manifest needs apiVersion, kind and metadata.name',
      ),
    ];
  }
  const title = titleOf(object);
  const group = groupOf(object);
  const found: InputProblem[] = [];
  if (apiVersion === 'v1' && kind === 'List') {
    found.push(invalid(`${title} is a List`, 'write its items as documents of their own'));
  }
  if (group === GROUP && (kind === 'Rollout' || kind === 'BatchRelease')) {
    found.push(
      invalid(
        `the source contains ${title} (${apiVersion})`,
        'remove it: stepgate makes the Rollout from stepgate.yaml',
      ),
    );
  }
  if ((clusterKinds[group] ?? []).includes(kind)) {
    const { message, hint } = clusterWide(delivery, object);
    found.push(invalid(message, hint));
  }
  const namespace = stringAt(object, 'metadata', 'namespace');
  if (namespace !== null && namespace !== delivery.namespace) {
    found.push(
      invalid(
        `${title} names the namespace '${namespace}', the delivery ${delivery.name} is in '${delivery.namespace}'`,
        'leave the namespace out of the manifest, or give it a delivery of its own',
      ),
    );
  }
  if (Object.hasOwn(objectAt(object, 'metadata', 'annotations'), ID_KEY)) {
    found.push({
      code: 'ID_ANNOTATION',
      message: `${title} has the annotation ${ID_KEY}, which disarms the engine's gate`,
      hint: 'remove it: stepgate sets the label of that name on the workload',
      at: null,
    });
  }
  return found;
}

function duplicates(manifests: readonly KubeObject[]): InputProblem[] {
  const seen = new Set<string>();
  return manifests.flatMap((object) => {
    const key = `${groupOf(object)}/${titleOf(object)}`;
    if (seen.has(key)) return [invalid(`the source contains ${titleOf(object)} twice`, 'keep one of them')];
    seen.add(key);
    return [];
  });
}

function missingWorkload(delivery: Delivery, manifests: readonly KubeObject[]): InputProblem[] {
  const { name } = delivery.workload;
  const row = workloadKind(delivery);
  const { apiVersion, kind } = row.kind;
  const workload = manifests.find((object) => isWorkload(delivery, object));
  if (workload === undefined) {
    const twin = manifests.find((object) => stringAt(object, 'kind') === kind && nameOf(object) === name);
    if (twin !== undefined) return [ofOtherGroup(row, twin)];
    const near = manifests.filter((object) => groupOf(object) === 'apps' || stringAt(object, 'kind') === kind);
    const found = (near.length > 0 ? near : manifests).map(titleOf).sort();
    return [
      invalid(
        `the source of ${delivery.name} renders no ${kind}/${name}; it renders ${found.join(', ') || 'nothing'}`,
        'correct workload.name in stepgate.yaml, or the source',
      ),
    ];
  }
  if (stringAt(workload, 'apiVersion') !== apiVersion) {
    return [invalid(`${kind}/${name} is ${stringAt(workload, 'apiVersion')}`, `write apiVersion: ${apiVersion}`)];
  }
  if (Object.keys(objectAt(workload, 'spec', 'template')).length === 0) {
    return [invalid(`${kind}/${name} has no spec.template`, 'give it a pod template')];
  }
  const wrong = row.wrongIn(workload);
  if (wrong !== null) return [invalid(`${kind}/${name} ${wrong.says}`, wrong.hint)];
  return [];
}

function isWorkload(delivery: Delivery, object: KubeObject): boolean {
  return isOf(workloadKind(delivery).kind, object) && nameOf(object) === delivery.workload.name;
}

/** The problem of a manifest whose kind has the right name, but an API group that is old or named otherwise in the config. */
function ofOtherGroup({ name, kind }: WorkloadKind, twin: KubeObject): InputProblem {
  const title = `${titleOf(twin)} is ${stringAt(twin, 'apiVersion')}`;
  const other = kindOf(twin);
  return other === null
    ? invalid(title, `write apiVersion: ${kind.apiVersion}`)
    : invalid(
        `${title}, which stepgate.yaml calls ${other.name}, and workload.kind is ${name}`,
        `write workload.kind: ${other.name} in stepgate.yaml, or apiVersion: ${kind.apiVersion} in the manifest`,
      );
}

function nameOf(object: KubeObject): string | null {
  return stringAt(object, 'metadata', 'name');
}

/** Whether an object only says how many pods there are, or have to be. */
export function isSize(object: KubeObject): boolean {
  return isAutoscaler(object) || (groupOf(object) === 'policy' && stringAt(object, 'kind') === 'PodDisruptionBudget');
}

/** The bounds of an autoscaler, with the value of one that is left out. */
const bounds: readonly (readonly [string, number])[] = [
  ['minReplicas', 1],
  ['maxReplicas', 0],
  ['minReplicaCount', 0],
  ['maxReplicaCount', 100],
];

/** Whether an apply would lower a bound of an autoscaler. */
export function takesPods(live: KubeObject, wanted: KubeObject): boolean {
  if (!isAutoscaler(wanted)) return false;
  return bounds.some(([key, usual]) => {
    const [now, then] = [live, wanted].map((object) => numberAt(object, 'spec', key) ?? usual);
    return now !== undefined && then !== undefined && then < now;
  });
}

function isAutoscaler(object: KubeObject): boolean {
  const kind = stringAt(object, 'kind');
  return (
    (groupOf(object) === 'autoscaling' && kind === 'HorizontalPodAutoscaler') ||
    (groupOf(object) === 'keda.sh' && kind === 'ScaledObject')
  );
}

/** Whether an object is only written while idle. The engine changes the delivery's routes during a release. */
function isIdleOnly({ traffic }: Delivery, object: KubeObject): boolean {
  const group = groupOf(object);
  const kind = stringAt(object, 'kind');
  return (
    (group === '' && kind === 'Service') ||
    kind === 'Ingress' ||
    routeGroups.includes(group) ||
    (group === GROUP && kind === 'TrafficRouting') ||
    isAutoscaler(object) ||
    (traffic !== null && isRoute(traffic, object))
  );
}

/** The object in the delivery's namespace, without the fields that the server adds. */
function placed(delivery: Delivery, object: KubeObject): KubeObject {
  const metadata = without(objectAt(object, 'metadata'), serverFields);
  return { ...object, metadata: { ...metadata, namespace: delivery.namespace } };
}

/** Compares by the order of writing, so the order in which a renderer lists its files does not count. */
function byWriting(left: KubeObject, right: KubeObject): number {
  return (
    rankOf(left) - rankOf(right) || compare(groupOf(left), groupOf(right)) || compare(titleOf(left), titleOf(right))
  );
}

function rankOf(object: KubeObject): number {
  const rank = beforeOrder.indexOf(stringAt(object, 'kind') ?? '');
  return rank === -1 ? beforeOrder.length : rank;
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export function invalid(message: string, hint: string): InputProblem {
  return { code: 'SOURCE_INVALID', message, hint, at: null };
}
