import { describe, expect, test } from 'vitest';
import { config } from './files.ts';
import { shopWith } from './shop.ts';
import { anotherRepository, openTwo, second, twoConfigs } from './two-deliveries.ts';

const store = { 'stepgate.yaml': config().replace('delivery: shop', 'delivery: store') };
const nothing = { 'stepgate.yaml': config().replaceAll('shop', 'other') };

describe('a delivery is renamed', () => {
  test('adopt takes the Rollout with its record, and everything goes on under the new name', async () => {
    using shop = await shopWith(['v1', 'v2']);
    shop.push('v2', { files: store });
    const ada = shop.person('ada');
    expect(await ada('deploy')).toMatchObject({ exit: 4, code: 'FOREIGN_OBJECT' });
    const history = shop.record().history.map(({ id }) => id);
    expect(await ada('adopt --delivery store --owner shop')).toMatchObject({ exit: 0 });
    await shop.wait('10s');
    expect(await ada('status')).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect(shop.record().history.map(({ id }) => id)).toEqual(history);
    expect(shop.record().runs[0]).toMatchObject({ command: 'adopt', about: 'shop', by: 'ada' });
    for (const kind of ['Rollout', 'Deployment']) {
      const { annotations = {} } = shop.cluster.api.get(kind, 'shop', 'shop')?.metadata ?? {};
      expect([kind, annotations['stepgate.dev/delivery']]).toEqual([kind, 'store']);
    }
    shop.push('v3');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    await ada('rollback --reason slow');
    expect([shop.live(), shop.pods()]).toEqual(['v2', 'v2:4']);
  });

  test('adopt is refused in mid-release; the rollback by the old name is the way out', async () => {
    using shop = await shopWith(['v1']);
    const ada = shop.person('ada');
    shop.push('v2');
    await ada('deploy');
    shop.push('v2', { files: store });
    const refused = await ada('adopt --delivery store --owner shop');
    expect(refused).toMatchObject({ exit: 4, code: 'MID_RELEASE' });
    expect([refused.log.includes('write:'), shop.pods()]).toEqual([false, 'v1:3 v2:1']);
    await ada('rollback --delivery shop --reason renamed');
    expect(await ada('adopt --delivery store --owner shop')).toMatchObject({ exit: expect.any(Number) });
    expect(shop.cluster.api.get('Rollout', 'shop', 'shop')?.metadata.annotations?.['stepgate.dev/delivery']).toBe(
      'store',
    );
  });

  test.for([
    ['a bot', 'release[bot]', 'adopt --delivery store --owner shop', 'PERSON_REFUSED'],
    ['itself', 'ada', 'adopt --delivery store --owner store', 'STILL_IN_POLICY'],
    ['nobody', 'ada', 'adopt --delivery store', 'USAGE'],
  ] as const)('adopt is refused for %s', async ([, who, line, code]) => {
    using shop = await shopWith(['v1']);
    shop.push('v1', { files: store });
    const told = await shop.person(who)(line);
    expect([told.code, told.log.includes('write:')]).toEqual([code, false]);
  });

  test('a delivery that the policy still has is not adopted', async () => {
    const two = openTwo();
    using shop = two.shop;
    await two.deploy('cart');
    expect(await shop.person('ada')('adopt --delivery shop --owner cart')).toMatchObject({
      exit: 4,
      code: 'STILL_IN_POLICY',
    });
  });
});

describe('a workload moves', () => {
  test('from ungated of one delivery to a delivery of its own, by a commit alone', async () => {
    const worker = second('v1', 'cart');
    const two = openTwo({
      'stepgate.yaml': twoConfigs({ shop: 'ungated: [Deployment/cart]' }, ['shop']),
      'deploy/cart.yaml': worker,
    });
    using shop = two.shop;
    expect(await two.deploy('shop')).toBe(0);
    expect(two.annotations('Deployment', 'cart')['stepgate.dev/delivery']).toBe('shop');
    two.push({ 'stepgate.yaml': twoConfigs(), 'deploy/cart.yaml': null });
    expect(await shop.person('ada')('deploy --delivery cart --until done')).toMatchObject({ exit: 0 });
    expect(two.annotations('Deployment', 'cart')['stepgate.dev/delivery']).toBe('cart');
  });

  test('not while the other one, of another repository, still has it; adopt moves it', async () => {
    const two = openTwo();
    using shop = two.shop;
    await two.deploy('shop');
    const take = anotherRepository(shop);
    two.push({
      'stepgate.yaml': twoConfigs({ shop: 'ungated: [Deployment/worker]' }),
      'deploy/worker.yaml': second('v1', 'worker'),
    });
    await two.deploy('shop');
    take('worker');
    two.push({ 'deploy/worker.yaml': second('v2', 'worker') });
    const ada = shop.person('ada');
    expect(await ada('deploy --delivery shop')).toMatchObject({ exit: 4, code: 'FOREIGN_OBJECT' });
    expect(two.image('worker')).toBe('v1');
    expect((await ada('adopt --delivery shop --owner theirs')).exit).toBe(0);
    expect(await ada('deploy --delivery shop')).toMatchObject({ exit: 0 });
    expect(two.image('worker')).toBe('v2');
  });
});

describe('a delivery is given up', () => {
  test('not while the policy has it, and then without touching a pod', async () => {
    using shop = await shopWith(['v1', 'v2']);
    const ada = shop.person('ada');
    expect(await ada('retire --delivery shop')).toMatchObject({ exit: 4, code: 'STILL_IN_POLICY' });
    shop.push('v2', { files: nothing });
    const before = shop.cluster.api.list('Pod', 'shop').map(({ metadata }) => metadata.name);
    expect(await ada('retire --delivery shop --reason moved')).toMatchObject({ exit: 0, code: 'RETIRED' });
    await shop.wait('1m');
    expect(shop.cluster.api.get('Rollout', 'shop', 'shop')).toBe(undefined);
    expect(shop.cluster.api.list('Pod', 'shop').map(({ metadata }) => metadata.name)).toEqual(before);
    expect([shop.live(), shop.pods()]).toEqual(['v2', 'v2:4']);
  });

  test('what it had is free for another delivery', async () => {
    using shop = await shopWith(['v1']);
    const ada = shop.person('ada');
    shop.push('v1', { files: nothing });
    await ada('retire --delivery shop');
    await shop.wait('1m');
    const live = shop.push('v1', { files: store });
    expect(await ada(`deploy --live ${live}`)).toMatchObject({ exit: 0 });
    expect(shop.cluster.api.get('Deployment', 'shop', 'shop')?.metadata.annotations?.['stepgate.dev/delivery']).toBe(
      'store',
    );
  });

  test('not in mid-release, not while a rollback is open in Git, and not by a bot', async () => {
    using shop = await shopWith(['v1']);
    const ada = shop.person('ada');
    shop.push('v2');
    await ada('deploy');
    shop.push('v2', { files: nothing });
    const midway = await ada('retire --delivery shop');
    expect([midway.exit, midway.code, midway.log.includes('write:')]).toEqual([4, 'MID_RELEASE', false]);
    expect(await shop.person('release[bot]')('retire --delivery shop')).toMatchObject({
      exit: 4,
      code: 'PERSON_REFUSED',
    });
    expect(shop.pods()).toBe('v1:3 v2:1');
    shop.origin.away = true;
    await ada('rollback --delivery shop --reason slow');
    shop.origin.away = false;
    expect(shop.record().rollback).toMatchObject({ cluster: 'done', git: 'todo' });
    const open = await ada('retire --delivery shop');
    expect([open.exit, open.code]).toEqual([4, 'ROLLBACK_UNDER_WAY']);
    const { release } = shop.record().holds[0] ?? {};
    await ada(`resume --delivery shop --release ${release}`);
    expect(await ada('retire --delivery shop')).toMatchObject({ exit: 0, code: 'RETIRED' });
  });
});
