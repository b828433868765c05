import { describe, expect, test } from 'vitest';
import { config, environments } from './files.ts';
import { openShop, type Shop, shopWith } from './shop.ts';

/** v2 waits at its first step. */
async function waiting(more: Parameters<typeof config>[0] = {}) {
  const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config(more) } });
  const [ada, bob] = [shop.person('ada'), shop.person('bob')];
  shop.push('v2');
  await bob('deploy');
  return { shop, ada, bob, id: shop.id() };
}

const still = (shop: Shop) => [shop.live(), shop.pods()];

describe('a hold of the delivery stops the line', () => {
  test('whatever is merged next: nothing is deployed or promoted', async () => {
    const { shop, ada, bob, id } = await waiting();
    using _ = shop;
    expect((await ada('hold --reason "incident 4711"')).exit).toBe(0);
    for (const version of ['v3', 'v4']) {
      shop.push(version);
      expect(await bob('deploy')).toMatchObject({ exit: 4, code: 'HELD' });
    }
    for (const line of ['promote', `promote --release ${id} --step 1`, 'promote --force', 'promote --to all'])
      expect([line, (await bob(line)).code]).toEqual([line, 'HELD']);
    expect((await bob('tick --until done')).code).toBe('HELD');
    expect(still(shop)).toEqual(['v2', 'v1:3 v2:1']);
    expect(await bob('status')).toMatchObject({ exit: 0, delivery: { hold: { by: 'ada', reason: 'incident 4711' } } });
    // Once it is lifted, the newest goes out.
    expect((await ada('resume')).exit).toBe(0);
    expect(await bob('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(still(shop)).toEqual(['v4', 'v1:3 v4:1']);
  });

  test('also what was approved before, and what waits for a soak, a schedule or its start', async () => {
    for (const more of [
      { steps: ['{ name: one, replicas: 1, leaveWhen: [{ soak: 10m }] }', '{ name: all, replicas: 100% }'] },
      { steps: ['{ name: one, replicas: 1 }', '{ name: all, replicas: 100% }'] },
    ]) {
      const { shop, ada, bob } = await waiting(more);
      using _ = shop;
      await ada('hold');
      await shop.wait('20m');
      expect([(await bob('tick')).code, ...still(shop)]).toEqual(['HELD', 'v2', 'v1:3 v2:1']);
    }
    const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ more: ['startWhen: [approval]'] }) } });
    using _ = shop;
    shop.push('v2');
    await shop.person('bob')('deploy');
    await shop.person('ada')('hold');
    expect((await shop.person('bob')('promote')).code).toBe('HELD');
    await shop.person('bob')('tick');
    expect(still(shop)).toEqual(['v1', 'v1:4']);
  });

  test('also between the approval and the write of a promotion that is on its way', async () => {
    const { shop, ada, bob } = await waiting();
    using _ = shop;
    const told = await bob('promote', { meanwhile: () => ada('hold') });
    expect([told.code, ...still(shop)]).toEqual(['HELD', 'v2', 'v1:3 v2:1']);
  });

  test('is never refused: before the first deploy, in a rollback, with the remote away, twice', async () => {
    using fresh = openShop();
    expect((await fresh.person('ada')('hold --reason early')).exit).toBe(0);
    expect(await fresh.person('bob')('deploy')).toMatchObject({ exit: 4, code: 'HELD' });
    expect(fresh.live()).toBe('');
    await fresh.person('ada')('resume');
    expect(await fresh.person('bob')('deploy --until done')).toMatchObject({ exit: 0, code: 'FIRST_DEPLOY' });

    const { shop, ada, bob } = await waiting();
    using _ = shop;
    shop.origin.away = true;
    await bob('rollback');
    // That Git's half of the rollback is open is told, and is no failure of the hold.
    expect(await ada('hold --reason one')).toMatchObject({ exit: 0, code: 'ROLLED_BACK_GIT_TODO' });
    expect(await bob('hold --reason two')).toMatchObject({ exit: 0, code: 'ROLLED_BACK_GIT_TODO' });
    expect(shop.record().holds.filter(({ digest }) => digest === null)).toMatchObject([{ by: 'bob', reason: 'two' }]);
  });

  test('stops no rollback, and nobody is kept from holding while a rollback is under way', async () => {
    using shop = await shopWith(['v1', 'v2']);
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    await ada('hold --reason look');
    const told = await shop.together(
      () => bob('rollback'),
      async () => {
        await shop.wait('1s');
        return ada('hold --reason "look again"');
      },
    );
    expect(told.map(({ exit }) => exit)).toEqual([0, 0]);
    expect([...still(shop), shop.git()]).toEqual(['v1', 'v1:4', 'v1']);
    expect(shop.record().holds.map(({ digest }) => digest === null)).toContain(true);
  });

  test('of one environment stops no other', async () => {
    const files = environments(['staging: { plan: p }', 'prod: { plan: p, after: staging }']);
    using shop = openShop({ files });
    await shop.deliver('v1', 'staging');
    await shop.deliver('v1', 'prod');
    const [ada, bob] = [shop.person('ada'), shop.person('bob')];
    await ada('hold --delivery shop@prod');
    shop.push('v2');
    expect((await bob('deploy --delivery shop@staging --until done')).code).toBe('DELIVERED');
    expect((await bob('deploy --delivery shop@prod')).code).toBe('HELD');
    expect([shop.live('staging'), shop.live('prod')]).toEqual(['v2', 'v1']);
  });
});

describe('a hold of a version', () => {
  test('stops that version, and the next one goes', async () => {
    const { shop, ada, bob, id } = await waiting();
    using _ = shop;
    expect((await ada(`hold --release ${id}`)).exit).toBe(0);
    expect((await bob('promote')).code).toBe('HELD');
    shop.origin.commit({ 'docs.md': 'the same template' });
    expect((await bob('deploy')).code).toBe('HELD');
    shop.push('v3');
    expect(await bob('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(still(shop)).toEqual(['v3', 'v1:3 v3:1']);
  });

  test.for([
    ['live', 0, 'live'],
    ['that nobody knows', 4, '0123456789-01234567'],
  ] as const)('%s: exit %i', async ([, exit, named]) => {
    const { shop, ada, bob } = await waiting();
    using _ = shop;
    expect((await ada(`hold --release ${named}`)).exit).toBe(exit);
    expect((await bob('promote')).code).toBe(exit === 0 ? 'HELD' : 'UPGRADING');
  });

  test('names no release where record 1 kept none: the command that is advised lifts it all the same', async () => {
    const { shop, ada, bob, id } = await waiting();
    using _ = shop;
    await ada(`hold --release ${id}`);
    shop.edit((record) => ({ ...record, holds: record.holds.map((one) => ({ ...one, release: null })) }));
    const { code, delivery } = await bob('status');
    expect(code).toBe('HELD');
    expect((await bob((delivery?.todo ?? '').replace(/^stepgate /, ''))).exit).toBe(0);
    expect(shop.record().holds).toEqual([]);
  });

  test('is lifted by its id alone, a rollback’s too', async () => {
    const { shop, ada, bob, id } = await waiting();
    using _ = shop;
    await ada('rollback --reason slow');
    await ada('hold');
    await bob('resume');
    expect(shop.record().holds).toMatchObject([{ release: id }]);
    expect((await bob('resume')).log).toContain(`resume --release ${id}`);
    expect((await bob(`resume --release ${id}`)).exit).toBe(0);
    expect(shop.record().holds).toEqual([]);
  });
});

describe('resume lifts what was there when its run began', () => {
  test('and a hold that somebody leaves under it stays', async () => {
    const { shop, ada, bob } = await waiting();
    using _ = shop;
    await ada('hold --reason first');
    const told = await bob('resume', {
      meanwhile: async () => {
        await shop.wait('5s');
        await ada('hold --reason second');
      },
    });
    expect(told.exit).toBe(0);
    expect(shop.record().holds).toMatchObject([{ by: 'ada', reason: 'second' }]);
    expect((await bob('promote')).code).toBe('HELD');
  });

  test.for([-30 * 60_000, 30 * 60_000])('by the cluster’s clock, on a machine that is %d ms off', async (skew) => {
    const { shop, ada, bob } = await waiting();
    using _ = shop;
    await ada('hold --reason first', { skew: -skew });
    await bob('resume', { skew });
    expect(shop.record().holds).toEqual([]);
  });

  test('and a rerun of it lifts nothing that came later', async () => {
    const { shop, ada, bob, id } = await waiting();
    using _ = shop;
    await ada('hold --reason first');
    await bob('resume', { workflow: { id: '5' } });
    await ada('hold --reason second');
    expect((await bob('resume', { workflow: { id: '5', attempt: 2 } })).exit).toBe(0);
    expect(shop.record().holds).toMatchObject([{ reason: 'second' }]);
    expect((await bob(`resume --release ${id}`, { workflow: { id: '6', attempt: 2 } })).exit).toBe(0);
    expect(await bob('resume', { workflow: { id: '7', attempt: 2 } })).toMatchObject({
      exit: 4,
      code: 'RELEASE_REQUIRED',
    });
  });
});

describe('a record that is full', () => {
  const long = 'x'.repeat(130_000);

  test('takes a rollback: long reasons are shortened, and nothing that is held is lost', async () => {
    const { shop, ada, bob } = await waiting();
    using _ = shop;
    expect((await ada(`hold --release live --reason ${long}`)).exit).toBe(0);
    shop.push('v3');
    await bob('deploy');
    expect((await ada(`hold --release live --reason ${long}`)).exit).toBe(0);
    shop.push('v4');
    await bob('deploy');
    expect(await ada(`rollback --reason ${long}`)).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect(still(shop)).toEqual(['v1', 'v1:4']);
    expect(shop.record().holds).toHaveLength(3);
    expect(size(shop)).toBeLessThanOrEqual(64 * 1024);
  });

  test('of 300 holds with reasons and fifty runs: rollback, hold and resume still go', async () => {
    const { shop, ada, bob, id } = await waiting();
    using _ = shop;
    shop.edit((record) => ({
      ...record,
      holds: Array.from({ length: 300 }, (_, index) => ({
        digest: index.toString(16).padStart(64, '0'),
        release: `0123456789-${index.toString(16).padStart(8, '0')}`,
        by: 'ada',
        at: record.release?.at ?? '',
        run: {
          by: 'github' as const,
          id: '1',
          attempt: 1,
          event: 'push',
          url: 'https://github.com/shop/shop/actions/runs/1',
        },
        reason: 'r'.repeat(1000),
      })),
    }));
    for (let run = 1; run <= 60; run += 1) {
      if (run % 20 === 0) await bob(`hold --reason ${long}`, { workflow: { id: String(run) } });
    }
    await bob('resume');
    expect(await ada(`rollback --reason ${long}`)).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect([...still(shop), shop.git()]).toEqual(['v1', 'v1:4', 'v1']);
    expect(shop.record().holds.map(({ release }) => release)).toContain(id);
    expect(shop.record().holds).toHaveLength(301);
    expect(size(shop)).toBeLessThanOrEqual(64 * 1024);
  });

  function size(shop: Shop): number {
    const rollout = shop.cluster.api.get('Rollout', 'shop', 'shop');
    return Buffer.byteLength(rollout?.metadata.annotations?.['stepgate.dev/record'] ?? '');
  }
});
