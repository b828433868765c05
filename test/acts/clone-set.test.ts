import { describe, expect, test } from 'vitest';
import { type Cluster, KindMissing } from '../../src/release/ports.ts';
import { config, manifest } from './files.ts';
import { outcome, type Shop, shopWith } from './shop.ts';

const kind = 'CloneSet' as const;
const three = ['{ name: one, replicas: 1 }', '{ name: half, replicas: 50% }', '{ name: all, replicas: 100% }'];
const files = { 'stepgate.yaml': config({ kind, steps: three }) };

/** v1 serves, and v2 waits at its first step. */
async function midway(): Promise<Shop> {
  const shop = await shopWith(['v1'], { kind, files });
  shop.push('v2');
  expect(await shop.person('ada')('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  return shop;
}

describe('a CloneSet', () => {
  test.for(['status', 'plan'])('is promoted step by step, by %s', async (method) => {
    using shop = await midway();
    expect(shop.pods()).toBe('v1:3 v2:1');
    const ada = shop.person('ada');
    await ada(`promote --method ${method}`);
    await shop.wait('60s');
    expect(shop.pods()).toBe('v1:2 v2:2');
    await ada(`promote --method ${method}`);
    expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect([shop.pods(), shop.record().history.length]).toEqual(['v2:4', 2]);
  });

  test('jumps over a step', async () => {
    using shop = await midway();
    const ada = shop.person('ada');
    await ada('promote --to all');
    expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect(shop.pods()).toBe('v2:4');
  });

  test('goes back in mid-release', async () => {
    using shop = await midway();
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

  test('goes back from an image that cannot be pulled', async () => {
    using shop = await brokenMidway();
    const told = await shop.person('ada')('rollback');
    expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect(shop.pods()).toBe('v1:4');
  });

  test('takes a fix over an image that cannot be pulled', async () => {
    using shop = await brokenMidway();
    shop.push('v3');
    expect(await shop.person('ada')('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(shop.pods()).toBe('v1:3 v3:1');
  });
});

/** The first pod of v2 cannot pull its image. */
async function brokenMidway(): Promise<Shop> {
  const shop = await shopWith(['v1'], { kind, files });
  shop.push('v2:broken');
  await shop.person('ada')('deploy --timeout 60s');
  expect(shop.pods()).toBe('v1:3 v2:broken:1');
  return shop;
}

describe('a CloneSet that updates pods in place', () => {
  const typed = (type: string, version: string, line?: string) =>
    manifest(version, { kind, ...(line === undefined ? {} : { line }) }).replace(
      'spec:\n',
      `spec:\n  updateStrategy: { type: ${type} }\n`,
    );
  const names = (shop: Shop) => shop.cluster.api.list('Pod', 'shop').map(({ metadata }) => metadata.name);

  /** v1 serves, and this is deployed: what the command came to. */
  async function deployed(type: string, next: string, steps: readonly string[] = three) {
    const begin = { 'stepgate.yaml': config({ kind, steps }), 'deploy/shop.yaml': typed(type, 'v1') };
    const shop = await shopWith(['v1'], { kind, files: begin });
    const before = names(shop);
    shop.origin.commit({ 'deploy/shop.yaml': next }, { branch: 'main', subject: 'next' });
    return { shop, before, told: await shop.person('ada')('deploy --timeout 60s') };
  }

  test('keeps their names through a release and a rollback', async () => {
    const { shop: made, before, told } = await deployed('InPlaceIfPossible', typed('InPlaceIfPossible', 'v2'));
    using shop = made;
    expect(told).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect([shop.pods(), names(shop)]).toEqual(['v1:3 v2:1', before]);
    const back = await shop.person('ada')('rollback');
    expect(outcome(shop, back)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect([shop.pods(), names(shop)]).toEqual(['v1:4', before]);
  });

  test('counts the restart that an update is: noRestarts and soak begin with it', async () => {
    const steps = ['{ name: one, replicas: 1, leaveWhen: [noRestarts: 10m, soak: 5m] }', '{ replicas: 100% }'];
    const { shop: made, told } = await deployed('InPlaceIfPossible', typed('InPlaceIfPossible', 'v2'), steps);
    using shop = made;
    expect(told).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    await shop.wait('6m');
    const status = await shop.person('ada')('status');
    const gates = status.delivery?.gates ?? [];
    expect(gates.map(({ name, is }) => `${name} ${is}`)).toEqual(['ready open', 'noRestarts shut', 'soak open']);
    expect(gates[1]?.why).toMatch(/^no restart since .*, after a restart$/);
    await shop.wait('5m');
    expect(await shop.person('ada')('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  });

  test('makes a pod anew for what it cannot change in place', async () => {
    const { shop: made, before } = await deployed('InPlaceIfPossible', typed('InPlaceIfPossible', 'v2', 'other'));
    using shop = made;
    expect(shop.pods()).toBe('v1:3 v2:1');
    expect(names(shop).filter((name) => !before.includes(name))).toHaveLength(1);
  });

  test('says that InPlaceOnly cannot bring a change, and goes back', async () => {
    const { shop: made, told } = await deployed('InPlaceOnly', typed('InPlaceOnly', 'v2', 'other'));
    using shop = made;
    expect([told.code, shop.pods()]).toEqual(['POD_NOT_STARTING', 'v1:4']);
    expect(told.delivery?.trouble.map(({ reason, message }) => [reason, message])).toEqual([
      ['FailedUpdate', expect.stringContaining('InPlaceOnly but can not update in-place')],
    ]);
    const back = await shop.person('ada')('rollback');
    expect(outcome(shop, back)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
  });

  test('goes back from an image that cannot be pulled', async () => {
    const { shop: made, before, told } = await deployed('InPlaceIfPossible', typed('InPlaceIfPossible', 'v2:broken'));
    using shop = made;
    expect([told.code, shop.pods()]).toEqual(['POD_NOT_STARTING', 'v1:3 v2:broken:1']);
    const back = await shop.person('ada')('rollback');
    expect(outcome(shop, back)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect([shop.pods(), names(shop)]).toEqual(['v1:4', before]);
  });
});

test.for([
  ['a partition', '{ partition: 2 }', 2, 'SOURCE_INVALID'],
  ['a partition of 0, which is none', '{ partition: 0% }', 0, 'GATE_SHUT'],
  ['a pause of its own', '{ paused: true }', 2, 'SOURCE_INVALID'],
  ['settings of its own', '{ maxUnavailable: 1, type: InPlaceIfPossible }', 0, 'GATE_SHUT'],
] as const)('a manifest with %s', async ([, strategy, exit, code]) => {
  using shop = await shopWith(['v1'], { kind, files });
  const text = manifest('v2', { kind }).replace('spec:\n', `spec:\n  updateStrategy: ${strategy}\n`);
  shop.origin.commit({ 'deploy/shop.yaml': text }, { branch: 'main', subject: 'v2' });
  expect(await shop.person('ada')('deploy')).toMatchObject({ exit, code });
});

test.for(['canary', 'blueGreen'] as const)('a CloneSet in %s is refused where it is written', async (style) => {
  const refused = { 'stepgate.yaml': config({ kind, steps: three, style }) };
  using shop = await shopWith([], { kind, files: refused });
  expect(await shop.person('ada')('status')).toMatchObject({ exit: 2, code: 'CONFIG_INVALID' });
});

test('a cluster without OpenKruise says what to install', async () => {
  using shop = await shopWith([], { kind, files });
  const through = (cluster: Cluster): Cluster => ({
    ...cluster,
    list: async (query, signal) => {
      if (query.kind.apiVersion.startsWith('apps.kruise.io/')) throw new KindMissing(query.kind);
      return cluster.list(query, signal);
    },
  });
  const told = await shop.person('ada')('deploy', { through });
  expect(told).toMatchObject({ exit: 3, code: 'KIND_MISSING' });
  expect(told.error?.message).toBe('shop: the server does not serve the kind CloneSet of apps.kruise.io/v1alpha1');
  expect(told.error?.hint).toContain('install OpenKruise');
});
