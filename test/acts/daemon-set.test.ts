import { describe, expect, test } from 'vitest';
import { config, manifest } from './files.ts';
import { outcome, type Shop, shopWith } from './shop.ts';

const kind = 'AdvancedDaemonSet' as const;
const three = ['{ name: one, replicas: 1 }', '{ name: half, replicas: 50% }', '{ name: all, replicas: 100% }'];
const files = { 'stepgate.yaml': config({ kind, steps: three }) };

/** v1 serves on five nodes, and v2 waits at its first step. */
async function midway(): Promise<Shop> {
  const shop = await shopWith(['v1'], { kind, files });
  shop.push('v2');
  expect(await shop.person('ada')('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  expect(shop.pods()).toBe('v1:4 v2:1');
  return shop;
}

describe('an AdvancedDaemonSet', () => {
  test.for(['status', 'plan'])('is promoted step by step, by %s', async (method) => {
    using shop = await midway();
    const ada = shop.person('ada');
    await ada(`promote --method ${method}`);
    await shop.wait('60s');
    expect(shop.pods()).toBe('v1:2 v2:3');
    await ada(`promote --method ${method}`);
    expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect([shop.pods(), shop.record().history.length]).toEqual(['v2:5', 2]);
  });

  test('jumps over a step', async () => {
    using shop = await midway();
    const ada = shop.person('ada');
    await ada('promote --to all');
    expect(await ada('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect(shop.pods()).toBe('v2:5');
  });

  // The engine has no stable revision of it: an old template is a release like any other.
  test('goes back in mid-release, walked through its steps', async () => {
    using shop = await midway();
    const told = await shop.person('ada')('rollback');
    expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect(shop.pods()).toBe('v1:5');
  });

  test('goes back in mid-release past a step that the engine times', async () => {
    const timed = [
      '{ name: one, replicas: 1 }',
      '{ name: half, replicas: 50%, leaveWhen: [{ soak: 30m }], timer: engine }',
    ];
    using shop = await shopWith(['v1'], {
      kind,
      files: { 'stepgate.yaml': config({ kind, steps: [...timed, ...three.slice(2)] }) },
    });
    shop.push('v2');
    await shop.person('ada')('deploy');
    await shop.person('ada')('promote');
    await shop.wait('60s');
    expect(shop.pods()).toBe('v1:2 v2:3');
    const told = await shop.person('ada')('rollback --timeout 5m');
    expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
  });

  test('goes back after delivery, by the ControllerRevision', async () => {
    using shop = await shopWith(['v1', 'v2'], { kind, files });
    const told = await shop.person('ada')('rollback');
    expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect(shop.pods()).toBe('v1:5');
  });

  test('goes back from an image that cannot be pulled', async () => {
    using shop = await brokenMidway();
    const told = await shop.person('ada')('rollback');
    expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect(shop.pods()).toBe('v1:5');
  });

  test('takes a fix over an image that cannot be pulled', async () => {
    using shop = await brokenMidway();
    shop.push('v3');
    expect(await shop.person('ada')('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(shop.pods()).toBe('v1:4 v3:1');
  });
});

/** The first pod of v2 cannot pull its image. */
async function brokenMidway(): Promise<Shop> {
  const shop = await shopWith(['v1'], { kind, files });
  shop.push('v2:broken');
  await shop.person('ada')('deploy --timeout 60s');
  expect(shop.pods()).toBe('v1:4 v2:broken:1');
  return shop;
}

test.for([
  ['a partition', '{ rollingUpdate: { partition: 2 } }', 2, 'SOURCE_INVALID'],
  ['a partition of 0, which is none', '{ rollingUpdate: { partition: 0 } }', 0, 'GATE_SHUT'],
  ['a pause of its own', '{ rollingUpdate: { paused: true } }', 2, 'SOURCE_INVALID'],
  ['nodes left out', '{ rollingUpdate: { selector: { matchLabels: { a: b } } } }', 2, 'SOURCE_INVALID'],
  [
    'settings of its own',
    '{ rollingUpdate: { maxUnavailable: 2, rollingUpdateType: InPlaceIfPossible } }',
    0,
    'GATE_SHUT',
  ],
  ['another update strategy', '{ type: OnDelete }', 4, 'FINDINGS'],
] as const)('a manifest with %s', async ([, strategy, exit, code]) => {
  using shop = await shopWith(['v1'], { kind, files });
  const text = manifest('v2', { kind }).replace('spec:\n', `spec:\n  updateStrategy: ${strategy}\n`);
  shop.origin.commit({ 'deploy/shop.yaml': text }, { branch: 'main', subject: 'v2' });
  expect(await shop.person('ada')('deploy')).toMatchObject({ exit, code });
});

test.for(['canary', 'blueGreen'] as const)(
  'an AdvancedDaemonSet in %s is refused where it is written',
  async (style) => {
    const refused = { 'stepgate.yaml': config({ kind, steps: three, style }) };
    using shop = await shopWith([], { kind, files: refused });
    expect(await shop.person('ada')('status')).toMatchObject({ exit: 2, code: 'CONFIG_INVALID' });
  },
);

test('a DaemonSet of Kubernetes’ own is refused, where the config and where the manifest says so', async () => {
  const native = { 'stepgate.yaml': files['stepgate.yaml'].replace('AdvancedDaemonSet', 'DaemonSet') };
  using named = await shopWith([], { kind, files: native });
  expect(await named.person('ada')('status')).toMatchObject({ exit: 2, code: 'NOT_SUPPORTED' });
  const text = manifest('v1', { kind }).replace('apps.kruise.io/v1alpha1', 'apps/v1');
  using written = await shopWith([], { kind, files: { ...files, 'deploy/shop.yaml': text } });
  const told = await written.person('ada')('deploy');
  expect(told).toMatchObject({ exit: 2, code: 'SOURCE_INVALID' });
  expect(told.error?.message).toContain('DaemonSet/shop is apps/v1');
  expect(told.error?.hint).toContain('apps.kruise.io/v1alpha1');
});
