import { othersInGates } from '../flow/evidence.ts';
import { type ListCaches, listCaches } from '../flow/observe/list-cache.ts';
import type { PolicySource } from '../flow/policy.ts';
import type { Delivery } from '../release/delivery.ts';
import { refusal } from '../release/error.ts';
import type { Cluster } from '../release/ports.ts';
import type { ValuesOf } from './input.ts';
import type { RunWith } from './run.ts';

/** The lists that deliveries share, by connection: those of the deliveries, and of the Rollouts that their gates ask about. */
export async function sharing(
  { context, input }: RunWith<'context'>,
  { current: policy }: PolicySource,
  deliveries: readonly Delivery[],
): Promise<ReadonlyMap<Cluster, ListCaches>> {
  const asked = new Set(deliveries.flatMap(othersInGates));
  const shares = new Map<Cluster, { deliveries: Delivery[]; rollouts: Delivery[] }>();
  const put = async (delivery: Delivery, cluster: Delivery['cluster'], where: 'deliveries' | 'rollouts') => {
    // A connection failure is reported when that delivery is read.
    const connected = await context.connect(cluster).catch(() => null);
    if (connected === null) return;
    const share = shares.get(connected) ?? { deliveries: [], rollouts: [] };
    share[where].push(delivery);
    shares.set(connected, share);
  };
  for (const delivery of deliveries) {
    // A context that is refused is reported when that delivery is read.
    if (isNarrowed(delivery, input)) await put(delivery, clusterFor(delivery, input), 'deliveries');
  }
  for (const delivery of policy.deliveries) {
    if (asked.has(delivery.name)) await put(delivery, delivery.cluster, 'rollouts');
  }
  return new Map([...shares].map(([cluster, share]) => [cluster, listCaches(share, { ...context, cluster })]));
}

/**
 * The cluster of a delivery. `--context` narrows the policy and never widens it: where the policy names a context, another
 * one is refused. Throws CONTEXT_REFUSED.
 */
export function clusterFor(delivery: Delivery, input: ValuesOf<'context'>): Delivery['cluster'] {
  const { context } = delivery.cluster;
  if (!isNarrowed(delivery, input)) {
    throw refusal(
      'CONTEXT_REFUSED',
      `${delivery.name} is in the cluster of context ${context}, by the policy: --context ${input.context} is another`,
      `leave --context out; ${delivery.name} can be moved in stepgate.yaml only`,
    );
  }
  return { ...delivery.cluster, context: input.context ?? context };
}

function isNarrowed({ cluster }: Delivery, { context }: ValuesOf<'context'>): boolean {
  return context === null || cluster.context === null || cluster.context === context;
}
