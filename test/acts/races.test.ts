import { describe, expect, test } from 'vitest';
import { config } from './files.ts';
import { outcome, type Shop, shopWith } from './shop.ts';

/** Somebody acts between two writes of somebody else's command. */

const writes = [1, 2, 3, 5];

/** v2 is delivered in `delivered`, and waits at its first step in `waiting`. */
async function at(where: 'delivered' | 'waiting'): Promise<Shop> {
  const shop = await shopWith(where === 'delivered' ? ['v1', 'v2'] : ['v1']);
  if (where === 'waiting') {
    shop.push('v2');
    await shop.person('ci')('deploy');
  }
  return shop;
}

describe.for(writes)('at write %d', (write) => {
  test.for(['delivered', 'waiting'] as const)('of a rollback of what is %s somebody deploys a fix', async (where) => {
    using shop = await at(where);
    shop.push('v3');
    let deployed = 0;
    await shop.person('ada')('rollback --reason slow', {
      at: write,
      async meanwhile() {
        deployed = (await shop.person('bob')('deploy')).exit;
      },
    });
    await shop.person('ci')('tick');
    await shop.wait('1m');
    // The fix came first, and is not what was meant; or the rollback did, and the fix has the bad release in it.
    expect(shop.live()).toBe(deployed === 0 && write === 1 ? 'v3' : 'v1');
    expect(shop.git()).toBe('v3');
  });

  test.for(['delivered', 'waiting'] as const)('of a rollback of what is %s somebody rolls back too', async (where) => {
    using shop = await at(where);
    const told = await shop.person('ada')('rollback --reason slow', {
      at: write,
      meanwhile: () => shop.person('bob')('rollback --reason "slow, too"'),
    });
    expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    expect(shop.record().history).toHaveLength(1);
  });
});

test.for([
  // The record says what is asked for: behind a hold nothing is.
  [1, { exit: 4, code: 'HELD', live: 'v2', pods: 'v2:4' }],
  // The template was on its way already. It stops at its first step.
  [2, { exit: 0, code: 'HELD', live: 'v3', pods: 'v2:3 v3:1' }],
] as const)('at write %d of a deploy somebody holds the delivery', async ([write, wanted]) => {
  using shop = await at('delivered');
  const [ada, bob] = [shop.person('ada'), shop.person('bob')];
  shop.push('v3');
  const { exit, code } = await ada('deploy', { at: write, meanwhile: () => bob('hold --reason stop') });
  expect({ exit, code, live: shop.live(), pods: shop.pods() }).toEqual(wanted);
  for (const line of ['promote', 'promote --step 1 --force', 'deploy'])
    expect([line, (await ada(line)).exit]).toEqual([line, 4]);
  await ada('tick --until done --timeout 1m');
  expect(shop.pods()).toBe(wanted.pods);
});

// The first write is the approval, and the second lets the step go.
test.for([1, 2])('at write %d of a promotion somebody rolls back: the approval lets nothing through', async (write) => {
  using shop = await at('waiting');
  await shop.person('ada')('promote', { at: write, meanwhile: () => shop.person('bob')('rollback') });
  await shop.person('ci')('tick');
  await shop.wait('1m');
  expect([shop.live(), shop.git(), shop.pods()]).toEqual(['v1', 'v1', 'v1:4']);
  expect(shop.record().approvals).toEqual([]);
});

describe.for(['partition', 'canary', 'blueGreen'] as const)('with %s', (strategy) => {
  const steps =
    strategy === 'blueGreen' ? ['{ name: all, replicas: 100% }', '{ name: end, replicas: 100% }'] : undefined;
  const files = {
    'stepgate.yaml': config(steps === undefined ? {} : { steps }).replace(
      'strategy: partition',
      `strategy: ${strategy}`,
    ),
  };

  test('a rollback to stable is overtaken by one that goes further, at any moment', async () => {
    for (const gap of [50, 800, 6_000]) {
      using shop = await shopWith(['v1', 'v2'], { files });
      const { id } = shop.record().history[1] ?? { id: '' };
      shop.push('v3');
      await shop.person('ci')('deploy');
      await shop.together(
        () => shop.person('ada')('rollback --reason slow'),
        async () => {
          await shop.wait(gap);
          return shop.person('bob')(`rollback --to ${id} --reason "v2 is bad too"`);
        },
      );
      await shop.person('ci')('tick --until done');
      expect([gap, shop.live(), shop.git(), shop.pods()]).toEqual([gap, 'v1', 'v1', 'v1:4']);
      const ids = [shop.record().release?.id, shop.record().history[0]?.id];
      expect(ids).toEqual([shop.id(), shop.id()]);
    }
  });

  test('with Git away and the config invalid the pods go back, in mid-release and after delivery', async () => {
    for (const delivered of [false, true]) {
      using shop = await shopWith(delivered ? ['v1', 'v2'] : ['v1'], { files });
      if (!delivered) {
        shop.push('v2');
        await shop.person('ci')('deploy');
      }
      shop.origin.commit({ 'stepgate.yaml': 'nonsense' });
      shop.person('ada').clone.fetch();
      shop.origin.away = true;
      await shop.person('ada')('rollback --delivery shop');
      expect([delivered, shop.live(), shop.pods()]).toEqual([delivered, 'v1', 'v1:4']);
      shop.origin.away = false;
      shop.origin.commit(files);
      const told = await shop.person('ci')('tick');
      expect(outcome(shop, told)).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
    }
  });
});

test('a rollback that was asked for before the bad template arrived releases the good one again, under an id of its own', async () => {
  using shop = await shopWith(['v1']);
  const [ada, bob, first] = [shop.person('ada'), shop.person('bob'), shop.id()];
  shop.push('v2');
  // The rollback is recorded while v1 still serves, and its run ends there. The template of v2 is on its way.
  await ada('deploy', { at: 2, meanwhile: () => bob('rollback --reason slow', { dies: 2 }).catch(() => {}) });
  await shop.person('ci')('tick');
  await shop.wait('1m');
  expect([shop.live(), shop.pods(), shop.git()]).toEqual(['v1', 'v1:4', 'v1']);
  expect(shop.id()).toBe(`${first}-2`);
});
