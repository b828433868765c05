import { isObject, type Json, type JsonObject, listAt, objectAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';

/** One entry of a LimitRange with Kubernetes' defaults: a limit is the maximum, a request that limit or the minimum. */
export interface LimitItem {
  readonly title: string;
  readonly type: string;
  readonly min: JsonObject;
  readonly max: JsonObject;
  readonly ratio: JsonObject;
  readonly limits: JsonObject;
  readonly requests: JsonObject;
}

export function limitItems(ranges: readonly KubeObject[]): readonly LimitItem[] {
  return ranges.flatMap((range) =>
    listAt(range, 'spec', 'limits').map((item) => {
      const [min, max] = [objectAt(item, 'min'), objectAt(item, 'max')];
      const limits = { ...max, ...objectAt(item, 'default') };
      return {
        title: `LimitRange/${stringAt(range, 'metadata', 'name') ?? ''}`,
        type: stringAt(item, 'type') ?? '',
        min,
        max,
        ratio: objectAt(item, 'maxLimitRequestRatio'),
        limits,
        requests: { ...min, ...limits, ...objectAt(item, 'defaultRequest') },
      };
    }),
  );
}

/** The spec of a pod as the server stores it. Containers without requests and limits get those of the LimitRanges. */
export function withDefaults(spec: JsonObject, items: readonly LimitItem[]): JsonObject {
  const own = items.filter(({ type }) => type === 'Container');
  const filled = (container: Json): Json => {
    if (!isObject(container)) return container;
    const limits = objectAt(container, 'resources', 'limits');
    const said: JsonObject = { ...limits, ...objectAt(container, 'resources', 'requests') };
    return {
      ...container,
      resources: {
        ...objectAt(container, 'resources'),
        limits: Object.assign({}, ...own.map((item) => item.limits), limits) as JsonObject,
        requests: Object.assign({}, ...own.map((item) => item.requests), said) as JsonObject,
      },
    };
  };
  return {
    ...spec,
    containers: listAt(spec, 'containers').map(filled),
    ...('initContainers' in spec ? { initContainers: listAt(spec, 'initContainers').map(filled) } : {}),
  };
}
