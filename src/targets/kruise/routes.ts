import type { Delivery } from '../../release/delivery.ts';
import { objectAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import type { Rendered, Wanted } from '../../release/target.ts';
import { SERVICE } from './keys.ts';
import { providersOf } from './traffic/index.ts';

/** What a plan routes with: its Service, and the objects of its providers. */
export function routes({ traffic, namespace }: Delivery): readonly Wanted[] {
  if (traffic === null) return [];
  const { service } = traffic;
  const named = providersOf(traffic).flatMap(({ row, value }) => row.names(value));
  return [...(service === null ? [] : [{ kind: SERVICE, name: service }]), ...named].map((one) => ({
    ...one,
    namespace,
  }));
}

/** The objects of `routes` that the source does not have, as plain as they can be; none of kinds that are not rehearsed. */
export function assumedRoutes(delivery: Delivery, { workload, idleOnly }: Rendered): readonly KubeObject[] {
  const { traffic, namespace } = delivery;
  const service = traffic?.service ?? null;
  if (traffic === null || service === null) return [];
  const selector = objectAt(workload, 'spec', 'selector', 'matchLabels');
  const inSource = (kind: string, name: string) =>
    idleOnly.some((one) => stringAt(one, 'kind') === kind && stringAt(one, 'metadata', 'name') === name);
  const named = providersOf(traffic).flatMap(({ row, value }) => {
    const spec = row.assumed(value, { service, port: PORT });
    return spec === null ? [] : row.names(value).map((one) => ({ ...one, spec }));
  });
  return [{ kind: SERVICE, name: service, spec: { selector, ports: [{ port: PORT }] } }, ...named]
    .filter(({ kind, name }) => !inSource(kind.kind, name))
    .map(({ kind, name, spec }) => ({
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      metadata: { name, namespace },
      spec,
    }));
}

const PORT = 80;
