/** The Rollouts and the configs that the rows are written with. */

export type Style = 'partition' | 'canary' | 'blueGreen';

const refs = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  Job: 'batch/v1',
} as const;

export interface SpecParts {
  readonly style?: Style;
  readonly kind?: keyof typeof refs;
  readonly steps?: readonly object[];
  readonly traffic?: readonly object[];
}

/** A step of a Rollout, as stepgate renders it. */
export function step(replicas: unknown, more: object = {}): object {
  return { replicas, pause: {}, ...more };
}

export const all = step('100%');
export const ingress = { service: 'shop', ingress: { classType: 'nginx', name: 'shop' } };

/** The spec of a Rollout of the workload `shop`; by default in partition style, to all pods at once. */
export function spec({ style = 'partition', kind = 'Deployment', steps = [all], traffic }: SpecParts = {}): object {
  const block = {
    ...(style === 'canary' ? { enableExtraWorkloadForCanary: true } : {}),
    steps,
    ...(traffic === undefined ? {} : { trafficRoutings: traffic }),
  };
  return {
    workloadRef: { apiVersion: refs[kind], kind, name: 'shop' },
    strategy: style === 'blueGreen' ? { blueGreen: block } : { canary: block },
  };
}

export interface ConfigParts {
  /** The values of keys, in YAML; null leaves a key out. */
  readonly strategy?: string | null;
  readonly kind?: string;
  readonly name?: string;
  readonly traffic?: string;
  /** A line each; a text is the value of the key. */
  readonly steps?: readonly string[] | string;
  /** Further lines of the file. */
  readonly more?: readonly string[];
}

export const everything = '{ replicas: 100% }';
export const byIngress = '{ service: shop, ingress: { name: shop } }';

/** A stepgate.yaml with one delivery: line 5 has the workload, 7 the strategy, and from 9 on a line for each step. */
export function config(parts: ConfigParts = {}): string {
  const {
    strategy = 'partition',
    kind = 'Deployment',
    name = 'shop',
    traffic,
    steps = [everything],
    more = [],
  } = parts;
  return [
    'version: 1',
    'deliveries:',
    '  - delivery: shop',
    '    namespace: shop',
    `    workload: { kind: ${kind}, name: ${name} }`,
    '    source: { files: [deploy/*.yaml] }',
    ...(strategy === null ? [] : [`    strategy: ${strategy}`]),
    ...(typeof steps === 'string' ? [`    steps: ${steps}`] : ['    steps:', ...steps.map((one) => `      - ${one}`)]),
    ...(traffic === undefined ? [] : [`    traffic: ${traffic}`]),
    ...more,
    '',
  ].join('\n');
}

/** Steps as an answer of the engine repeats them: the text of each. */
export function repeated(...steps: readonly string[]): string {
  return `[]v1beta1.CanaryStep{${steps.map((one) => `v1beta1.CanaryStep{${one}}`).join(', ')}}`;
}

/** A step as an answer of the engine repeats it: what it has is a pointer, printed as an address. */
export function goStep({ replicas = true, traffic = false, matches = 'nil' } = {}): string {
  const pointer = (has: boolean) => (has ? '0xc000000000' : 'nil');
  const list = matches === 'nil' ? '(nil)' : `{${matches}}`;
  return [
    `TrafficRoutingStrategy:v1beta1.TrafficRoutingStrategy{Traffic:(*string)(${pointer(traffic)})`,
    'RequestHeaderModifier:(*v1beta1.HTTPHeaderFilter)(nil)',
    `Matches:[]v1beta1.HttpRouteMatch${list}}`,
    `Replicas:(*intstr.IntOrString)(${pointer(replicas)})`,
    'Pause:v1beta1.RolloutPause{Duration:(*int32)(nil)}',
  ].join(', ');
}

/** A match of the header `x-user: beta`, as an answer of the engine repeats it. */
export const byUser = [
  'v1beta1.HttpRouteMatch{Path:(*v1beta1.HTTPPathMatch)(nil)',
  'Headers:[]v1beta1.HTTPHeaderMatch{v1beta1.HTTPHeaderMatch{Type:(*v1beta1.HeaderMatchType)(0xc000000000), Name:"x-user", Value:"beta"}}',
  'QueryParams:[]v1beta1.HTTPQueryParamMatch(nil)}',
].join(', ');
