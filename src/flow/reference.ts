import { titleOf } from '../release/change.ts';
import { environmentError } from '../release/error.ts';
import { stringAt } from '../release/json.ts';
import type { KubeObject, ObjectRef } from '../release/ports.ts';
import type { Work } from './work.ts';

/** Where an object of a source is in the cluster. Throws CLUSTER_REJECTED when the server does not serve its kind. */
export async function referenceOf(
  { cluster, context }: Pick<Work, 'cluster' | 'context'>,
  object: KubeObject,
): Promise<ObjectRef> {
  const apiVersion = stringAt(object, 'apiVersion') ?? '';
  const kind = await cluster.discover(apiVersion, stringAt(object, 'kind') ?? '', context.signal);
  if (kind === null) {
    throw environmentError('CLUSTER_REJECTED', `${titleOf(object)}: the server does not serve ${apiVersion}`, {
      hint: 'install its CRD, or leave it out of the source',
    });
  }
  return {
    kind,
    namespace: stringAt(object, 'metadata', 'namespace'),
    name: stringAt(object, 'metadata', 'name') ?? '',
  };
}
