import type { ConfigParser } from '../../src/flow/load.ts';
import type { Delivery } from '../../src/release/delivery.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { at, mapAt, textAt } from '../../src/simulator/api/json.ts';
import { resolvedOf } from '../support/resolved.ts';
import { applicationOf, podLabels, withTemplate } from './applications.ts';
import type { Case } from './case.ts';
import type { Files } from './repo.ts';
import { withStage } from './stage.ts';
import { kindNamed, workloadKinds } from './workloads.ts';

/** What the repository of a case holds. JSON is YAML: what is parsed a hundred times over is parsed once. */
export function filesOf(of: Pick<Case, 'delivery' | 'replicas' | 'shape' | 'carrier' | 'settled'>): Files {
  const { delivery } = of;
  const content = JSON.stringify(manifests(of));
  const settings = of.settled ? settingsNames.map((name) => [settingsPath(name), settingsFile(name, 'first')]) : [];
  return {
    'stepgate.yaml': JSON.stringify(delivery),
    [workloadPath]: content,
    ...Object.fromEntries(settings),
  };
}

const workloadPath = 'deploy/shop.json';

/** The ConfigMaps beside the workload. `shared` is the one that another delivery renders too. */
export const settingsNames = ['settings', 'other', 'shared'] as const;

export type SettingsName = (typeof settingsNames)[number];

function settingsPath(name: SettingsName): string {
  return `deploy/${name}.json`;
}

/** The file of a ConfigMap with that text. */
function settingsFile(name: SettingsName, text: string): string {
  return JSON.stringify([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text } }]);
}

/** What changes in the files when a ConfigMap gets another text. */
export function withSettings(name: SettingsName, text: string): Files {
  return { [settingsPath(name)]: settingsFile(name, text) };
}

/** The text of a ConfigMap in a commit's files; null where the source has none. */
export function settingsIn(files: Files, name: SettingsName): string | null {
  return /"text":"([^"]*)"/.exec(files[settingsPath(name)] ?? '')?.[1] ?? null;
}

function manifests({
  delivery,
  replicas,
  shape,
  carrier,
}: Pick<Case, 'delivery' | 'replicas' | 'shape' | 'carrier'>): readonly object[] {
  const labels = podLabels(carrier);
  const name = kindNamed(delivery.workload.kind);
  const { apiVersion, kind, spec } = workloadKinds[name];
  const workload = {
    apiVersion,
    kind,
    metadata: { name: 'shop' },
    spec: {
      ...(name === 'AdvancedDaemonSet' ? {} : { replicas }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image: 'app/v1:ok' }] },
      },
      ...spec(shape),
    },
  };
  const released = carrier === null ? workload : applicationOf(carrier, workload);
  if (delivery.traffic === null) return [released];
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop' },
    spec: { selector: labels, ports: [{ port: 80, targetPort: 80 }] },
  };
  const backend = { service: { name: 'shop', port: { number: 80 } } };
  const path = { path: '/', pathType: 'Prefix', backend };
  if (delivery.traffic.gateway !== null) {
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'shop' },
      spec: { parentRefs: [{ name: 'web' }], rules: [{ backendRefs: [{ name: 'shop', port: 80 }] }] },
    };
    return [released, service, route];
  }
  const ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'shop' },
    spec: { ingressClassName: 'nginx', rules: [{ host: 'shop.example', http: { paths: [path] } }] },
  };
  return [released, service, ingress];
}

/** The manifests with another image; `line`: something in the template that is not the image. */
export function withVersion(content: string, image: string, line = ''): string {
  const [released, ...others] = parse<readonly [object, ...object[]]>(content);
  const container = { name: 'main', image, ...(line === '' ? {} : { env: [{ name: 'LINE', value: line }] }) };
  const next = (before: unknown) => ({ ...mapAt({ before }, 'before'), spec: { containers: [container] } });
  if (textAt(released, 'kind') === 'Application') {
    const own = at(released, 'spec', 'components', 0, 'properties', 'objects', 0, 'spec', 'template');
    return JSON.stringify([withTemplate(released, next(own ?? {})), ...others]);
  }
  const spec = mapAt(released, 'spec');
  return JSON.stringify([{ ...released, spec: { ...spec, template: next(spec['template']) } }, ...others]);
}

/** All that the delivery reads of a commit's files. */
export function contentIn(files: Files): string {
  return [workloadIn(files), ...settingsNames.map((name) => files[settingsPath(name)] ?? '')].join('');
}

/** The manifests of the workload, and of what routes its requests. */
export function workloadIn(files: Files): string {
  return files[workloadPath] ?? '';
}

/** The plan that a commit's files have. */
export function policyIn(files: Files): Delivery {
  return parse<Delivery>(files['stepgate.yaml'] ?? '');
}

/** The version that a commit's files ask for, as pods show it. */
export function versionIn(files: Files): string {
  const line = /"name":"LINE","value":"([^"]*)"/.exec(workloadIn(files))?.[1] ?? '';
  return `${imageIn(files)}${line === '' ? '' : `#${line}`}`;
}

/** The image that a commit's files ask for. */
export function imageIn(files: Files): string {
  return /"image":"([^"]*)"/.exec(workloadIn(files))?.[1] ?? '';
}

const parsed = new Map<string, unknown>();

function parse<T>(text: string): T {
  const known = parsed.get(text);
  if (known !== undefined) return known as T;
  if (parsed.size > 2_000) parsed.clear();
  const made = JSON.parse(text) as T;
  parsed.set(text, made);
  return made;
}

export const parser: ConfigParser = {
  includes: () => [],
  resolve: (root) => resolvedOf(...withStage(parse<Delivery>(root.text))),
};

export function parseManifests(files: readonly { readonly text: string }[]): readonly KubeObject[] {
  return files.flatMap(({ text }) => parse<readonly KubeObject[]>(text));
}
