import { expect, test } from 'vitest';
import { config, environments } from './files.ts';
import { shopWith } from './shop.ts';

/** The delivery store names the workload whose Rollout the delivery shop has made. */
const store = { 'stepgate.yaml': config().replace('delivery: shop', 'delivery: store') };

/** v1 is delivered, and v2 waits at its first step, as shop; then the config calls it store. */
async function renamed() {
  const shop = await shopWith(['v1']);
  shop.push('v2');
  expect(await shop.person('ci')('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  shop.push('v3', { files: store });
  return shop;
}

test.for([
  'deploy',
  'promote',
  'promote --step 1',
  'promote --to all',
  'tick',
  'tick --until done',
  'rollback',
  'rollback --undo',
  'hold',
  'hold --release live',
  'resume',
  'resume --release live',
  'status',
  'plan',
])('%s does not take the Rollout of another delivery for its own', async (line) => {
  using shop = await renamed();
  const before = shop.cluster.api.list('Rollout', 'shop');
  const { exit, code, log } = await shop.person('ada')(line);
  expect({ exit, code }).toEqual({ exit: 4, code: 'FOREIGN_OBJECT' });
  expect(log).not.toContain('write:');
  expect([shop.cluster.api.list('Rollout', 'shop'), shop.pods()]).toEqual([before, 'v1:3 v2:1']);
});

test('a delivery that was renamed is held and rolled back by the name that its Rollout has', async () => {
  using shop = await renamed();
  const ada = shop.person('ada');
  expect(await ada('hold --delivery shop')).toMatchObject({ exit: 0, code: 'HELD' });
  await ada('rollback --delivery shop --reason slow');
  expect([shop.live(), shop.pods(), shop.record().rollback?.cluster]).toEqual(['v1', 'v1:4', 'done']);
});

test.for([
  ['shop@staging', { exit: 0, code: 'GATE_SHUT', live: 'v2' }],
  ['store@staging', { exit: 0, code: 'START_GATE_SHUT', live: 'v1' }],
] as const)('what comes after staging, where the Rollout is that of %s', async ([owner, wanted]) => {
  const files = environments(['staging: { plan: p }', 'prod: { plan: p, after: staging }']);
  using shop = await shopWith(['v1@staging', 'v1@prod', 'v2@staging'], { files });
  const annotations = { 'stepgate.dev/delivery': owner };
  shop.cluster.api.patch(
    'Rollout',
    'staging',
    'shop',
    { metadata: { annotations } },
    { type: 'merge', manager: 'bob' },
  );
  const { exit, code } = await shop.person('ada')('deploy --delivery shop@prod');
  expect({ exit, code, live: shop.live('prod') }).toEqual(wanted);
});
