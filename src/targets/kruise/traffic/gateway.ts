import { keys, text } from '../../../config/shapes.ts';
import { at, listAt, numberAt, stringAt } from '../../../release/json.ts';
import { CANARY_SUFFIX, HTTP_ROUTE, SERVICE } from '../keys.ts';
import { titleOf } from '../manifests.ts';
import { ignored, leadsElsewhere, type Provider, routedSteps, type Wrong } from './provider.ts';

declare module '../../../release/delivery.ts' {
  interface Providers {
    gateway: { readonly route: string };
  }
}

/** A route of the Gateway API. The engine adds a second backend to its rules, or adds rules for the new version. */
export const gateway: Provider<'gateway'> = {
  key: {
    about: 'the Gateway API route of the Service',
    shape: keys({ route: { about: 'the name of the HTTPRoute', shape: text('subdomain'), required: true } }),
  },
  read(found) {
    const route = stringAt(found, 'route');
    return route === null ? null : { route };
  },
  print: (value) => ({ ...value }),
  inDigest: (value) => ({ gateway: value === null ? null : { ...value } }),
  place: 'routing',
  render: ({ route }) => ({ gateway: { httpRouteName: route } }),
  readBack(routing) {
    const route = stringAt(routing, 'gateway', 'httpRouteName');
    return route === null ? null : { route };
  },
  names: ({ route }) => [{ kind: HTTP_ROUTE, name: route }],
  // The rule with the matches has no backend of the stable version, so the engine sets no weight in it (T43).
  keepsMatches: true,
  beside: () => [],
  lookups: () => [],
  wrongWithSteps({ route }, { delivery }) {
    const provider = `HTTPRoute/${route}`;
    const wrong: Wrong[] = delivery.traffic?.canaryService === false ? [sharedService(route)] : [];
    for (const step of routedSteps(delivery)) {
      const { traffic, matches, requestHeaders } = step;
      if (traffic !== null && matches.length > 0) {
        wrong.push(ignored(step, provider, 'the traffic', 'leave out traffic or matches of the step'));
      }
      const withPath = matches.filter((match) => at(match, 'path') !== undefined).length;
      if (withPath > 0 && withPath < matches.length) {
        // The engine assigns headers by their position in the whole list (docs/engine.md#traffic).
        const what = 'which headers belong to which match: it mixes matches with and without a path';
        wrong.push(ignored(step, provider, what, 'give every match a path, or none'));
      }
      if (requestHeaders !== null) {
        wrong.push(ignored(step, provider, 'requestHeaders', 'leave them out, or use an Istio VirtualService'));
      }
    }
    return wrong;
  },
  wrongWith(object, _, { service }) {
    const refs = listAt(object, 'spec', 'rules').flatMap((rule) => listAt(rule, 'backendRefs'));
    return leadsElsewhere(titleOf(object), { service, found: refs.map((ref) => stringAt(ref, 'name')) });
  },
  shares: ({ route }) => [
    {
      kind: HTTP_ROUTE,
      name: route,
      left(object, { namespace, service }) {
        const canary = `${service}${CANARY_SUFFIX}`;
        const refs = listAt(object, 'spec', 'rules').flatMap((rule) => listAt(rule, 'backendRefs'));
        const [ref] = refs.filter((one) => stringAt(one, 'name') === canary);
        if (ref === undefined) return null;
        const weight = numberAt(ref, 'weight');
        return {
          says: `${titleOf(object)} may still send requests to Service/${canary}${weight === null ? '' : ` (weight ${weight})`}`,
          todo: `apply the manifest of ${titleOf(object)} again, or take that backend out of it: kubectl -n ${namespace} edit httproutes.gateway.networking.k8s.io ${route}`,
        };
      },
    },
  ],
  assumed: (_, { service, port }) => ({ rules: [{ backendRefs: [{ kind: SERVICE.kind, name: service, port }] }] }),
};

function sharedService(route: string): Wrong {
  return {
    code: 'CANARY_SERVICE_OFF',
    severity: 'error',
    says: `the engine would take the Service itself for the new version's, and remove its rules from HTTPRoute/${route} at the end`,
    facts: ['canaryService: false', `HTTPRoute/${route}`],
    wayOut: 'leave canaryService out; only routes by subsets, such as an Istio VirtualService, work without it',
  };
}
