import type { Json } from '../api/json.ts';
import type { Thing } from '../api/things.ts';
import type { Kinds, World } from '../world.ts';
import { manager } from './words.ts';

/** A merge patch, as the engine sends it. */
export function patch<Kind extends keyof Kinds & string>(
  world: World,
  kind: Kind,
  { metadata: { namespace = '', name } }: Thing,
  body: Json,
): Kinds[Kind] {
  return world.api.patch(kind, namespace, name, body, { manager, type: 'merge' });
}

/** Adds the finalizer if it is missing, and returns the object. */
export function addFinalizer<Kind extends keyof Kinds & string>(
  world: World,
  kind: Kind,
  object: Kinds[Kind],
  finalizer: string,
): Kinds[Kind] {
  const { finalizers = [] } = object.metadata;
  return finalizers.includes(finalizer) ? object : withFinalizers(world, kind, object, [...finalizers, finalizer]);
}

/** Removes the finalizer if it is there, and returns the object. */
export function removeFinalizer<Kind extends keyof Kinds & string>(
  world: World,
  kind: Kind,
  object: Kinds[Kind],
  finalizer: string,
): Kinds[Kind] {
  const { finalizers = [] } = object.metadata;
  return finalizers.includes(finalizer)
    ? withFinalizers(
        world,
        kind,
        object,
        finalizers.filter((one) => one !== finalizer),
      )
    : object;
}

function withFinalizers<Kind extends keyof Kinds & string>(
  world: World,
  kind: Kind,
  object: Kinds[Kind],
  finalizers: readonly string[],
): Kinds[Kind] {
  return world.api.update(kind, { ...object, metadata: { ...object.metadata, finalizers } }, { manager });
}
