import type { Looked, Wanted } from '../release/finding.ts';
import { type Cluster, ClusterError } from '../release/ports.ts';

/** Reads an object by its name, of a kind whose path only the server may know. A missing right is no error: unknown. */
export async function look(
  cluster: Pick<Cluster, 'discover' | 'get'>,
  { kind, namespace, name }: Wanted,
  signal: AbortSignal,
): Promise<Looked> {
  try {
    const known = 'plural' in kind ? kind : await cluster.discover(kind.apiVersion, kind.kind, signal);
    if (known === null) return { is: 'unserved' };
    const object = await cluster.get({ kind: known, namespace: known.namespaced ? namespace : null, name }, signal);
    return object === null ? { is: 'missing' } : { is: 'there', object };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    if (error.status === 404) return { is: 'unserved' };
    if ([401, 403].includes(error.status)) return { is: 'unknown' };
    throw error;
  }
}
