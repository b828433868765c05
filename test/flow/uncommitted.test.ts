import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { clock } from '../../src/adapters/clock.ts';
import { openRepo } from '../../src/adapters/git.ts';
import type { Context } from '../../src/flow/context.ts';
import { loadPolicy } from '../../src/flow/load.ts';
import { sayUncommitted } from '../../src/flow/uncommitted.ts';
import { parseRoot, resolveConfig } from '../../src/policy/schema.ts';
import { targets } from '../../src/targets/index.ts';
import { noHelm } from '../support/no-helm.ts';
import { noMetrics, noPage } from '../support/no-metrics.ts';
import { everybody } from '../support/readers.ts';
import { type Repository, repository } from '../support/repository.ts';

async function contextOf(clone: Repository, said: string[]): Promise<Context> {
  return {
    repo: await openRepo({ folder: clone.folder, env: clone.env }),
    forge: async () => ({ missing: 'there is no forge here' }),
    metrics: noMetrics,
    page: noPage,
    kustomize: { build: () => Promise.reject(new Error('no kustomize here')) },
    helm: noHelm,
    clock,
    readers: everybody,
    targets,
    connect: () => Promise.reject(new Error('no cluster here')),
    parseManifests: () => [],
    actor: { name: 'tester', is: 'person', known: 'given' },
    run: { by: 'host', host: 'here', user: 'tester' },
    config: {
      parser: {
        includes: (file, text) => parseRoot({ file, text }).include,
        resolve: (root) => resolveConfig(parseRoot(root), []),
      },
      file: 'stepgate.yaml',
    },
    log: (line) => said.push(line),
    signal: new AbortController().signal,
  };
}

const config = (source: string) => `version: 1
deliveries:
  - delivery: shop
    namespace: shop
    workload: { kind: Deployment, name: shop }
    source: ${source}
    strategy: partition
    steps: [{ name: all, replicas: 100%, leaveWhen: [] }]
`;

describe('what is not committed', () => {
  interface Row {
    readonly what: string;
    readonly source?: string;
    /** What people change after the commit. */
    readonly edit: (clone: Repository) => unknown;
    readonly at?: string;
    /** The paths that are told. */
    readonly says: string | null;
  }
  const kustomize = '{ kustomize: over }';
  const rows: readonly Row[] = [
    { what: 'nothing', edit: () => undefined, says: null },
    { what: 'a manifest', edit: (clone) => clone.write({ 'deploy/a.yaml': 'new' }), says: 'deploy/a.yaml is' },
    {
      what: 'a manifest that is staged',
      async edit(clone) {
        await clone.write({ 'deploy/a.yaml': 'new' });
        await clone.git('add', '-A');
      },
      says: 'deploy/a.yaml is',
    },
    { what: 'a new manifest', edit: (clone) => clone.write({ 'deploy/b.yaml': 'new' }), says: 'deploy/b.yaml is' },
    {
      what: 'a manifest that is gone',
      edit: ({ folder }) => rm(join(folder, 'deploy/a.yaml')),
      says: 'deploy/a.yaml is',
    },
    {
      what: 'the config and a manifest',
      edit: (clone) => clone.write({ 'stepgate.yaml': 'x', 'deploy/a.yaml': 'x' }),
      says: 'deploy/a.yaml, stepgate.yaml are',
    },
    {
      what: 'a file that no delivery reads',
      edit: (clone) => clone.write({ 'src/main.js': 'x', 'deploy/a.txt': 'x' }),
      says: null,
    },
    { what: 'a file that git ignores', edit: (clone) => clone.write({ 'deploy/ignored.yaml': 'x' }), says: null },
    { what: 'line ends alone', edit: ({ folder }) => writeFile(join(folder, 'deploy/a.yaml'), 'a: 1\r\n'), says: null },
    {
      what: 'a base of a kustomization',
      source: kustomize,
      edit: (clone) => clone.write({ 'base/k.yaml': 'x' }),
      says: 'base/k.yaml is',
    },
    {
      what: 'a new file beside a kustomization',
      source: kustomize,
      edit: (clone) => clone.write({ 'over/new.yaml': 'x' }),
      says: 'over/new.yaml is',
    },
    {
      what: 'a manifest, where an older commit is read',
      edit: (clone) => clone.write({ 'deploy/a.yaml': 'x' }),
      at: 'HEAD~1',
      says: null,
    },
    {
      what: 'a manifest that a sparse clone leaves out',
      edit: (clone) => clone.git('sparse-checkout', 'set', '--no-cone', '/stepgate.yaml'),
      says: null,
    },
  ];

  it.each(rows)('$what', async ({ source = '{ files: [deploy/*.yaml] }', edit, at = 'HEAD', says }) => {
    await using clone = await repository({ files: { 'old.txt': '' } });
    await clone.commit({
      'stepgate.yaml': config(source),
      'deploy/a.yaml': 'a: 1\n',
      'over/kustomization.yaml': 'resources: [../base]\n',
      'base/kustomization.yaml': 'resources: [k.yaml]\n',
      'base/k.yaml': 'a: 1\n',
      '.gitignore': 'ignored.yaml\n',
    });
    const said: string[] = [];
    const context = await contextOf(clone, said);
    const { deliveries } = await loadPolicy(context, { policyRef: null, fetched: false });
    await edit(clone);
    const commit = await context.repo.resolve(at);
    await sayUncommitted(context, 'plan', deliveries, commit);
    expect(said).toEqual(
      says === null
        ? []
        : [`${says} changed and not committed: plan reads the commit ${commit.slice(0, 10)}, not the work tree`],
    );
  });

  test('no filter of the repository runs', async () => {
    await using clone = await repository({ files: { '.gitattributes': '*.yaml filter=evil\n', 'a.yaml': 'a: 1\n' } });
    await clone.git('config', 'filter.evil.clean', `touch ${clone.folder}/ran; cat`);
    await clone.write({ 'a.yaml': 'a: 2\n' });
    const repo = await openRepo(clone);
    expect(await repo.uncommitted(await clone.head(), () => true)).toEqual(['a.yaml']);
  });

  test('a file in UTF-16 is as it was committed', async () => {
    await using clone = await repository({ files: { 'b.yaml': 'b: 1\n' } });
    await writeFile(join(clone.folder, 'a.yaml'), Buffer.from('\ufeffa: 1\n', 'utf16le'));
    const commit = await clone.commit({});
    const repo = await openRepo(clone);
    expect(await repo.uncommitted(commit, () => true)).toEqual([]);
    await writeFile(join(clone.folder, 'a.yaml'), Buffer.from('\ufeffa: 2\n', 'utf16le'));
    expect(await repo.uncommitted(commit, () => true)).toEqual(['a.yaml']);
  });
});

describe('where the config is instead', () => {
  const good = config('{ files: [deploy/*.yaml] }');
  const hintFor = async (clone: Repository, policyRef: string | null = null) => {
    const loading = loadPolicy(await contextOf(clone, []), { policyRef, fetched: false });
    return loading.then(
      () => null,
      (error: { readonly hint?: unknown }) => error.hint,
    );
  };

  it.each([
    [
      'with the other spelling',
      { 'stepgate.yml': good },
      /^there is stepgate.yml: rename it to stepgate.yaml, or name it/,
    ],
    [
      'in a folder',
      { 'sub/stepgate.yaml': good },
      /^there is sub\/stepgate.yaml: name it with --config sub\/stepgate.yaml$/,
    ],
    ['under a folder of its name', { 'stepgate.yaml/x': '' }, /^stepgate.yaml is a folder there: a config is a file$/],
    ['nowhere', { 'a.txt': '' }, /^commit it there \(stepgate init makes a first one\), or name another place/],
  ])('%s', async (_, files, hint) => {
    await using clone = await repository({ files });
    expect(await hintFor(clone)).toMatch(hint);
  });

  it('in the work tree alone', async () => {
    await using clone = await repository();
    await clone.write({ 'stepgate.yaml': good });
    expect(await hintFor(clone)).toBe('it is in the work tree and not committed: git add stepgate.yaml && git commit');
  });

  it('in HEAD alone', async () => {
    await using clone = await repository();
    await clone.git('branch', 'release');
    await clone.commit({ 'stepgate.yaml': good });
    expect(await hintFor(clone, 'release')).toMatch(
      /^it is in HEAD: bring that commit to release, or .* --policy-ref HEAD$/,
    );
  });
});
