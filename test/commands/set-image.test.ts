import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/release/report.ts';
import { typed } from '../support/command-line.ts';
import { gitRemote } from '../support/git-remote.ts';
import { type Files, repository } from '../support/repository.ts';

/** The command on real repositories with a real remote. */

const digest = `sha256:${'a'.repeat(64)}`;

const block = (name: string, source: string) => `  - delivery: ${name}
    namespace: ${name}
    workload: { kind: Deployment, name: shop }
    source: ${source}
    strategy: partition
    steps: [{ name: all, replicas: 100%, leaveWhen: [] }]
`;
const config = (...blocks: readonly string[]) => `version: 1\ndeliveries:\n${blocks.join('')}`;

const containers = `      containers:
        # the shop itself
        - name: main
          image: ghcr.io/acme/shop:v1   # set by set-image
        - { name: proxy, image: 'envoy:v3' }
        - { name: proxy-admin, image: envoy:v3 }
`;
const manifest = (inside = containers) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 3
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
${inside}`;

const files: Files = {
  'stepgate.yaml': config(block('shop', '{ files: [deploy/*.yaml] }')),
  'deploy/shop.yaml': manifest(),
  'README.md': 'hello\n',
};

async function place(contents: Files = files) {
  await using stack = new AsyncDisposableStack();
  const remote = stack.use(await gitRemote({}));
  const repo = stack.use(await repository({ files: contents }));
  await repo.connect(remote);
  await repo.git('remote', 'set-head', 'origin', 'main');
  const owned = stack.move();
  return {
    remote,
    repo,
    async run(...args: readonly string[]) {
      const env = { HOME: join(repo.folder, '..'), PATH: process.env['PATH'] ?? '' };
      const ended = await typed(['set-image', ...args, '--who', 'ada', '--json'], { cwd: repo.folder, env });
      const report = JSON.parse(ended.stdout) as Report;
      const [delivery] = report.deliveries;
      return { code: ended.code, error: report.error, report, delivery, log: ended.stderr };
    },
    /** What the newest commit of the branch changes, line by line, and its message. */
    async pushed() {
      const tip = await remote.tip('main');
      if (tip === null) throw new Error('the remote has no main');
      await repo.git('fetch', '--quiet', 'origin');
      const diff = await repo.git('show', '--format=', '--unified=0', tip);
      const lines = diff.split('\n').filter((line) => /^[-+]/.test(line) && !line.startsWith('---'));
      return { tip, lines, message: await repo.git('log', '-1', '--format=%B', tip) };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test('writes the image into the manifest on the branch, as one commit, and touches nothing else', async () => {
  await using here = await place();
  const before = await here.repo.head();
  await here.repo.write({ 'deploy/shop.yaml': 'in the work tree', 'new.txt': 'x' });
  const ended = await here.run(`shop=ghcr.io/acme/shop@${digest}`, '--reason', 'fix the basket');
  expect([ended.code, ended.error, ended.delivery?.changed]).toEqual([0, null, true]);
  const { tip, lines, message } = await here.pushed();
  expect(await here.repo.git('rev-parse', `${tip}^@`)).toBe(before);
  expect(lines).toEqual([
    '+++ b/deploy/shop.yaml',
    '-          image: ghcr.io/acme/shop:v1   # set by set-image',
    `+          image: ghcr.io/acme/shop@${digest}   # set by set-image`,
  ]);
  expect(message).toMatch(/^Set the image of shop to ghcr\.io\/acme\/shop@sha256:a{12}\n\nfix the basket\n\n/);
  expect(message).toContain(`\nStepgate-Image: shop/main=ghcr.io/acme/shop@${digest}\nStepgate-By: ada\n`);
  expect(await here.repo.git('status', '--porcelain')).toBe('M deploy/shop.yaml\n?? new.txt');
  expect(await here.repo.head()).toBe(before);
});

test('is harmless to repeat, and shows with --dry-run what it would do', async () => {
  await using here = await place();
  const before = await here.remote.tip('main');
  const dry = await here.run(`shop=ghcr.io/acme/shop:v2@${digest}`, '--dry-run');
  expect([dry.code, dry.delivery?.changed, await here.remote.tip('main')]).toEqual([0, false, before]);
  expect(dry.delivery?.message).toContain('nothing was written: --dry-run');
  expect(dry.delivery?.changes).toMatchObject([
    {
      object: 'deploy/shop.yaml',
      what: 'change',
      diff: [
        expect.stringMatching(/^@@/),
        '-          image: ghcr.io/acme/shop:v1   # set by set-image',
        `+          image: ghcr.io/acme/shop:v2@${digest}   # set by set-image`,
      ],
    },
  ]);
  await here.run(`shop=ghcr.io/acme/shop:v2@${digest}`);
  const { tip } = await here.pushed();
  expect(tip).not.toBe(before);
  for (const image of [`ghcr.io/acme/shop:v2@${digest}`, `ghcr.io/acme/shop@${digest}`]) {
    const again = await here.run(`shop=${image}`);
    expect([again.code, again.delivery?.changed, await here.remote.tip('main')]).toEqual([0, false, tip]);
    expect(again.delivery?.message).toContain(`shop/main has ghcr.io/acme/shop:v2@${digest} already`);
  }
});

test('takes a tag, and says that it may move', async () => {
  await using here = await place();
  const ended = await here.run('shop=ghcr.io/acme/shop:v2', 'shop/proxy=quay.io/envoy:v4');
  expect([ended.code, ended.error]).toEqual([0, null]);
  expect(ended.log).toContain('shop: ghcr.io/acme/shop:v2 has no digest, so what it names may change later');
  expect((await here.pushed()).lines.filter((line) => line.startsWith('+ '))).toEqual([
    '+          image: ghcr.io/acme/shop:v2   # set by set-image',
    "+        - { name: proxy, image: 'quay.io/envoy:v4' }",
  ]);
});

test('is made again on a branch that has moved since', async () => {
  await using here = await place();
  const local = await here.repo.head();
  const other = await here.repo.commit({ 'README.md': 'changed\n' });
  await here.repo.push('main');
  await here.repo.git('reset', '--quiet', '--hard', local);
  await here.repo.git('update-ref', 'refs/remotes/origin/main', local);
  expect((await here.run(`shop=ghcr.io/acme/shop@${digest}`)).code).toBe(0);
  const { tip } = await here.pushed();
  expect(await here.repo.git('rev-parse', `${tip}^@`)).toBe(other);
});

describe('is refused, and nothing is written:', () => {
  const shared = {
    ...files,
    'stepgate.yaml': config(
      block('shop', '{ files: [deploy/*.yaml] }'),
      block('test', '{ files: [deploy/shop.yaml] }'),
    ),
  };
  const anchored = {
    ...files,
    'deploy/shop.yaml': manifest(
      '      containers: [{ name: main, image: &it shop:v1 }, { name: side, image: *it }]\n',
    ),
  };
  test.each<[string, readonly string[], number, string, string, Files?]>([
    ['no image', [], 2, 'USAGE', 'no image is given'],
    ['no delivery', ['ghcr.io/acme/shop:v2'], 2, 'USAGE', "image is 'ghcr.io/acme/shop:v2'"],
    ['no name of an image', ['shop=a b'], 2, 'USAGE', "'a b' is no image"],
    ['a short digest', ['shop=shop@sha256:12'], 2, 'USAGE', 'is no image'],
    ['neither tag nor digest', ['shop=shop'], 2, 'USAGE', 'has neither a digest nor a tag'],
    ['an image twice', ['shop=shop:1', 'shop=shop:2'], 2, 'USAGE', 'shop/shop is given twice'],
    ['an unknown delivery', ['cart=shop:1'], 2, 'DELIVERY_UNKNOWN', "there is no delivery 'cart'"],
    [
      'an image that no container has',
      ['shop=ghcr.io/acme/cart:v2'],
      2,
      'IMAGE_NOT_FOUND',
      'shop: no container with an image of ghcr.io/acme/cart; there: main (ghcr.io/acme/shop:v1), proxy',
    ],
    [
      'an image of two containers',
      ['shop=envoy:v4'],
      2,
      'IMAGE_NOT_FOUND',
      'shop: 2 containers with an image of envoy',
    ],
    ['an unknown container', ['shop/side=envoy:v4'], 2, 'IMAGE_NOT_FOUND', 'shop has 0 containers named side'],
    [
      'an image that two containers share',
      ['shop/main=shop:v2'],
      2,
      'IMAGE_NOT_FOUND',
      'side would change too, to shop:v2',
      anchored,
    ],
    [
      'a file of two deliveries',
      ['shop=ghcr.io/acme/shop:v2'],
      4,
      'IMAGE_TOUCHES_OTHERS',
      'deploy/shop.yaml is a source of test too',
      shared,
    ],
  ])('%s', async (_, args, exit, code, message, contents = files) => {
    await using here = await place(contents);
    const before = await here.remote.tip('main');
    const { code: found, error } = await here.run(...args);
    expect([found, error?.code, await here.remote.tip('main')]).toEqual([exit, code, before]);
    expect(error?.message).toContain(message);
    expect(error?.hint).not.toBeNull();
  });

  test('both deliveries of a file may be named, or --also says so', async () => {
    await using here = await place(shared);
    const both = await here.run('shop=ghcr.io/acme/shop:v2', 'test=ghcr.io/acme/shop:v2');
    expect([both.code, both.error, both.report.deliveries.length]).toEqual([0, null, 2]);
    expect((await here.run('shop=ghcr.io/acme/shop:v3', '--also')).code).toBe(0);
  });
});

const has = (program: string) =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

describe.runIf(has('kustomize') || has('kubectl'))('a kustomization', () => {
  test('gets the image in its own entry, and its base stays', async () => {
    await using here = await place({
      'stepgate.yaml': config(block('shop', '{ kustomize: prod }'), block('test', '{ kustomize: test }')),
      'base/kustomization.yaml': 'resources: [shop.yaml]\n',
      'base/shop.yaml': manifest(),
      'prod/kustomization.yaml': 'resources: [../base] # the base\n',
      'test/kustomization.yaml': 'resources: [../base]\n',
    });
    const ended = await here.run(`shop=ghcr.io/acme/shop@${digest}`);
    expect([ended.code, ended.error]).toEqual([0, null]);
    expect((await here.pushed()).lines).toEqual([
      '+++ b/prod/kustomization.yaml',
      '+images:',
      '+  - name: ghcr.io/acme/shop',
      `+    digest: ${digest}`,
    ]);
    await here.run('shop=ghcr.io/acme/shop:v2');
    expect((await here.pushed()).lines).toEqual([
      '+++ b/prod/kustomization.yaml',
      `-    digest: ${digest}`,
      '+    newTag: v2',
    ]);
  });
});

describe.runIf(has('helm'))('a chart', () => {
  const template = (image: string) => manifest(`      containers: [{ name: main, image: "${image}" }]\n`);
  const chart = (image: string, values: string): Files => ({
    'stepgate.yaml': config(
      block('shop', '{ helm: { chart: chart, values: [prod.yaml] } }'),
      block('test', '{ helm: { chart: chart, values: [test.yaml] } }'),
    ),
    'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
    'chart/values.yaml': values,
    'chart/templates/shop.yaml': template(image),
    'prod.yaml': '# prod\nreplicas: 3\n',
    'test.yaml': 'replicas: 1\n',
  });
  const repositoryAndTag = 'image: { repository: ghcr.io/acme/shop, tag: v1 }\n';

  test('gets the image in the values of the delivery', async () => {
    await using here = await place(chart('{{ .Values.image.repository }}:{{ .Values.image.tag }}', repositoryAndTag));
    const ended = await here.run(`shop=ghcr.io/acme/shop:v2@${digest}`);
    expect([ended.code, ended.error]).toEqual([0, null]);
    expect((await here.pushed()).lines).toEqual(['+++ b/prod.yaml', '+image:', `+  tag: v2@${digest}`]);
  });

  test('says what to give where its values have no place for a digest alone', async () => {
    await using here = await place(chart('{{ .Values.image.repository }}:{{ .Values.image.tag }}', repositoryAndTag));
    const { code, error } = await here.run(`shop=ghcr.io/acme/shop@${digest}`);
    expect([code, error?.code]).toEqual([2, 'IMAGE_NOT_FOUND']);
    expect(error?.hint).toContain('IMAGE:TAG@sha256:...');
  });
});
