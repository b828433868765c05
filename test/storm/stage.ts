import type { Delivery } from '../../src/release/delivery.ts';

/** The environment before, in cases whose releases come after one: the same manifests in a namespace of its own. */
export const stageNamespace = 'stage';
export const stageName = 'shop@stage';

/** What a delivery is called that comes after it. */
export const prod = { name: 'shop@prod', environment: 'prod' } as const;

/** Every delivery of the config that has this one: the environment before goes out whole, with no gates. */
export function withStage(delivery: Delivery): readonly Delivery[] {
  if (delivery.environment !== prod.environment) return [delivery];
  return [delivery, stageOf(delivery)];
}

function stageOf(delivery: Delivery): Delivery {
  const step = {
    name: 'all',
    replicas: { unit: 'percent', value: 100 },
    traffic: null,
    matches: [],
    leaveWhen: [],
    requestHeaders: null,
    timer: 'stepgate',
  } as const;
  return {
    ...delivery,
    name: stageName,
    environment: 'stage',
    namespace: stageNamespace,
    style: 'partition',
    steps: [step],
    traffic: null,
    settings: {},
    startWhen: [],
    doneWhen: [],
    rollback: { ...delivery.rollback, on: [] },
  };
}
