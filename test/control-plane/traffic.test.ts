import { describe, expect, test } from 'vitest';
import { apply, kubectl, read } from './fixture.ts';
import { behindServices, canaryIngress, httpRoute, ingress, rules, service } from './routes.ts';
import { fileOf, generationOf, images, outcome, served } from './scenes.ts';
import type { Shop, ShopOptions } from './shop.ts';

/** What the config says about traffic, on the real engine: what its routes and Services are at every step. */

const header = 'matches: [{ headers: [{ name: x-tester, value: "yes" }] }]';
const testers = ['header x-tester: yes'];
const byHeader = { 'by-header': 'x-tester', 'by-header-value': 'yes' };
const withIngress = {
  config: '    traffic: { service: shop, grace: 1s, ingress: { name: shop } }',
  files: { 'deploy/service.yaml': service, 'deploy/ingress.yaml': ingress },
};

type Annotated = { readonly metadata: { readonly annotations: Readonly<Record<string, string>> } };

interface Written {
  readonly status?: unknown;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A class that the engine knows from its configuration alone. */
const scripts = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'kruise-rollout-configuration' },
  data: {
    'lua.traffic.routing.ingress.example': `annotations = {}
if ( obj.annotations ) then annotations = obj.annotations end
annotations["example.com/weight"] = nil
if ( obj.weight ~= "-1" ) then annotations["example.com/weight"] = obj.weight end
return annotations
`,
  },
};

/** Where requests go while a step waits. */
interface Routed {
  /** What `plan` says of the step: the share of the new version in per cent, and requests that go there besides. */
  readonly says: readonly [traffic: number | null, requests: readonly string[]];
  /** What the second Ingress says. */
  readonly share: Readonly<Record<string, string>> | null;
  /** The pods behind each Service. */
  readonly services: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

interface Row extends Pick<ShopOptions, 'kind' | 'style'> {
  readonly steps: readonly string[];
  /** Of the steps that wait. */
  readonly at: readonly Routed[];
}

const both = (stable: number, canary: number) => ({
  shop: { 'app:v1': stable },
  'shop-canary': { 'app:v2': canary },
});

const inPartition: Pick<Row, 'style' | 'steps' | 'at'> = {
  style: 'partition',
  steps: [
    `{ name: testers, replicas: 20%, ${header} }`,
    '{ name: some, replicas: 40%, traffic: 30% }',
    '{ name: most, replicas: 60% }',
    '{ name: all, replicas: 100% }',
  ],
  at: [
    { says: [0, testers], share: byHeader, services: both(4, 1) },
    { says: [30, []], share: { weight: '30' }, services: both(3, 2) },
    // A step that says nothing of traffic gives the routes back.
    { says: [null, []], share: null, services: { shop: { 'app:v1': 2, 'app:v2': 3 } } },
  ],
};

const rows: readonly Row[] = [
  { kind: 'Deployment', ...inPartition },
  { kind: 'StatefulSet', ...inPartition },
  {
    kind: 'Deployment',
    style: 'canary',
    steps: [
      `{ name: testers, replicas: 1, ${header} }`,
      `{ name: more, replicas: 40%, traffic: 40%, ${header} }`,
      '{ name: all, replicas: 100% }',
    ],
    at: [
      { says: [0, testers], share: byHeader, services: both(5, 1) },
      { says: [40, testers], share: { ...byHeader, weight: '40' }, services: both(5, 2) },
    ],
  },
  {
    kind: 'Deployment',
    style: 'blueGreen',
    steps: [
      '{ name: unseen, replicas: 100%, traffic: 0% }',
      `{ name: testers, replicas: 100%, ${header} }`,
      '{ name: all, replicas: 100%, traffic: 100% }',
    ],
    at: [
      { says: [0, []], share: null, services: both(5, 5) },
      { says: [0, testers], share: byHeader, services: both(5, 5) },
      { says: [100, []], share: { weight: '100' }, services: both(5, 5) },
    ],
  },
];

describe.concurrent('traffic', () => {
  test.for(rows)(
    '$kind, $style: an nginx Ingress splits requests as each step says, and is gone at the end',
    async ({ at, ...options }) => {
      await using it = await served({ ...options, ...withIngress });
      await it.release('app:v2');
      expect(await forecast(it, at.length)).toEqual(at.map(({ says }) => says));
      for (const [index, { share, services }] of at.entries()) {
        if (index > 0) await promoted(it, index);
        await waits(it, index + 1);
        expect({ share: await canaryIngress(it), services: await behindServices(it) }).toEqual({ share, services });
      }
      await ends(it, at.length);
    },
  );

  test('an HTTPRoute: a rule for the matches, which stays, and weights of the backends', async () => {
    await using it = await served({
      style: 'canary',
      steps: [
        `{ name: testers, replicas: 1, ${header} }`,
        '{ name: some, replicas: 40%, traffic: 40% }',
        '{ name: all, replicas: 100% }',
      ],
      config: '    traffic: { service: shop, grace: 1s, gateway: { route: shop } }',
      files: { 'deploy/service.yaml': service, 'deploy/route.yaml': httpRoute },
    });
    expect(await rules(it)).toEqual(['/ -> shop 1']);
    await it.release('app:v2');
    expect(await forecast(it, 2)).toEqual([
      [0, testers],
      [40, testers],
    ]);
    await waits(it, 1);
    expect(await rules(it)).toEqual(['/ -> shop 1', '/ x-tester=yes -> shop-canary 1']);
    expect(await behindServices(it)).toEqual(both(5, 1));
    await promoted(it, 1);
    await waits(it, 2);
    expect(await rules(it)).toEqual(['/ -> shop 60, shop-canary 40', '/ x-tester=yes -> shop-canary 1']);
    expect(await behindServices(it)).toEqual(both(5, 2));
    await ends(it, 2);
    expect(await rules(it)).toEqual(['/ -> shop 1']);
  });

  test('an Ingress and an HTTPRoute of one delivery change together, and go back together', async () => {
    await using it = await served({
      steps: ['{ name: some, replicas: 20%, traffic: 25% }', '{ name: all, replicas: 100% }'],
      config: '    traffic: { service: shop, grace: 1s, ingress: { name: shop }, gateway: { route: shop } }',
      files: { ...withIngress.files, 'deploy/route.yaml': httpRoute },
    });
    await it.release('app:v2');
    expect(await forecast(it, 1)).toEqual([[25, []]]);
    await waits(it, 1);
    expect(await canaryIngress(it)).toEqual({ weight: '25' });
    expect(await rules(it)).toEqual(['/ -> shop 75, shop-canary 25']);
    expect(await behindServices(it)).toEqual(both(4, 1));
    await ends(it, 1);
    expect(await rules(it)).toEqual(['/ -> shop 1']);

    await it.release('app:v3');
    await waits(it, 1);
    expect([await canaryIngress(it), await rules(it)]).toEqual([{ weight: '25' }, ['/ -> shop 75, shop-canary 25']]);
    const back = await it.stepgate('rollback', '--reason', 'errors');
    expect([back.code, back.delivery.state, back.delivery.error], back.stderr).toEqual([0, 'rolledBack', null]);
    expect([await canaryIngress(it), await rules(it)]).toEqual([null, ['/ -> shop 1']]);
    expect(await behindServices(it)).toEqual({ shop: { 'app:v2': 5 } });
  });

  test('an Ingress, an HTTPRoute or a kind that is not there is refused before anything is written', async () => {
    await using it = await served({ files: { 'deploy/service.yaml': service } });
    const config = await fileOf(it, 'stepgate.yaml');
    const routed = config.replace('replicas: 20%', 'replicas: 20%, traffic: 20%');
    const before = await asked(it);
    const missing = {
      'ingress: { name: shop }': 'Ingress/shop is not there',
      'gateway: { route: shop }': 'HTTPRoute/shop is not there',
      'ingress: { name: shop }, gateway: { route: shop }': 'Ingress/shop is not there',
      'custom: [{ apiVersion: networking.istio.io/v1, kind: VirtualService, name: shop }]':
        'the server does not serve the kind of VirtualService/shop',
    };
    for (const [route, says] of Object.entries(missing)) {
      await it.release('app:v2', { 'stepgate.yaml': `${routed}    traffic: { service: shop, ${route} }\n` });
      const refused = await it.stepgate('deploy');
      expect([refused.code, refused.delivery.error?.code, refused.writes]).toEqual([4, 'FINDINGS', []]);
      const found = refused.delivery.findings.filter(({ code }) => code === 'TRAFFIC_TARGET_MISSING');
      expect(found.map(({ message }) => message).join()).toContain(says);
    }
    expect(await asked(it)).toEqual(before);
    await it.release('app:v2', {
      'stepgate.yaml': `${routed}    traffic: { service: shop, ingress: { name: shop } }\n`,
      'deploy/ingress.yaml': ingress,
    });
    await waits(it, 1);
    expect(await canaryIngress(it)).toEqual({ weight: '20' });
  });

  test('an Ingress class goes by its script in the ConfigMap of the engine, and one without is refused', async () => {
    await apply('kruise-rollout', scripts);
    const ofClass = (name: string) =>
      `    traffic: { service: shop, grace: 1s, ingress: { name: shop, class: ${name} } }`;
    await using it = await served({
      steps: ['{ name: some, replicas: 20%, traffic: 25% }', '{ name: all, replicas: 100% }'],
      config: ofClass('example'),
      files: withIngress.files,
    });
    const config = await fileOf(it, 'stepgate.yaml');
    const before = await generationOf(it);
    await it.release('app:v2', { 'stepgate.yaml': config.replace(ofClass('example'), ofClass('other')) });
    const refused = await it.stepgate('deploy');
    expect([refused.code, refused.delivery.error?.code, refused.writes]).toEqual([4, 'FINDINGS', []]);
    expect(refused.delivery.findings.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'TRAFFIC_CLASS_UNKNOWN', message: expect.stringContaining('no script for Ingress class other') },
    ]);
    expect(await generationOf(it)).toBe(before);

    await it.release('app:v2', { 'stepgate.yaml': config });
    await waits(it, 1);
    const { metadata } = await read<Annotated>(it.namespace, 'ingresses', 'shop-canary');
    expect(metadata.annotations['example.com/weight']).toBe('25');
    expect(await behindServices(it)).toEqual(both(4, 1));
    await ends(it, 1);
  });
});

/** What `plan` says of requests at the first steps. */
async function forecast(it: Shop, steps: number): Promise<readonly Routed['says'][]> {
  const plan = await it.stepgate('plan');
  expect([plan.code, plan.writes, plan.delivery.findings.filter(({ severity }) => severity === 'error')]).toEqual([
    0,
    [],
    [],
  ]);
  return plan.delivery.forecast.slice(0, steps).map(({ traffic, requests }) => [traffic, requests]);
}

/** The release waits at the step, and `status` says so too. */
async function waits(it: Shop, step: number): Promise<void> {
  const here = await it.stepgate('deploy');
  expect([...outcome(here), here.delivery.error?.message]).toEqual([0, 'waiting', 'GATE_SHUT', step, undefined]);
  const status = await it.stepgate('status');
  expect([...outcome(status), status.delivery.error]).toEqual([0, 'waiting', 'GATE_SHUT', step, null]);
}

async function promoted(it: Shop, step: number): Promise<void> {
  const said = await it.stepgate('promote', '--step', String(step));
  expect([said.code, said.delivery.error], said.stderr).toEqual([0, null]);
}

/**
 * What somebody asked for in the namespace: the engine may still be writing a Rollout's status while stepgate refuses,
 * and a status moves the resourceVersion too.
 */
async function asked({ namespace }: Shop): Promise<unknown> {
  const { items } = JSON.parse(await kubectl(['get', 'rollouts,deployments,services', '-n', namespace, '-o', 'json']));
  return items.map(({ status: _, metadata: { resourceVersion: __, ...metadata }, ...rest }: Written) => ({
    ...rest,
    metadata,
  }));
}

/** Leaves the last step that waits; v2 serves alone, and nothing of the release is left of its routes. */
async function ends(it: Shop, step: number): Promise<void> {
  await promoted(it, step);
  const last = await it.stepgate('deploy');
  expect(outcome(last), last.stderr).toEqual([0, 'done', 'DELIVERED', undefined]);
  expect(await canaryIngress(it)).toBeNull();
  expect(await behindServices(it)).toEqual({ shop: { 'app:v2': 5 } });
  expect(await images(it)).toEqual({ 'app:v2': 5 });
  const status = await it.stepgate('status');
  expect([status.code, status.delivery.state, status.delivery.stable?.commit]).toEqual([
    0,
    'done',
    await it.repo.head(),
  ]);
}
