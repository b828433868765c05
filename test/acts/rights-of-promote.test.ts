import { describe, expect, test } from 'vitest';
import { config } from './files.ts';
import { scene } from './rights-scene.ts';
import { openShop, type ShopOptions } from './shop.ts';

/** A promote that finds that the policy takes the release back has no right on what a rollback writes. */

const policy = ['rollback: { on: [stuck, unready], stuckAfter: 2m }'];
const application = (version: string) => `apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: site }
spec:
  components:
    - { name: shop, type: webservice, properties: { image: "app:${version}", replicas: 4 } }
`;

const workload: ShopOptions = { files: { 'stepgate.yaml': config({ more: policy }) } };
const kubevela: ShopOptions = {
  kubevela: true,
  rollouts: 'v1beta1',
  files: {
    'stepgate.yaml': config({ more: ['target: vela-application', ...policy] }),
    'deploy/shop.yaml': application('v1'),
  },
};

const rows: readonly (readonly [string, string, string, ShopOptions])[] = [
  ['a Deployment', 'promote', 'tick', workload],
  ['a Deployment', 'promote --method plan', 'tick', workload],
  ['a Deployment', 'promote', 'rollback --reason "I know"', workload],
  ['an Application', 'promote', 'tick', kubevela],
];

describe('a rollback by the policy of a release that is promoted', () => {
  test.for(rows)('of %s: the role of %s leaves it to the next %s', async ([, promote, next, options]) => {
    using shop = openShop(options);
    const { run, denied } = scene(shop);
    await run('deploy --until done');
    const at = options.kubevela === true ? { files: { 'deploy/shop.yaml': application('v2') } } : {};
    shop.push('v2', at);
    expect(await run('deploy')).toMatchObject({ code: 'GATE_SHUT' });
    shop.down('v2');
    await shop.wait('5m');
    const told = await run(promote);
    expect(told).toMatchObject({ exit: 3, state: 'reverting', error: { code: 'CLUSTER_FORBIDDEN' } });
    expect(told.error?.message).toMatch(
      /^shop: the policy takes the release back \(0 of 1 new pods ready.*\), which this identity may not do: the next tick does it$/,
    );
    expect(told.error?.hint).toBe('stepgate tick or stepgate rollback --delivery shop, by an identity with that duty');
    expect(told.delivery?.todo).toBe('stepgate tick --delivery shop');
    // What it may write is the record: it has the rollback, and holds the version.
    expect(shop.record()).toMatchObject({ rollback: { cluster: 'todo', by: 'the policy' }, holds: [{}] });
    expect([shop.live(), shop.pods()]).toEqual(['v2', 'v1:3 v2:1']);
    // Without these rights it counts less, or leaves the rollback.
    const missing = denied.map((one) => one.slice(one.indexOf(': ') + 2)).filter((one) => one.endsWith(' in shop'));
    expect(missing).toEqual([
      options.kubevela === true ? 'list applicationrevisions  in shop' : 'list replicasets  in shop',
    ]);
    expect(await run(next)).toMatchObject({ exit: 0, error: null });
    expect(await run('tick --until done')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect([shop.live(), shop.pods(), shop.git()]).toEqual(['v1', 'v1:4', 'v1']);
  });

  test('is no business of whoever promotes after that', async () => {
    using shop = openShop(workload);
    const { run } = scene(shop);
    await run('deploy --until done');
    shop.push('v2');
    await run('deploy');
    shop.down('v2');
    await shop.wait('5m');
    await run('promote');
    const again = await run('promote');
    expect([again.exit, again.code]).toEqual([4, 'ROLLBACK_UNDER_WAY']);
    expect(again.log).not.toContain('write:');
  });
});
