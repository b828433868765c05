import { expect, it } from 'vitest';
import { clock } from '../../src/adapters/clock.ts';
import { openRepo } from '../../src/adapters/git.ts';
import type { Context } from '../../src/flow/context.ts';
import { loadPolicy } from '../../src/flow/load.ts';
import { parseRoot, resolveConfig } from '../../src/policy/schema.ts';
import { targets } from '../../src/targets/index.ts';
import { gitRemote } from '../support/git-remote.ts';
import { noHelm } from '../support/no-helm.ts';
import { noMetrics, noPage } from '../support/no-metrics.ts';
import { everybody } from '../support/readers.ts';
import { checkout, type Repository, repository } from '../support/repository.ts';

/** The policy of a clone, as a command reads it. */
async function load(clone: Repository, policyRef: string | null) {
  const parser = {
    includes: (file: string, text: string) => parseRoot({ file, text }).include,
    resolve: (root: { readonly file: string; readonly text: string }) => resolveConfig(parseRoot(root), []),
  };
  const context: Context = {
    repo: await openRepo({ folder: clone.folder, env: clone.env }),
    forge: async () => ({ missing: 'there is no forge here' }),
    metrics: noMetrics,
    page: noPage,
    helm: noHelm,
    kustomize: { build: () => Promise.reject(new Error('no kustomize here')) },
    clock,
    readers: everybody,
    targets,
    connect: () => Promise.reject(new Error('no cluster here')),
    parseManifests: () => [],
    actor: { name: 'tester', is: 'person', known: 'given' },
    run: { by: 'host', host: 'here', user: 'tester' },
    config: { parser, file: 'stepgate.yaml' },
    log: () => {},
    signal: new AbortController().signal,
  };
  return loadPolicy(context, { policyRef, fetched: false });
}

const policy = `version: 1
deliveries:
  - delivery: shop
    namespace: shop
    workload: { kind: Deployment, name: shop }
    source: { files: [deploy/*.yaml] }
    strategy: partition
    steps: [{ name: all, replicas: 100%, leaveWhen: [] }]
`;

it('takes the policy of no branch that nobody named, and the named one while the remote is away', async () => {
  await using remote = await gitRemote({ branch: 'develop' });
  await using origin = await repository({ files: { 'stepgate.yaml': policy } });
  await origin.branch('develop');
  await origin.connect(remote);
  await using clone = await checkout(remote);
  await clone.git('fetch', '--quiet', 'origin', 'develop');
  expect((await load(clone, null)).branch).toEqual({ remote: 'origin', branch: 'develop' });
  await remote.stop();
  const unknown = { code: 'GIT_FAILED', hint: expect.stringContaining('--policy-ref origin/BRANCH') };
  await expect(load(clone, null)).rejects.toMatchObject(unknown);
  for (const named of ['origin/main', 'refs/remotes/origin/main']) {
    expect(await load(clone, named)).toMatchObject({ ref: named, branch: { remote: 'origin', branch: 'main' } });
  }
  // Where a revert would go is told by neither of these.
  for (const named of ['main', 'HEAD', 'refs/heads/main']) {
    await expect(load(clone, named), named).rejects.toMatchObject(unknown);
  }
});
