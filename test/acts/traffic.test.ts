import { describe, expect, test } from 'vitest';
import { listAt, mapAt, textAt } from '../../src/simulator/api/json.ts';
import { asMap } from '../../src/simulator/api/things.ts';
import { config } from './files.ts';
import { outcome, type Shop, shopWith } from './shop.ts';

/** Requests of a release: by several providers at once, by headers, and through another service. */

const service = (name: string) => `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ port: 80 }] }
`;
const ingress = (name: string) => `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name} }
spec: { rules: [{ http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: ${name}, port: { number: 80 } } } }] } }] }
`;
const httpRoute = `apiVersion: gateway.networking.k8s.io/v1beta1
kind: HTTPRoute
metadata: { name: shop }
spec: { rules: [{ matches: [{ path: { type: PathPrefix, value: / } }], backendRefs: [{ kind: Service, name: shop, port: 80 }] }] }
`;
const trafficRouting = `apiVersion: rollouts.kruise.io/v1alpha1
kind: TrafficRouting
metadata: { name: cart }
spec: { objectRef: [{ service: cart, ingress: { classType: nginx, name: cart } }], strategy: { weight: 20 } }
`;
const manifests = (...texts: readonly string[]) => texts.join('---\n');

const found = (shop: Shop, kind: string, name: string) => {
  const thing = shop.cluster.api.get(kind, 'shop', name);
  return thing === undefined ? null : asMap(thing);
};
/** What the annotations of an Ingress say of its share; null where there is none. */
const share = (shop: Shop, name: string) => {
  const its = found(shop, 'Ingress', name);
  if (its === null) return null;
  // The engine copies every annotation of the Ingress, the mark of the delivery too.
  const entries = Object.entries(mapAt(its, 'metadata', 'annotations')).filter(
    ([key]) => !key.startsWith('stepgate.dev/'),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key.replace('nginx.ingress.kubernetes.io/', ''), value]));
};
/** The backends of the route's rules, with their weights. */
const backends = (shop: Shop) =>
  listAt(found(shop, 'HTTPRoute', 'shop') ?? {}, 'spec', 'rules').map((rule) =>
    listAt(rule, 'backendRefs').map((ref) => `${textAt(ref, 'name')}:${mapAt(ref)['weight']}`),
  );
const phase = (shop: Shop) => textAt(found(shop, 'TrafficRouting', 'cart') ?? {}, 'status', 'phase');

describe('an Ingress and an HTTPRoute at once', () => {
  const files = {
    'stepgate.yaml': config({
      more: ['traffic: { service: shop, grace: 1s, ingress: { name: shop }, gateway: { route: shop } }'],
      steps: [
        '{ name: testers, replicas: 1, matches: [{ headers: [{ name: x-tester, value: "yes" }] }] }',
        '{ name: some, replicas: 2, traffic: 40% }',
        '{ name: all, replicas: 100% }',
      ],
    }),
    'deploy/routes.yaml': manifests(service('shop'), ingress('shop'), httpRoute),
  };

  async function atTesters(): Promise<Shop> {
    const shop = await shopWith(['v1'], { files });
    shop.push('v2');
    const ada = shop.person('ada');
    await ada('deploy');
    expect(await ada('tick --until wait')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    return shop;
  }

  test('both take the header of the first step, then the weight, and give back what they had', async () => {
    using shop = await atTesters();
    const ada = shop.person('ada');
    const header = { 'canary-by-header': 'x-tester', 'canary-by-header-value': 'yes' };
    expect(share(shop, 'shop-canary')).toEqual({ canary: 'true', ...header });
    expect(backends(shop)).toEqual([['shop:1'], ['shop-canary:1']]);
    await ada('promote --step testers');
    await shop.wait('60s');
    expect(share(shop, 'shop-canary')).toEqual({ canary: 'true', 'canary-weight': '40' });
    expect(backends(shop)[0]).toEqual(['shop:60', 'shop-canary:40']);
    await ada('promote --step some');
    expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect([share(shop, 'shop-canary'), backends(shop), shop.pods()]).toEqual([null, [['shop:1']], 'v2:4']);
  });

  test('the next release takes the rules back that the engine has written', async () => {
    using shop = await atTesters();
    const ada = shop.person('ada');
    for (const step of ['testers', 'some']) {
      await ada(`promote --step ${step}`);
      await ada('tick --until wait');
    }
    expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    shop.push('v3');
    await ada('deploy');
    expect(await ada('tick --until wait')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(backends(shop)).toEqual([['shop:1'], ['shop-canary:1']]);
  });

  test('a rollback gives both back', async () => {
    using shop = await atTesters();
    const told = await shop.person('ada')('rollback');
    expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect([share(shop, 'shop-canary'), backends(shop)]).toEqual([null, [['shop:1']]]);
  });
});

describe('a StatefulSet behind an Ingress', () => {
  const steps = [
    '{ name: one, replicas: 25%, traffic: 20% }',
    '{ name: half, replicas: 50%, traffic: 40% }',
    '{ name: all, replicas: 100% }',
  ];
  const kind = 'StatefulSet';
  const files = {
    'stepgate.yaml': config({ kind, steps, more: ['traffic: { service: shop, ingress: { name: shop } }'] }),
    'deploy/routes.yaml': manifests(service('shop'), ingress('shop')),
  };

  async function waitingAt(step: 1 | 2): Promise<Shop> {
    const shop = await shopWith(['v1'], { kind, files });
    const ada = shop.person('ada');
    shop.push('v2');
    await ada('deploy');
    if (step === 2) await ada('promote --step one');
    await shop.wait('60s');
    expect(await ada('tick --until wait')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    shop.push('v3');
    return shop;
  }

  test('takes another version over its first step', async () => {
    using shop = await waitingAt(1);
    expect(await shop.person('ada')('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(shop.pods()).toBe('v1:3 v3:1');
  });

  test('takes none over a later step, whose pods it would reach at once', async () => {
    using shop = await waitingAt(2);
    const told = await shop.person('ada')('deploy');
    expect(told).toMatchObject({ exit: 4, code: 'SUPERSEDE_REFUSED' });
    expect(told.error?.message).toContain('another version of this StatefulSet would reach the pods of step 2');
    await shop.wait('60s');
    expect(shop.pods()).toBe('v1:2 v2:2');
  });
});

describe('a TrafficRouting', () => {
  const files = {
    'stepgate.yaml': config({ more: ['traffic: { routing: cart }'] }),
    'deploy/cart.yaml': manifests(service('cart'), ingress('cart'), trafficRouting),
  };
  test('splits the requests of its own service from the start of a release to the end', async () => {
    using shop = await shopWith(['v1'], { files });
    const ada = shop.person('ada');
    expect([phase(shop), share(shop, 'cart-canary')]).toEqual(['Healthy', null]);
    shop.push('v2');
    await ada('deploy');
    await ada('tick --until wait');
    await shop.wait('30s');
    expect([phase(shop), share(shop, 'cart-canary')]).toEqual([
      'Progressing',
      { canary: 'true', 'canary-weight': '20' },
    ]);
    await ada('promote');
    expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    await shop.wait('30s');
    expect([phase(shop), share(shop, 'cart-canary')]).toEqual(['Healthy', null]);
  });

  test('that is not there refuses the release before anything is written', async () => {
    const missing = { 'stepgate.yaml': config({ more: ['traffic: { routing: other }'] }) };
    using shop = await shopWith(['v1'], { files });
    shop.push('v2', { files: missing });
    const told = await shop.person('ada')('deploy');
    expect(told).toMatchObject({ exit: 4, code: 'FINDINGS' });
    expect(told.log).not.toContain('write:');
    expect([shop.live(), shop.pods()]).toEqual(['v1', 'v1:4']);
  });
});

test.for([
  [
    'a kind that the server does not serve',
    'traffic: { service: shop, custom: [{ apiVersion: networking.istio.io/v1, kind: VirtualService, name: shop }] }',
    'TRAFFIC_TARGET_MISSING',
  ],
  [
    'an Ingress class without a script',
    'traffic: { service: shop, ingress: { name: shop, class: traefik } }',
    'TRAFFIC_CLASS_UNKNOWN',
  ],
] as const)('%s refuses the release before anything is written', async ([, line, code]) => {
  const files = { 'deploy/routes.yaml': manifests(service('shop'), ingress('shop')) };
  using shop = await shopWith(['v1'], { files });
  shop.cluster.api.create(
    'ConfigMap',
    {
      metadata: { name: 'kruise-rollout-configuration', namespace: 'kruise-rollout' },
      data: { 'lua.traffic.routing.ingress.other': '' },
    },
    { manager: 'kubectl' },
  );
  shop.push('v2', { files: { 'stepgate.yaml': config({ more: [line] }) } });
  const told = await shop.person('ada')('deploy');
  expect(told).toMatchObject({ exit: 4, code: 'FINDINGS' });
  expect(told.delivery?.findings.map((one) => one.code)).toContain(code);
  expect([told.log.includes('write:'), shop.live()]).toEqual([false, 'v1']);
});
