import { text } from '../../../config/shapes.ts';
import { stringAt, textsAt } from '../../../release/json.ts';
import { withoutFinalizers } from '../engine-marks.ts';
import { ROUTING_FINALIZER, TRAFFIC_ROUTING_ANNOTATION } from '../keys.ts';
import { titleOf } from '../manifests.ts';
import type { Provider } from './provider.ts';

declare module '../../../release/delivery.ts' {
  interface Providers {
    /** The name of a TrafficRouting. */
    routing: string;
  }
}

const TRAFFIC_ROUTING = { apiVersion: 'rollouts.kruise.io/v1alpha1', kind: 'TrafficRouting' };

/**
 * A TrafficRouting, which splits the requests of another service while this release is under way. Its own strategy says how,
 * not the steps. The engine finds it by the annotation only (T46, docs/engine.md#traffic).
 */
export const routing: Provider<'routing'> = {
  key: {
    about: 'a TrafficRouting that goes with the releases, for a canary through several services',
    shape: text('subdomain'),
  },
  read: (found) => (typeof found === 'string' ? found : null),
  print: (name) => name,
  inDigest: (name): { routing?: string } => (name === null ? {} : { routing: name }),
  place: 'annotations',
  render: (name) => ({ [TRAFFIC_ROUTING_ANNOTATION]: name }),
  readBack(annotations) {
    const name = stringAt(annotations, TRAFFIC_ROUTING_ANNOTATION) ?? '';
    return name === '' ? null : name;
  },
  names: (name) => [{ kind: TRAFFIC_ROUTING, name }],
  keepsMatches: false,
  beside: () => [],
  lookups: () => [],
  wrongWithSteps: () => [],
  wrongWith(object) {
    const title = titleOf(object);
    const phase = stringAt(object, 'status', 'phase');
    const facts = [`status.phase of ${title} is ${phase ?? 'missing'}`];
    if (phase === 'Terminating') {
      return [
        {
          code: 'TRAFFIC_TARGET_MISSING',
          severity: 'error',
          says: `${title} is being deleted: the engine would pause the workload and wait for another one for ever`,
          facts,
          wayOut: 'apply it again once it is gone, or name another one under traffic',
        },
      ];
    }
    if (phase !== 'Initial') return [];
    return [
      {
        code: 'TRAFFIC_TARGET_MISSING',
        severity: 'warning',
        says: `${title} has not found its own Service or route: it would split nothing`,
        facts,
        wayOut: `see that the Service and the route under spec.objectRef of ${title} are there`,
      },
    ];
  },
  shares: (name) => [
    {
      kind: TRAFFIC_ROUTING,
      name,
      left(object, { namespace, rollout }) {
        const finalizer = `${ROUTING_FINALIZER}${rollout}`;
        if (!textsAt(object, 'metadata', 'finalizers').includes(finalizer)) return null;
        return {
          says: `${titleOf(object)} still splits requests for a release of ${rollout}`,
          todo: `kubectl -n ${namespace} patch trafficroutings.rollouts.kruise.io ${name} --type=merge -p '${withoutFinalizers(object, [finalizer])}'`,
        };
      },
    },
  ],
  // Its own strategy says where its requests go. A rehearsal of this delivery does not know that strategy.
  assumed: () => ({ objectRef: [], strategy: {} }),
};
