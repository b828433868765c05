import type { Files } from '../support/memory-git.ts';

/** What the repositories of these tests hold. */

export interface ConfigParts {
  /** The steps, a line each. */
  readonly steps?: readonly string[];
  /** Further keys of the delivery, a line each. */
  readonly more?: readonly string[];
  /** Further keys of the root, a line each. */
  readonly root?: readonly string[];
  readonly source?: string;
  readonly kind?: WorkloadKind;
  readonly style?: 'partition' | 'canary' | 'blueGreen';
}

/** The kinds as the config names them, and as their manifests do. */
const kinds = {
  Deployment: { apiVersion: 'apps/v1', kind: 'Deployment' },
  StatefulSet: { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  AdvancedStatefulSet: { apiVersion: 'apps.kruise.io/v1beta1', kind: 'StatefulSet' },
  AdvancedDaemonSet: { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'DaemonSet' },
  CloneSet: { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'CloneSet' },
} as const;

export type WorkloadKind = keyof typeof kinds;

/** A first pod that waits for an approval, then all. */
export const twoSteps = ['{ name: one, replicas: 1 }', '{ name: all, replicas: 100% }'];

/** One delivery, shop, that says everything itself. */
export function config({ steps = twoSteps, more = [], root = [], source, kind, style }: ConfigParts = {}): string {
  return [
    'version: 1',
    ...root,
    'deliveries:',
    '  - delivery: shop',
    '    namespace: shop',
    `    workload: { kind: ${kind ?? 'Deployment'}, name: shop }`,
    `    source: ${source ?? '{ files: [deploy/*.yaml] }'}`,
    `    strategy: ${style ?? 'partition'}`,
    ...more.map((line) => `    ${line}`),
    '    steps:',
    ...steps.map((step) => `      - ${step}`),
    '',
  ].join('\n');
}

/** Environments of one service that read the same manifest: in its own namespace each, in this order. */
export function environments(lines: readonly string[], more: Files = {}): Files {
  const names = lines.map((line) => line.split(':', 1)[0] ?? '');
  const root = [
    'version: 1',
    'include: [services/*.yaml]',
    'environments:',
    ...lines.map((line) => `  ${line}`),
    'plans:',
    '  p:',
    '    strategy: partition',
    '    steps: [{ name: one, replicas: 1, leaveWhen: [] }, { name: all, replicas: 100% }]',
    '',
  ].join('\n');
  const service = [
    'delivery: shop',
    'workload: { kind: Deployment, name: shop }',
    'source: { files: [deploy/*.yaml] }',
    `in: { ${names.map((name) => `${name}: { namespace: ${name} }`).join(', ')} }`,
    '',
  ].join('\n');
  return { 'stepgate.yaml': root, 'services/shop.yaml': service, ...more };
}

/** The workload's manifest. `line` changes another line of the template, `settings` one beside it. */
export function manifest(
  version: string,
  { line, name = 'shop', kind = 'Deployment' }: { line?: string; name?: string; kind?: WorkloadKind } = {},
): string {
  const env = line === undefined ? '' : `, env: [{ name: LINE, value: "${line}" }]`;
  const { apiVersion, kind: kindName } = kinds[kind];
  const own = kindName === 'StatefulSet' ? 'serviceName: shop' : 'revisionHistoryLimit: 10';
  return `apiVersion: ${apiVersion}
kind: ${kindName}
metadata: { name: ${name} }
spec:
  ${kindName === 'DaemonSet' ? 'minReadySeconds: 0' : 'replicas: 4'}
  ${own}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - { name: main, image: "app:${version}"${env}, readinessProbe: { httpGet: { path: /, port: 80 } } }
`;
}

/** The version in the manifest that a commit has. */
export function versionIn(files: Files, path = 'deploy/shop.yaml'): string {
  return /image: "app:([^"]*)"/.exec(files[path] ?? '')?.[1] ?? 'none';
}
