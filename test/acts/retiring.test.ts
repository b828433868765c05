import { describe, expect, test } from 'vitest';
import { config } from './files.ts';
import { openShop, type Shop, shopWith } from './shop.ts';
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

test.for([
  ['has a mistake', `${config()}oops: 1\n`, 'STILL_IN_POLICY'],
  ['has an empty list', 'version: 1\ndeliveries: []\n', 'STILL_IN_POLICY'],
  ['is gone', null, 'RETIRED'],
] as const)('a delivery is given up by what the policy says: its file %s', async ([, text, code]) => {
  using shop = await shopWith(['v1']);
  shop.origin.commit({ 'stepgate.yaml': text });
  const told = await shop.person('ada')('retire --delivery shop');
  expect([told.code, told.log.includes('write:')]).toEqual([code, code === 'RETIRED']);
});

/** The deliveries of one namespace: the name, and the workload, whose manifest is in the folder of that name. */
function deliveries(...all: readonly (readonly [name: string, workload: string, kind?: string])[]): string {
  return [
    'version: 1',
    'deliveries:',
    ...all.flatMap(([name, workload, kind = 'Deployment']) => [
      `  - delivery: ${name}`,
      '    namespace: shop',
      `    workload: { kind: ${kind}, name: ${workload} }`,
      `    source: { files: [${workload === 'shop' ? 'deploy' : workload}/*.yaml] }`,
      '    strategy: partition',
      '    steps: [{ name: one, replicas: 1 }, { name: all, replicas: 100% }]',
    ]),
    '',
  ].join('\n');
}

const marks = (shop: Shop) =>
  Object.fromEntries(
    shop.cluster.api
      .list('Rollout', 'shop')
      .map(({ metadata: { name, annotations } }) => [name, annotations?.['stepgate.dev/delivery']]),
  );

/** A shop in which v1 was delivered, and in which further workloads may be made. */
async function delivered(): Promise<Shop> {
  const shop = openShop();
  await shop.deliver('v1');
  return shop;
}

describe('a delivery gets another workload', () => {
  /** v2 of Deployment/shop waits at its first step, and then the policy names another workload. */
  async function moved(stepgate: string) {
    const shop = await delivered();
    const ada = shop.person('ada');
    shop.push('v2');
    await ada('deploy');
    shop.origin.commit({ 'stepgate.yaml': stepgate, 'cart/cart.yaml': second('v1') }, { subject: 'another workload' });
    return { shop, ada, bad: shop.id() };
  }

  test('in mid-release: everybody is told, a deploy is refused, and rollback and hold mean what runs', async () => {
    const { shop, ada, bad } = await moved(deliveries(['shop', 'cart']));
    using _ = shop;
    for (const command of ['status', 'tick', 'plan'])
      expect([command, (await ada(command)).findings]).toEqual([command, ['ROLLOUT_ELSEWHERE']]);
    const refused = await ada('deploy');
    expect(refused).toMatchObject({ exit: 4, code: 'ROLLOUT_ELSEWHERE' });
    expect(refused.error?.message).toContain(`${bad} is under way at Deployment/shop`);
    expect(await ada('hold --reason wait')).toMatchObject({ exit: 0, state: 'held' });
    expect(shop.record().holds).toHaveLength(1);
    await ada('resume');
    const back = await ada('rollback --reason slow');
    expect([back.state, shop.pods(), Object.keys(marks(shop))]).toEqual(['rolledBack', 'v1:4', ['shop']]);
    // Git is a person's, because the policy has no source of it any more. Then the new workload may come.
    expect(back.error?.hint).toContain(`stepgate resume --delivery shop --release ${bad}`);
    expect(await ada('deploy')).toMatchObject({ exit: 4, code: 'ROLLOUT_ELSEWHERE' });
    await ada(`resume --release ${bad}`);
    expect(await ada('deploy --until done')).toMatchObject({ exit: 0, code: 'FIRST_DEPLOY' });
  });

  test('at rest: the next deploy makes the new one, and retire gives up the Rollout of the old one alone', async () => {
    using shop = await delivered();
    const ada = shop.person('ada');
    shop.origin.commit({ 'stepgate.yaml': deliveries(['shop', 'cart']), 'cart/cart.yaml': second('v1') });
    const told = await ada('deploy --until done');
    expect([told.exit, told.findings]).toEqual([0, ['ROLLOUT_ELSEWHERE']]);
    expect(await ada('retire --reason moved')).toMatchObject({ exit: 0, code: 'RETIRED' });
    await shop.wait('10s');
    expect(marks(shop)).toEqual({ cart: 'shop' });
    expect(await ada('retire')).toMatchObject({ exit: 4, code: 'STILL_IN_POLICY' });
  });

  test('of another kind and the same name: its Rollout is not taken from the old one', async () => {
    using shop = await delivered();
    const ada = shop.person('ada');
    const manifest = shop.origin.at(shop.origin.tip()).files['deploy/shop.yaml'] ?? '';
    const files = {
      'stepgate.yaml': deliveries(['shop', 'shop', 'CloneSet']),
      'deploy/shop.yaml': manifest.replace('apps/v1', 'apps.kruise.io/v1alpha1').replace('Deployment', 'CloneSet'),
    };
    shop.origin.commit(files);
    const told = await ada('deploy');
    expect(told).toMatchObject({ exit: 4, code: 'ROLLOUT_ELSEWHERE' });
    expect([told.error?.hint, shop.record().release?.id]).toEqual([
      expect.stringContaining('stepgate retire --delivery shop'),
      shop.id(),
    ]);
  });

  test('in another namespace: rollback takes the one that is named', async () => {
    const { shop, ada } = await moved(deliveries(['shop', 'shop']).replace('namespace: shop', 'namespace: other'));
    using _ = shop;
    expect(await ada('rollback --reason slow')).toMatchObject({ exit: 4, code: 'NO_RELEASE' });
    expect(await ada('rollback --namespace elsewhere')).toMatchObject({ exit: 4, code: 'ROLLOUT_ELSEWHERE' });
    expect(await ada('rollback --namespace shop --reason slow')).toMatchObject({ state: 'rolledBack' });
    expect(shop.pods()).toBe('v1:4');
  });
});

describe('a name goes to another workload', () => {
  test('adopt takes the Rollout, whose name is that of another delivery now', async () => {
    using shop = await delivered();
    const ada = shop.person('ada');
    shop.origin.commit({
      'stepgate.yaml': deliveries(['old', 'shop'], ['shop', 'cart']),
      'cart/cart.yaml': second('v1'),
    });
    expect(await ada('retire --delivery shop')).toMatchObject({ exit: 4, code: 'STILL_IN_POLICY' });
    expect(await ada('adopt --delivery old --owner shop')).toMatchObject({ exit: 0 });
    expect(await ada('deploy --until done --delivery shop')).toMatchObject({ exit: 0 });
    expect(marks(shop)).toEqual({ shop: 'old', cart: 'shop' });
    // Once it has moved, what the other one has is its own.
    expect(await ada('adopt --delivery old --owner shop')).toMatchObject({ exit: 4, code: 'STILL_IN_POLICY' });
  });

  test('and two swap their names: a rollback goes by the old names, and adopt by both', async () => {
    using shop = await delivered();
    const ada = shop.person('ada');
    const before = deliveries(['shop', 'shop'], ['cart', 'cart']);
    shop.origin.commit({ 'stepgate.yaml': before, 'cart/cart.yaml': second('v1') });
    await ada('deploy --until done --delivery cart');
    shop.push('v2');
    await ada('deploy --delivery shop');
    shop.origin.commit({ 'stepgate.yaml': deliveries(['cart', 'shop'], ['shop', 'cart']) });
    expect(await ada('adopt --delivery cart --owner shop')).toMatchObject({ exit: 4, code: 'MID_RELEASE' });
    expect(await ada('rollback --delivery shop --reason slow')).toMatchObject({ state: 'rolledBack' });
    expect(shop.live()).toBe('v1');
    await ada('adopt --delivery cart --owner shop');
    await ada('adopt --delivery shop --owner cart');
    expect(marks(shop)).toEqual({ shop: 'cart', cart: 'shop' });
  });
});
