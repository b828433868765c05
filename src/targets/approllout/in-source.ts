import type { Delivery } from '../../release/delivery.ts';
import type { InSource } from '../../release/imported.ts';
import { type JsonObject, objectAt, stringAt, textsAt } from '../../release/json.ts';
import { isOf } from '../../release/kinds.ts';
import type { KubeObject } from '../../release/ports.ts';
import { annotated } from '../kruise/index.ts';
import { inSource as inSourceOfTrait } from '../vela/application.ts';
import { componentIn, componentsOf } from '../vela/source.ts';
import { APP_ROLLOUT } from './keys.ts';
import { RAW } from './source.ts';

type OfWorkload = Pick<Delivery, 'workload'>;

/** How the Application of a delivery is recognised in a repository. The plan is an AppRollout of the same component. */
export function inSource(delivery: OfWorkload): InSource {
  return {
    ...inSourceOfTrait(delivery),
    plan: APP_ROLLOUT.kind,
    hasPlan: (object) =>
      isOf(APP_ROLLOUT, object) && textsAt(object, 'spec', 'componentList').includes(delivery.workload.name),
  };
}

/** An Application with one more annotation of the pods that its component makes; null for any other object. */
export function withPodAnnotation(
  delivery: OfWorkload,
  object: KubeObject,
  key: string,
  value: string,
): KubeObject | null {
  const own = inSource(delivery).isIts(object) ? componentIn(delivery, object) : null;
  if (own === null) return null;
  const marked = { ...own, properties: withMark(own, key, value) };
  const components = componentsOf(object).map((one) => (one === own ? marked : one));
  return { ...object, spec: { ...objectAt(object, 'spec'), components } };
}

/** A component that brings its object has it as its properties; others take annotations of the pods among theirs. */
function withMark(component: JsonObject, key: string, value: string): JsonObject {
  const properties = objectAt(component, 'properties');
  if (stringAt(component, 'type') === RAW) return annotated(properties, key, value);
  return { ...properties, annotations: { ...objectAt(properties, 'annotations'), [key]: value } };
}
