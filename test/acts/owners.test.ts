import { describe, expect, test } from 'vitest';
import { anotherRepository, common, openTwo, second, twoConfigs } from './two-deliveries.ts';

const DELIVERY = 'stepgate.dev/delivery';

describe('a workload of another delivery', () => {
  test('is not written, whatever a source renders: plan and deploy say whose it is', async () => {
    const two = openTwo();
    using shop = two.shop;
    expect([await two.deploy('shop'), await two.deploy('cart')]).toEqual([0, 0]);
    two.push({ 'deploy/extra.yaml': second('evil') });
    const ada = shop.person('ada');
    const plan = await ada('plan --delivery shop');
    expect([plan.exit, plan.findings]).toEqual([4, expect.arrayContaining(['FOREIGN_OBJECT'])]);
    expect(plan.delivery?.changes.find(({ object }) => object === 'Deployment cart')).toMatchObject({ what: 'leave' });
    const deploy = await ada('deploy --delivery shop');
    expect(deploy).toMatchObject({ exit: 4, code: 'FOREIGN_OBJECT' });
    expect(deploy.error?.at).toMatchObject({ file: 'deploy/extra.yaml', line: 1 });
    expect(deploy.log).not.toContain('write:');
    expect(two.image('cart')).toBe('v1');
  });
});

test('a workload that somebody else takes right before the write is not written', async () => {
  const two = openTwo({
    'stepgate.yaml': twoConfigs({ shop: 'ungated: [Deployment/worker]' }),
    'deploy/worker.yaml': second('v1', 'worker'),
  });
  using shop = two.shop;
  await two.deploy('shop');
  const take = anotherRepository(shop);
  two.push({ 'deploy/shop.yaml': second('v2', 'shop'), 'deploy/worker.yaml': second('v2', 'worker') });
  const ada = shop.person('ada');
  // The record is written first, then the ConfigMap, then the worker.
  const told = await ada('deploy --delivery shop', { at: 3, meanwhile: async () => take('worker') });
  expect(told).toMatchObject({ exit: 4, code: 'FOREIGN_OBJECT' });
  expect([two.image('worker'), two.image('shop')]).toEqual(['v1', 'v1']);
});

test('a workload that somebody else takes while its release waits for the start is not written', async () => {
  const two = openTwo();
  using shop = two.shop;
  await two.deploy('shop');
  two.push({
    'stepgate.yaml': twoConfigs({ shop: 'startWhen: [approval]' }),
    'deploy/shop.yaml': second('v2', 'shop'),
  });
  const ada = shop.person('ada');
  await ada('deploy --delivery shop');
  anotherRepository(shop)('shop');
  await shop.wait('1m');
  expect(await ada('promote --delivery shop --step start')).toMatchObject({ exit: 4, code: 'FOREIGN_OBJECT' });
  expect(two.image('shop')).toBe('v1');
});

describe('everything that is applied', () => {
  test('carries the name of its delivery, and no template and no id changes by it', async () => {
    const two = openTwo();
    using shop = two.shop;
    await two.deploy('shop');
    for (const [kind, name] of [
      ['Deployment', 'shop'],
      ['Rollout', 'shop'],
      ['ConfigMap', 'common'],
    ] as const) {
      expect([kind, two.annotations(kind, name)[DELIVERY]]).toEqual([kind, 'shop']);
    }
    const pods = shop.cluster.api.list('Pod', 'shop').flatMap((pod) => Object.keys(pod.metadata.annotations ?? {}));
    expect(pods.filter((key) => key.startsWith('stepgate.dev/'))).toEqual([]);
    // A commit that changes nothing of it writes nothing.
    two.push({ 'README.md': 'more' });
    const again = await shop.person('ada')('deploy --delivery shop');
    expect([again.exit, again.log.includes('write: apply')]).toEqual([0, false]);
    expect((await shop.person('ada')('plan --delivery shop')).delivery?.changes.map(({ what }) => what)).toEqual([
      'none',
      'none',
      'none',
    ]);
  });
});

describe('an object that two deliveries render', () => {
  /** Both have level one, and cart has v2 in Git; then a commit changes the level to two, and shop is released from it. */
  async function shopIsAhead() {
    const two = openTwo();
    await two.deploy('shop');
    await two.deploy('cart');
    const old = two.push({ 'cart/cart.yaml': second('v2') });
    two.push({ 'common/config.yaml': common('two'), 'deploy/shop.yaml': second('v2', 'shop') });
    await two.deploy('shop');
    expect(two.level()).toBe('two');
    return { two, old };
  }

  test('is left alone by an older commit of the other one, which says so', async () => {
    const { two, old } = await shopIsAhead();
    using shop = two.shop;
    const ada = shop.person('ada');
    const plan = await ada(`plan --delivery cart --at ${old}`);
    expect([plan.exit, plan.findings]).toEqual([0, expect.arrayContaining(['OBJECT_SHARED'])]);
    const change = plan.delivery?.changes.find(({ object }) => object === 'ConfigMap common');
    expect(change).toMatchObject({ what: 'leave', why: expect.stringContaining('shop renders it too') });
    const { log } = await ada(`deploy --until done --delivery cart --at ${old}`);
    expect(log).toContain('ConfigMap common is left as it is: shop renders it too');
    expect([two.image('cart'), two.level()]).toEqual(['v2', 'two']);
  });

  test('is written by a newer commit of the other one, and plan says whose it was', async () => {
    const { two } = await shopIsAhead();
    using shop = two.shop;
    two.push({ 'common/config.yaml': common('three'), 'cart/cart.yaml': second('v3') });
    const plan = await shop.person('ada')('plan --delivery cart');
    const finding = plan.delivery?.findings.find(({ code }) => code === 'OBJECT_SHARED');
    expect(finding).toMatchObject({ severity: 'note', message: expect.stringContaining('shop wrote it last') });
    await two.deploy('cart');
    expect([two.level(), two.annotations('ConfigMap', 'common')[DELIVERY]]).toEqual(['three', 'cart']);
  });

  test('is not undone by the rollback of a delivery, when the other one has a newer commit', async () => {
    const { two } = await shopIsAhead();
    using shop = two.shop;
    await two.deploy('cart');
    expect([two.image('cart'), two.level()]).toEqual(['v2', 'two']);
    const back = await shop.person('ada')('rollback --delivery cart --reason slow');
    expect(back.log).toContain('ConfigMap common is left as it is: shop renders it too');
    expect([two.image('cart'), two.level()]).toEqual(['v1', 'two']);
    // Then the other one goes back too, and nobody needs the newer content any more.
    await shop.person('ada')('rollback --delivery shop --reason slow');
    expect([two.image('shop'), two.level()]).toEqual(['v1', 'one']);
  });

  test('goes back when the last delivery that renders it goes back', async () => {
    const { two } = await shopIsAhead();
    using shop = two.shop;
    await shop.person('ada')('rollback --delivery shop --reason slow');
    expect([two.image('shop'), two.level()]).toEqual(['v1', 'one']);
  });
});
