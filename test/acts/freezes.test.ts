import { describe, expect, test } from 'vitest';
import { RECORD_ANNOTATION } from '../../src/release/record-fields.ts';
import { config, environments } from './files.ts';
import { putFreeze as put } from './freeze-files.ts';
import { openShop, shopWith } from './shop.ts';

/** A Friday evening. */
const friday = '2026-11-27T18:00:00Z';
const weekend = ['by: ada', 'reason: stocktaking', 'from: 2026-11-27T17:00Z', 'until: 2026-11-30T06:00Z'];

/** v2 waits at its first step, for an approval where nothing else is said. */
async function waiting(more: Parameters<typeof config>[0] = {}, start?: string) {
  const shop = await shopWith(['v1'], {
    files: { 'stepgate.yaml': config(more) },
    ...(start === undefined ? {} : { start }),
  });
  const [ada, bob] = [shop.person('ada'), shop.person('bob')];
  shop.push('v2');
  await bob('deploy');
  return { shop, ada, bob, id: shop.id() };
}

const soak = ['{ name: one, replicas: 1, leaveWhen: [{ soak: 10m }] }', '{ name: all, replicas: 100% }'];
const still = 'v1:3 v2:1';

describe('a freeze over a weekend', () => {
  test('stops the step of a release, which goes on by itself on Monday', async () => {
    const { shop, bob } = await waiting({ steps: soak }, friday);
    using _ = shop;
    put(shop, weekend);
    await shop.wait('16h');
    const saturday = await bob('tick');
    expect(saturday).toMatchObject({ exit: 0, code: 'FROZEN', state: 'waiting' });
    expect(saturday.delivery).toMatchObject({
      next: '2026-11-30T06:00:00.000Z',
      message: 'step 1 is frozen by ada until 2026-11-30 06:00 UTC: stocktaking',
    });
    expect(saturday.delivery?.gates.find(({ kind }) => kind === 'freeze')).toMatchObject({
      name: 'weekend',
      is: 'shut',
      until: '2026-11-30T06:00:00.000Z',
      source: '.stepgate/freezes/weekend.yaml',
    });
    expect(shop.pods()).toBe(still);
    await shop.wait('44h');
    expect(await bob('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  });

  test('keeps a release from its start, which is requested and starts on Monday', async () => {
    using shop = await shopWith(['v1'], { start: friday });
    const bob = shop.person('bob');
    put(shop, weekend);
    shop.push('v2');
    const told = await bob('deploy');
    expect(told).toMatchObject({ exit: 0, code: 'FROZEN', delivery: { next: '2026-11-30T06:00:00.000Z' } });
    expect(told.delivery?.message).toBe('the start is frozen by ada until 2026-11-30 06:00 UTC: stocktaking');
    expect([shop.live(), shop.pods(), shop.record().release?.commit]).toEqual(['v1', 'v1:4', shop.origin.tip()]);
    expect(told.log.split('\n').filter((line) => line.startsWith('write: '))).toEqual([
      expect.stringMatching(/^write: patch Rollout shop: bob releases /),
    ]);
    await shop.wait('60h');
    await bob('tick');
    await shop.wait('30s');
    expect(await bob('tick')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(shop.pods()).toBe(still);
  });

  test('lets a rollback through, and its revert', async () => {
    const { shop, bob } = await waiting({}, friday);
    using _ = shop;
    put(shop, weekend);
    expect(await bob('rollback --reason slow')).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect([shop.live(), shop.pods(), shop.git()]).toEqual(['v1', 'v1:4', 'v1']);
  });

  test('lets the policy roll back what is stuck', async () => {
    const shop = await shopWith(['v1'], {
      files: { 'stepgate.yaml': config({ more: ['rollback: { on: [stuck], stuckAfter: 15m }'] }) },
      start: friday,
    });
    using _ = shop;
    shop.push('v2:broken');
    await shop.person('ci')('deploy');
    put(shop, weekend);
    await shop.wait('16m');
    expect((await shop.person('ci')('tick')).exit).toBe(1);
    expect(shop.live()).toBe('v1');
  });

  test.each([
    ['both clocks before its end', '2026-11-30T05:59:00Z', 0, false],
    ['both after', '2026-11-30T06:01:00Z', 0, true],
    ['the machine before', '2026-11-30T06:01:00Z', -2 * 60_000, false],
    ['the cluster before', '2026-11-30T05:59:00Z', 2 * 60_000, false],
    ['both before its begin', '2026-11-27T16:00:00Z', 0, true],
    ['the machine after its begin', '2026-11-27T16:59:00Z', 2 * 60_000, false],
    ['the cluster after its begin', '2026-11-27T17:01:00Z', -2 * 60_000, false],
  ] as const)('is over when both clocks say so: %s', async (_, start, skew, goes) => {
    using shop = await shopWith(['v1'], { start: '2026-11-25T10:00:00Z' });
    await shop.wait(Date.parse(start) - Date.parse('2026-11-25T10:00:30Z'));
    put(shop, weekend);
    shop.push('v2');
    const told = await shop.person('ci')('deploy', { skew });
    expect([told.code, shop.live()]).toEqual(goes ? ['GATE_SHUT', 'v2'] : ['FROZEN', 'v1']);
  });
});

describe('while there is a freeze', () => {
  const always = ['by: ada', 'reason: incident 4711'];

  test('an approval is kept and counts afterwards; no force and no jump passes', async () => {
    const { shop, ada, bob, id } = await waiting();
    using _ = shop;
    put(shop, always);
    for (const line of ['promote --force', 'promote --to all', 'promote --to one'])
      expect([line, (await bob(line)).code, shop.record().approvals]).toEqual([line, 'FROZEN', []]);
    const told = await ada(`promote --release ${id} --step 1`);
    expect(told).toMatchObject({ exit: 0, code: 'FROZEN', delivery: { todo: 'stepgate thaw --name weekend' } });
    expect([shop.pods(), shop.record().approvals.length]).toEqual([still, 1]);
    expect((await bob('tick --until done --timeout 2m')).code).toBe('TIMEOUT');
    put(shop, null);
    expect(await bob('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED' });
  });

  test('a run that waits goes on when it is lifted', async () => {
    const { shop, ada, bob } = await waiting();
    using _ = shop;
    put(shop, always);
    await ada('promote');
    const [told] = await shop.together(
      () => bob('tick --until done'),
      async () => {
        await shop.wait('5m');
        put(shop, null);
        return ada('status');
      },
    );
    expect(told).toMatchObject({ exit: 0, code: 'DELIVERED' });
  });

  test('a step whose approval was given before does not go on, and one that was on its way goes to its end', async () => {
    const { shop, bob } = await waiting();
    using _ = shop;
    const told = await bob('promote', {
      meanwhile: async () => {
        put(shop, always);
        await shop.wait('1s');
      },
    });
    expect([told.code, shop.pods()]).toEqual(['FROZEN', still]);
  });

  test('a freeze that is pushed between the request and the start stops the start', async () => {
    using shop = await shopWith(['v1']);
    shop.push('v2');
    const told = await shop.person('bob')('deploy', {
      meanwhile: async () => {
        put(shop, always);
        await shop.wait('1s');
      },
    });
    expect([told.code, shop.live(), shop.record().release === null]).toEqual(['FROZEN', 'v1', false]);
  });

  test('a first deploy is requested, and no pod is made', async () => {
    using shop = openShop();
    put(shop, always);
    const bob = shop.person('bob');
    expect(await bob('deploy')).toMatchObject({ exit: 0, code: 'FROZEN' });
    expect([shop.live(), shop.pods(), shop.record().release?.commit]).toEqual(['', '', shop.origin.tip()]);
    put(shop, null);
    expect(await bob('tick --until done')).toMatchObject({ exit: 0, code: 'FIRST_DEPLOY' });
  });

  test('a jump back that is on its way is not sent', async () => {
    const steps = ['one, replicas: 1', 'two, replicas: 2', 'all, replicas: 100%'].map((step) => `{ name: ${step} }`);
    const { shop, ada, bob } = await waiting({ steps });
    using _ = shop;
    await ada('promote');
    await shop.wait('1m');
    expect((await ada('status')).delivery).toMatchObject({ reason: 'GATE_SHUT', step: { index: 2 } });
    const told = await bob('promote --to one', {
      meanwhile: async () => {
        put(shop, always);
        await shop.wait('1s');
      },
    });
    expect([told.code, (await bob('status')).delivery?.step?.index]).toEqual(['FROZEN', 2]);
  });

  test('what stands beside a release that waits for its start is not written, however often it is deployed', async () => {
    using shop = await shopWith(['v1']);
    const bob = shop.person('bob');
    put(shop, always);
    const settings = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { a: "1" }\n';
    shop.push('v2', { files: { 'deploy/settings.yaml': settings } });
    for (const line of ['deploy', 'deploy']) expect(await bob(line)).toMatchObject({ exit: 0, code: 'FROZEN' });
    const written = () => shop.cluster.api.get('ConfigMap', 'shop', 'settings') !== undefined;
    expect([written(), shop.live()]).toEqual([false, 'v1']);
    put(shop, null);
    await bob('tick');
    expect([written(), shop.live()]).toEqual([true, 'v2']);
  });

  test('a workload is not adopted: a deploy is refused, and a tick that would deploy is no failure', async () => {
    using shop = await shopWith(['v1']);
    const bob = shop.person('bob');
    shop.patch('Rollout', { metadata: { annotations: { [RECORD_ANNOTATION]: null } } });
    put(shop, always);
    expect(await bob('deploy')).toMatchObject({ exit: 4, code: 'FROZEN' });
    const told = await bob('tick --deploy');
    expect([told.exit, told.log.includes('is not released: shop: nothing was written: frozen by ada')]).toEqual([
      0,
      true,
    ]);
    expect(shop.record().history).toEqual([]);
    put(shop, null);
    await bob('tick --deploy');
    expect(shop.record().history).toHaveLength(1);
  });

  test('settings wait for the end of a freeze, as a release does, and urgent ones pass it', async () => {
    using shop = await shopWith(['v1']);
    const bob = shop.person('bob');
    put(shop, always);
    const text = shop.origin.at(shop.origin.tip()).files['deploy/shop.yaml'] ?? '';
    shop.origin.commit({ 'deploy/shop.yaml': text.replace('revisionHistoryLimit: 10', 'revisionHistoryLimit: 5') });
    const before = shop.cluster.api.get('Deployment', 'shop', 'shop')?.metadata.resourceVersion;
    expect(await bob('deploy')).toMatchObject({ exit: 0, code: 'FROZEN' });
    expect(shop.cluster.api.get('Deployment', 'shop', 'shop')?.metadata.resourceVersion).toBe(before);
    expect(await bob('deploy --urgent')).toMatchObject({ exit: 2, code: 'USAGE' });
    const told = await bob('deploy --urgent --reason outage');
    expect(told).toMatchObject({ exit: 0, code: 'DELIVERED', findings: ['FROZEN', 'URGENT'] });
    expect(shop.cluster.api.get('Deployment', 'shop', 'shop')?.spec).toMatchObject({ revisionHistoryLimit: 5 });
    shop.origin.commit({ 'deploy/shop.yaml': text.replace('revisionHistoryLimit: 10', 'revisionHistoryLimit: 4') });
    expect(await bob('deploy')).toMatchObject({ exit: 0, code: 'FROZEN' });
    put(shop, null);
    expect(await bob('tick --until done')).toMatchObject({ exit: 0, code: 'DELIVERED', findings: [] });
    expect(shop.cluster.api.get('Deployment', 'shop', 'shop')?.spec).toMatchObject({ revisionHistoryLimit: 4 });
  });

  test('a deploy that has nothing to write is no failure, and plan and status show the freeze', async () => {
    using shop = await shopWith(['v1']);
    const bob = shop.person('bob');
    put(shop, always);
    for (const line of ['deploy', 'plan', 'status']) {
      const told = await bob(line);
      expect([line, told.exit, told.code, told.findings]).toEqual([line, 0, 'FIRST_DEPLOY', ['FROZEN']]);
    }
  });

  test('with the remote away nothing that was frozen goes on', async () => {
    const { shop, ada, bob } = await waiting({ steps: soak });
    using _ = shop;
    put(shop, always);
    bob.clone.fetch();
    shop.origin.away = true;
    await shop.wait('11m');
    const told = await bob('tick');
    expect([told.exit, told.code, shop.pods()]).toEqual([0, 'FROZEN', still]);
    expect(told.log).toContain('the policy could not be read again');
    // A clone that does not know of the freeze writes nothing either.
    expect(await ada('tick')).toMatchObject({ exit: 3, code: 'GIT_FAILED' });
    expect(shop.pods()).toBe(still);
  });

  test('a file that can not be read freezes everything, and says where its mistake is', async () => {
    using shop = await shopWith(['v1']);
    put(shop, ['deliveries: [shop]', 'by: ada', 'reason: x', 'untill: 2026-11-30T06:00Z']);
    shop.push('v2');
    const told = await shop.person('bob')('deploy');
    expect([told.code, shop.live()]).toEqual(['FROZEN', 'v1']);
    expect(told.delivery?.message).toContain(
      '.stepgate/freezes/weekend.yaml:4:1: untill is not a known key; did you mean until?',
    );
  });

  test('only the deliveries and environments that it names are stopped', async () => {
    const many = environments(['staging: { plan: p }', 'prod: { plan: p }']);
    using shop = await shopWith(['v1@staging', 'v1@prod'], { files: many });
    put(shop, [...always, 'environments: [prod]']);
    shop.push('v2');
    const bob = shop.person('bob');
    expect((await bob('deploy --delivery shop@staging --until done')).code).toBe('DELIVERED');
    expect((await bob('deploy --delivery shop@prod')).code).toBe('FROZEN');
    expect([shop.live('staging'), shop.live('prod')]).toEqual(['v2', 'v1']);
  });
});
