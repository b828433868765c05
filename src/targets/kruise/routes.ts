import type { Delivery } from '../../release/delivery.ts';
import type { JsonObject } from '../../release/json.ts';
import { objectAt, stringAt } from '../../release/json.ts';
import type { Kind, KubeObject, ObjectRef } from '../../release/ports.ts';
import type { Rendered } from '../../release/target.ts';
import { HTTP_ROUTE, INGRESS, SERVICE } from './keys.ts';

/** What a plan routes with: its Service, and the Ingress or HTTPRoute that leads to it. */
export function routes({ traffic, namespace }: Delivery): readonly ObjectRef[] {
  if (traffic === null) return [];
  const ref = (kind: Kind, name: string | undefined): readonly ObjectRef[] =>
    name === undefined ? [] : [{ kind, namespace, name }];
  return [
    ...ref(SERVICE, traffic.service),
    ...ref(INGRESS, traffic.ingress?.name),
    ...ref(HTTP_ROUTE, traffic.gateway?.route),
  ];
}

/** The objects of `routes` that the source does not have, as plain as they can be. */
export function assumedRoutes(delivery: Delivery, { workload, idleOnly }: Rendered): readonly KubeObject[] {
  const { traffic } = delivery;
  if (traffic === null) return [];
  const inSource = (kind: string, name: string) =>
    idleOnly.some((one) => stringAt(one, 'kind') === kind && stringAt(one, 'metadata', 'name') === name);
  return routes(delivery)
    .filter(({ kind, name }) => !inSource(kind.kind, name))
    .map(({ kind, name, namespace }) => ({
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      metadata: { name, namespace },
      spec: specOf(kind, traffic, workload),
    }));
}

const PORT = 80;

function specOf(kind: Kind, traffic: NonNullable<Delivery['traffic']>, workload: KubeObject): JsonObject {
  if (kind === SERVICE) {
    return { selector: objectAt(workload, 'spec', 'selector', 'matchLabels'), ports: [{ port: PORT }] };
  }
  if (kind === INGRESS) {
    const backend = { service: { name: traffic.service, port: { number: PORT } } };
    return {
      ingressClassName: traffic.ingress?.class ?? 'nginx',
      rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    };
  }
  return { rules: [{ backendRefs: [{ kind: SERVICE.kind, name: traffic.service, port: PORT }] }] };
}
