import { describe, expect, test } from 'vitest';
import { textAt } from '../../src/simulator/api/json.ts';
import { memoryForge } from '../support/forge.ts';
import { config, environments, manifest } from './files.ts';
import { givenUp, renameAndGiveUp, scene } from './rights-scene.ts';
import { openShop, type Shop, type ShopOptions } from './shop.ts';

/** Routes, environments, approvals of the start, comments, other targets and an old engine, with the role of each duty. */

const kubectl = { manager: 'kubectl' };

const routes = `apiVersion: v1
kind: Service
metadata: { name: shop }
spec: { selector: { app: shop }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: beside }
spec: { selector: { app: shop }, ports: [{ port: 80 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: beside }
spec: { rules: [{ http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }] } }] }
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: HTTPRoute
metadata: { name: beside }
spec: { rules: [{ matches: [{ path: { type: PathPrefix, value: / } }], backendRefs: [{ kind: Service, name: shop, port: 80 }] }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop }
spec:
  ingressClassName: nginx
  rules: [{ http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }] } }]
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: HTTPRoute
metadata: { name: shop }
spec: { rules: [{ matches: [{ path: { type: PathPrefix, value: / } }], backendRefs: [{ kind: Service, name: shop, port: 80 }] }] }
`;

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What pods read: plain, and secret. */
const settings = (value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\ndata: { a: ${value} }\n---\napiVersion: v1\nkind: Secret\nmetadata: { name: shop }\ndata: { a: ${base64(value)} }\n`;

/** The copies in the cluster, by kind. */
const copies = ({ cluster: { api } }: Shop) =>
  Object.fromEntries(
    ['ConfigMap', 'Secret'].map((kind) => [
      kind,
      api.list(kind, 'shop').filter(({ metadata }) => metadata.labels?.['stepgate.dev/copy'] === 'true').length,
    ]),
  );
const both = { ConfigMap: 2, Secret: 2 };

export function everyFeature(): void {
  describe('routes', () => {
    const steps = ['{ name: one, replicas: 1, traffic: 20% }', '{ name: all, replicas: 100% }'];
    const traffic = 'traffic: { service: shop, grace: 1s, ingress: { name: shop }, gateway: { route: shop } }';

    test('an Ingress and an HTTPRoute that the source renders', async () => {
      using shop = openShop({
        files: { 'stepgate.yaml': config({ steps, more: [traffic] }), 'deploy/routes.yaml': routes },
      });
      const its = scene(shop);
      const { run, denied } = its;
      await run('plan');
      expect(await run('deploy')).toMatchObject({ code: 'FIRST_DEPLOY' });
      // What the release changes, and somebody deletes, is there again after a rollback.
      const changed = routes.replaceAll('name: beside }', 'name: beside, labels: { of: v2 } }');
      shop.origin.commit({ 'deploy/routes.yaml': changed }, { branch: 'main', subject: 'routes' });
      shop.push('v2');
      await run('plan');
      expect(await run('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
      expect(await run('promote')).toMatchObject({ exit: 0, error: null });
      expect(await run('tick --until done')).toMatchObject({ code: 'DELIVERED' });
      await run('doctor');
      for (const kind of ['Service', 'Ingress', 'HTTPRoute']) shop.cluster.api.remove(kind, 'shop', 'beside', {});
      expect(await run('rollback')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
      expect(await renameAndGiveUp(shop, its)).toMatchObject(givenUp);
      expect(denied).toEqual([]);
    });

    test('routes of another kind, and a TrafficRouting', async () => {
      const custom = '{ apiVersion: rollouts.kruise.io/v1alpha1, kind: TrafficRouting, name: shop }';
      const more = [`traffic: { service: shop, custom: [${custom}], routing: cart }`];
      using shop = openShop({ files: { 'stepgate.yaml': config({ steps, more }) } });
      const { api } = shop.cluster;
      const metadata = { name: 'kruise-rollout-configuration', namespace: 'kruise-rollout' };
      api.create('ConfigMap', { metadata, data: {} }, kubectl);
      const { run, denied } = scene(shop);
      await run('plan');
      await run('deploy');
      await run('doctor');
      expect(denied).toEqual([]);
    });
  });

  test('environments of one service, of which one comes after another', async () => {
    const steps = '{ name: one, replicas: 1, leaveWhen: [approval] }';
    const files = environments(['staging: { plan: p }', 'prod: { plan: p, after: staging }']);
    const text = (files['stepgate.yaml'] ?? '').replace('{ name: one, replicas: 1, leaveWhen: [] }', steps);
    using shop = openShop({ files: { ...files, 'stepgate.yaml': text } });
    const { run, denied } = scene(shop);
    const both = async (version: string) => {
      if (version !== 'v1') shop.push(version);
      for (const name of ['staging', 'prod']) {
        for (const line of ['plan', 'deploy', 'status', 'promote', 'tick --until done'])
          await run(`${line} --delivery shop@${name}`);
      }
    };
    await both('v1');
    await both('v2');
    expect([shop.live('staging'), shop.live('prod')]).toEqual(['v2', 'v2']);
    expect(await run('gate try shop@staging --delivery shop@prod')).toMatchObject({ exit: 0 });
    expect(await run('rollback --delivery shop@staging')).toMatchObject({ code: 'SIBLING_RUNS_IT' });
    expect(denied).toEqual([]);
  });

  test.for(['', ' --method plan'])('an approval of the start, which starts the release%s', async (method) => {
    const files = {
      'stepgate.yaml': config({ more: ['startWhen: [approval]', 'traffic: { routing: cart }'] }),
      'deploy/config.yaml': settings('a'),
    };
    using shop = openShop({ files });
    shop.cluster.api.create('TrafficRouting', { metadata: { name: 'cart', namespace: 'shop' }, spec: {} }, kubectl);
    const { run, denied } = scene(shop);
    const released = async (version: string) => {
      await run('deploy');
      expect(await run(`promote --step start${method}`)).toMatchObject({ exit: 0, error: null });
      await shop.wait('60s');
      expect(shop.live()).toBe(version);
    };
    await released('v1');
    for (const value of ['b', 'c', 'd', 'e']) {
      shop.origin.commit({ 'deploy/config.yaml': settings(value) });
      await run('deploy');
      expect(await run(`promote --step start${method}`)).toMatchObject({ exit: 0, code: 'DELIVERED' });
    }
    expect(copies(shop)).toEqual(both);
    for (const kind of ['ConfigMap', 'Secret']) shop.cluster.api.remove(kind, 'shop', 'shop', {});
    expect(await run('rollback')).toMatchObject({ code: 'ROLLED_BACK' });
    shop.push('v2');
    await released('v2');
    await run('promote');
    expect(await run('tick --until done')).toMatchObject({ code: 'DELIVERED' });
    expect(await run('rollback')).toMatchObject({ code: 'ROLLED_BACK' });
    expect(denied).toEqual([]);
  });

  test('settings that change, with copies, from which a rollback without Git restores them', async () => {
    using shop = openShop({
      files: {
        'stepgate.yaml': config({ source: '{ kustomize: deploy }' }),
        'deploy/kustomization.yaml': 'resources: [shop.yaml, settings.yaml]\n',
        'deploy/settings.yaml': settings('a'),
      },
    });
    const its = scene(shop);
    const { run, denied } = its;
    await run('plan');
    expect(await run('deploy')).toMatchObject({ code: 'FIRST_DEPLOY' });
    for (const value of ['b', 'c', 'd', 'e']) {
      shop.origin.commit({ 'deploy/settings.yaml': settings(value) });
      expect(await run('deploy --urgent --reason outage')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    }
    expect(copies(shop)).toEqual(both);
    await run('rollback --dry-run');
    await run('rollback', { kustomize: 'missing' });
    const text = (kind: string) => textAt(shop.cluster.api.get(kind, 'shop', 'shop'), 'data', 'a');
    expect([text('ConfigMap'), text('Secret')]).toEqual(['d', base64('d')]);
    expect(await run('tick --until done')).toMatchObject({ code: 'ROLLED_BACK' });
    expect(await renameAndGiveUp(shop, its)).toMatchObject(givenUp);
    expect(denied).toEqual([]);
  });

  test('workloads of the source that go out at once, and a rollback past a commit that bars it', async () => {
    const more = ['ungated: [Deployment/worker]'];
    const worker = (version: string) => ({ 'deploy/worker.yaml': manifest(version, { name: 'worker' }) });
    using shop = openShop({ files: { 'stepgate.yaml': config({ more }), ...worker('v1') } });
    const { run, denied } = scene(shop);
    await run('deploy');
    shop.origin.commit(
      { 'deploy/shop.yaml': manifest('v2'), ...worker('v2') },
      { subject: 'v2\n\nStepgate-No-Rollback-Past: drops a column' },
    );
    await run('plan');
    expect(await run('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(await run('rollback')).toMatchObject({ exit: 4, code: 'ROLLBACK_BARRED' });
    shop.cluster.api.remove('Deployment', 'shop', 'worker', {});
    expect(await run('rollback --past --reason slow')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect(denied).toEqual([]);
  });

  test('comments', async () => {
    using shop = openShop({ files: { 'stepgate.yaml': config() } });
    const world = memoryForge(shop.now);
    shop.forge = world;
    world.person('ada', 'write');
    const { run, denied } = scene(shop);
    await run('deploy');
    const pull = world.merged([shop.push('v2')]);
    await run('deploy');
    let id = 100;
    const said = async (line: string) => {
      world.say('ada', pull, `/stepgate ${line}`);
      id += 1;
      return run('answer', { pullRequest: pull, workflow: { id: String(id), event: 'issue_comment' } });
    };
    for (const line of [
      'status shop',
      'hold shop',
      'resume shop',
      `promote shop ${shop.id()} one`,
      `rollback shop ${shop.id()}`,
    ])
      expect(await said(line)).toMatchObject({ exit: 0, error: null });
    expect(shop.live()).toBe('v1');
    expect(denied).toEqual([]);
  });

  describe('an Application', () => {
    const application = (version: string, type: string) => `apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: site }
spec:
  components:
    - { name: shop, type: ${type}, properties: { image: "app:${version}", replicas: 5 } }
`;
    const scenes: readonly (readonly [string, string, ShopOptions])[] = [
      ['vela-application', 'webservice', { kubevela: true, rollouts: 'v1beta1' }],
      ['vela-application', 'webservice', { kubevela: true, rollouts: 'v1alpha1' }],
      ['vela-approllout', 'clone', { approllout: true, kind: 'CloneSet' }],
      ['vela-approllout', 'sts', { approllout: true, kind: 'StatefulSet' }],
    ];
    const methods = ['', ' --method plan'];
    const rows = scenes.flatMap((one) => methods.map((method) => [...one, method] as const));

    test.for(rows)('as %s of type %s', async ([target, type, options, method]) => {
      const { kind = 'Deployment' } = options;
      const files = {
        'stepgate.yaml': config({ kind, more: [`target: ${target}`] }),
        'deploy/shop.yaml': application('v1', type),
      };
      using shop = openShop({ ...options, files });
      const its = scene(shop);
      const { run, denied } = its;
      const push = (version: string) =>
        shop.origin.commit({ 'deploy/shop.yaml': application(version, type) }, { branch: 'main', subject: version });
      await run('plan');
      expect(await run('deploy')).toMatchObject({ code: 'FIRST_DEPLOY' });
      push('v2');
      await run('plan');
      expect(await run('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
      await run('status');
      await run('hold');
      await run('resume');
      expect(await run(`promote${method}`)).toMatchObject({ exit: 0, error: null });
      const [, ticked] = await shop.together(
        () => run('status --watch'),
        () => run('tick --until done'),
      );
      expect(ticked).toMatchObject({ code: 'DELIVERED' });
      await run('rollback --dry-run');
      expect(await run('rollback')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
      push('broken');
      await run('deploy --timeout 60s');
      expect((await run('rollback')).exit).toBe(0);
      await run('doctor');
      await run('import --namespace shop');
      expect(await renameAndGiveUp(shop, its)).toMatchObject(givenUp);
      expect(denied).toEqual([]);
    });
  });

  test('an engine that serves v1alpha1 alone', async () => {
    using shop = openShop({ rollouts: 'v1alpha1', files: { 'stepgate.yaml': config() } });
    const { run, denied } = scene(shop);
    await run('deploy');
    shop.push('v2');
    await run('plan');
    await run('deploy');
    expect(await run('promote')).toMatchObject({ exit: 0, error: null });
    expect(await run('tick --until done')).toMatchObject({ code: 'DELIVERED' });
    expect(await run('rollback')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect(denied).toEqual([]);
  });

  test('more deliveries than have lists of their own', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `shop-${index}`);
    const blocks = names.map((name) => config().split('deliveries:\n')[1]?.replaceAll('shop', name) ?? '');
    const texts = names.map((name) => [`deploy/${name}.yaml`, manifest('v1', { name })]);
    const text = `version: 1\ndeliveries:\n${blocks.join('').replaceAll(/deploy\/\*/g, 'deploy/$&')}`;
    const named = names.reduce((all, name) => all.replace('deploy/deploy/*', `deploy/${name}`), text);
    using shop = openShop({ files: { ...Object.fromEntries(texts), 'stepgate.yaml': named } });
    const { run, denied } = scene(shop);
    expect(await run('tick --deploy --until done')).toMatchObject({ exit: 0 });
    expect(await run('status')).toMatchObject({ exit: 0 });
    // One list over every namespace is tried first, and not needed.
    expect(denied.filter((one) => !one.endsWith(' in null'))).toEqual([]);
  });
}
