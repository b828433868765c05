import { describe, expect, test } from 'vitest';
import { codes } from '../../src/release/codes.ts';
import type { Delivery, Step, Traffic } from '../../src/release/delivery.ts';
import { keyOf, type Looked, type Surroundings, type Wanted } from '../../src/release/finding.ts';
import type { JsonObject } from '../../src/release/json.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { kruise } from '../../src/targets/kruise/index.ts';
import { commit, delivery, deployment, object, service, step } from './delivery-fixture.ts';

/** What the findings say of routes: what is missing, leads elsewhere, or is read otherwise than the plan reads. */

const none = { service: 'shop', graceSeconds: null, canaryService: true, ingress: null, gateway: null, custom: null };
const by = (more: Partial<Traffic>): Traffic => ({ ...none, routing: null, ...more });
const nginx = by({ ingress: { name: 'shop', class: 'nginx' } });
const ofClass = (name: string) => by({ ingress: { name: 'shop', class: name } });
const gateway = by({ gateway: { route: 'shop' } });
const ISTIO = 'networking.istio.io/v1';
const istio = (...kinds: readonly string[]) =>
  by({ custom: kinds.map((kind) => ({ apiVersion: ISTIO, kind, name: 'shop' })) });

interface Case {
  readonly traffic: Traffic;
  readonly steps?: readonly Partial<Step>[];
  readonly delivery?: Partial<Delivery>;
  readonly labels?: JsonObject;
  readonly source?: readonly KubeObject[];
  readonly lists?: Surroundings['lists'];
  /** What is read by name: kind and name, or `ConfigMap` for the engine's. */
  readonly looked?: Readonly<Record<string, Looked>>;
}

const there = (kind: string, spec: JsonObject, metadata: JsonObject = {}): Looked => ({
  is: 'there',
  object: object(ISTIO, kind, 'shop', { metadata: { name: 'shop', ...metadata }, spec }),
});
const missing: Looked = { is: 'missing' };
const scripts = (...keys: readonly string[]): Looked => ({
  is: 'there',
  object: { data: Object.fromEntries(keys.map((key) => [key, '-- a script'])) },
});

const web = (spec: JsonObject = {}, metadata: JsonObject = {}) =>
  object('networking.k8s.io/v1', 'Ingress', 'shop', {
    metadata: { name: 'shop', ...metadata },
    spec: { rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 'shop' } } }] } }], ...spec },
  });
const httpRoute = object('gateway.networking.k8s.io/v1beta1', 'HTTPRoute', 'shop', {
  spec: { rules: [{ backendRefs: [{ name: 'shop' }] }] },
});
const leading = { destination: { host: 'shop.shop.svc.cluster.local' } };
const virtualService = there('VirtualService', { http: [{ route: [leading] }] });
const destinationRule = there('DestinationRule', { host: 'shop', subsets: [{ name: 'stable' }] });
const mesh = { VirtualService: virtualService, DestinationRule: destinationRule };

function found({ traffic, steps = [{ traffic: 5 }], labels = {}, source = [], lists, looked = {}, ...more }: Case) {
  const its = delivery('canary 1', { traffic, steps: steps.map((one) => step('1', one)), ...more.delivery });
  const template = { metadata: { labels: { app: 'shop', ...labels } }, spec: { containers: [{ name: 'shop' }] } };
  const workload = deployment({ template });
  const rendered = kruise.render(its, commit, [workload, ...source], 1);
  const all: Surroundings['lists'] = {
    Service: [service],
    Ingress: [web()],
    HTTPRoute: [httpRoute],
    HorizontalPodAutoscaler: [],
    Rollout: [],
    ...lists,
  };
  const told = ({ kind, name }: Wanted) => looked[`${kind.kind}/${name}`] ?? looked[kind.kind];
  const lookups = kruise.lookups(its, rendered, all);
  const byKey = lookups.map((wanted) => [keyOf(wanted), told(wanted) ?? { is: 'unknown' }] as const);
  const observation = kruise.observe(its, { takenAt: new Date(0), rollout: null, workload: null, pods: [] });
  const around = { lists: all, looked: Object.fromEntries(byKey), workload, changedConfig: [] };
  return kruise.traps(its, rendered, observation, around);
}

const header = { headers: [{ name: 'x-user', value: 'beta' }] };
const path = { path: { value: '/beta' } };
const query = { queryParams: [{ name: 'beta', value: 'yes' }] };
const set = { set: { 'x-lane': 'new' }, add: {}, remove: [] };
const matching = (...matches: NonNullable<Step['matches']>): Partial<Step> => ({ matches });

const table: readonly (readonly [string, 'error' | 'warning', string, Case, string, Case])[] = [
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'a custom route is not there',
    { traffic: istio('VirtualService'), looked: { VirtualService: missing } },
    'it is',
    { traffic: istio('VirtualService'), looked: mesh },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'its kind is not served',
    { traffic: istio('VirtualService'), looked: { VirtualService: { is: 'unserved' } } },
    'it may not be read',
    { traffic: istio('VirtualService'), looked: { VirtualService: { is: 'unknown' } } },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'the Gateway API is not installed',
    { traffic: gateway, lists: { HTTPRoute: null }, looked: { HTTPRoute: { is: 'unserved' } } },
    'the right to list is missing',
    { traffic: gateway, lists: { HTTPRoute: null }, looked: { HTTPRoute: { is: 'there', object: httpRoute } } },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'a VirtualService that leads elsewhere',
    {
      traffic: istio('VirtualService'),
      looked: { VirtualService: there('VirtualService', { http: [{ route: [{ destination: { host: 'web' } }] }] }) },
    },
    'one over TCP',
    {
      traffic: istio('VirtualService'),
      looked: { VirtualService: there('VirtualService', { tcp: [{ route: [leading] }] }) },
    },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'a VirtualService with matches alone',
    {
      traffic: istio('VirtualService'),
      looked: { VirtualService: there('VirtualService', { http: [{ match: [{}], route: [leading] }] }) },
    },
    'a plan with matches alone',
    {
      traffic: istio('VirtualService'),
      steps: [matching(header)],
      looked: { VirtualService: there('VirtualService', { http: [{ match: [{}], route: [leading] }] }) },
    },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'a DestinationRule of another host',
    {
      traffic: istio('DestinationRule'),
      looked: { DestinationRule: there('DestinationRule', { host: 'web', subsets: [] }) },
    },
    'its own',
    { traffic: istio('DestinationRule'), looked: mesh },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'a TrafficRouting is not there',
    { traffic: by({ service: null, routing: 'chain' }), steps: [{}], looked: { TrafficRouting: missing } },
    'the source brings it',
    {
      traffic: by({ service: null, routing: 'chain' }),
      steps: [{}],
      source: [object('rollouts.kruise.io/v1alpha1', 'TrafficRouting', 'chain', { spec: {} })],
      looked: { TrafficRouting: missing },
    },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'a TrafficRouting goes away',
    {
      traffic: by({ service: null, routing: 'chain' }),
      steps: [{}],
      looked: { TrafficRouting: { is: 'there', object: { kind: 'TrafficRouting', status: { phase: 'Terminating' } } } },
    },
    'it is healthy',
    {
      traffic: by({ service: null, routing: 'chain' }),
      steps: [{}],
      looked: { TrafficRouting: { is: 'there', object: { kind: 'TrafficRouting', status: { phase: 'Healthy' } } } },
    },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'warning',
    'a TrafficRouting without its own route',
    {
      traffic: by({ service: null, routing: 'chain' }),
      steps: [{}],
      looked: { TrafficRouting: { is: 'there', object: { kind: 'TrafficRouting', status: { phase: 'Initial' } } } },
    },
    'just applied',
    {
      traffic: by({ service: null, routing: 'chain' }),
      steps: [{}],
      looked: { TrafficRouting: { is: 'there', object: { kind: 'TrafficRouting' } } },
    },
  ],
  [
    'TRAFFIC_TARGET_MISSING',
    'error',
    'steps route, and only a TrafficRouting is there',
    { traffic: by({ service: null, routing: 'chain' }) },
    'an Ingress besides',
    { traffic: by({ ...nginx, routing: 'chain' }) },
  ],
  [
    'CANARY_PODS',
    'error',
    'a label of the selector',
    { traffic: nginx, delivery: { settings: { canaryPods: { labels: { app: 'canary' }, annotations: {} } } } },
    'another label',
    { traffic: nginx, delivery: { settings: { canaryPods: { labels: { lane: 'canary' }, annotations: {} } } } },
  ],
  [
    'TRAFFIC_CLASS_UNKNOWN',
    'error',
    'a class without a script',
    { traffic: ofClass('traefik'), looked: { ConfigMap: scripts('lua.traffic.routing.ingress.other') } },
    'a class with one',
    { traffic: ofClass('traefik'), looked: { ConfigMap: scripts('lua.traffic.routing.ingress.traefik') } },
  ],
  [
    'TRAFFIC_CLASS_UNKNOWN',
    'warning',
    'no scripts where they usually are',
    { traffic: ofClass('traefik'), looked: { ConfigMap: missing } },
    'the scripts may not be read',
    { traffic: ofClass('traefik'), looked: { ConfigMap: { is: 'unknown' } } },
  ],
  [
    'TRAFFIC_CLASS_UNKNOWN',
    'error',
    'a kind without a script',
    {
      traffic: by({ custom: [{ apiVersion: 'apisix.apache.org/v2', kind: 'ApisixRoute', name: 'shop' }] }),
      looked: { ConfigMap: scripts('lua.traffic.routing.ApisixRoute.apisix.com') },
    },
    'a kind with one',
    {
      traffic: by({ custom: [{ apiVersion: 'apisix.apache.org/v2', kind: 'ApisixRoute', name: 'shop' }] }),
      looked: { ConfigMap: scripts('lua.traffic.routing.ApisixRoute.apisix.apache.org') },
    },
  ],
  [
    'TRAFFIC_SCRIPT_FAILS',
    'error',
    'a match without headers for aliyun-alb',
    { traffic: ofClass('aliyun-alb'), steps: [matching(path)] },
    'for nginx',
    { traffic: nginx, steps: [matching(path)] },
  ],
  [
    'TRAFFIC_SCRIPT_FAILS',
    'error',
    'a match without headers for higress',
    { traffic: ofClass('higress'), steps: [matching(query)] },
    'with a script of its own',
    {
      traffic: ofClass('higress'),
      steps: [matching(query)],
      looked: { ConfigMap: scripts('lua.traffic.routing.ingress.higress') },
    },
  ],
  [
    'TRAFFIC_SCRIPT_FAILS',
    'error',
    'an Ingress of mse without annotations',
    { traffic: ofClass('mse') },
    'with one',
    { traffic: ofClass('mse'), lists: { Ingress: [web({}, { annotations: { a: 'b' } })] } },
  ],
  [
    'TRAFFIC_SCRIPT_FAILS',
    'error',
    'headers that are not set for mse',
    {
      traffic: ofClass('mse'),
      steps: [{ traffic: 5, requestHeaders: { set: {}, add: {}, remove: ['x'] } }],
      lists: { Ingress: [web({}, { annotations: { a: 'b' } })] },
    },
    'a header that is set',
    {
      traffic: ofClass('mse'),
      steps: [{ traffic: 5, requestHeaders: set }],
      lists: { Ingress: [web({}, { annotations: { a: 'b' } })] },
    },
  ],
  [
    'TRAFFIC_SCRIPT_FAILS',
    'error',
    'matches in a VirtualService without HTTP',
    {
      traffic: istio('VirtualService'),
      steps: [matching(header)],
      looked: { VirtualService: there('VirtualService', { tcp: [{ route: [leading] }] }) },
    },
    'with it',
    { traffic: istio('VirtualService'), steps: [matching(header)], looked: mesh },
  ],
  [
    'TRAFFIC_SCRIPT_FAILS',
    'error',
    'a redirect in a VirtualService',
    {
      traffic: istio('VirtualService'),
      looked: { VirtualService: there('VirtualService', { http: [{ redirect: {} }, { route: [leading] }] }) },
    },
    'a redirect of some requests',
    {
      traffic: istio('VirtualService'),
      looked: {
        VirtualService: there('VirtualService', { http: [{ match: [{}], redirect: {} }, { route: [leading] }] }),
      },
    },
  ],
  [
    'TRAFFIC_SCRIPT_FAILS',
    'error',
    'a DestinationRule without subsets',
    { traffic: istio('DestinationRule'), looked: { DestinationRule: there('DestinationRule', { host: 'shop' }) } },
    'with an empty list',
    {
      traffic: istio('DestinationRule'),
      looked: { DestinationRule: there('DestinationRule', { host: 'shop', subsets: [] }) },
    },
  ],
  [
    'TRAFFIC_PART_IGNORED',
    'warning',
    'a path for nginx',
    { traffic: nginx, steps: [matching({ ...header, ...path })] },
    'a header',
    { traffic: nginx, steps: [matching(header)] },
  ],
  [
    'TRAFFIC_PART_IGNORED',
    'warning',
    'a parameter for nginx',
    { traffic: nginx, steps: [matching({ ...header, ...query })] },
    'for mse',
    { traffic: ofClass('mse'), steps: [matching({ ...header, ...query })] },
  ],
  [
    'TRAFFIC_PART_IGNORED',
    'warning',
    'a second header',
    { traffic: nginx, steps: [matching({ headers: [...header.headers, { name: 'b', value: 'c' }] })] },
    'for a route',
    { traffic: gateway, steps: [matching({ headers: [...header.headers, { name: 'b', value: 'c' }] })] },
  ],
  [
    'TRAFFIC_PART_IGNORED',
    'warning',
    'a second match',
    { traffic: nginx, steps: [matching(header, { headers: [{ name: 'b', value: 'c' }] })] },
    'for a route',
    { traffic: gateway, steps: [matching(header, { headers: [{ name: 'b', value: 'c' }] })] },
  ],
  [
    'TRAFFIC_PART_IGNORED',
    'warning',
    'headers of requests for nginx',
    { traffic: nginx, steps: [{ traffic: 5, requestHeaders: set }] },
    'for a class with a script of its own',
    {
      traffic: ofClass('other'),
      steps: [{ traffic: 5, requestHeaders: set }],
      looked: { ConfigMap: scripts('lua.traffic.routing.ingress.other') },
    },
  ],
  [
    'TRAFFIC_PART_IGNORED',
    'warning',
    'headers that mse adds',
    { traffic: ofClass('mse'), steps: [{ traffic: 5, requestHeaders: { ...set, add: { a: 'b' } } }] },
    'sets',
    { traffic: ofClass('mse'), steps: [{ traffic: 5, requestHeaders: set }] },
  ],
  [
    'TRAFFIC_PART_IGNORED',
    'warning',
    'traffic beside matches for a route',
    { traffic: gateway, steps: [{ traffic: 5, ...matching(header) }] },
    'for nginx',
    { traffic: nginx, steps: [{ traffic: 5, ...matching(header) }] },
  ],
  [
    'TRAFFIC_PART_IGNORED',
    'warning',
    'matches with a path and without for a route',
    { traffic: gateway, steps: [matching(path, header)] },
    'all with a path',
    { traffic: gateway, steps: [matching(path, { ...header, ...path })] },
  ],
  [
    'TRAFFIC_PART_IGNORED',
    'warning',
    'headers of requests for a route',
    { traffic: gateway, steps: [{ ...matching(header), requestHeaders: set }] },
    'for a VirtualService',
    { traffic: istio('VirtualService'), steps: [{ ...matching(header), requestHeaders: set }], looked: mesh },
  ],
  [
    'TRAFFIC_PART_IGNORED',
    'warning',
    'headers of requests by weight for a VirtualService',
    { traffic: istio('VirtualService'), steps: [{ traffic: 5, requestHeaders: set }], looked: mesh },
    'for a kind with a script of its own',
    {
      traffic: by({ custom: [{ apiVersion: 'a.b/v1', kind: 'Route', name: 'shop' }] }),
      steps: [{ traffic: 5, requestHeaders: set }],
    },
  ],
  [
    'INGRESS_CLASS',
    'warning',
    'the IngressClass is missing',
    { traffic: nginx, lists: { Ingress: [web({ ingressClassName: 'web' })] }, looked: { 'IngressClass/web': missing } },
    'none is named',
    { traffic: nginx, looked: { IngressClass: missing } },
  ],
  [
    'INGRESS_CLASS',
    'warning',
    'the IngressClass is of another controller',
    {
      traffic: nginx,
      lists: { Ingress: [web({ ingressClassName: 'web' })] },
      looked: { 'IngressClass/web': there('IngressClass', { controller: 'ingress.k8s.alibabacloud/alb' }) },
    },
    'of one that reads the same annotations',
    {
      traffic: nginx,
      lists: { Ingress: [web({ ingressClassName: 'web' })] },
      looked: { 'IngressClass/web': there('IngressClass', { controller: 'higress.io/higress-controller' }) },
    },
  ],
  [
    'CANARY_SERVICE_OFF',
    'warning',
    'for an Ingress',
    { traffic: { ...nginx, canaryService: false } },
    'for a class with a script of its own',
    {
      traffic: { ...ofClass('other'), canaryService: false },
      looked: { ConfigMap: scripts('lua.traffic.routing.ingress.other') },
    },
  ],
  [
    'CANARY_SERVICE_OFF',
    'error',
    'in blueGreen, with routes at the first step',
    {
      traffic: { ...ofClass('other'), canaryService: false },
      delivery: { style: 'blueGreen' },
      steps: [{ traffic: 5 }],
      looked: { ConfigMap: scripts('lua.traffic.routing.ingress.other') },
    },
    'at a later step',
    {
      traffic: { ...ofClass('other'), canaryService: false },
      delivery: { style: 'blueGreen' },
      steps: [{}, { traffic: 5 }],
      looked: { ConfigMap: scripts('lua.traffic.routing.ingress.other') },
    },
  ],
  [
    'CANARY_SERVICE_OFF',
    'error',
    'for a route',
    { traffic: { ...gateway, canaryService: false } },
    'a Service of the new pods',
    { traffic: gateway },
  ],
  [
    'CANARY_SERVICE_OFF',
    'warning',
    'for a VirtualService without a DestinationRule',
    { traffic: { ...istio('VirtualService'), canaryService: false }, looked: mesh },
    'with both, and the label',
    {
      traffic: { ...istio('VirtualService', 'DestinationRule'), canaryService: false },
      labels: { 'istio.service.tag': 'gray' },
      looked: mesh,
    },
  ],
  [
    'CANARY_SERVICE_OFF',
    'warning',
    'new pods without the label',
    { traffic: { ...istio('VirtualService', 'DestinationRule'), canaryService: false }, looked: mesh },
    'the extra pods have it',
    {
      traffic: { ...istio('VirtualService', 'DestinationRule'), canaryService: false },
      delivery: { settings: { canaryPods: { labels: { 'istio.service.tag': 'gray' }, annotations: {} } } },
      looked: mesh,
    },
  ],
];

describe.each(table)('%s (%s)', (code, severity, springs, spring, spares, spare) => {
  test(`springs: ${springs}`, () => {
    const its = found(spring).filter((one) => one.code === code);
    expect(its.map((one) => one.severity)).toContain(severity);
    for (const one of its) {
      expect(one.facts.length).toBeGreaterThan(0);
      expect(one.wayOut).not.toBe('');
      expect(one.message).not.toMatch(/undefined|null|\[object/);
    }
  });

  test(`spares: ${spares}`, () => {
    expect(found(spare).filter((one) => one.code === code && one.severity === severity)).toEqual([]);
  });
});

test('the table covers every finding about routes', () => {
  const all = Object.keys(codes);
  const listed = all.slice(all.indexOf('CANARY_PODS'), all.indexOf('CANARY_SERVICE_OFF') + 1);
  expect([...new Set(table.map(([code]) => code))].sort()).toEqual(['TRAFFIC_TARGET_MISSING', ...listed].sort());
});

test('what is looked up by name', () => {
  const traffic = by({ ...nginx, custom: [{ apiVersion: ISTIO, kind: 'VirtualService', name: 'mesh' }], routing: 'c' });
  const its = delivery('canary 1/5', { traffic });
  const rendered = kruise.render(its, commit, [deployment()], 1);
  const of = (lists: Surroundings['lists']) =>
    kruise.lookups(its, rendered, lists).map(({ kind, namespace, name }) => `${namespace} ${kind.kind}/${name}`);
  expect(of({ Service: [], Ingress: [web({ ingressClassName: 'web' })] })).toEqual([
    'shop VirtualService/mesh',
    'shop TrafficRouting/c',
    'kruise-rollout ConfigMap/kruise-rollout-configuration',
    'null IngressClass/web',
  ]);
  // What may not be listed may perhaps be read.
  expect(of({ Service: null, Ingress: [] })).toContain('shop Service/shop');
});

test('a route of any kind that the delivery names waits until the engine is idle', () => {
  const route = object('apisix.apache.org/v2', 'ApisixRoute', 'shop');
  const other = object('apisix.apache.org/v2', 'ApisixRoute', 'other');
  const traffic = by({ custom: [{ apiVersion: 'apisix.apache.org/v2beta3', kind: 'ApisixRoute', name: 'shop' }] });
  const { before, idleOnly } = kruise.render(
    delivery('canary 1/5', { traffic }),
    commit,
    [deployment(), route, other],
    1,
  );
  expect(idleOnly.map((one) => one['metadata'])).toMatchObject([{ name: 'shop' }]);
  expect(before.map((one) => one['metadata'])).toMatchObject([{ name: 'other' }]);
});
