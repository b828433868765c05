import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clock } from '../../src/adapters/clock.ts';
import { openRepo } from '../../src/adapters/git.ts';
import { kustomize } from '../../src/adapters/kustomize.ts';
import { repository } from '../support/repository.ts';

const { signal } = new AbortController();
/** A tree that is not there has nothing to check. */
const nothing = { tree: '/tree', hosts: [], signal };

let bin = '';
beforeEach(async () => {
  bin = await realpath(await mkdtemp(join(tmpdir(), 'stepgate-bin-')));
});
afterEach(() => rm(bin, { recursive: true, force: true }));

async function program(name: string, script: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, name), 0o755);
}

describe('kustomize', () => {
  it('gives what the program prints, called with the folder alone and nothing switched on', async () => {
    await program('kustomize', 'for each in "$@"; do echo "$each"; done; /bin/cat');
    const built = await kustomize({ env: { PATH: `${bin}:/bin:/usr/bin` } }).build(
      '/tree/overlays/$(id) -o x',
      nothing,
    );
    expect(built.split('\n')).toEqual([
      'build',
      '--load-restrictor',
      'LoadRestrictionsRootOnly',
      '--',
      '/tree/overlays/$(id) -o x',
      '',
    ]);
  });

  it('hands over nothing of the environment but the way to files', async () => {
    await program('kustomize', '/usr/bin/env | /usr/bin/sort');
    const env = {
      PATH: bin,
      HOME: '/home/x',
      HTTPS_PROXY: 'http://proxy',
      GITHUB_TOKEN: 'secret',
      KUBECONFIG: '/secret',
      AWS_SECRET_ACCESS_KEY: 'secret',
      GIT_SSH_COMMAND: 'secret',
      KUSTOMIZE_PLUGIN_HOME: '/secret',
      NODE_OPTIONS: 'secret',
      LD_PRELOAD: '',
    };
    const built = await kustomize({ env }).build('/tree', nothing);
    const names = built.split('\n').map((line) => line.split('=')[0]);
    const shown = names.filter((name) => !/^(PWD|OLDPWD|SHLVL|_||GIT_CONFIG_(KEY|VALUE)_\d)$/.test(name ?? ''));
    const proxies = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
    expect(shown.sort()).toEqual(
      ['GIT_ALLOW_PROTOCOL', 'GIT_CONFIG_COUNT', 'GIT_TERMINAL_PROMPT', 'HOME', 'KUBERC', 'PATH', ...proxies].sort(),
    );
  });

  it.each([
    ['nothing', [], {}, { GIT_ALLOW_PROTOCOL: 'none', HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '' }],
    ['nothing behind a proxy', [], { HTTPS_PROXY: 'http://p' }, { HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '' }],
    [
      'two hosts',
      ['a.example', 'b.example'],
      {},
      { GIT_ALLOW_PROTOCOL: 'https', HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'a.example,b.example' },
    ],
    ['a host behind a proxy', ['a.example'], { HTTPS_PROXY: 'http://p' }, { HTTPS_PROXY: 'http://p' }],
    ['this machine', ['127.0.0.1'], {}, { GIT_ALLOW_PROTOCOL: 'https:http' }],
  ])('leads requests nowhere where the policy allows %s', async (_, hosts, more, wanted) => {
    await program('kustomize', '/usr/bin/env');
    const built = await kustomize({ env: { PATH: bin, ...more } }).build('/tree', { ...nothing, hosts });
    const seen = Object.fromEntries(built.split('\n').map((line) => [line.split('=')[0], line.split('=')[1]]));
    expect(seen).toMatchObject(wanted);
    expect(seen['no_proxy']).toBe(seen['NO_PROXY']);
  });

  it('is none that lies in the repository', async () => {
    await mkdir(join(bin, '.git'));
    await program('kustomize', 'echo evil');
    await expect(kustomize({ env: { PATH: bin }, folder: bin }).build('/tree', nothing)).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      hint: expect.stringContaining('outside of the repository'),
    });
    expect(await kustomize({ env: { PATH: bin } }).build('/tree', nothing)).toBe('evil\n');
  });

  it("gives kustomize's own words, with paths as in the repository", async () => {
    await program('kustomize', 'echo "Error: no such file $5/x.yaml" >&2; exit 1');
    await expect(
      kustomize({ env: { PATH: bin } }).build('/tmp/stepgate-tree-Ab12cD/shop', nothing),
    ).rejects.toMatchObject({
      family: 'input',
      code: 'SOURCE_INVALID',
      message: 'kustomize cannot build shop: Error: no such file shop/x.yaml',
    });
  });

  it("gives the error alone of a line of kubectl's log", async () => {
    const line =
      'E1201 13:31:12.420457   27790 run.go:72] \\"command failed\\" err=\\"no such file \\\\\\"x.yaml\\\\\\"\\"';
    await program('kubectl', `echo "${line}" >&2; exit 1`);
    await expect(
      kustomize({ env: { PATH: bin } }).build('/tmp/stepgate-tree-Ab12cD/shop', nothing),
    ).rejects.toMatchObject({
      message: 'kustomize cannot build shop: no such file "x.yaml"',
    });
  });

  it.each([
    ['prints without end', 'exec /usr/bin/yes', 60_000, /wrote more than 16777216 bytes/],
    ['does not end', 'exec /bin/sleep 300', 500, /did not end within 0\.5 s/],
    ['ends without a word', 'exit 3', 60_000, /kustomize cannot build/],
  ])('stops a program that %s', async (_name, script, timeout, message) => {
    await program('kustomize', script);
    await expect(kustomize({ env: { PATH: bin }, timeout }).build('/tree', nothing)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('takes the one inside kubectl where there is none, and says what to install where there is neither', async () => {
    const built = kustomize({ env: { PATH: bin } });
    await expect(built.build('/tree', nothing)).rejects.toMatchObject({
      family: 'environment',
      code: 'TOOL_MISSING',
      hint: expect.stringContaining('install kustomize'),
    });
    await program('kubectl', 'echo "$1 $5"');
    expect(await built.build('/tree', nothing)).toBe('kustomize /tree\n');
    await program('kustomize', 'echo first');
    expect(await built.build('/tree', nothing)).toBe('first\n');
  });

  const PATH = process.env['PATH'] ?? '';
  const installed = PATH.split(delimiter).some((folder) =>
    ['kustomize', 'kubectl'].some((name) => existsSync(join(folder, name))),
  );
  it.runIf(installed)('renders a commit for real, and reads nothing outside of it', async () => {
    await using made = await repository({
      files: {
        'base/kustomization.yaml': 'resources: [map.yaml]\n',
        'base/map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\n',
        'prod/kustomization.yaml': 'resources: [../base]\nnamePrefix: prod-\n',
        'link/kustomization.yaml': 'configMapGenerator: [{ name: x, files: [passwd] }]\n',
        'link/passwd': { link: '/etc/passwd' },
        'up/kustomization.yaml': 'configMapGenerator: [{ name: x, files: [../base/map.yaml] }]\n',
      },
    });
    const repo = await openRepo(made);
    await using tree = await repo.tree(await made.head());
    const { build } = kustomize({ env: process.env });
    const options = { tree: tree.folder, hosts: [], signal };
    expect(await build(join(tree.folder, 'prod'), options)).toBe(
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: prod-shop\n',
    );
    for (const folder of ['link', 'up', 'nowhere']) {
      await expect(build(join(tree.folder, folder), options), folder).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
    }
    await expect(build(join(tree.folder, 'link'), options)).rejects.toMatchObject({
      message: expect.stringContaining('refused-symlink-leaves-the-repository'),
    });
    expect(await readFile(join(tree.folder, 'base/kustomization.yaml'), 'utf8')).toBe('resources: [map.yaml]\n');
    expect((await readdir(tree.folder)).sort()).toEqual(['base', 'link', 'prod', 'up']);
  });
});

describe('what a kustomization loads', () => {
  const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\n';
  const rows: readonly (readonly [string, string, RegExp])[] = [
    ['a file', 'resources: [https://a.example/x.yaml]', /a.example/],
    ['a file in capitals', 'resources: [HTTPS://A.example/x.yaml]', /a.example/],
    ['a file by a wrong key', 'Resources: [https://a.example/x.yaml]', /a.example/],
    ['a base', 'bases: ["https://a.example/org/repo//path?ref=v1"]', /a.example/],
    ['a base of GitHub', 'resources: ["github.com/org/repo?ref=v1"]', /github.com/],
    ['a base with a prefix', 'resources: ["git::https://a.example/org/repo"]', /a.example/],
    ['a component', 'components: ["https://a.example/org/repo"]', /a.example/],
    ['a base over ssh', 'resources: ["git@a.example:org/repo"]', /no address over https/],
    ['a base over ssh, in full', 'resources: ["ssh://git@a.example/org/repo"]', /no address over https/],
    ['a base by the short form of GitHub', 'resources: ["gh:org/repo"]', /no address over https/],
    ['a base over http', 'resources: ["http://a.example/org/repo"]', /no address over https/],
    ['an address with a password', 'resources: ["https://me:word@a.example/x.yaml"]', /no address over https/],
    ['a program', 'resources: ["ext::sh -c touch% x"]', /no address over https/],
    ['a repository of this machine', 'resources: ["file:///tmp/x//deploy"]', /no address over https/],
    ['this machine', 'resources: ["http://127.0.0.1:80/x.yaml"]', /127.0.0.1/],
    ['this machine by name', 'resources: ["http://localhost/x.yaml"]', /no address over https/],
    ['a patch', 'patches: [{ path: "https://a.example/x.yaml" }]', /a.example/],
    ['an old patch', 'patchesStrategicMerge: ["https://a.example/x.yaml"]', /a.example/],
    ['the file of a generator', 'configMapGenerator: [{ name: x, files: ["key=https://a.example/x"] }]', /a.example/],
    ['the variables of a generator', 'secretGenerator: [{ name: x, envs: ["https://a.example/x"] }]', /a.example/],
    ['a schema', 'openapi: { path: "https://a.example/x.json" }', /a.example/],
    ['a chart', 'helmCharts: [{ name: x, repo: "https://a.example/" }]', /a.example/],
    ['a transformer', 'transformers: ["https://a.example/x.yaml"]', /a.example/],
    ['the patch of a transformer', 'transformers: [remote.yaml]', /a.example/],
    [
      'the patch of a transformer in place',
      'transformers:\n- |\n  kind: PatchTransformer\n  path: https://a.example/x',
      /a.example/,
    ],
    ['the base of a base', 'resources: [../base]', /b.example/],
    ['an alias', 'x: &a https://a.example/x.yaml\nresources: [*a]', /a.example/],
    [
      'what readers take from two places',
      'x: &x { resources: [shop.yaml] }\nresources: [https://a.example/x.yaml]\n<<: *x',
      /<< has the key "resources"/,
    ],
    ['a key with a question mark', '? resources\n: [https://a.example/x.yaml]', /a.example/],
    ['a base64 of an address', `resources: [!!binary ${btoa('https://a.example/x.yaml')}]`, /a.example/],
    ['a folder outside', 'resources: [../../outside]', /outside of the repository/],
    ['a folder by its whole path', 'resources: [/etc]', /outside of the repository/],
    ['what is no YAML', 'resources: [', /./],
  ];

  async function made(text: string) {
    const outside = join(bin, 'outside');
    await mkdir(join(bin, 'tree/shop'), { recursive: true });
    await mkdir(join(bin, 'tree/base'), { recursive: true });
    await mkdir(outside);
    await writeFile(join(outside, 'kustomization.yaml'), 'resources: []\n');
    await writeFile(join(bin, 'tree/base/kustomization.yml'), 'resources: ["https://b.example/x.yaml"]\n');
    await writeFile(join(bin, 'tree/shop/shop.yaml'), manifest);
    await writeFile(
      join(bin, 'tree/shop/remote.yaml'),
      'kind: PatchTransformer\nmetadata: { name: x }\npath: https://a.example/x\n',
    );
    await writeFile(join(bin, 'tree/shop/kustomization.yaml'), `${text}\n`);
    await program('kustomize', `echo ran >> ${bin}/ran; echo built`);
    const options = { tree: join(bin, 'tree'), hosts: [], signal };
    return { folder: join(bin, 'tree/shop'), options, build: kustomize({ env: { PATH: bin } }).build };
  }

  it.each(rows)('%s is refused before kustomize runs', async (_, text, message) => {
    const { folder, options, build } = await made(text);
    await expect(build(folder, options)).rejects.toMatchObject({
      family: 'input',
      message: expect.stringMatching(message),
    });
    expect(existsSync(join(bin, 'ran'))).toBe(false);
  });

  it('says where, and what would allow it', async () => {
    const { folder, options, build } = await made('resources:\n  - shop.yaml\n  - https://a.example/x.yaml');
    await expect(build(folder, options)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: 'kustomize would load "https://a.example/x.yaml", and the policy allows nothing from a.example',
      hint: expect.stringContaining('fetch: [a.example]'),
      at: { file: 'shop/kustomization.yaml', line: 3, column: 5 },
    });
  });

  it.each([
    [
      'of an allowed host',
      'resources: [https://a.example/x.yaml, "https://a.example:8443/org/repo?ref=v1"]',
      ['a.example'],
    ],
    ['of an allowed host of this machine', 'resources: ["http://127.0.0.1:80/x.yaml"]', ['127.0.0.1']],
    ['of the host of a base', 'resources: [../base]', ['b.example']],
  ])('takes %s', async (_, text, hosts) => {
    const { folder, options, build } = await made(text);
    expect(await build(folder, { ...options, hosts })).toBe('built\n');
    await expect(build(folder, { ...options, hosts: ['example', 'x.a.example', 'xa.example'] })).rejects.toThrow();
  });

  it.each([
    'commonAnnotations: { docs: "https://a.example" }',
    'images: [{ name: shop, newName: "ghcr.io/a/b:8080" }]',
    'configMapGenerator: [{ name: x, literals: ["URL=https://a.example"], files: [shop.yaml, "a=shop.yaml"] }]',
    'patches: [{ patch: "{ a: https://a.example }", target: { kind: X } }, { path: shop.yaml }]',
    'patchesStrategicMerge:\n- |\n  metadata: { annotations: { x: https://a.example } }',
    'resources: [shop.yaml, ./shop.yaml, nowhere/at-all.yaml]\nnamePrefix: x-',
  ])('leaves alone %s', async (text) => {
    const { folder, options, build } = await made(text);
    expect(await build(folder, options)).toBe('built\n');
  });
});

describe('clock', () => {
  it('sleeps, and wakes at once when the signal aborts', async () => {
    const { signal } = new AbortController();
    const before = clock.now().getTime();
    await clock.sleep(20, signal);
    expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(19);
    const stop = new AbortController();
    const asleep = clock.sleep(2 ** 40, stop.signal);
    setTimeout(() => stop.abort(), 10);
    await expect(asleep).rejects.toMatchObject({ name: 'AbortError' });
    await expect(clock.sleep(0, stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
    await clock.sleep(0, signal);
  });
});
