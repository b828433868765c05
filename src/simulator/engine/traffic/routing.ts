import { isGoing, keyOf } from '../../api/things.ts';
import type { Controller, Outcome } from '../../controllers.ts';
import type { World } from '../../world.ts';
import type { Memory } from '../context.ts';
import type { TrafficRouting } from '../types.ts';
import { manager, recheck, routingFinalizer, routingProgressing } from '../words.ts';
import { addFinalizer, removeFinalizer } from '../writes.ts';
import { doTraffic, finaliseTraffic, initializeTraffic, type Traffic } from './traffic.ts';

/** TrafficRoutings: routes for releases of another workload (docs/engine.md#traffic, T46). */
export function trafficRoutingController(world: World, memory: Memory): Controller {
  return {
    name: 'traffic routings',
    wakes: (change) => (change.kind === 'TrafficRouting' ? [keyOf(change.object)] : []),
    look(namespace, name) {
      const routing = world.api.get('TrafficRouting', namespace, name);
      return routing === undefined ? {} : reconcile(world, memory, routing);
    },
  };
}

function reconcile(world: World, memory: Memory, read: TrafficRouting): Outcome {
  const routing = isGoing(read) ? read : addFinalizer(world, 'TrafficRouting', read, routingFinalizer);
  const traffic = trafficOf(world, memory, routing);
  const wanted = (routing.metadata.finalizers ?? []).some((one) => one.startsWith(routingProgressing));
  const phase = isGoing(routing) ? 'Terminating' : (routing.status?.phase ?? 'Initial');
  const next = step(phase, traffic, wanted);
  if (next === null) return { again: recheck };
  if (phase === 'Terminating') {
    removeFinalizer(world, 'TrafficRouting', routing, routingFinalizer);
    return {};
  }
  const status = {
    observedGeneration: routing.metadata.generation ?? 0,
    phase: next,
    message: `TrafficRouting is ${next}`,
  };
  return {
    finish: () => {
      const live = world.api.get('TrafficRouting', routing.metadata.namespace ?? '', routing.metadata.name);
      if (live !== undefined)
        world.api.update('TrafficRouting', { ...live, status }, { manager, subresource: 'status' });
    },
  };
}

/** The next phase; null while there is something to wait for. */
function step(phase: string, traffic: Traffic, wanted: boolean): string | null {
  switch (phase) {
    case 'Initial':
      initializeTraffic(traffic);
      return 'Healthy';
    case 'Healthy':
      return wanted ? 'Progressing' : 'Healthy';
    case 'Progressing':
      if (!wanted) return 'Finalizing';
      return doTraffic(traffic) ? 'Progressing' : null;
    default:
      return finaliseTraffic(traffic) ? 'Healthy' : null;
  }
}

function trafficOf(world: World, memory: Memory, routing: TrafficRouting): Traffic {
  const { objectRef, strategy = {} } = routing.spec;
  return {
    world,
    memory,
    namespace: routing.metadata.namespace ?? '',
    ref: objectRef[0],
    share: { weight: strategy.weight, matches: strategy.matches ?? [] },
    owner: routing,
    revisionKey: '',
    stableRevision: '',
    canaryRevision: '',
    selector: {},
    oneService: false,
    onlyRouting: true,
    lastUpdateTime: '',
    recheck: 0,
  };
}
