import { describe, expect, test } from 'vitest';
import { noRepo } from '../../src/adapters/no-repo.ts';
import { inputError } from '../../src/release/error.ts';
import { config, environments } from './files.ts';
import { openShop, outcome, type RunOptions, type Shop, shopWith } from './shop.ts';

/** Nothing but a kubeconfig and the delivery's name. */

const none = noRepo(inputError('GIT_FAILED', 'there is no repository here'));
const nowhere = (shop: Shop): RunOptions => ({ pull: false, clone: { ...shop.origin.clone(), repo: none } });

describe('from an empty folder', () => {
  test('a delivery is held, resumed, taken back, taken back further and freed again', async () => {
    using shop = await shopWith(['v1', 'v2', 'v3']);
    const [ada, here] = [shop.person('ada'), nowhere(shop)];
    const [, , v1] = shop.record().history.map(({ id }) => id);
    expect((await ada('hold --delivery shop --reason look', here)).exit).toBe(0);
    expect(shop.record().holds).toMatchObject([{ digest: null, by: 'ada' }]);
    expect((await ada('resume --delivery shop', here)).exit).toBe(0);
    const preview = await ada('rollback --delivery shop --dry-run', here);
    expect([preview.exit, preview.delivery?.changes.map(({ what }) => what)]).toEqual([0, ['change', 'leave']]);
    expect(shop.live()).toBe('v3');
    await ada('rollback --delivery shop', here);
    expect([shop.live(), shop.pods(), shop.git()]).toEqual(['v2', 'v2:4', 'v3']);
    await ada(`rollback --delivery shop --to ${v1}`, here);
    expect([shop.live(), shop.pods(), shop.git()]).toEqual(['v1', 'v1:4', 'v3']);
    expect(outcome(shop, await shop.person('ci')('tick'))).toEqual({
      ...{ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 2 },
    });
  });

  test('one of several environments is found by its whole name', async () => {
    using shop = openShop({ files: environments(['staging: { plan: p }', 'prod: { plan: p, after: staging }']) });
    for (const version of ['v1', 'v2']) for (const name of ['staging', 'prod']) await shop.deliver(version, name);
    const ada = shop.person('ada');
    await ada('rollback --delivery shop@prod', nowhere(shop));
    expect([shop.live('staging'), shop.live('prod')]).toEqual(['v2', 'v1']);
    const told = await ada('rollback --delivery shop', nowhere(shop));
    expect([told.exit, told.code, told.error?.hint]).toEqual([2, 'DELIVERY_UNKNOWN', 'it has shop@prod, shop@staging']);
    expect(await ada('rollback --delivery shop@staging --namespace prod', nowhere(shop))).toMatchObject({ exit: 2 });
    expect((await ada('hold --delivery shop@staging --namespace staging', nowhere(shop))).exit).toBe(0);
  });

  test('it has to be named, and one at a time', async () => {
    using shop = await shopWith(['v1', 'v2']);
    const ada = shop.person('ada');
    for (const line of ['rollback', 'rollback --delivery shop --delivery cart', 'hold'])
      expect(await ada(line, nowhere(shop))).toMatchObject({ exit: 2, code: 'DELIVERY_REQUIRED' });
    expect([shop.live(), shop.record().holds]).toEqual(['v2', []]);
  });

  test('it is looked for in the context that is given', async () => {
    using shop = openShop({ contexts: ['other'] });
    const ada = shop.person('ada');
    await ada('deploy --until done --context other');
    shop.push('v2');
    await ada('deploy --context other');
    expect(shop.live('shop', 'other')).toBe('v2');
    expect(await ada('rollback --delivery shop', nowhere(shop))).toMatchObject({ exit: 2, code: 'DELIVERY_UNKNOWN' });
    await ada('rollback --delivery shop --context other', nowhere(shop));
    expect(shop.live('shop', 'other')).toBe('v1');
    expect(await ada('rollback --delivery shop --context nowhere', nowhere(shop))).toMatchObject({
      exit: 2,
      code: 'KUBECONFIG_INVALID',
    });
  });

  test('what needs the policy is refused', async () => {
    using shop = await shopWith(['v1']);
    shop.push('v2');
    await shop.person('ci')('deploy');
    for (const line of ['deploy', 'promote', 'tick', 'status', 'plan'])
      expect([line, (await shop.person('ada')(line, nowhere(shop))).code]).toEqual([line, 'GIT_FAILED']);
    expect(shop.pods()).toBe('v1:3 v2:1');
  });
});

test('a delivery that the policy has under another name by now is taken back by its own', async () => {
  using shop = await shopWith(['v1', 'v2']);
  shop.origin.commit({ 'stepgate.yaml': config().replace('delivery: shop', 'delivery: store') });
  const told = await shop.person('ada')('rollback --delivery shop --reason slow');
  expect([told.exit, shop.live(), shop.pods()]).toEqual([3, 'v1', 'v1:4']);
  const unknown = await shop.person('ada')('rollback --delivery shoo');
  expect([unknown.exit, unknown.code, unknown.error?.hint]).toEqual([2, 'DELIVERY_UNKNOWN', 'known: store']);
});
