import { describe, expect, test } from 'vitest';
import { config } from './files.ts';
import { type Shop, shopWith } from './shop.ts';

const minute = 60_000;
const off = [-30 * minute, 24 * 60 * minute];

const stuck = { more: ['rollback: { on: [stuck, unready], stuckAfter: 15m }'] };
const soak = ['{ name: one, replicas: 1, leaveWhen: [{ soak: 10m }] }', '{ name: all, replicas: 100% }'];
const office = ['{ name: one, replicas: 1, leaveWhen: [{ schedule: office }] }', '{ name: all, replicas: 100% }'];

async function released(version: string, more: Parameters<typeof config>[0], start?: string): Promise<Shop> {
  const files = { 'stepgate.yaml': config(more) };
  const shop = await shopWith(['v1'], { files, ...(start === undefined ? {} : { start }) });
  shop.push(version);
  await shop.person('ci')('deploy');
  return shop;
}

describe.for(off)('on a machine whose clock is %d ms off', (skew) => {
  test('a release that has just begun is not taken back, and the clock is told', async () => {
    using shop = await released('v2:broken', stuck);
    const told = await shop.person('ci')('tick', { skew });
    expect([shop.record().rollback, shop.live()]).toEqual([null, 'v2:broken']);
    expect(told.findings).toContain('CLOCKS_DIFFER');
  });

  test('one that has been stuck for long enough is', async () => {
    using shop = await released('v2:broken', stuck);
    await shop.wait('16m');
    expect((await shop.person('ci')('tick', { skew })).exit).toBe(1);
    expect([shop.live(), shop.git()]).toEqual(['v1', 'v1']);
  });

  test('pods that go down are not given up before their time, and then they are', async () => {
    using shop = await released('v2', stuck);
    shop.down('v2');
    await shop.wait('14m');
    await shop.person('ci')('tick', { skew });
    expect([shop.record().rollback, shop.live()]).toEqual([null, 'v2']);
    await shop.wait('2m');
    expect((await shop.person('ci')('tick', { skew })).exit).toBe(1);
    expect(shop.live()).toBe('v1');
  });

  test('a soak is over when it is over by the cluster', async () => {
    using shop = await released('v2', { steps: soak });
    await shop.wait('9m');
    const early = await shop.person('ci')('tick', { skew });
    expect([early.code, shop.pods()]).toEqual(['GATE_SHUT', 'v1:3 v2:1']);
    await shop.wait('2m');
    expect(await shop.person('ci')('tick --until done', { skew })).toMatchObject({ exit: 0, code: 'DELIVERED' });
  });

  test('a template that has just been written is not called ungated', async () => {
    using shop = await shopWith(['v1']);
    shop.push('v2');
    expect(await shop.person('ci')('deploy', { skew })).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    await shop.person('ada')('promote', { skew });
    expect(await shop.person('ci')('tick --until done', { skew: -skew })).toMatchObject({ exit: 0, code: 'DELIVERED' });
    expect(await shop.person('ada')('rollback', { skew })).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
  });

  test('what is recorded has the cluster’s time', async () => {
    using shop = await released('v2', {});
    await shop.person('ada')('promote', { skew });
    await shop.person('ada')('hold', { skew });
    const { approvals, holds, runs } = shop.record();
    for (const { at } of [...approvals, ...holds, ...runs]) expect(at.slice(0, 13)).toBe('2026-11-25T10');
  });
});

describe('a schedule is open when both clocks say so', () => {
  // A Wednesday; the window is from 9 to 17 UTC.
  const root = ['schedules: { office: { zone: UTC, allow: ["Mon-Fri 09:00-17:00"] } }'];
  test.for([
    ['both inside', '2026-11-25T12:00:00Z', 0, true],
    ['both inside, a little apart', '2026-11-25T12:00:00Z', 20_000, true],
    ['both inside, far apart', '2026-11-25T12:00:00Z', 2 * 60 * minute, true],
    ['the machine outside', '2026-11-25T12:00:00Z', 6 * 60 * minute, false],
    ['the machine outside, behind', '2026-11-25T12:00:00Z', -6 * 60 * minute, false],
    ['the cluster outside', '2026-11-25T20:00:00Z', -6 * 60 * minute, false],
    ['both outside', '2026-11-25T20:00:00Z', 0, false],
  ] as const)('%s', async ([, start, skew, goes]) => {
    using shop = await released('v2', { steps: office, root }, start);
    const told = await shop.person('ci')('tick --timeout 5m', { skew });
    await shop.wait('30s');
    expect([told.exit, shop.pods() !== 'v1:3 v2:1']).toEqual([0, goes]);
    if (!goes) expect(told.code).toBe('GATE_SHUT');
  });
});

test.for([-29_000, 0, 29_000])('%d ms apart is no finding', async (skew) => {
  using shop = await released('v2', {});
  expect((await shop.person('ci')('tick', { skew })).findings).toEqual([]);
});

test('a run that comes late says since when the step could have gone on', async () => {
  const steps = ['{ name: one, replicas: 1, leaveWhen: [{ soak: 10m }] }', '{ name: all, replicas: 100% }'];
  const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ steps }) } });
  using _ = shop;
  const ci = shop.person('ci');
  shop.push('v2');
  await ci('deploy');
  await shop.wait('27m30s');
  expect((await ci('tick')).log).toMatch(/shop: step 1 was due at 2026-11-25T\S+, and this run came 17m later/);
});
