import type { OwnerRef, Thing } from '../../api/things.ts';
import { PassFailed } from '../../controllers.ts';
import type { World } from '../../world.ts';
import type { Match, RoutingRef } from '../types.ts';

/** The routing of a step. */
export interface Share {
  /** Percentage of the traffic for the new version. */
  readonly weight: number | undefined;
  readonly matches: readonly Match[];
}

/** The owner of the routes, and its Services. */
export interface RouteContext {
  readonly world: World;
  readonly namespace: string;
  readonly ref: RoutingRef;
  readonly stable: string;
  readonly canary: string;
  readonly owner: OwnerRef;
}

/** Ingress, HTTPRoute and so on. Each makes one change at a time, and returns whether the routes are complete. */
export interface Provider {
  /** Throws when the object is missing: the release stays in Initializing until it appears (E25). */
  check(): void;
  /** Returns true when nothing had to be changed. */
  ensure(share: Share): boolean;
  /** Returns whether something was undone. */
  finalise(): boolean;
}

/** Throws when the object is missing. */
export function must(world: World, kind: string, namespace: string, name: string): Thing {
  const found = world.api.get(kind, namespace, name);
  if (found === undefined) throw new PassFailed(`${kind} ${name} is missing`);
  return found;
}
