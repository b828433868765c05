import { keys, text } from '../../../config/shapes.ts';
import { listAt, stringAt } from '../../../release/json.ts';
import { HTTP_ROUTE, SERVICE } from '../keys.ts';
import { titleOf } from '../manifests.ts';
import { leadsElsewhere, type Provider } from './provider.ts';

declare module '../../../release/delivery.ts' {
  interface Providers {
    gateway: { readonly route: string };
  }
}

/** A route of the Gateway API; the engine gives its rules a second backend, or rules of the new version's own. */
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
  render: ({ route }) => ({ gateway: { httpRouteName: route } }),
  readBack(routing) {
    const route = stringAt(routing, 'gateway', 'httpRouteName');
    return route === null ? null : { route };
  },
  names: ({ route }) => [{ kind: HTTP_ROUTE, name: route }],
  wrongWith(object, { service }) {
    const refs = listAt(object, 'spec', 'rules').flatMap((rule) => listAt(rule, 'backendRefs'));
    return leadsElsewhere(titleOf(object), { service, found: refs.map((ref) => stringAt(ref, 'name')) });
  },
  assumed: (_, { service, port }) => ({ rules: [{ backendRefs: [{ kind: SERVICE.kind, name: service, port }] }] }),
};
