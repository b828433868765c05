import { describe, expect, it } from 'vitest';
import { clock } from '../../src/adapters/clock.ts';
import { openRepo } from '../../src/adapters/git.ts';
import { parseManifests } from '../../src/config/manifest.ts';
import type { Context } from '../../src/flow/context.ts';
import { loadPolicy } from '../../src/flow/load.ts';
import { manifestFindings } from '../../src/flow/manifest-findings.ts';
import { renderAt, sourcePaths } from '../../src/flow/source.ts';
import { parseRoot, resolveConfig } from '../../src/policy/schema.ts';
import type { Helm, HelmChart } from '../../src/release/ports.ts';
import { targets } from '../../src/targets/index.ts';
import { noMetrics, noPage } from '../support/no-metrics.ts';
import { everybody } from '../support/readers.ts';
import { type Files, repository } from '../support/repository.ts';
import { watchedTrees } from '../support/watched-trees.ts';

const files: Files = {
  'stepgate.yaml': `version: 1
deliveries:
  - delivery: shop
    namespace: shop
    workload: { kind: Deployment, name: shop }
    source: { helm: { chart: charts/shop, values: [prod.yaml] } }
    strategy: partition
    steps: [{ name: all, replicas: 100%, leaveWhen: [] }]
`,
  'charts/shop/Chart.yaml': 'name: shop\n',
  'charts/shop/templates/a.yaml': 'a: 1\n',
  'charts/other/Chart.yaml': 'name: other\n',
  'prod.yaml': 'a: 1\n',
  'test.yaml': 'a: 1\n',
};

const deployment = (image = 'shop:v1') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 4
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec: { containers: [{ name: main, image: "${image}" }] }
---
`;
const job = (hook: string) =>
  `apiVersion: batch/v1\nkind: Job\nmetadata: { name: migrate, annotations: { "helm.sh/hook": "${hook}" } }\n`;

/** Renders the delivery where helm answers so; what helm was asked for, with paths as in the tree. */
async function rendered(template: (call: number) => string) {
  await using made = await repository({ files });
  const trees = watchedTrees(await openRepo(made));
  const asked: HelmChart[] = [];
  const helm: Helm = {
    async template(chart, { tree }) {
      const inTree = (path: string) => path.replace(`${tree}/`, '');
      expect(await trees.isThere(tree)).toBe(true);
      asked.push({ ...chart, chart: inTree(chart.chart), values: chart.values.map(inTree) });
      return template(asked.length);
    },
  };
  const context: Context = {
    repo: trees.repo,
    forge: async () => ({ missing: 'there is no forge here' }),
    metrics: noMetrics,
    page: noPage,
    helm,
    kustomize: { build: () => Promise.reject(new Error('no kustomize here')) },
    clock,
    targets,
    connect: () => Promise.reject(new Error('no cluster here')),
    parseManifests: (all) => parseManifests(all).map(({ object }) => object),
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
  const commit = await made.head();
  const { deliveries } = await loadPolicy(context, { policyRef: commit, fetched: false });
  const [delivery] = deliveries;
  if (delivery === undefined) throw new Error('the policy has no delivery');
  // As a deploy does: it checks the manifests, and renders them for the first attempt and for the next.
  expect(await manifestFindings(context, delivery, commit, 'server')).toEqual([]);
  const { workload } = await renderAt(context, delivery, commit, 1);
  await renderAt(context, delivery, commit, 2);
  return { asked, workload, paths: await sourcePaths(context, delivery, [commit]) };
}

describe('a chart', () => {
  it('is rendered in the namespace of the delivery, twice in a whole run, and what it reads is what a revert restores', async () => {
    const { asked, workload, paths } = await rendered(() => deployment());
    const wanted = { kind: 'helm', chart: 'charts/shop', values: ['prod.yaml'], release: 'shop', namespace: 'shop' };
    expect(asked).toEqual([expect.objectContaining(wanted), expect.objectContaining(wanted)]);
    expect(workload).toMatchObject({ kind: 'Deployment', metadata: { name: 'shop', namespace: 'shop' } });
    expect(paths).toEqual(['charts/shop/Chart.yaml', 'charts/shop/templates/a.yaml', 'prod.yaml']);
  });

  it.each([
    [
      'two renderings that differ',
      (call: number) => deployment(`shop:${call}`),
      'SOURCE_UNSTABLE',
      'shop: two renderings of charts/shop differ in Deployment shop',
      'randAlphaNum',
    ],
    [
      'a hook',
      () => `${deployment()}${job('pre-upgrade')}`,
      'SOURCE_INVALID',
      'shop: charts/shop renders hooks of helm, which stepgate does not run: Job migrate (pre-upgrade)',
      'a step of the workflow before deploy',
    ],
  ])('is refused with %s', async (_, template, code, message, hint) => {
    await expect(rendered(template)).rejects.toMatchObject({ code, message, hint: expect.stringContaining(hint) });
  });
});
