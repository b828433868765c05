import { type List, pods, read } from './fixture.ts';
import type { Shop } from './shop.ts';

/** What sends requests to a shop's pods: manifests for its repository, and what the engine has made of them. */

const backendPort = 80;

export const service = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'shop' },
  spec: { selector: { app: 'shop' }, ports: [{ port: backendPort, targetPort: 80 }] },
});

export const ingress = JSON.stringify({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'shop', annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '8m' } },
  spec: {
    ingressClassName: 'nginx',
    rules: [
      {
        host: 'shop.example',
        http: {
          paths: [
            {
              path: '/',
              pathType: 'Prefix',
              backend: { service: { name: 'shop', port: { number: backendPort } } },
            },
          ],
        },
      },
    ],
  },
});

export const httpRoute = JSON.stringify({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'shop' },
  spec: {
    hostnames: ['shop.example'],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/' } }],
        backendRefs: [{ kind: 'Service', name: 'shop', port: backendPort }],
      },
    ],
  },
});

type Annotated = {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
};
type Service = { readonly metadata: { readonly name: string }; readonly spec: { readonly selector: Selector } };
type Selector = Readonly<Record<string, string>>;
type HttpRoute = { readonly spec: { readonly rules: readonly Rule[] } };
type Rule = {
  readonly matches: readonly {
    readonly path: { readonly value: string };
    readonly headers?: readonly { readonly name: string; readonly value: string }[];
  }[];
  readonly backendRefs: readonly { readonly name: string; readonly weight: number }[];
};

/** What the Ingress of the new version says of its share, without the prefix of its class; null where there is none. */
export async function canaryIngress({ namespace }: Pick<Shop, 'namespace'>) {
  const { items } = await read<List<Annotated>>(namespace, 'ingresses');
  const found = items.find(({ metadata }) => metadata.name === 'shop-canary');
  if (found === undefined) return null;
  const prefix = 'nginx.ingress.kubernetes.io/canary-';
  const own = Object.entries(found.metadata.annotations ?? {}).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

/** The rules of the HTTPRoute, a line each: what they match, and where that goes by which weight. */
export async function rules({ namespace }: Pick<Shop, 'namespace'>): Promise<readonly string[]> {
  const { spec } = await read<HttpRoute>(namespace, 'httproutes', 'shop');
  return spec.rules.map(({ matches, backendRefs }) => {
    const from = matches.map(({ path, headers = [] }) =>
      [path.value, ...headers.map(({ name, value }) => `${name}=${value}`)].join(' '),
    );
    const to = backendRefs.map(({ name, weight }) => `${name} ${weight}`);
    return `${from.join(' or ')} -> ${to.join(', ')}`;
  });
}

/** The ready and unready pods that each Service of the shop selects, by image. */
export async function behindServices({ namespace }: Pick<Shop, 'namespace'>) {
  const { items } = await read<List<Service>>(namespace, 'services');
  const found = items.map(async ({ metadata, spec }) => {
    const selector = Object.entries(spec.selector).map(([key, value]) => `${key}=${value}`);
    return [metadata.name, count(await pods(namespace, selector.join(',')))] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

function count(found: Awaited<ReturnType<typeof pods>>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { spec } of found) {
    const image = spec.containers[0]?.image ?? '';
    counts[image] = (counts[image] ?? 0) + 1;
  }
  return counts;
}
