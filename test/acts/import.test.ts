import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { isObject, type JsonObject } from '../../src/release/json.ts';
import type { Changed } from '../support/memory-git.ts';
import { manifest } from './files.ts';
import { openShop, type Shop } from './shop.ts';

const kubectl = { manager: 'kubectl-client-side-apply' };
const takeOver = '--take-over kubectl-client-side-apply';

interface Written {
  readonly name?: string;
  readonly metadata?: JsonObject;
  readonly steps?: readonly JsonObject[];
  readonly canary?: JsonObject;
  readonly workload?: string;
}

/** A Rollout as a person wrote it: three steps, the second one timed by the engine. */
function rollout({ name = 'shop', metadata, steps, canary, workload = 'shop' }: Written = {}) {
  const usual = [
    { replicas: 1, pause: {} },
    { replicas: '50%', pause: { duration: 120 } },
    { replicas: '100%', pause: {} },
  ];
  return {
    metadata: { name, namespace: 'shop', ...metadata },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: workload },
      strategy: { canary: { steps: steps ?? usual, ...canary } },
    },
  };
}

/** The same as a file of the repository. */
function written(parts: Written & { readonly more?: JsonObject } = {}): string {
  const { metadata, spec } = rollout(parts);
  const { namespace: _, ...named } = metadata;
  const whole = { apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'Rollout', metadata: named, spec, ...parts.more };
  return `${JSON.stringify(whole)}\n`;
}

/** A shop whose v1 somebody has applied, with these Rollouts. Its repository has the manifest and no config. */
async function adopted(rollouts: readonly Written[] = [{}], files: Changed = {}): Promise<Shop> {
  const shop = openShop();
  shop.origin.commit({ 'stepgate.yaml': null, ...files }, { subject: 'before stepgate' });
  const workload: unknown = parse(manifest('v1'));
  if (!isObject(workload)) throw new Error('the manifest is no object');
  const { api } = shop.cluster;
  api.create('Deployment', { ...workload, metadata: { name: 'shop', namespace: 'shop' } } as never, kubectl);
  for (const one of rollouts) api.create('Rollout', rollout(one) as never, kubectl);
  await shop.wait('60s');
  return shop;
}

/** The config without its comments. */
const bare = (text: string) =>
  text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n');

const config = `version: 1
deliveries:
  - delivery: shop
    namespace: shop
    workload:
      kind: Deployment
      name: shop
    source:
      files: [deploy/shop.yaml]
    strategy: partition
    steps:
      - name: step-1
        replicas: 1
        leaveWhen: [approval]
      - name: step-2
        replicas: 50%
        leaveWhen:
          - soak: 2m
      - name: step-3
        replicas: 100%
        leaveWhen: []`;

describe('a Rollout that runs already', () => {
  test('is imported, planned without another difference than ours, taken over and released', async () => {
    using shop = await adopted();
    const ada = shop.person('ada');
    const before = JSON.stringify(shop.cluster.api.list('Rollout', 'shop'));
    const made = await ada('import --namespace shop');
    expect([made.exit, bare(made.text)]).toEqual([0, config]);
    expect(JSON.stringify(shop.cluster.api.list('Rollout', 'shop'))).toBe(before);
    expect(made.log).toContain(
      'warning: shop: the steps in the cluster differ from these, and belong to the field manager',
    );
    expect(made.log).toContain(`plan and the first deploy need ${takeOver}`);
    expect(made.log).toContain(`a deploy that changes it needs ${takeOver}`);
    expect(made.log).toContain('spec.strategy.canary.steps[1].pause is {"duration":120}');

    shop.origin.commit({ 'stepgate.yaml': made.text }, { subject: 'adopt' });
    const plan = await ada(`plan ${takeOver}`);
    const lines = plan.delivery?.changes.flatMap(({ object, diff }) =>
      (diff ?? []).filter((line) => /^[-+]/.test(line)).map((line) => `${object}: ${line.replace(/ +/g, ' ')}`),
    );
    expect(plan.exit).toBe(0);
    expect(lines).toEqual([
      'Rollout shop: + stepgate.dev/delivery: shop',
      'Rollout shop: - - pause:',
      'Rollout shop: - duration: 120',
      'Rollout shop: + - pause: {}',
      expect.stringMatching(/^Deployment shop: \+ rollouts\.kruise\.io\/rollout-id: /),
    ]);

    expect(await ada(`deploy ${takeOver}`)).toMatchObject({ exit: 0, code: 'FIRST_DEPLOY' });
    expect(shop.pods()).toBe('v1:4');
    shop.push('v2');
    expect(await ada('deploy')).toMatchObject({ exit: 3, code: 'CLUSTER_CONFLICT' });
    expect(await ada(`deploy ${takeOver}`)).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    await ada('promote');
    await shop.wait('3m');
    expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect(shop.pods()).toBe('v2:4');
  });

  test('with more than the config says starts no release, and says what to remove', async () => {
    using shop = await adopted([{ canary: { trafficRoutingRef: 'x' } }]);
    const ada = shop.person('ada');
    const made = await ada('import');
    expect(made.log).toContain('error: shop: spec.strategy.canary.trafficRoutingRef is "x"');
    shop.origin.commit({ 'stepgate.yaml': made.text }, { subject: 'adopt' });
    await ada(`deploy ${takeOver}`);
    shop.push('v2');
    const refused = await ada(`deploy ${takeOver}`);
    expect(refused).toMatchObject({ exit: 4, code: 'PLAN_DIFFERS' });
    expect(refused.error?.message).toContain('{"trafficRoutingRef":"x"}');
    expect(refused.log.match(/write: apply Rollout/g)).toHaveLength(1);
    expect(shop.pods()).toBe('v1:4');
    shop.patch('Rollout', { spec: { strategy: { canary: { trafficRoutingRef: null } } } });
    expect(await ada(`deploy ${takeOver}`)).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  });

  test('of which nothing is to be said comes without a comment but for the owner of the template', async () => {
    using shop = await adopted([{ steps: [{ replicas: 1, pause: {} }] }]);
    const { log } = await shop.person('ada')('import');
    expect(log.split('\n')).toEqual([
      expect.stringMatching(/^warning: shop: the pod template belongs to the field manager/),
    ]);
  });

  test('in the middle of a release is imported with a warning', async () => {
    using shop = await adopted();
    shop.patch('Deployment', { spec: { template: { metadata: { labels: { app: 'shop', v: '2' } } } } });
    await shop.wait('60s');
    const made = await shop.person('ada')('import');
    expect(bare(made.text)).toBe(config);
    expect(made.log).toContain('a release is under way that stepgate did not start');
  });

  test('whose workload is gone is imported with a warning', async () => {
    using shop = await adopted();
    const found = shop.cluster.api.get('Deployment', 'shop', 'shop');
    shop.cluster.api.remove('Deployment', 'shop', 'shop', { uid: found?.metadata.uid ?? '' });
    await shop.wait('60s');
    const made = await shop.person('ada')('import');
    expect(made.log).toContain('warning: shop: the Deployment shop is not in the cluster');
  });

  test('that the config refuses is printed with what is wrong above the line, which is named', async () => {
    // The engine goes by a group, and finds no script without one.
    const refs = [{ apiVersion: 'v1', kind: 'VirtualService', name: 'shop' }];
    const canary = { trafficRoutings: [{ service: 'shop', customNetworkRefs: refs }] };
    using shop = await adopted([{ steps: [{ replicas: 1, traffic: '5%', pause: {} }], canary }]);
    const ada = shop.person('ada');
    const made = await ada('import');
    const lines = made.text.split('\n');
    const [, line = ''] =
      /^error: stepgate\.yaml:(\d+): deliveries\[0\]\.traffic\.custom\[0\]\.apiVersion is "v1"/m.exec(made.log) ?? [];
    expect(lines[Number(line) - 1]).toMatch(/apiVersion: v1/);
    expect(lines.slice(0, Number(line) - 1).join('\n')).toContain(
      '# error: deliveries[0].traffic.custom[0].apiVersion',
    );
    shop.origin.commit({ 'stepgate.yaml': made.text }, { subject: 'adopt' });
    expect(await ada('plan')).toMatchObject({ exit: 2, code: 'CONFIG_INVALID' });
  });

  test('with hostile text is no way into a terminal, a log or the config', async () => {
    const text = 'x\r\n::error::bad\u001b[31m\u202e\u009b1m\ninjected: true';
    const matches = [{ headers: [{ name: 'x', type: 'Exact', value: text }] }];
    const steps = [{ replicas: 1, matches, pause: {}, [text]: text }];
    const metadata = { annotations: { [text]: text } };
    using shop = await adopted([
      { metadata, steps, canary: { trafficRoutings: [{ service: text, gateway: { httpRouteName: text } }] } },
    ]);
    const made = await shop.person('ada')('import');
    expect(made.exit).toBe(0);
    expect(made.text + made.log).not.toMatch(/[\u001b\r\u202e\u009b]|^::/m);
    const block: unknown = parse(made.text);
    expect(Object.keys(isObject(block) ? block : {})).toEqual(['version', 'deliveries']);
    expect(block).toMatchObject({ deliveries: [{ traffic: { service: text }, steps: [{ matches }] }] });
  });
});

test('the page on adopting shows what is printed', async () => {
  const page = await readFile(new URL('../../docs/adopting.md', import.meta.url), 'utf8');
  const shown = (language: string) => new RegExp(`\`\`\`${language}\n([^\`]*)\`\`\``).exec(page)?.[1];
  const steps = [
    { replicas: 1, traffic: '5%', pause: {} },
    { replicas: '50%', traffic: '50%', pause: { duration: 1800 } },
    { replicas: '100%', traffic: '100%', pause: {} },
  ];
  const route = { service: 'shop', gracePeriodSeconds: 3, ingress: { classType: 'nginx', name: 'shop' } };
  const canary = { enableExtraWorkloadForCanary: true, trafficRoutingRef: 'shop', trafficRoutings: [route] };
  const overlay = {
    'deploy/prod/kustomization.yaml': 'resources: [shop.yaml]\n',
    'deploy/prod/shop.yaml': manifest('v1'),
  };
  using shop = await adopted([{ steps, canary }], { 'deploy/shop.yaml': null, ...overlay });
  const { text, log } = await shop.person('ada')('import --namespace shop');
  expect(text).toBe(shown('yaml'));
  expect(`${log}\n`).toBe(shown('text'));
});

describe('Rollouts to choose from', () => {
  test.each([
    ['import', 'ROLLOUT_REQUIRED', '2 Rollouts in the cluster: other in shop, shop in shop', '--rollout NAME'],
    ['import --namespace shop', 'ROLLOUT_REQUIRED', '2 Rollouts in the namespace shop: other', '--rollout NAME'],
    ['import --namespace none', 'ROLLOUT_UNKNOWN', 'no Rollout in the namespace none', '--from'],
    [
      'import --rollout nope',
      'ROLLOUT_UNKNOWN',
      'no Rollout nope in the cluster',
      'there: other in shop, shop in shop',
    ],
    ['import --from none/*.yaml', 'SOURCE_INVALID', 'no file at', 'correct the path'],
    ['import --from deploy/shop.yaml', 'ROLLOUT_UNKNOWN', 'no Rollout in deploy/shop.yaml', '--from'],
    ['import --from ../x', 'USAGE', "from is '../x', which leads out of its folder", 'write a path below'],
  ])('%s', async (line, code, message, hint) => {
    using shop = await adopted([{}, { name: 'other', workload: 'other' }]);
    const { exit, error } = await shop.person('ada')(line);
    expect(exit).toBe(2);
    expect(error).toMatchObject({
      code,
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  test('two that are named are two blocks', async () => {
    using shop = await adopted([{}, { name: 'other', workload: 'other' }]);
    const made = await shop.person('ada')('import --rollout shop --rollout other');
    expect(bare(made.text)).toMatch(/delivery: shop\n(?:.*\n)*.*delivery: other\n/);
    expect(made.log).toContain('error: other: nothing at HEAD');
  });
});

describe('the source', () => {
  const row = async (files: Changed) => {
    using shop = await adopted([{ steps: [{ replicas: 1, pause: {} }] }], files);
    const made = await shop.person('ada')('import');
    shop.origin.commit({ 'stepgate.yaml': made.text }, { subject: 'adopt' });
    const { code } = await shop.person('ada')('status');
    const source = /^ {4}source:\s+(.*)$/m.exec(made.text)?.[1];
    return { source, loads: code !== 'CONFIG_INVALID', log: made.log };
  };
  const kustomization = 'resources: [shop.yaml]\n';
  const elsewhere = manifest('v1').replace('name: shop }', 'name: shop, namespace: test }');

  test.each<[string, Changed, string, string]>([
    ['the file that has it', {}, 'files: [deploy/shop.yaml]', ''],
    ['a folder of a kustomization', { 'deploy/kustomization.yaml': kustomization }, 'kustomize: deploy', ''],
    [
      'an overlay before its base',
      {
        'deploy/kustomization.yaml': kustomization,
        'prod/kustomization.yaml': 'resources: [../deploy]\n',
        'prod/shop.yaml': manifest('v1'),
      },
      'kustomize: prod',
      '',
    ],
    ['the one in the namespace', { 'test.yaml': elsewhere }, 'files: [deploy/shop.yaml]', ''],
    [
      'with other files beside it',
      { 'deploy/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\n' },
      'files: [deploy/shop.yaml]',
      'note: shop: a deploy applies what the source renders and nothing else. Beside it lie deploy/config.yaml',
    ],
    [
      'what does not parse is passed over',
      { 'chart/shop.yaml': 'kind: Deployment\nname: {{ .Values.shop }}: no\n' },
      'files: [deploy/shop.yaml]',
      '',
    ],
    [
      'the Rollout in a file of its own',
      { 'deploy/rollout.yaml': written() },
      'files: [deploy/shop.yaml]',
      'warning: shop: deploy/rollout.yaml has a manifest of the Rollout',
    ],
    [
      'the Rollout in the same file',
      { 'deploy/shop.yaml': `${manifest('v1')}---\n${written()}` },
      'files: [deploy/shop.yaml]',
      'error: shop: the source has the Rollout too',
    ],
    ['nothing', { 'deploy/shop.yaml': null }, 'FILL_IN', 'error: shop: nothing at HEAD'],
    [
      'two places',
      { 'old/shop.yaml': manifest('v0') },
      'FILL_IN',
      'instead of FILL_IN: {files: [deploy/shop.yaml]}, {files: [old/shop.yaml]}',
    ],
  ])('%s', async (_, files, source, says) => {
    const found = await row(files);
    expect(found.source).toBe(source);
    expect(found.log).toContain(says);
    expect(found.loads).toBe(source !== 'FILL_IN');
  });

  test('a chart may render it, and needs what only a person knows', async () => {
    const chart = { 'app/Chart.yaml': 'name: shop\n', 'app/charts/redis/Chart.yaml': 'name: redis\n' };
    const { source, log } = await row({ 'deploy/shop.yaml': null, ...chart });
    expect(source).toBe('FILL_IN');
    expect(log).toContain(
      'warning: shop: {helm: {chart: app, release: NAME}} may render it, and was not tried: write the release',
    );
    expect(log).not.toContain('redis');
  });

  test('a kustomization that cannot be tried is named', async () => {
    using shop = await adopted([{}], { 'deploy/kustomization.yaml': kustomization, 'old/shop.yaml': manifest('v0') });
    const { log } = await shop.person('ada')('import', { kustomize: 'missing' });
    expect(log).toContain(
      'warning: shop: {kustomize: deploy} may render it, and was not tried: kustomize is not installed',
    );
  });
});

describe('manifests of the repository', () => {
  test.each<[string, string, Changed]>([
    ['a file', 'rollout.yaml', { 'rollout.yaml': written() }],
    ['a pattern', 'rollouts/*.yaml', { 'rollouts/shop.yaml': written(), 'rollouts/more.yaml': 'x: 1\n' }],
    ['a kustomization', 'rollouts', { 'rollouts/kustomization.yaml': '{}\n', 'rollouts/shop.yaml': written() }],
  ])('in %s', async (_, from, files) => {
    using shop = openShop({ files: { 'deploy/shop.yaml': manifest('v1') } });
    shop.origin.commit({ 'stepgate.yaml': null, ...files, 'rollouts/more.yaml': null }, { subject: 'before' });
    const ada = shop.person('ada');
    const made = await ada(`import --from ${from} --namespace shop`);
    expect([made.exit, bare(made.text), made.error]).toEqual([0, config, null]);
  });

  test('belong to the cluster of the context that was given', async () => {
    using shop = openShop({ files: { 'rollout.yaml': written() } });
    const made = await shop.person('ada')('import --from rollout.yaml --namespace shop --context prod');
    expect(bare(made.text)).toContain('    cluster:\n      context: prod\n    namespace: shop\n');
  });

  test('of the old version', async () => {
    const spec = {
      objectRef: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' } },
      strategy: {
        canary: {
          steps: [
            { weight: 20, pause: {} },
            { replicas: '100%', weight: 100, pause: {} },
          ],
        },
      },
    };
    const text = written({ more: { apiVersion: 'rollouts.kruise.io/v1alpha1', spec } });
    using shop = openShop({ files: { 'rollout.yaml': text } });
    const made = await shop.person('ada')('import --from rollout.yaml --namespace shop');
    expect(bare(made.text)).toContain('strategy: canary');
    expect(made.log).toContain('apiVersion is "rollouts.kruise.io/v1alpha1": stepgate writes v1beta1');
  });

  test('without a namespace do not load until it is filled in', async () => {
    using shop = openShop({ files: { 'rollout.yaml': written() } });
    const made = await shop.person('ada')('import --from rollout.yaml');
    expect(made.text).toContain('    namespace: FILL_IN\n');
    expect(made.log).toContain('error: shop: no manifest says the namespace');
    shop.origin.commit({ 'stepgate.yaml': made.text }, { subject: 'adopt' });
    expect(await shop.person('ada')('status')).toMatchObject({ exit: 2, code: 'CONFIG_INVALID' });
  });
});
