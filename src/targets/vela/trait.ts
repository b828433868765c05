import type { Delivery } from '../../release/delivery.ts';
import { at, type Json, type JsonObject, listAt, numberAt, objectAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import { olderRollouts } from '../kruise/dialect/index.ts';
import { rolloutOf as rolloutOfPlan } from '../kruise/render.ts';
import { TRAIT } from './keys.ts';
import { parametersOf, routingMade } from './routes.ts';

/**
 * The Rollout that KubeVela makes of the trait, as the engine stores it: that of the plan, with the grace period written and
 * without the class of the Ingress (docs/kubevela.md#what-the-trait-makes).
 */
export function rolloutOf(delivery: Delivery): KubeObject {
  const rollout = rolloutOfPlan(delivery);
  const spec = objectAt(rollout, 'spec');
  const strategy = objectAt(spec, 'strategy');
  const canary = objectAt(strategy, 'canary');
  const routings = listAt(canary, 'trafficRoutings');
  if (routings.length === 0) return rollout;
  const block = { ...canary, trafficRoutings: routings.map(routingMade) };
  return { ...rollout, spec: { ...spec, strategy: { ...strategy, canary: block } } };
}

/** The trait whose parameters make `rolloutOf`. Throws CLUSTER_REJECTED for a plan that the config refuses. */
export function traitOf(delivery: Delivery): JsonObject {
  const canary = objectAt(olderRollouts.write(rolloutOf(delivery)), 'spec', 'strategy', 'canary');
  const routings = listAt(canary, 'trafficRoutings').map(parametersOf);
  return {
    type: TRAIT,
    properties: {
      canary: {
        steps: listAt(canary, 'steps').map(stepOf),
        ...(routings.length === 0 ? {} : { trafficRoutings: routings }),
      },
      // Without it the Rollout has no style, which is canary style for a Deployment.
      ...(delivery.style === 'partition' ? { releaseMode: 'batch' } : {}),
    },
  };
}

/** A missing duration is a pause that somebody ends, a duration is the engine's own timer. */
function stepOf(step: Json): JsonObject {
  const [weight, duration] = [numberAt(step, 'weight'), numberAt(step, 'pause', 'duration')];
  return {
    replicas: at(step, 'replicas') ?? null,
    ...(weight === null ? {} : { weight }),
    ...(duration === null ? {} : { duration }),
  };
}
