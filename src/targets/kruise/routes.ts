import type { Delivery } from '../../release/delivery.ts';
import type { Wanted } from '../../release/finding.ts';
import { objectAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import type { Rendered } from '../../release/target.ts';
import { SERVICE } from './keys.ts';
import { providersOf } from './traffic/index.ts';

/** The objects that a plan routes with: its Service, and the objects of its providers. */
export function routes({ traffic, namespace }: Delivery): readonly Wanted[] {
  if (traffic === null) return [];
  const { service } = traffic;
  const named = providersOf(traffic).flatMap(({ row, value }) => row.names(value));
  return [...(service === null ? [] : [{ kind: SERVICE, name: service }]), ...named].map((one) => ({
    ...one,
    namespace,
  }));
}

/** Minimal objects for those of `routes` that the source does not have. Kinds that are not rehearsed are left out. */
export function assumedRoutes(delivery: Delivery, { workload, idleOnly }: Rendered): readonly KubeObject[] {
  const { traffic, namespace } = delivery;
  if (traffic === null) return [];
  const { service } = traffic;
  const selector = objectAt(workload, 'spec', 'selector', 'matchLabels');
  const own = service === null ? [] : [{ kind: SERVICE, name: service, spec: { selector, ports: [{ port: PORT }] } }];
  const named = providersOf(traffic).flatMap(({ row, value }) => {
    const spec = row.assumed(value, { service: service ?? '', port: PORT });
    return spec === null ? [] : row.names(value).map((one) => ({ ...one, spec }));
  });
  return [...own, ...named]
    .map(({ kind, name, spec }) => ({
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      metadata: { name, namespace },
      spec,
    }))
    .filter((assumed) => !idleOnly.some((one) => isSame(one, assumed)));
}

function isSame(left: KubeObject, right: KubeObject): boolean {
  return (
    stringAt(left, 'kind') === stringAt(right, 'kind') &&
    stringAt(left, 'metadata', 'name') === stringAt(right, 'metadata', 'name')
  );
}

const PORT = 80;
