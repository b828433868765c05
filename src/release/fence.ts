import { at, isObject, stringAt } from './json.ts';
import { annotationPath } from './pointers.ts';
import type { JsonPatch, KubeObject } from './ports.ts';
import type { Rollback } from './record.ts';

/**
 * Annotation that a rollback changes on each object of the source. The change gives the object a new resourceVersion. A write of an
 * earlier run is bound to the version that the run has read, so the server refuses it, however late it arrives. The fence does not stop
 * a late write that creates an object.
 */
const FENCE = 'stepgate.dev/fence';
const PATH = annotationPath(FENCE);

/** Whether a patch changes only the fence. */
export function isFence(patch: JsonPatch): boolean {
  return patch.every(
    (one) =>
      one.op === 'test' ||
      one.path === PATH ||
      (one.op === 'add' && one.path === '/metadata/annotations' && stringAt(one.value, FENCE) !== null),
  );
}

/** The patch that changes the fence of an object; null when this rollback has changed it already. */
export function fencePatch(live: KubeObject, { at: since }: Pick<Rollback, 'at'>): JsonPatch | null {
  if (stringAt(live, 'metadata', 'annotations', FENCE) === since) return null;
  const version = stringAt(live, 'metadata', 'resourceVersion') ?? '';
  const test = { op: 'test', path: '/metadata/resourceVersion', value: version } as const;
  return isObject(at(live, 'metadata', 'annotations'))
    ? [test, { op: 'add', path: PATH, value: since }]
    : [test, { op: 'add', path: '/metadata/annotations', value: { [FENCE]: since } }];
}
