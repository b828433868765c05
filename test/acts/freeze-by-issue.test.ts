import { expect, test } from 'vitest';
import { ForgeError } from '../../src/release/forge.ts';
import { memoryForge } from '../support/forge.ts';
import { config } from './files.ts';
import { shopWith } from './shop.ts';

/** v2 waits at its first step for a soak that is over. */
async function waiting(root: readonly string[]) {
  const steps = ['{ name: one, replicas: 1, leaveWhen: [{ soak: 1m }] }', '{ name: all, replicas: 100% }'];
  const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ steps }) } });
  const forge = memoryForge(shop.now, shop.origin);
  shop.forge = forge;
  forge.person('ada', 'triage');
  shop.push('v2', { files: { 'stepgate.yaml': config({ root, steps }) } });
  await shop.person('bob')('deploy');
  await shop.wait('5m');
  return { shop, forge, tick: () => shop.person('ci')('tick') };
}

test('an open issue with the label stops a step, and its end lets it go on', async () => {
  const { shop, forge, tick } = await waiting(['freezes: issues']);
  using _ = shop;
  forge.label('stepgate-freeze', { title: 'stocktaking', body: 'deliveries: shop' }, 'ada');
  const told = await tick();
  expect([told.exit, shop.pods()]).toEqual([0, 'v1:3 v2:1']);
  expect(told.delivery?.gates.find(({ kind }) => kind === 'freeze')?.why).toMatch(/ada.*stocktaking/);
  // What can't be understood is a freeze of everything.
  forge.label('stepgate-freeze', { title: 'elsewhere', body: 'environments: prod' }, 'ada');
  await tick();
  await shop.wait('1m');
  expect(shop.pods()).toBe('v1:3 v2:1');
  forge.label(null, { title: '', body: '' });
  await tick();
  await shop.wait('1m');
  expect(shop.pods()).toBe('v2:4');
});

test('where the forge does not answer, nothing goes on; where issues are no freezes, it is not asked', async () => {
  for (const [root, pods] of [
    [['freezes: issues'], 'v1:3 v2:1'],
    [[], 'v2:4'],
  ] as const) {
    const { shop, forge, tick } = await waiting(root);
    using _ = shop;
    forge.before = () => {
      throw new ForgeError('away', 'it does not answer');
    };
    await tick();
    await shop.wait('1m');
    expect([root, shop.pods()]).toEqual([root, pods]);
  }
});
