import type { Delivery } from '../../release/delivery.ts';
import { at, type JsonObject, listAt, objectAt, stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { DELIVERY_ANNOTATION, managers, TRAFFIC_ROUTING_ANNOTATION } from './keys.ts';
import { renderSettings, settingFields } from './settings/index.ts';
import { trafficAnnotations } from './traffic/index.ts';

/** The Rollout's annotations that are part of the plan, with their names in the config. */
const planned: Readonly<Record<string, string>> = {
  [TRAFFIC_ROUTING_ANNOTATION]: 'traffic.routing',
  ...settingFields('annotations'),
};

/** The annotations of a delivery's Rollout. */
export function annotationsOf({ name, traffic, settings }: Delivery): JsonObject {
  return {
    [DELIVERY_ANNOTATION]: name,
    ...trafficAnnotations(traffic),
    ...renderSettings(settings, 'annotations'),
  };
}

/** An annotation of the plan: its value in the plan (`wanted`) and in the cluster (`found`); null when there is none. */
interface Planned {
  readonly key: string;
  /** Its key in the config. */
  readonly name: string;
  readonly wanted: string | null;
  readonly found: string | null;
  /** Whether stepgate wrote the live annotation. An apply without the annotation then removes it. */
  readonly ours: boolean;
}

/** The annotations of the plan that differ between two Rollouts. */
export function annotationDifferences(rendered: KubeObject, live: KubeObject): readonly Planned[] {
  return Object.entries(planned)
    .map(([key, name]) => ({
      key,
      name,
      wanted: stringAt(rendered, 'metadata', 'annotations', key),
      found: stringAt(live, 'metadata', 'annotations', key),
      ours: owned(live).includes(key),
    }))
    .filter(({ wanted, found }) => wanted !== found);
}

/** How an apply would change the TrafficRouting, in words; null when it would not change it. */
export function routingMoved(rendered: KubeObject, live: KubeObject): string | null {
  const moved = annotationDifferences(rendered, live).find(
    ({ key, wanted, ours }) => key === TRAFFIC_ROUTING_ANNOTATION && (wanted !== null || ours),
  );
  if (moved === undefined) return null;
  return `${moved.name} is ${moved.found ?? 'none'} in the cluster, ${moved.wanted ?? 'none'} wanted`;
}

function owned(live: KubeObject): readonly string[] {
  return listAt(live, 'metadata', 'managedFields')
    .filter((one) => stringAt(one, 'manager') === managers.apply && stringAt(one, 'operation') === 'Apply')
    .flatMap((one) => Object.keys(objectAt(at(one, 'fieldsV1'), 'f:metadata', 'f:annotations')))
    .map((field) => field.replace(/^f:/, ''));
}
