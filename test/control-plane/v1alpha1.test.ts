import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootCluster, type Cluster } from './cluster.ts';
import { kubectl, type List, type Pod } from './fixture.ts';
import { type Ended, type Shop, shop } from './shop.ts';
import { bootVela, type Vela } from './vela.ts';

/** Kruise Rollouts v0.3.0, whose Rollouts have one version (docs/engine.md#clusters-with-only-the-old-version). */
let old: Cluster;
let vela: Vela;
beforeAll(async () => {
  old = await bootCluster({ rollouts: 'v0.3' });
  vela = await bootVela(old);
});
afterAll(async () => {
  await vela[Symbol.asyncDispose]();
  await old.stop();
});

const ofOld = (...args: readonly string[]) => old.kubectl(args);
const came = ({ code, delivery: { state, reason } }: Ended) => [code, state, reason];

/** The pods of each image that are not on their way out: `app:v1 4 app:v2 1`. */
async function podsOf({ namespace }: Shop): Promise<string> {
  const { items } = JSON.parse(await ofOld('get', 'pods', '-n', namespace, '-o', 'json')) as List<Pod>;
  const images = items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ spec }) => spec.containers[0]?.image ?? '');
  return [...Map.groupBy(images, (image) => image)]
    .map(([image, all]) => `${image} ${all.length}`)
    .toSorted()
    .join(' ');
}

test.concurrent.for([
  { kind: 'StatefulSet', style: 'partition', first: 'app:v1 4 app:v2 1', second: 'app:v1 2 app:v2 3' },
  { kind: 'Deployment', style: 'canary', first: 'app:v1 5 app:v2 1', second: 'app:v1 5 app:v2 3' },
] as const)(
  'a $kind in $style style is released, promoted to the end, and taken back after it on v0.3.0',
  async (row) => {
    const { kind, style, first, second } = row;
    await using it = await shop({ kind, style, pods: 'Parallel', on: old });
    expect(came(await it.stepgate('deploy'))).toEqual([0, 'done', 'FIRST_DEPLOY']);

    await it.release('app:v2');
    const planned = await it.stepgate('plan');
    expect(planned.delivery.findings.map(({ code, severity }) => `${severity} ${code}`)).toContain('note OLD_API');
    expect(came(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT']);
    expect(await podsOf(it)).toBe(first);
    expect((await it.stepgate('promote', '--step', '1', '--method', 'plan')).code).toBe(0);
    expect(came(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT']);
    expect(await podsOf(it)).toBe(second);
    const jumped = await it.stepgate('promote', '--to', '3');
    expect([jumped.code, jumped.delivery.error?.code, jumped.writes]).toEqual([4, 'JUMP_REFUSED', []]);
    expect((await it.stepgate('promote', '--step', '2')).code).toBe(0);
    expect(came(await it.stepgate('deploy'))).toEqual([0, 'done', 'DELIVERED']);
    expect(await podsOf(it)).toBe('app:v2 5');
    expect(came(await it.stepgate('rollback', '--reason', 'slow'))).toEqual([0, 'rolledBack', 'ROLLED_BACK']);
    expect(await podsOf(it)).toBe('app:v1 5');
  },
);

test.concurrent.for([
  { kind: 'StatefulSet', style: 'partition' },
  { kind: 'Deployment', style: 'canary' },
] as const)('a $kind in $style style is taken back in mid-release on v0.3.0', async ({ kind, style }) => {
  await using it = await shop({ kind, style, pods: 'Parallel', on: old });
  await it.stepgate('deploy');
  await it.release('app:v2');
  expect(came(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT']);
  expect(came(await it.stepgate('rollback', '--reason', 'slow'))).toEqual([0, 'rolledBack', 'ROLLED_BACK']);
  expect(await podsOf(it)).toBe('app:v1 5');
});

test.concurrent('an Application of KubeVela is released, promoted, and taken back on v0.3.0', async () => {
  const application = (image: string) => ({
    'deploy/shop.yaml': `apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: site }
spec:
  components:
    - name: shop
      type: webservice
      properties: { image: "${image}" }
      traits: [{ type: scaler, properties: { replicas: 5 } }]
`,
  });
  const config = '    target: vela-application';
  await using it = await shop({ style: 'canary', on: old, config, files: application('app:v1') });
  const first = await it.stepgate('deploy');
  expect(came(first), first.stderr).toEqual([0, 'done', 'FIRST_DEPLOY']);
  await it.release('app:v2', application('app:v2'));
  const begun = await it.stepgate('deploy');
  expect(came(begun), begun.stderr).toEqual([0, 'waiting', 'GATE_SHUT']);
  expect(await podsOf(it)).toBe('app:v1 5 app:v2 1');
  expect((await it.stepgate('promote', '--step', '1')).code).toBe(0);
  expect(came(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT']);
  const back = await it.stepgate('rollback', '--reason', 'slow');
  expect(came(back), back.stderr).toEqual([0, 'rolledBack', 'ROLLED_BACK']);
  expect(await podsOf(it)).toBe('app:v1 5');
});

test.concurrent('a Deployment in partition style is not begun on v0.3.0, because a rollback would not end', async () => {
  await using it = await shop({ on: old });
  await it.stepgate('deploy');
  await it.release('app:v2');
  const told = await it.stepgate('deploy');
  expect([told.code, told.delivery.error?.code, told.writes]).toEqual([4, 'FINDINGS', []]);
  expect(told.delivery.error).toMatchObject({
    message: expect.stringContaining('would wait for ever at its first step'),
    at: { file: 'stepgate.yaml', line: 7 },
  });
  expect(await podsOf(it)).toBe('app:v1 5');
});

test.concurrent.for([
  { style: 'blueGreen', steps: ['{ name: half, replicas: 50% }', '{ name: all, replicas: 100% }'] },
  { style: 'partition', steps: ['{ name: one, replicas: 1, requestHeaders: { set: { a: b } }, traffic: 10% }'] },
] as const)('a $style plan that v0.3.0 has no words for is refused, and nothing is written', async (plan) => {
  const config = '    traffic: { service: shop, ingress: { name: shop, class: nginx } }';
  await using it = await shop({ ...plan, on: old, config, files: { 'deploy/routes.yaml': routes } });
  const told = await it.stepgate('deploy');
  expect([told.code, told.writes]).toEqual([plan.style === 'blueGreen' ? 4 : 3, []]);
  const where = told.delivery.error;
  expect(where?.code).toBe(plan.style === 'blueGreen' ? 'FINDINGS' : 'CLUSTER_REJECTED');
  if (plan.style === 'blueGreen') expect(where?.at).toMatchObject({ file: 'stepgate.yaml', line: 7 });
  else expect(where?.message).toContain('requestHeaderModifier: field not declared in schema');
  expect(await ofOld('get', 'rollouts,deployments', '-n', it.namespace, '-o', 'name')).toBe('');
});

const routes = `apiVersion: v1
kind: Service
metadata: { name: shop }
spec: { selector: { app: shop }, ports: [{ port: 80 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop }
spec: { rules: [{ http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }] } }] }
`;

test.concurrent('the last step of a plan with all traffic is left without an approval on v0.3.0', async () => {
  await using it = await shop({ on: old, style: 'canary' });
  await it.stepgate('deploy');
  const canary = {
    steps: [{ replicas: 1, weight: 100, pause: {} }],
    trafficRoutings: null,
  };
  const patch = JSON.stringify({ spec: { strategy: { canary } } });
  await ofOld('patch', 'rollout', 'shop', '-n', it.namespace, '--type=merge', '-p', patch);
  await ofOld('set', 'image', 'deployment/shop', 'main=app:v2', '-n', it.namespace);
  const done = '--for=jsonpath={.status.conditions[?(@.type=="Succeeded")].status}=True';
  await ofOld('wait', done, 'rollout/shop', '-n', it.namespace, '--timeout=300s');
});

test.concurrent('v0.6.2 serves both versions, and is never written to in the old one', async () => {
  await using it = await shop({ style: 'canary' });
  await it.stepgate('deploy');
  await it.release('app:v2');
  await it.stepgate('deploy');
  await it.stepgate('promote', '--step', '1');
  await it.stepgate('rollback', '--reason', 'slow');
  const served = await kubectl(['get', '--raw', '/apis/rollouts.kruise.io']);
  expect(served).toContain('rollouts.kruise.io/v1alpha1');
  const path = '{range .metadata.managedFields[*]}{.manager} {.apiVersion}{"\\n"}{end}';
  const writers = await kubectl([
    ...['get', 'rollouts.v1beta1.rollouts.kruise.io', 'shop', '-n', it.namespace],
    ...['-o', `jsonpath=${path}`, '--show-managed-fields'],
  ]);
  const ours = writers.split('\n').filter((line) => line.startsWith('stepgate'));
  expect(ours.length).toBeGreaterThan(1);
  expect(ours.filter((line) => !line.endsWith(' rollouts.kruise.io/v1beta1'))).toEqual([]);
});
