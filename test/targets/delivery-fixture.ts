import type { Amount, Condition, Delivery, Match, Step, Style } from '../../src/release/delivery.ts';
import type { ForecastFrom, ForecastStep } from '../../src/release/forecast.ts';
import type { JsonObject } from '../../src/release/json.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { forecast } from '../../src/targets/kruise/forecast.ts';

export const commit = '0123456789abcdef0123456789abcdef01234567';

export const approval: Condition = {
  kind: 'approval',
  by: ['command'],
  notAuthor: false,
  notMerger: false,
  name: 'approval',
  from: [],
  count: 1,
};

/** `1`, `50%`, `50%/20` (traffic 20 %), `1/match` (a header match). Waits for an approval. */
export function step(text: string, more: Partial<Step> = {}): Step {
  const [replicas = '', route] = text.split('/');
  return {
    name: text,
    replicas: amount(replicas),
    traffic: route === undefined || route === 'match' ? null : Number(route),
    matches: route === 'match' ? [headerMatch] : [],
    leaveWhen: [approval],
    requestHeaders: null,
    timer: 'stepgate',
    ...more,
  };
}

const headerMatch: Match = { headers: [{ name: 'x-user', value: 'beta' }] };

function amount(text: string): Amount {
  return text.endsWith('%')
    ? { unit: 'percent', value: Number.parseInt(text, 10) }
    : { unit: 'pods', value: Number(text) };
}

/** `partition 1 50% 100%`: style and steps. */
export function plan(text: string): { readonly style: Style; readonly steps: readonly Step[] } {
  const [style, ...steps] = text.split(' ');
  if (style !== 'partition' && style !== 'canary' && style !== 'blueGreen') throw new TypeError(`no style: ${style}`);
  return { style, steps: steps.map((one) => step(one)) };
}

export function delivery(text: string, more: Partial<Delivery> = {}): Delivery {
  return {
    name: 'shop@prod',
    environment: 'prod',
    namespace: 'shop',
    cluster: { context: null, exec: [] },
    workload: { kind: 'Deployment', name: 'shop' },
    source: { kind: 'files', patterns: ['deploy/*.yaml'] },
    ...plan(text),
    traffic: null,
    settings: {},
    startWhen: [],
    doneWhen: [],
    rollback: { on: [], stuckAfterSeconds: 900, git: 'commit' },
    ...more,
  };
}

export const routed = {
  traffic: {
    service: 'shop',
    graceSeconds: null,
    ingress: { name: 'shop', class: 'nginx' },
    gateway: null,
    custom: null,
    routing: null,
    canaryService: true,
  },
} as const;

export const podTemplate = {
  metadata: { labels: { app: 'shop' } },
  spec: { containers: [{ name: 'shop', image: 'shop:1', readinessProbe: { httpGet: { path: '/', port: 80 } } }] },
} as const;

export function deployment(spec: JsonObject = {}, metadata: JsonObject = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', ...metadata },
    spec: { replicas: 5, selector: { matchLabels: { app: 'shop' } }, template: podTemplate, ...spec },
  };
}

export function object(apiVersion: string, kind: string, name: string, rest: JsonObject = {}): KubeObject {
  return { apiVersion, kind, metadata: { name }, ...rest };
}

export const service = object('v1', 'Service', 'shop', { spec: { selector: { app: 'shop' }, ports: [{ port: 80 }] } });

export const ingress = object('networking.k8s.io/v1', 'Ingress', 'shop', {
  spec: { rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 'shop', port: { number: 80 } } } }] } }] },
});

export function autoscaler(target = 'shop'): KubeObject {
  return object('autoscaling/v2', 'HorizontalPodAutoscaler', 'shop', {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target },
      minReplicas: 2,
      maxReplicas: 10,
    },
  });
}

/** The forecast of a delivery that nobody has read, at a size, from the start of 2026-11-25 10:00 UTC on. */
export function forecastOf(
  wanted: Delivery,
  replicas: number,
  { workload = deployment(), ...more }: Partial<ForecastFrom> & { readonly workload?: KubeObject } = {},
): readonly ForecastStep[] {
  const release = { id: 'r1', commit, digest: '' };
  const rendered = { rollout: {}, workload, settings: null, carrier: null, before: [], idleOnly: [], release };
  return forecast(wanted, { replicas, rendered, live: null, now: new Date('2026-11-25T10:00:00Z'), ...more });
}
