import { at, isList, isMap, type Json, type JsonMap, listAt, mapAt, mapOf, textAt } from '../api/json.ts';

/**
 * What the definition of the trait `kruise-rollout` makes of its parameters (addon 1.5.2, measured: the table in
 * docs/kubevela.md#what-the-trait-makes, and test/simulator/kubevela/trait.json).
 */
export interface Made {
  readonly annotations: JsonMap;
  readonly spec: JsonMap;
}

/** A parameter with which the definition does not evaluate: the step of the workflow fails with this message. */
export class InvalidTemplate extends Error {
  constructor() {
    super('invalid template of trait kruise-rollout');
  }
}

/** The part of a Rollout of v1alpha1 that the trait makes for a component. Throws InvalidTemplate. */
export function rolloutOf(
  component: string,
  workload: { readonly apiVersion: string; readonly kind: string },
  properties: Json | undefined,
): Made {
  const canary = mapAt(properties, 'canary');
  const steps = listAt(canary, 'steps').map((step, index) => stepOf(step, index, mapOf(properties)));
  const routings = listAt(canary, 'trafficRoutings').map((routing) => routingOf(component, routing));
  const type = mapAt(properties, 'workloadType');
  const ref = {
    apiVersion: textAt(type, 'apiVersion') || workload.apiVersion,
    kind: textAt(type, 'kind') || workload.kind,
    name: component,
  };
  return {
    annotations:
      textAt(properties, 'releaseMode') === 'batch' ? { 'rollouts.kruise.io/rolling-style': 'partition' } : {},
    spec: {
      objectRef: { workloadRef: ref },
      strategy: { canary: { steps, ...(routings.length === 0 ? {} : { trafficRoutings: routings }) } },
    },
  };
}

/** `auto` and `stepPartition` decide about the pause before the duration of the step does. */
function stepOf(step: Json, index: number, { auto, stepPartition }: JsonMap): JsonMap {
  if (at(step, 'matches') !== undefined) throw new InvalidTemplate();
  const { duration, ...rest } = mapOf(step);
  const none = { pause: { duration: 0 } };
  if (auto === true) return { ...rest, ...none };
  if (typeof stepPartition === 'number') return { ...rest, ...(index < stepPartition ? none : { pause: {} }) };
  return { ...rest, pause: duration === undefined ? {} : { duration } };
}

function routingOf(component: string, routing: Json): JsonMap {
  const found = isMap(routing) ? routing : {};
  const { type = 'ingress', service = component, gracePeriodSeconds = 5 } = found;
  const shared = { service, gracePeriodSeconds };
  switch (type) {
    case 'ingress':
      return { ...shared, ingress: { name: found['ingressName'] ?? component } };
    case 'gateway':
      return { ...shared, gateway: { httpRouteName: found['gatewayHTTPRouteName'] ?? component } };
    case 'aliyun-alb':
      return shared;
    default:
      throw new InvalidTemplate();
  }
}

/** The traits of a component of that type. */
export function traitsNamed(component: Json, type: string): readonly Json[] {
  const traits = at(component, 'traits');
  return isList(traits) ? traits.filter((trait) => textAt(trait, 'type') === type) : [];
}
