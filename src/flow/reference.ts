import { titleOf } from '../release/change.ts';
import { clusterWide } from '../release/cluster-wide.ts';
import type { Delivery } from '../release/delivery.ts';
import { environmentError, inputError } from '../release/error.ts';
import { stringAt } from '../release/json.ts';
import type { Cluster, KubeObject, ObjectRef } from '../release/ports.ts';

/** What is asked, and for which delivery; a part of every Work. */
interface Asked {
  readonly cluster: Pick<Cluster, 'discover'>;
  readonly context: { readonly signal: AbortSignal };
  readonly delivery: Pick<Delivery, 'namespace' | 'source'>;
}

/**
 * Where an object of a source is in the cluster. Throws CLUSTER_REJECTED when the server does not serve its kind, and SOURCE_INVALID for
 * a kind without a namespace: which kinds those are, beside the well-known ones, only the server knows.
 */
export async function referenceOf({ cluster, context, delivery }: Asked, object: KubeObject): Promise<ObjectRef> {
  const apiVersion = stringAt(object, 'apiVersion') ?? '';
  const kind = await cluster.discover(apiVersion, stringAt(object, 'kind') ?? '', context.signal);
  if (kind === null) {
    throw environmentError('CLUSTER_REJECTED', `${titleOf(object)}: the server does not serve ${apiVersion}`, {
      hint: 'install its CRD, or leave it out of the source',
    });
  }
  if (!kind.namespaced) {
    const { message, hint } = clusterWide(delivery, object);
    throw inputError('SOURCE_INVALID', message, { hint });
  }
  return {
    kind,
    namespace: stringAt(object, 'metadata', 'namespace'),
    name: stringAt(object, 'metadata', 'name') ?? '',
  };
}
