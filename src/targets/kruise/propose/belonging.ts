import { at, type Json, type JsonObject, listAt, objectAt, stringAt } from '../../../release/json.ts';
import { groupOf, isOf } from '../../../release/kinds.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { DISRUPTION_BUDGET, HTTP_ROUTE, INGRESS, SERVICE } from '../keys.ts';
import { scales, titleOf } from '../manifests.ts';
import { configReadBy } from '../traps-around.ts';
import { kindOf } from '../workloads/index.ts';

/** The objects that belong to a workload: what its pods read, what leads to them, and what sets their number. */
export function belonging(workload: KubeObject, among: readonly KubeObject[]): readonly KubeObject[] {
  const template = objectAt(workload, 'spec', 'template');
  const named = new Set(namedBy(workload, template));
  const services = among.filter((object) => isOf(SERVICE, object) && leadsTo(object, template)).map(titleOf);
  const own = { kind: kindOf(workload)?.name ?? '', name: stringAt(workload, 'metadata', 'name') ?? '' };
  return among.filter(
    (object) =>
      object !== workload &&
      (named.has(titleOf(object)) ||
        services.includes(titleOf(object)) ||
        routesOf(object).some((service) => services.includes(`${SERVICE.kind}/${service}`)) ||
        selects(object, template) ||
        scales(object, own)),
  );
}

/** Whether a Service selects the pods of a template. */
export function leadsTo(service: KubeObject, template: Json): boolean {
  return covered(objectAt(service, 'spec', 'selector'), template);
}

/** The Services to which an Ingress or a route of the Gateway API leads. */
export function routesOf(object: KubeObject): readonly string[] {
  const rules = listAt(object, 'spec', 'rules');
  const names = isOf(INGRESS, object)
    ? [
        stringAt(object, 'spec', 'defaultBackend', 'service', 'name'),
        ...rules
          .flatMap((rule) => listAt(rule, 'http', 'paths'))
          .map((path) => stringAt(path, 'backend', 'service', 'name')),
      ]
    : groupOf(object) === groupOf(HTTP_ROUTE)
      ? rules.flatMap((rule) => listAt(rule, 'backendRefs')).map((ref) => stringAt(ref, 'name'))
      : [];
  return names.filter((name) => name !== null);
}

/** Whether a disruption budget or a network policy is about the pods of a template. */
function selects(object: KubeObject, template: Json): boolean {
  if (isOf(DISRUPTION_BUDGET, object)) return covered(labelsIn(object, 'selector'), template);
  const isPolicy = groupOf(object) === 'networking.k8s.io' && stringAt(object, 'kind') === 'NetworkPolicy';
  return isPolicy && covered(labelsIn(object, 'podSelector'), template);
}

function labelsIn(object: KubeObject, key: string): JsonObject {
  return objectAt(object, 'spec', key, 'matchLabels');
}

/** Whether the labels of a template have everything that a selector names. An empty selector is none. */
function covered(selector: JsonObject, template: Json): boolean {
  const labels = objectAt(template, 'metadata', 'labels');
  const entries = Object.entries(selector);
  return entries.length > 0 && entries.every(([key, value]) => labels[key] === value);
}

/** What a workload and its pods name, as `ConfigMap/x`. */
function namedBy(workload: KubeObject, template: Json): readonly string[] {
  const spec = objectAt(template, 'spec');
  const claims = listAt(spec, 'volumes').map((volume) => stringAt(volume, 'persistentVolumeClaim', 'claimName'));
  const account = stringAt(spec, 'serviceAccountName') ?? stringAt(spec, 'serviceAccount');
  const pulls = listAt(spec, 'imagePullSecrets').map((secret) => stringAt(secret, 'name'));
  const headless = stringAt(workload, 'spec', 'serviceName');
  return [
    ...configReadBy(template),
    ...titles('PersistentVolumeClaim', claims),
    ...titles('ServiceAccount', [account]),
    ...titles('Secret', pulls),
    ...titles(SERVICE.kind, [headless]),
    ...titles('ExternalSecret', configNames(template)),
    ...titles('SealedSecret', configNames(template)),
  ];
}

/** Names of Secrets, which an operator may make of an object of the same name. */
function configNames(template: Json): readonly string[] {
  return configReadBy(template).flatMap((title) =>
    title.startsWith('Secret/') ? [title.slice('Secret/'.length)] : [],
  );
}

function titles(kind: string, names: readonly (string | null)[]): readonly string[] {
  return names.flatMap((name) => (name === null ? [] : [`${kind}/${name}`]));
}

/** The class of an Ingress, as the field or the older annotation names it; null where neither does. */
export function classOf(object: KubeObject): string | null {
  const old = at(object, 'metadata', 'annotations', 'kubernetes.io/ingress.class');
  return stringAt(object, 'spec', 'ingressClassName') ?? (typeof old === 'string' ? old : null);
}
