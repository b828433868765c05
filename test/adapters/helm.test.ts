import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRepo } from '../../src/adapters/git.ts';
import { helm } from '../../src/adapters/helm.ts';
import type { HelmChart } from '../../src/release/ports.ts';
import { type Files, repository } from '../support/repository.ts';

const { signal } = new AbortController();

let top = '';
let bin = '';
let tree = '';
beforeEach(async () => {
  top = await realpath(await mkdtemp(join(tmpdir(), 'stepgate-helm-')));
  [bin, tree] = [join(top, 'bin'), join(top, 'tree')];
  await mkdir(bin);
  await files({ 'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n' });
});
afterEach(() => rm(top, { recursive: true, force: true }));

async function program(script: string): Promise<void> {
  await writeFile(join(bin, 'helm'), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, 'helm'), 0o755);
}

async function files(contents: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, content] of Object.entries(contents)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), content);
  }
}

const chart = (more: Partial<HelmChart> = {}): HelmChart => ({
  chart: join(tree, 'shop'),
  values: [],
  release: 'shop',
  namespace: 'prod',
  kubeVersion: '1.34.0',
  apiVersions: [],
  ...more,
});
const render = (more: Partial<HelmChart> = {}, env: Readonly<Record<string, string>> = {}) =>
  helm({ env: { PATH: bin, ...env } }).template(chart(more), { tree, signal });

describe('helm', () => {
  it('gives what the program prints, called with what the config says alone', async () => {
    await program('for each in "$@"; do echo "$each"; done');
    const values = [join(tree, 'a.yaml'), join(tree, '$(id) --post-renderer x')];
    const built = await render({ values, apiVersions: ['a.example/v1'] });
    expect(built.split('\n')).toEqual([
      ...['template', '--namespace', 'prod', '--kube-version', '1.34.0', '--api-versions', 'a.example/v1'],
      ...['--skip-tests', '--values', values[0], '--values', values[1], '--', 'shop', join(tree, 'shop'), ''],
    ]);
  });

  it('hands over nothing of the environment, and leads every request nowhere', async () => {
    await program('/usr/bin/env');
    const built = await render(
      {},
      {
        HOME: '/home/x',
        KUBECONFIG: '/secret',
        HELM_KUBETOKEN: 'secret',
        HELM_PLUGINS: '/secret',
        HELM_NAMESPACE: 'other',
        GITHUB_TOKEN: 'secret',
        HTTPS_PROXY: 'http://proxy',
      },
    );
    const seen = Object.fromEntries(built.split('\n').map((line) => [line.split('=')[0], line.split('=')[1]]));
    expect(built).not.toContain('secret');
    expect(seen).toMatchObject({ HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '', HELM_NO_PLUGINS: '1' });
    for (const name of ['HOME', 'KUBECONFIG', 'HELM_PLUGINS', 'HELM_REPOSITORY_CONFIG']) {
      expect(seen[name], name).toBe(`${tree}.none`);
    }
    expect(Object.keys(seen)).not.toContain('HELM_NAMESPACE');
  });

  it('is none that lies in the repository', async () => {
    await mkdir(join(bin, '.git'));
    await program('echo evil');
    const inside = helm({ env: { PATH: bin }, folder: bin });
    await expect(inside.template(chart(), { tree, signal })).rejects.toMatchObject({
      family: 'environment',
      code: 'TOOL_MISSING',
      hint: expect.stringContaining('outside of the repository'),
    });
  });

  it.each([
    [
      'its words, with paths as in the repository',
      'echo "Error: open $TREE/prod.yaml: no such file" >&2; exit 1',
      'helm cannot render shop: Error: open prod.yaml: no such file',
    ],
    ['that it ended without a word', 'exit 3', 'helm cannot render shop: it ended with exit code 3'],
    ['that it prints without end', 'exec /usr/bin/yes', 'wrote more than 16777216 bytes'],
  ])('tells %s', async (_, script, message) => {
    await program(script.replace('$TREE', tree));
    await expect(render()).rejects.toMatchObject({ code: 'SOURCE_INVALID', message: expect.stringContaining(message) });
  });

  it('is not started for a folder that is no chart', async () => {
    await program('echo ran');
    await expect(render({ chart: join(tree, 'nope') })).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: 'there is no chart in nope: it has no Chart.yaml',
    });
  });

  it('is not started for a schema that it would load', async () => {
    await program(`echo ran > ${top}/ran`);
    await files({ 'shop/charts/a/values.schema.json': '{"properties":{"x":{"$ref":"http://127.0.0.1/x"}}}' });
    await expect(render()).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: 'shop/charts/a/values.schema.json refers to "http://127.0.0.1/x", which helm would load',
    });
    expect(existsSync(join(top, 'ran'))).toBe(false);
  });
});

/** An archive with one file, as `helm dependency build` writes one. */
function archive(path: string, text: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(path, 0);
  header.write(`${text.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('0', 156);
  const content = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  content.write(text);
  return gzipSync(Buffer.concat([header, content, Buffer.alloc(1024)]));
}

describe('a chart is refused that', () => {
  const lookup = '{{ lookup "v1" "Secret" "a" "b" }}';
  it.each([
    [
      'asks a cluster',
      { 'shop/templates/a.yaml': `a: 1\n${lookup}` },
      'SOURCE_INVALID',
      'shop/templates/a.yaml:2 calls lookup',
    ],
    [
      'tells the time',
      { 'shop/templates/a.yaml': '{{ now }}' },
      'SOURCE_UNSTABLE',
      'shop/templates/a.yaml:1 calls now',
    ],
    [
      'asks a cluster in an archive',
      { 'shop/charts/redis-1.0.0.tgz': archive('redis/templates/a.yaml', lookup) },
      'SOURCE_INVALID',
      'shop/charts/redis/templates/a.yaml:1 calls lookup',
    ],
    ['has a broken archive', { 'shop/charts/x.tgz': 'x' }, 'SOURCE_INVALID', 'charts/x.tgz is no archive of a chart'],
  ])('%s', async (_, contents, code, message) => {
    await program('echo "# Source: shop/charts/redis/templates/a.yaml"');
    await files(contents);
    await expect(render()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

const PATH = process.env['PATH'] ?? '';
const installed = PATH.split(delimiter).some((folder) => existsSync(join(folder, 'helm')));

describe.runIf(installed)('helm for real', () => {
  const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }} }
spec: { replicas: {{ .Values.replicas }}, kube: {{ .Capabilities.KubeVersion }}, has: {{ .Capabilities.APIVersions.Has "a.example/v1" }} }
`;
  const shop: Files = {
    'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
    'charts/shop/values.yaml': 'replicas: 1\n',
    'charts/shop/crds/x.yaml': 'kind: CustomResourceDefinition\n',
    'charts/shop/templates/deployment.yaml': deployment,
    'charts/shop/templates/tests/t.yaml': 'kind: Pod\nmetadata: { name: t, annotations: { "helm.sh/hook": test } }\n',
    'prod.yaml': 'replicas: 3\n',
  };
  async function rendered(changes: Files, more: (inTree: (path: string) => string) => Partial<HelmChart> = () => ({})) {
    await using made = await repository({ files: { ...shop, ...changes } });
    const repo = await openRepo(made);
    await using at = await repo.tree(await made.head());
    const inTree = (path: string) => join(at.folder, path);
    const wanted = { ...chart(), chart: inTree('charts/shop'), ...more(inTree) };
    return await helm({ env: process.env }).template(wanted, { tree: at.folder, signal });
  }

  it('renders a commit with its values, without CRDs and tests', async () => {
    const text = await rendered({}, (inTree) => ({ values: [inTree('prod.yaml')], apiVersions: ['a.example/v1'] }));
    expect(text).toBe(`---
# Source: shop/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop, namespace: prod }
spec: { replicas: 3, kube: v1.34.0, has: true }
`);
  });

  it.each<[string, Files, string]>([
    [
      'a dependency that is not there',
      {
        'charts/shop/Chart.yaml':
          'apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies: [{ name: redis, version: 1.0.0, repository: "https://a.example" }]\n',
      },
      'commit the dependencies',
    ],
    [
      'another Kubernetes',
      { 'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\nkubeVersion: "<1.20"\n' },
      'source.helm.kubeVersion',
    ],
  ])('says what to do about %s', async (_, changes, hint) => {
    await expect(rendered(changes)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      hint: expect.stringContaining(hint),
    });
  });

  it('reads no file outside of the repository', async () => {
    const changes = {
      'charts/shop/templates/x.yaml': 'a: {{ .Files.Get "link" | quote }}',
      'charts/shop/link': { link: '/etc/passwd' },
    };
    expect(await rendered(changes).catch(String)).not.toContain('root');
  });
});
