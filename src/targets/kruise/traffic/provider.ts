import type { Key } from '../../../config/shapes.ts';
import type { ProviderKind, Providers } from '../../../release/delivery.ts';
import type { Json, JsonObject } from '../../../release/json.ts';
import type { Kind, KubeObject } from '../../../release/ports.ts';

/** All that a provider of traffic is, in its own file: in the config, in the Rollout, and in the cluster. Pure. */
export interface Provider<K extends ProviderKind = ProviderKind> {
  /** How it is written, under its name as the key of `traffic`. */
  readonly key: Key;
  /** Null where the config does not name it. What check() found wrong is filled with blanks. */
  read(found: Json | undefined): Providers[K] | null;
  /** The value in the resolved config. */
  print(value: Providers[K]): Json;
  /**
   * What the digest of a plan says of it. Records keep digests: a provider that is added later says nothing where a
   * delivery does not name it.
   */
  inDigest(value: Providers[K] | null): JsonObject;
  /** Its part of the entry in `trafficRoutings` (docs/engine.md#spec). */
  render(value: Providers[K]): JsonObject;
  /** The value that an entry of a Rollout tells; null for none. */
  readBack(routing: KubeObject): Providers[K] | null;
  /** The objects that the engine looks for before the first step, and waits for while one is missing. */
  names(value: Providers[K]): readonly Named[];
  /** Why the engine has nothing to split in an object that is there; none where it has. */
  wrongWith(object: KubeObject, about: { readonly service: string }): readonly Wrong[];
  /** The spec of an object as somebody else may have made it, for a rehearsal. */
  assumed(value: Providers[K], about: { readonly service: string; readonly port: number }): JsonObject;
}

/** An object in the delivery's namespace. */
export interface Named {
  readonly kind: Kind;
  readonly name: string;
}

/** What keeps the engine from routing as the plan reads. */
export interface Wrong {
  readonly says: string;
  readonly fact: string;
  readonly wayOut: string;
}

/** The object leads to other Services than the delivery's; none where one of them is its own. */
export function leadsElsewhere(
  title: string,
  { service, found }: { readonly service: string; readonly found: readonly (string | null)[] },
): readonly Wrong[] {
  const names = [...new Set(found.filter((name) => name !== null))];
  if (names.includes(service)) return [];
  return [
    {
      says: `${title} has no rule that leads to Service/${service}: the engine would have nothing to split`,
      fact: `${title} leads to ${names.join(', ') || 'nothing'}`,
      wayOut: `let a rule of ${title} lead to Service/${service}, or name another one`,
    },
  ];
}
