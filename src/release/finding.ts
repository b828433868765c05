import type { Code } from './codes.ts';
import type { Place } from './error.ts';
import type { Kind, KubeObject } from './ports.ts';

export type Severity = 'error' | 'warning' | 'note';

/** A problem that a delivery would hit, with the facts and the remedy. */
export interface Finding {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly facts: readonly string[];
  readonly wayOut: string;
  /** The key of the delivery's config that it is about; left out when it is about none. */
  readonly key?: readonly (string | number)[];
  /** Where that key stands; left out when that is not known. */
  readonly at?: Place;
}

/** A kind by its name alone. The server tells the path of its objects. */
export type KindName = Pick<Kind, 'apiVersion' | 'kind'>;

/** An object that is read by its name. */
export interface Wanted {
  readonly kind: Kind | KindName;
  /** Null for an object of the whole cluster. */
  readonly namespace: string | null;
  readonly name: string;
}

/** What a read by name found. */
export type Looked =
  | { readonly is: 'there'; readonly object: KubeObject }
  | { readonly is: 'missing' }
  /** The server does not serve the kind. */
  | { readonly is: 'unserved' }
  /** The object was not read, or may not be. */
  | { readonly is: 'unknown' };

/** The key of an object in `Surroundings.looked`. */
export function keyOf({ kind, namespace, name }: Wanted): string {
  return JSON.stringify([kind.apiVersion, kind.kind, namespace, name]);
}

/** The further objects that findings use beside the observation; null for what could not be read. */
export interface Surroundings {
  /** By kind: every object in the delivery's namespace; null when the kind could not be read. */
  readonly lists: Readonly<Record<string, readonly KubeObject[] | null>>;
  /** By kind: every object of the cluster; null when it could not be read. Missing where it was not asked for. */
  readonly everywhere?: Readonly<Record<string, readonly KubeObject[] | null>>;
  /** By `keyOf`: what was read by name. */
  readonly looked: Readonly<Record<string, Looked>>;
  /** The live workload, for fields that an Observation does not have. */
  readonly workload: KubeObject | null;
  /** The older API version in which the cluster serves the record's object; left out where it serves the usual one. */
  readonly olderVersion?: string;
  /** Live ConfigMaps and Secrets that the rendering would change, by `Kind/name`. */
  readonly changedConfig: readonly string[];
}
