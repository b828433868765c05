import type { Files } from '../support/repository.ts';

/** A shape of repository: what it holds at a version, and the delivery that is released from it. */
export interface Shape {
  readonly title: string;
  files(version: string): Files;
  readonly namespace?: string;
  readonly sparse?: readonly string[];
  /** Every delivery that init makes; the first one is released. */
  readonly deliveries: readonly [string, ...string[]];
  readonly workload: { readonly kind: string; readonly namespace: string; readonly name: string };
}

interface Written {
  readonly name?: string;
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly namespace?: string;
  readonly replicas?: number;
  readonly version?: string;
  /** Further fields of the pod's container. */
  readonly container?: object;
}

/** A workload as an object of Kubernetes. */
export function workload({
  name = 'shop',
  kind = 'Deployment',
  namespace,
  replicas = 4,
  version = 'v1',
  container = {},
}: Written = {}) {
  const labels = { app: name };
  const own = kind === 'StatefulSet' ? { serviceName: name } : {};
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      ...own,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            { name: 'app', image: `app:${version}`, readinessProbe: { tcpSocket: { port: 80 } }, ...container },
          ],
        },
      },
    },
  };
}

export function service(name = 'shop', namespace?: string) {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app: name }, ports: [{ port: 80 }] } };
}

export function configMap(name = 'shop', namespace?: string) {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { greeting: 'hello' } };
}

export function ingress(name = 'shop', namespace?: string, className: string | null = 'nginx') {
  const backend = { service: { name, port: { number: 80 } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: {
      ...(className === null ? {} : { ingressClassName: className }),
      rules: [{ host: 'shop.example', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}

/** Objects as documents of one file. */
export function documents(...objects: readonly object[]): string {
  return objects.map((object) => `${JSON.stringify(object, null, 2)}\n`).join('---\n');
}

const reads = { envFrom: [{ configMapRef: { name: 'shop' } }] };

export const shapes: readonly Shape[] = [
  {
    title: 'a monorepo with overlays',
    files: (version) => ({
      ...Object.fromEntries(
        ['shop', 'cart'].flatMap((name) => [
          [`services/${name}/base/${name}.yaml`, documents(workload({ name }), service(name))],
          [`services/${name}/base/kustomization.yaml`, `resources: [${name}.yaml]\n`],
          ...['staging', 'prod'].map((environment) => [
            `services/${name}/overlays/${environment}/kustomization.yaml`,
            `namespace: ${environment}\nresources: [../../base]\nimages: [{ name: app, newTag: ${version} }]\n`,
          ]),
        ]),
      ),
      'package.json': '{ "name": "monorepo" }\n',
    }),
    deliveries: ['shop-prod', 'cart-prod', 'cart-staging', 'shop-staging'],
    workload: { kind: 'Deployment', namespace: 'prod', name: 'shop' },
  },
  {
    title: 'one big file',
    files: (version) => ({
      'all.yaml': documents(
        configMap('shop', 'shop'),
        workload({ namespace: 'shop', version, container: reads }),
        service('shop', 'shop'),
        ingress('shop', 'shop'),
        workload({ name: 'worker', namespace: 'shop', replicas: 1, version }),
      ),
    }),
    deliveries: ['shop'],
    workload: { kind: 'Deployment', namespace: 'shop', name: 'shop' },
  },
  {
    title: 'generated JSON',
    files: (version) => ({
      'dist/shop.k8s.json': JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [configMap(), workload({ version, replicas: 2, container: reads }), service()],
      }),
      'tsconfig.json': '{ "kind": "no manifest" }\n',
    }),
    namespace: 'shop',
    deliveries: ['shop'],
    workload: { kind: 'Deployment', namespace: 'shop', name: 'shop' },
  },
  {
    title: 'files with the line ends of Windows',
    files: (version) => ({
      'deploy/shop.yaml': [
        'apiVersion: apps/v1',
        'kind: StatefulSet',
        'metadata: { name: shop, namespace: shop }',
        'spec:',
        '  replicas: 3',
        '  serviceName: shop',
        '  selector: { matchLabels: { app: shop } }',
        '  template:',
        '    metadata: { labels: { app: shop } }',
        '    spec:',
        '      containers:',
        `        - { name: app, image: 'app:${version}', command: [sh, -c, "serve"] }`,
        '',
      ].join('\r\n'),
      'deploy/service.yaml': documents(service('shop', 'shop')).replaceAll('\n', '\r\n'),
    }),
    deliveries: ['shop'],
    workload: { kind: 'StatefulSet', namespace: 'shop', name: 'shop' },
  },
  {
    title: 'Chinese and German names',
    files: (version) => ({
      '部署/商店/工作负载.yaml': documents(workload({ namespace: 'shop', version, container: reads })),
      '部署/商店/配置.yaml': documents(configMap('shop', 'shop')),
      'Bestände/größe.yaml': documents(workload({ name: 'lager', namespace: 'lager', replicas: 1, version })),
    }),
    deliveries: ['shop', 'lager'],
    workload: { kind: 'Deployment', namespace: 'shop', name: 'shop' },
  },
  {
    title: 'a sparse clone',
    files: (version) => ({
      'deploy/shop.yaml': documents(workload({ namespace: 'shop', version })),
      'deploy/service.yaml': documents(service('shop', 'shop')),
      'cart/cart.yaml': documents(workload({ name: 'cart', namespace: 'cart' })),
    }),
    sparse: ['deploy'],
    deliveries: ['shop', 'cart'],
    workload: { kind: 'Deployment', namespace: 'shop', name: 'shop' },
  },
  {
    title: 'a single pod',
    files: (version) => ({ 'k8s/shop.yml': documents(workload({ namespace: 'shop', replicas: 1, version })) }),
    deliveries: ['shop'],
    workload: { kind: 'Deployment', namespace: 'shop', name: 'shop' },
  },
];
