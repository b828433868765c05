import { describe, expect, test } from 'vitest';
import { config, manifest } from './files.ts';
import { outcome, type Shop, shopWith } from './shop.ts';

const three = ['{ name: one, replicas: 1 }', '{ name: half, replicas: 50% }', '{ name: all, replicas: 100% }'];
type Kind = 'StatefulSet' | 'AdvancedStatefulSet';
const filesOf = (kind: Kind) => ({ 'stepgate.yaml': config({ kind, steps: three }) });

/** v1 serves, and v2 waits at its first step. */
async function midway(kind: Kind): Promise<Shop> {
  const shop = await shopWith(['v1'], { kind, files: filesOf(kind) });
  shop.push('v2');
  expect(await shop.person('ada')('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  expect(shop.pods()).toBe('v1:3 v2:1');
  return shop;
}

describe.for(['StatefulSet', 'AdvancedStatefulSet'] as const)('a %s', (kind) => {
  const files = filesOf(kind);

  test.for(['status', 'plan'])('is promoted step by step, by %s', async (method) => {
    using shop = await midway(kind);
    const ada = shop.person('ada');
    await ada(`promote --method ${method}`);
    await shop.wait('60s');
    expect(shop.pods()).toBe('v1:2 v2:2');
    await ada(`promote --method ${method}`);
    expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect([shop.pods(), shop.record().history.length]).toEqual(['v2:4', 2]);
  });

  test('jumps over a step', async () => {
    using shop = await midway(kind);
    const ada = shop.person('ada');
    await ada('promote --to all');
    expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect(shop.pods()).toBe('v2:4');
  });

  test('goes back in mid-release', async () => {
    using shop = await midway(kind);
    const told = await shop.person('ada')('rollback');
    expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect(shop.pods()).toBe('v1:4');
  });

  test('goes back after delivery, by the ControllerRevision', async () => {
    using shop = await shopWith(['v1', 'v2'], { kind, files });
    const told = await shop.person('ada')('rollback');
    expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect(shop.pods()).toBe('v1:4');
  });

  // OrderedReady: Kubernetes waits for the broken pod for ever, whatever the template is by then.
  test('goes back from an image that cannot be pulled: the pod that is waited for is deleted', async () => {
    using shop = await brokenMidway(kind);
    const told = await shop.person('ada')('rollback');
    expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect(shop.pods()).toBe('v1:4');
    expect(told.log).toContain('write: delete Pod shop-3: shop-3 is not ready');
  });

  test('takes a fix over an image that cannot be pulled', async () => {
    using shop = await brokenMidway(kind);
    const ada = shop.person('ada');
    shop.push('v3');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(shop.pods()).toBe('v1:3 v3:1');
  });

  test('leaves a pod alone that may still become ready', async () => {
    using shop = await midway(kind);
    shop.down('v2');
    const told = await shop.person('ada')('status');
    expect(told.log).not.toContain('delete Pod');
    expect(shop.pods()).toBe('v1:3 v2:1');
  });
});

/** The first pod of v2 cannot pull its image. */
async function brokenMidway(kind: Kind): Promise<Shop> {
  const shop = await shopWith(['v1'], { kind, files: filesOf(kind) });
  shop.push('v2:broken');
  await shop.person('ada')('deploy --timeout 60s');
  expect(shop.pods()).toBe('v1:3 v2:broken:1');
  return shop;
}

const manifests = [
  ['a partition', '{ rollingUpdate: { partition: 2 } }', 2, 'SOURCE_INVALID'],
  ['a partition of 0, which is none', '{ rollingUpdate: { partition: 0 } }', 0, 'GATE_SHUT'],
  ['another update strategy', '{ type: OnDelete }', 4, 'FINDINGS'],
] as const;
const advanced = [
  ['a pause of its own', '{ rollingUpdate: { paused: true } }', 2, 'SOURCE_INVALID'],
  ['settings of its own', '{ rollingUpdate: { maxUnavailable: 1, minReadySeconds: 5 } }', 0, 'GATE_SHUT'],
  [
    'what its webhook denies, for it has one pod after the other',
    '{ rollingUpdate: { maxUnavailable: 2 } }',
    3,
    'CLUSTER_REJECTED',
  ],
] as const;

test.for([
  ...manifests.map((row) => ['StatefulSet', ...row] as const),
  ...[...manifests, ...advanced].map((row) => ['AdvancedStatefulSet', ...row] as const),
])('a manifest of a %s with %s', async ([kind, , strategy, exit, code]) => {
  using shop = await shopWith(['v1'], { kind, files: filesOf(kind) });
  const text = manifest('v2', { kind }).replace('spec:\n', `spec:\n  updateStrategy: ${strategy}\n`);
  shop.origin.commit({ 'deploy/shop.yaml': text }, { branch: 'main', subject: 'v2' });
  expect(await shop.person('ada')('deploy')).toMatchObject({ exit, code });
});

test.for([
  ['StatefulSet', 'canary'],
  ['AdvancedStatefulSet', 'canary'],
  ['AdvancedStatefulSet', 'blueGreen'],
] as const)('a %s in %s is refused where it is written', async ([kind, style]) => {
  const files = { 'stepgate.yaml': config({ kind, steps: three, style }) };
  using shop = await shopWith([], { kind, files });
  expect(await shop.person('ada')('status')).toMatchObject({ exit: 2, code: 'CONFIG_INVALID' });
});

test.for([
  ['StatefulSet', 'AdvancedStatefulSet', 'apps.kruise.io/v1beta1'],
  ['AdvancedStatefulSet', 'StatefulSet', 'apps/v1'],
] as const)('a config that says %s over a manifest of %s is told both ways out', async ([kind, other, apiVersion]) => {
  const files = { ...filesOf(kind), 'deploy/shop.yaml': manifest('v1', { kind: other }) };
  using shop = await shopWith([], { kind, files });
  const told = await shop.person('ada')('deploy');
  expect(told).toMatchObject({ exit: 2, code: 'SOURCE_INVALID' });
  expect(told.error?.message).toContain(
    `StatefulSet/shop is ${apiVersion}, which stepgate.yaml calls ${other}, and workload.kind is ${kind}`,
  );
  expect(told.error?.hint).toContain(`write workload.kind: ${other}`);
});

test('an AdvancedStatefulSet of one pod goes back from an image that cannot be pulled, walked through its steps', async () => {
  const kind = 'AdvancedStatefulSet';
  const single = (version: string) => manifest(version, { kind }).replace('replicas: 4', 'replicas: 1');
  const files = { 'stepgate.yaml': config({ kind }), 'deploy/shop.yaml': single('v1') };
  using shop = await shopWith(['v1'], { kind, files });
  shop.origin.commit({ 'deploy/shop.yaml': single('v2:broken') }, { branch: 'main', subject: 'v2' });
  await shop.person('ada')('deploy --timeout 60s');
  expect(shop.pods()).toBe('v2:broken:1');
  const told = await shop.person('ada')('rollback');
  expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
  expect(shop.pods()).toBe('v1:1');
});

test('an AdvancedStatefulSet that updates in place keeps its pods', async () => {
  const kind = 'AdvancedStatefulSet';
  const typed = (version: string) =>
    manifest(version, { kind }).replace(
      'spec:\n',
      'spec:\n  updateStrategy: { rollingUpdate: { podUpdatePolicy: InPlaceIfPossible } }\n',
    );
  using shop = await shopWith(['v1'], { kind, files: { ...filesOf(kind), 'deploy/shop.yaml': typed('v1') } });
  const uids = () => shop.cluster.api.list('Pod', 'shop').map(({ metadata }) => metadata.uid);
  const before = uids();
  shop.origin.commit({ 'deploy/shop.yaml': typed('v2') }, { branch: 'main', subject: 'v2' });
  expect(await shop.person('ada')('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  expect([shop.pods(), uids()]).toEqual(['v1:3 v2:1', before]);
  const told = await shop.person('ada')('rollback');
  expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
  expect([shop.pods(), uids()]).toEqual(['v1:4', before]);
});
