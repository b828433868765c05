import { describe, expect, test } from 'vitest';
import { StepgateError } from '../../src/release/error.ts';
import { parser } from './command-lines.ts';
import { firstHour } from './first-hour.ts';
import { configMap, documents, ingress, service, workload } from './shapes.ts';

const shop = workload({ namespace: 'shop' });

/** What init makes of these files, as its JSON. */
async function made(
  files: Readonly<Record<string, string>>,
  options: Readonly<Record<string, readonly string[]>> = {},
) {
  await using hour = await firstHour(files);
  const { text } = await hour.init({ ...options, 'dry-run': ['true'], output: ['json'] });
  const found = JSON.parse(text) as {
    readonly config: string;
    readonly written: boolean;
    readonly deliveries: readonly { readonly name: string; readonly source: string; readonly why: readonly string[] }[];
    readonly leftOut: readonly { readonly what: string; readonly path: string; readonly why: string }[];
  };
  const { deliveries } = parser.resolve({ file: 'stepgate.yaml', text: found.config }, []);
  return { ...found, resolved: deliveries };
}

async function refused(work: Promise<unknown>): Promise<StepgateError> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof StepgateError) return thrown;
  throw thrown ?? new Error('nothing was refused');
}

describe('init leaves out, and says why:', () => {
  const agent = documents(workload({ kind: 'DaemonSet', name: 'agent', namespace: 'shop' }));
  const rows: readonly [title: string, files: Readonly<Record<string, string>>, what: string, why: RegExp][] = [
    ['a DaemonSet of Kubernetes', { 'agent.yaml': agent }, 'DaemonSet/agent', /none of Kubernetes' own/],
    [
      'a workload that is there twice',
      { 'old/shop.yaml': documents(shop) },
      'Deployment/shop',
      /old\/shop\.yaml has it too|deploy\/shop\.yaml has it too/,
    ],
    ['a manifest that does not parse', { 'broken.yaml': 'apiVersion: v1\nkind: [\n' }, 'a manifest', /line \d/],
    [
      'an object that no workload uses',
      { 'other.yaml': documents(configMap('other', 'shop')) },
      'ConfigMap/other',
      /no workload here uses it/,
    ],
    [
      'a chart without the namespace in which it is installed',
      { 'chart/Chart.yaml': 'name: shop\n', 'chart/templates/shop.yaml': documents(shop) },
      'a Helm chart',
      /--namespace/,
    ],
    [
      'a Rollout that somebody wrote',
      {
        'rollout.yaml': documents({
          apiVersion: 'rollouts.kruise.io/v1beta1',
          kind: 'Rollout',
          metadata: { name: 'shop', namespace: 'shop' },
          spec: {},
        }),
      },
      'Rollout/shop',
      /stepgate import/,
    ],
    [
      'a source with an object of the whole cluster',
      {
        'cart.yaml': documents(
          { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'cart' } },
          workload({ name: 'cart', namespace: 'cart' }),
        ),
      },
      'Deployment/cart',
      /belongs to the whole cluster/,
    ],
    [
      'a kustomization that does not build',
      { 'base/kustomization.yaml': 'resources: [https://example.com/base]\n' },
      'a kustomization',
      /./,
    ],
  ];
  test.each(rows)('%s', async (_title, files, what, why) => {
    const { leftOut, deliveries } = await made({ 'deploy/shop.yaml': documents(shop), ...files });
    expect(deliveries.map(({ name }) => name)).toEqual(['shop']);
    const found = leftOut.find((one) => one.what === what);
    expect(found?.why).toMatch(why);
  });
});

test('a chart is a source, with its subcharts', async () => {
  const named = workload({ name: '{{ .Release.Name }}' });
  const { resolved, config, leftOut } = await made(
    {
      'charts/cart/Chart.yaml': 'name: cart\n',
      'charts/cart/templates/cart.yaml': documents(named, service('{{ .Release.Name }}')),
      'charts/cart/charts/cache/Chart.yaml': 'name: cache\n',
      'charts/cart/charts/cache/templates/cache.yaml': documents(configMap('cache')),
      'charts/words/Chart.yaml': 'name: words\ntype: library\n',
    },
    { namespace: ['shop'] },
  );
  expect(leftOut).toEqual([]);
  expect(resolved.map(({ name, namespace, source }) => [name, namespace, source])).toEqual([
    ['cart', 'shop', expect.objectContaining({ kind: 'helm', chart: 'charts/cart', release: 'cart', values: [] })],
  ]);
  expect(config).toMatch(/source:\n +helm:\n +chart: charts\/cart\n +release: cart\n/);
});

test('what belongs to a workload lies in its source, from whatever file', async () => {
  const { resolved, leftOut } = await made({
    'deploy/shop.yaml': documents(
      workload({ namespace: 'shop', container: { envFrom: [{ configMapRef: { name: 'shop' } }] } }),
    ),
    'deploy/web.yaml': documents(service('shop', 'shop'), ingress('shop', 'shop')),
    'config/shop.yaml': documents(configMap('shop', 'shop')),
    'cart/cart.yaml': documents(workload({ name: 'cart', namespace: 'shop' }), service('cart', 'shop')),
  });
  expect(leftOut).toEqual([]);
  expect(resolved.map(({ name, source }) => [name, source])).toEqual([
    ['cart', { kind: 'files', patterns: ['cart/cart.yaml'] }],
    ['shop', { kind: 'files', patterns: ['config/shop.yaml', 'deploy/shop.yaml', 'deploy/web.yaml'] }],
  ]);
});

test('a folder with nothing else in it is named by a pattern', async () => {
  const files = { 'deploy/shop.yaml': documents(shop), 'deploy/service.yaml': documents(service('shop', 'shop')) };
  const { deliveries } = await made(files);
  expect(deliveries.map(({ source }) => source)).toEqual(['deploy/*.yaml']);
});

test('the same names in two folders stay apart', async () => {
  const { resolved } = await made({
    'staging/shop.yaml': documents(workload({ namespace: 'staging' }), service('shop', 'staging')),
    'prod/shop.yaml': documents(workload({ namespace: 'prod' })),
    'prod/service.yaml': documents(service('shop', 'prod')),
  });
  expect(resolved.map(({ name, namespace, source }) => [name, namespace, source])).toEqual([
    ['shop-prod', 'prod', { kind: 'files', patterns: ['prod/*.yaml'] }],
    ['shop-staging', 'staging', { kind: 'files', patterns: ['staging/shop.yaml'] }],
  ]);
});

test('further workloads of a file go out with it at once, and the config says so', async () => {
  const all = documents(
    service('web', 'shop'),
    workload({ name: 'worker', namespace: 'shop' }),
    workload({ name: 'web', namespace: 'shop' }),
  );
  const { resolved, leftOut, config } = await made({ 'all.yaml': all });
  expect(resolved.map(({ name, ungated }) => [name, ungated])).toEqual([['web', ['Deployment/worker']]]);
  expect(leftOut.map(({ what }) => what)).toEqual(['Deployment/worker']);
  expect(config).toContain('# Deployment/worker is in all.yaml too, and goes out at once');
});

test('a plan that several deliveries have is written once', async () => {
  const files = ['a', 'b', 'c'].map(
    (name) => [`${name}.yaml`, documents(workload({ name, namespace: name }))] as const,
  );
  const { config } = await made(Object.fromEntries(files));
  expect(config.match(/strategy:/g)).toHaveLength(1);
  expect(config.match(/plan: partition-pods/g)).toHaveLength(3);
});

describe('init refuses', () => {
  test('to write over a config, unless it is told to', async () => {
    await using hour = await firstHour({ 'deploy/shop.yaml': documents(shop), 'stepgate.yaml': 'version: 1\n' });
    expect(await refused(hour.init())).toMatchObject({ family: 'refused', code: 'CONFIG_EXISTS' });
    expect((await hour.init({ 'dry-run': ['true'] })).config).toBe('version: 1\n');
    expect((await hour.init({ force: ['true'] })).config).toContain('delivery: shop');
  });

  test('to write over a config that git ignores', async () => {
    await using hour = await firstHour({ 'deploy/shop.yaml': documents(shop), '.gitignore': 'stepgate.yaml\n' });
    await hour.clone.write({ 'stepgate.yaml': 'mine\n' });
    expect(await refused(hour.init())).toMatchObject({ code: 'CONFIG_EXISTS' });
  });

  test('to write through a link', async () => {
    await using hour = await firstHour({ 'deploy/shop.yaml': documents(shop), '.gitignore': 'stepgate.yaml\n' });
    await hour.clone.write({ 'stepgate.yaml': { link: '/tmp/elsewhere' } });
    expect(await refused(hour.init({ force: ['true'] }))).toMatchObject({ code: 'SOURCE_INVALID' });
  });

  test('to guess a namespace', async () => {
    await using hour = await firstHour({ 'deploy/shop.yaml': documents(workload()) });
    const error = await refused(hour.init());
    expect(error).toMatchObject({ code: 'USAGE', hint: 'name it: stepgate init --namespace NAME' });
    expect(error.message).toContain('Deployment/shop (deploy/shop.yaml)');
    expect((await hour.init({ namespace: ['web'] })).config).toContain('namespace: web');
  });

  test('a repository with nothing to release', async () => {
    await using hour = await firstHour({ 'README.md': 'hello\n' });
    expect(await refused(hour.init())).toMatchObject({ family: 'input', code: 'SOURCE_INVALID' });
  });
});

test('init reads what is not committed yet, and nothing that git ignores', async () => {
  await using hour = await firstHour({
    'deploy/shop.yaml': documents(workload({ namespace: 'old' })),
    '.gitignore': 'tmp/\n',
  });
  await hour.clone.write({
    'deploy/shop.yaml': documents(shop),
    'cart.yaml': documents(workload({ name: 'cart', namespace: 'cart' })),
    'tmp/never.yaml': documents(workload({ name: 'never', namespace: 'never' })),
  });
  const { config } = await hour.init();
  const { deliveries } = parser.resolve({ file: 'stepgate.yaml', text: config }, []);
  expect(deliveries.map(({ name, namespace }) => [name, namespace])).toEqual([
    ['cart', 'cart'],
    ['shop', 'shop'],
  ]);
});
