import type { Changed } from '../support/memory-git.ts';
import { manifest } from './files.ts';
import { openShop, type Shop } from './shop.ts';

/** Two deliveries of one namespace, shop and cart, whose sources share the folder common. */

/** Each delivery says everything itself; `more` are further lines of it. */
export function twoConfigs(
  more: { readonly shop?: string; readonly cart?: string } = {},
  names = ['shop', 'cart'],
): string {
  return [
    'version: 1',
    'deliveries:',
    ...names.flatMap((name) => {
      const workload = name === 'cart' ? 'cart' : 'shop';
      const folder = workload === 'cart' ? 'cart' : 'deploy';
      const own = workload === 'cart' ? more.cart : more.shop;
      return [
        `  - delivery: ${name}`,
        '    namespace: shop',
        `    workload: { kind: Deployment, name: ${workload} }`,
        `    source: { files: [${folder}/*.yaml, common/*.yaml] }`,
        '    strategy: partition',
        ...(own === undefined ? [] : [`    ${own}`]),
        '    steps: [{ name: one, replicas: 1, leaveWhen: [] }, { name: all, replicas: 100%, leaveWhen: [] }]',
      ];
    }),
    '',
  ].join('\n');
}

/** A ConfigMap that both render. */
export const common = (value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: common }\ndata: { level: ${value} }\n`;

/** The workload of cart, or another one of that name. */
export const second = (version: string, name = 'cart') => manifest(version, { name });

export interface Two {
  readonly shop: Shop;
  /** Somebody pushes files. */
  push(files: Changed): string;
  /** Deploys a delivery to its end; its exit code. */
  deploy(name: string, more?: string): Promise<number>;
  /** The version in the live template of a workload; null where there is none. */
  image(workload: string): string | null;
  annotations(kind: string, name: string): Readonly<Record<string, string>>;
  level(): string | null;
}

export function openTwo(files: Readonly<Record<string, string>> = {}): Two {
  const shop = openShop({
    files: {
      'stepgate.yaml': twoConfigs(),
      'cart/cart.yaml': second('v1'),
      'common/config.yaml': common('one'),
      ...files,
    },
  });
  const get = (kind: string, name: string) =>
    JSON.parse(JSON.stringify(shop.cluster.api.get(kind, 'shop', name) ?? null)) as {
      metadata: { annotations?: Record<string, string> };
      data?: { level?: string };
      spec?: { template: { spec: { containers: { image: string }[] } } };
    } | null;
  return {
    shop,
    push: (changed) => shop.origin.commit(changed, { branch: 'main', subject: 'change' }),
    deploy: async (name, more = '') => (await shop.person('ada')(`deploy --until done --delivery ${name}${more}`)).exit,
    image: (workload) =>
      get('Deployment', workload)?.spec?.template.spec.containers[0]?.image.replace('app:', '') ?? null,
    annotations: (kind, name) => get(kind, name)?.metadata.annotations ?? {},
    level: () => get('ConfigMap', 'common')?.data?.level ?? null,
  };
}

/** Another repository has a delivery, theirs, in the namespace. What it returns puts its mark on a Deployment. */
export function anotherRepository({ cluster }: Shop): (workload: string) => void {
  const metadata = { annotations: { 'stepgate.dev/delivery': 'theirs' } };
  const rollout = {
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: { name: 'theirs', namespace: 'shop', ...metadata },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'theirs' },
      strategy: { canary: { steps: [{ replicas: '100%' }] } },
    },
  };
  cluster.api.create('Rollout', rollout as never, { manager: 'stepgate' });
  return (workload) => {
    cluster.api.patch('Deployment', 'shop', workload, { metadata } as never, { type: 'merge', manager: 'stepgate' });
  };
}
