import { expect, onTestFinished, test } from 'vitest';
import { clock } from '../../src/adapters/clock.ts';
import { openRepo } from '../../src/adapters/git.ts';
import { parseManifests } from '../../src/config/manifest.ts';
import type { Context } from '../../src/flow/context.ts';
import { type ConfigParser, loadPolicy, type Policy } from '../../src/flow/load.ts';
import { makeRevert } from '../../src/flow/revert.ts';
import { renderAt } from '../../src/flow/source.ts';
import { parseRoot, resolveConfig } from '../../src/policy/schema.ts';
import type { Delivery, Release } from '../../src/release/delivery.ts';
import type { Rollback } from '../../src/release/record.ts';
import { targets } from '../../src/targets/index.ts';
import { fleet, fleetEnvironments, fleetServices, fleetVersion } from '../support/fleet.ts';
import { gitRemote } from '../support/git-remote.ts';
import { noHelm } from '../support/no-helm.ts';
import { noMetrics, noPage } from '../support/no-metrics.ts';
import { everybody } from '../support/readers.ts';
import { repository } from '../support/repository.ts';

/** A fleet without a cluster: which deliveries a commit releases, and what a revert of one changes for the others. */

const parser: ConfigParser = {
  includes: (file, text) => parseRoot({ file, text }).include,
  resolve: (root, included) => resolveConfig(parseRoot(root), included),
};

async function fleetRepository() {
  const remote = await gitRemote();
  onTestFinished(() => remote[Symbol.asyncDispose]());
  const repo = await repository({ files: fleet('files') });
  onTestFinished(() => repo[Symbol.asyncDispose]());
  await repo.connect(remote);
  const context: Context = {
    repo: await openRepo({ folder: repo.folder, env: repo.env }),
    forge: async () => ({ missing: 'there is no forge here' }),
    metrics: noMetrics,
    page: noPage,
    helm: noHelm,
    kustomize: { build: () => Promise.reject(new Error('no kustomize here')) },
    clock,
    readers: everybody,
    targets,
    connect: () => Promise.reject(new Error('no cluster here')),
    parseManifests: (files) => parseManifests(files).map(({ object }) => object),
    actor: { name: 'tester', is: 'person', known: 'given' },
    run: { by: 'host', host: 'here', user: 'tester' },
    config: { parser, file: 'stepgate.yaml' },
    log: () => {},
    signal: new AbortController().signal,
  };
  const policy = await loadPolicy(context, { policyRef: null, fetched: false });
  return { repo, context, policy };
}

function rolledBack(from: Release, to: Release): Rollback {
  return {
    from,
    to: { ...to, template: null, revision: null },
    by: 'tester',
    at: '2026-11-21T10:00:00Z',
    run: null,
    reason: 'bad',
    cluster: 'done',
    beside: 'done',
    git: 'todo',
    bad: [from],
    revert: null,
    also: false,
    trouble: null,
    troubleCode: null,
    undo: null,
  };
}

async function releases(context: Context, policy: Policy, commit: string): Promise<ReadonlyMap<string, Release>> {
  const all = await Promise.all(
    policy.deliveries.map(async (one) => [one.name, (await renderAt(context, one, commit, 1)).release] as const),
  );
  return new Map(all);
}

function changedBetween(before: ReadonlyMap<string, Release>, after: ReadonlyMap<string, Release>): readonly string[] {
  return [...after].filter(([name, { digest }]) => before.get(name)?.digest !== digest).map(([name]) => name);
}

function named(policy: Policy, name: string): Delivery {
  const found = policy.deliveries.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no delivery ${name}`);
  return found;
}

test('a commit over two of 40 services releases those two, and a revert of one leaves the other', async () => {
  const { repo, context, policy } = await fleetRepository();
  expect(policy.deliveries).toHaveLength(fleetServices.length * fleetEnvironments.length);
  const stable = await repo.head();
  const before = await releases(context, policy, stable);
  const bad = await repo.commit(
    {
      ...fleetVersion('files', 'svc-07', 'prod', 'v2'),
      ...fleetVersion('files', 'svc-23', 'prod', 'v2'),
      'base/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: base }\ndata: { level: debug }\n',
    },
    'two services, and the base that all of them read',
  );
  await repo.push('main');
  const after = await releases(context, policy, bad);
  expect(changedBetween(before, after)).toEqual(['svc-07@prod', 'svc-23@prod']);

  const [from, to] = [after.get('svc-07@prod'), before.get('svc-07@prod')];
  if (from === undefined || to === undefined) throw new Error('svc-07@prod is not there');
  const rollback = rolledBack(from, { ...to, id: `${to.id}-2` });
  const revert = await makeRevert({ context, policy, delivery: named(policy, 'svc-07@prod') }, rollback);
  // The base that it restores is read by every other service too, whose settings would go back with it.
  const others = policy.deliveries.map(({ name }) => name).filter((name) => !name.startsWith('svc-07@'));
  expect([revert.others, revert.undone.map((one) => one.commit)]).toEqual([others, [bad]]);
  const reverted = await releases(context, policy, revert.commit ?? '');
  expect(changedBetween(after, reverted)).toEqual(['svc-07@prod']);
  expect(reverted.get('svc-07@prod')?.digest).toBe(to.digest);
  expect(reverted.get('svc-23@prod')?.digest).toBe(after.get('svc-23@prod')?.digest);
});

test('a revert that would take another delivery along names it', async () => {
  const { repo, context, policy } = await fleetRepository();
  const shared = named(policy, 'svc-01@dev');
  const thief: Delivery = {
    ...named(policy, 'svc-02@dev'),
    // Its source is the policy's: the commits' own config knows no delivery of that name.
    name: 'thief',
    environment: null,
    source: { kind: 'files', patterns: ['services/svc-01/dev/*.yaml'] },
    workload: shared.workload,
  };
  const both: Policy = { ...policy, deliveries: [shared, thief] };
  const stable = await repo.head();
  const to = (await renderAt(context, shared, stable, 1)).release;
  const bad = await repo.commit(fleetVersion('files', 'svc-01', 'dev', 'v2'));
  await repo.push('main');
  const from = (await renderAt(context, shared, bad, 1)).release;
  const rollback = rolledBack(from, to);
  const revert = await makeRevert({ context, policy: both, delivery: shared }, rollback);
  expect(revert.others).toEqual(['thief']);
});
