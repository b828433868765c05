import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clock } from '../../src/adapters/clock.ts';
import { openRepo } from '../../src/adapters/git.ts';
import { kustomize } from '../../src/adapters/kustomize.ts';
import { repository } from '../support/repository.ts';

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
    await program('kustomize', 'for each in "$@"; do echo "$each"; done; cat');
    const built = await kustomize({ env: { PATH: `${bin}:/bin:/usr/bin` } }).build('/tree/overlays/$(id) -o x');
    expect(built.split('\n')).toEqual([
      'build',
      '--load-restrictor',
      'LoadRestrictionsRootOnly',
      '--',
      '/tree/overlays/$(id) -o x',
      '',
    ]);
  });

  it('hands over nothing of the environment but the way to files and network', async () => {
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
    const built = await kustomize({ env }).build('/tree');
    const names = built.split('\n').map((line) => line.split('=')[0]);
    expect(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_', ''].includes(name ?? ''))).toEqual([
      'GIT_ALLOW_PROTOCOL',
      'GIT_TERMINAL_PROMPT',
      'HOME',
      'HTTPS_PROXY',
      'KUBERC',
      'PATH',
    ]);
  });

  it("gives kustomize's own words, with paths as in the repository", async () => {
    await program('kustomize', 'echo "Error: no such file $5/x.yaml" >&2; exit 1');
    await expect(kustomize({ env: { PATH: bin } }).build('/tmp/stepgate-tree-Ab12cD/shop')).rejects.toMatchObject({
      family: 'input',
      code: 'SOURCE_INVALID',
      message: 'kustomize cannot build shop: Error: no such file shop/x.yaml',
    });
  });

  it.each([
    ['prints without end', 'exec /usr/bin/yes', 60_000, /more than 16 MiB/],
    ['does not end', 'exec /bin/sleep 300', 500, /longer than 0\.5 s/],
    ['ends without a word', 'exit 3', 60_000, /kustomize cannot build/],
  ])('stops a program that %s', async (_name, script, timeout, message) => {
    await program('kustomize', script);
    await expect(kustomize({ env: { PATH: bin }, timeout }).build('/tree')).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('takes the one inside kubectl where there is none, and says what to install where there is neither', async () => {
    const built = kustomize({ env: { PATH: bin } });
    await expect(built.build('/tree')).rejects.toMatchObject({
      family: 'environment',
      code: 'TOOL_MISSING',
      hint: expect.stringContaining('install kustomize'),
    });
    await program('kubectl', 'echo "$1 $5"');
    expect(await built.build('/tree')).toBe('kustomize /tree\n');
    await program('kustomize', 'echo first');
    expect(await built.build('/tree')).toBe('first\n');
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
    expect(await build(join(tree.folder, 'prod'))).toBe(
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: prod-shop\n',
    );
    for (const folder of ['link', 'up', 'nowhere']) {
      await expect(build(join(tree.folder, folder)), folder).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
    }
    await expect(build(join(tree.folder, 'link'))).rejects.toMatchObject({
      message: expect.stringContaining('refused-symlink-leaves-the-repository'),
    });
    expect(await readFile(join(tree.folder, 'base/kustomization.yaml'), 'utf8')).toBe('resources: [map.yaml]\n');
    expect((await readdir(tree.folder)).sort()).toEqual(['base', 'link', 'prod', 'up']);
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
