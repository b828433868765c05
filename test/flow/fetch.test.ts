import { expect, it } from 'vitest';
import { clock } from '../../src/adapters/clock.ts';
import { openRepo } from '../../src/adapters/git.ts';
import { parseManifests } from '../../src/config/manifest.ts';
import type { Context } from '../../src/flow/context.ts';
import { loadPolicy } from '../../src/flow/load.ts';
import { renderAt } from '../../src/flow/source.ts';
import { parseRoot, resolveConfig } from '../../src/policy/schema.ts';
import { targets } from '../../src/targets/index.ts';
import { noHelm } from '../support/no-helm.ts';
import { noMetrics, noPage } from '../support/no-metrics.ts';
import { everybody } from '../support/readers.ts';
import { repository } from '../support/repository.ts';
import { watchedTrees } from '../support/watched-trees.ts';

const config = (more: string) => `version: 1
${more}
deliveries:
  - delivery: shop
    namespace: shop
    workload: { kind: Deployment, name: shop }
    source: { kustomize: deploy }
    strategy: partition
    steps: [{ name: all, replicas: 100%, leaveWhen: [] }]
`;

const built = `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 4
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec: { containers: [{ name: main, image: shop:v1 }] }
`;

it('what a source may load is what the policy allows, whatever the commit says', async () => {
  const kustomization = { 'deploy/kustomization.yaml': 'resources: [shop.yaml]\n' };
  await using made = await repository({ files: { 'stepgate.yaml': config(''), ...kustomization } });
  const closed = await made.head();
  const open = await made.commit({ 'stepgate.yaml': config('fetch: [a.example]') });
  const allowed: (readonly string[])[] = [];
  const trees = watchedTrees(await openRepo(made));
  const context: Context = {
    repo: trees.repo,
    forge: async () => ({ missing: 'there is no forge here' }),
    metrics: noMetrics,
    page: noPage,
    helm: noHelm,
    kustomize: {
      async build(_, { tree, hosts }) {
        allowed.push(hosts);
        expect(await trees.isThere(tree)).toBe(true);
        return built;
      },
    },
    clock,
    targets,
    connect: () => Promise.reject(new Error('no cluster here')),
    parseManifests: (files) => parseManifests(files).map(({ object }) => object),
    actor: { name: 'tester', is: 'person', known: 'given' },
    run: { by: 'host', host: 'here', user: 'tester' },
    readers: everybody,
    config: {
      file: 'stepgate.yaml',
      parser: {
        includes: (file, text) => parseRoot({ file, text }).include,
        resolve: (root) => resolveConfig(parseRoot(root), []),
      },
    },
    log: () => {},
    signal: new AbortController().signal,
  };
  for (const [policyRef, commit] of [
    [closed, open],
    [open, closed],
  ] as const) {
    const { deliveries } = await loadPolicy(context, { policyRef, fetched: false });
    for (const delivery of deliveries) await renderAt(context, delivery, commit, 1);
  }
  expect(allowed).toEqual([[], [], ['a.example'], ['a.example']]);
});
