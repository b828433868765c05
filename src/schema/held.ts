import type { Path } from '../config/yaml.ts';
import { isObject, type Json, type JsonObject, listAt, stringAt } from '../release/json.ts';

/** An object inside of another one. */
export interface Held {
  readonly path: Path;
  readonly object: JsonObject;
}

/** The objects that KubeVela writes as they stand in an Application: those of components of the type k8s-objects. */
export function held(object: JsonObject): readonly Held[] {
  const apiVersion = stringAt(object, 'apiVersion') ?? '';
  if (stringAt(object, 'kind') !== 'Application' || !apiVersion.startsWith('core.oam.dev/')) return [];
  return listAt(object, 'spec', 'components').flatMap((component, index) =>
    stringAt(component, 'type') !== 'k8s-objects'
      ? []
      : listAt(component, 'properties', 'objects').flatMap((one: Json, at): readonly Held[] =>
          isObject(one) ? [{ path: ['spec', 'components', index, 'properties', 'objects', at], object: one }] : [],
        ),
  );
}
