import type { OwnerRef, Thing } from '../../api/things.ts';
import { PassFailed } from '../../controllers.ts';
import type { World } from '../../world.ts';
import type { Match, RoutingRef } from '../types.ts';

/** What a step asks of the routes. */
export interface Share {
  /** Percent to the new version. */
  readonly weight: number | undefined;
  readonly matches: readonly Match[];
}

/** Whose routes they are, and between which Services. */
export interface RouteContext {
  readonly world: World;
  readonly namespace: string;
  readonly ref: RoutingRef;
  readonly stable: string;
  readonly canary: string;
  readonly owner: OwnerRef;
}

/** Ingress, HTTPRoute and so on. Each makes one change at a time and says whether the routes are as they should be. */
export interface Provider {
  /** Throws where the object is missing: the release stays in Initializing until it appears (E25). */
  check(): void;
  /** True once nothing had to be changed. */
  ensure(share: Share): boolean;
  /** Whether something was taken back. */
  finalise(): boolean;
}

/** Throws where the object is missing. */
export function must(world: World, kind: string, namespace: string, name: string): Thing {
  const found = world.api.get(kind, namespace, name);
  if (found === undefined) throw new PassFailed(`${kind} ${name} is missing`);
  return found;
}
