import type { Delivery } from '../../src/release/delivery.ts';

/** `a/x`: the delivery of the Deployment x in the namespace a, without a plan. */
export function bareDelivery(place: string): Delivery {
  const [namespace = '', name = ''] = place.split('/');
  return {
    name: place,
    environment: null,
    namespace,
    cluster: { context: null, exec: [] },
    workload: { kind: 'Deployment', name },
    source: { kind: 'files', patterns: [] },
    style: 'partition',
    steps: [],
    traffic: null,
    settings: {},
    startWhen: [],
    doneWhen: [],
    rollback: { on: [], stuckAfterSeconds: 600, git: 'commit' },
  };
}
