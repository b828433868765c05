import { keys, text } from '../../../config/shapes.ts';
import { listAt, stringAt } from '../../../release/json.ts';
import { INGRESS } from '../keys.ts';
import { titleOf } from '../manifests.ts';
import { leadsElsewhere, type Provider } from './provider.ts';

declare module '../../../release/delivery.ts' {
  interface Providers {
    ingress: { readonly name: string; readonly class: string };
  }
}

/** The engine's own default, spelled out. */
const DEFAULT_CLASS = 'nginx';

/** An Ingress; the engine puts a second one beside it, with the weight in annotations of its class. */
export const ingress: Provider<'ingress'> = {
  key: {
    about: 'the Ingress of the Service',
    shape: keys({
      name: { about: 'name of the Ingress', shape: text('subdomain'), required: true },
      class: {
        about: 'nginx (default), aliyun-alb, higress, mse, or a class that the engine is configured for',
        shape: text('label'),
      },
    }),
  },
  read(found) {
    const name = stringAt(found, 'name');
    return name === null ? null : { name, class: stringAt(found, 'class') ?? DEFAULT_CLASS };
  },
  print: (value) => ({ ...value }),
  inDigest: (value) => ({ ingress: value === null ? null : { ...value } }),
  render: (value) => ({ ingress: { classType: value.class, name: value.name } }),
  readBack(routing) {
    const name = stringAt(routing, 'ingress', 'name');
    return name === null ? null : { name, class: stringAt(routing, 'ingress', 'classType') ?? DEFAULT_CLASS };
  },
  names: ({ name }) => [{ kind: INGRESS, name }],
  wrongWith(object, { service }) {
    const paths = listAt(object, 'spec', 'rules').flatMap((rule) => listAt(rule, 'http', 'paths'));
    const found = paths.map((path) => stringAt(path, 'backend', 'service', 'name'));
    return leadsElsewhere(titleOf(object), { service, found });
  },
  assumed: (value, { service, port }) => ({
    ingressClassName: value.class,
    rules: [
      {
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { number: port } } } }],
        },
      },
    ],
  }),
};
